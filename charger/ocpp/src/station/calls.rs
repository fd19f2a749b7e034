//! The payloads of the station's own CALLs, and what their answers mean.

use std::time::Duration;

use serde_json::{Map, Value, json};
use units::{EvseId, Instant, Phase};

use super::outbox::Call;
use super::turn::Turn;
use super::{Boot, Station};
use crate::clock::since_start;
use crate::{Blame, BootState, Notice, QueuedEvent, rpc};
use session::words::{
    AuthorizationOutcome, AuthorizationStatus, IdToken, MeterSample, TransactionReport, TransactionStage,
};

impl Station {
    pub(super) fn boot_payload(&self) -> Value {
        let Self { config, .. } = self;
        json!({
            "reason": config.boot_reason,
            "chargingStation": {
                "model": config.model,
                "vendorName": config.vendor,
                "serialNumber": config.serial,
                "firmwareVersion": config.firmware,
            },
        })
    }

    /// The status of a connector; from here on the CSMS counts as told.
    pub(super) fn status_payload(&mut self, now: Instant, evse: EvseId) -> Value {
        let connector = self.connectors.entry(evse).or_default();
        connector.told = connector.status;
        json!({
            "timestamp": self.clock.stamp(now),
            "connectorStatus": connector.status,
            "evseId": evse,
            "connectorId": 1,
        })
    }

    /// The CSMS answered, and the answer fits its schema.
    pub(super) fn answered(&mut self, now: Instant, call: Call, payload: &Value) {
        match call {
            Call::Authorize { ticket } => {
                let outcome = outcome(&payload["idTokenInfo"]);
                self.notice(Notice::Authorized { ticket, outcome });
            }
            Call::Boot => self.booted(now, payload),
            Call::Heartbeat => {
                self.clock.correct(now, payload["currentTime"].as_str().unwrap_or_default());
                self.schedule_heartbeat(now);
            }
            Call::Transaction { key, transaction, .. } => {
                drop(self.journal.remove(key));
                if let AuthorizationOutcome::Refused(status) = outcome(&payload["idTokenInfo"]) {
                    self.notice(Notice::Deauthorized { transaction, status });
                }
            }
            Call::Report => self.report_part_is_done(),
            Call::Problem { .. } | Call::Reservation { .. } | Call::Status { .. } => {}
        }
    }

    fn booted(&mut self, now: Instant, payload: &Value) {
        let state: Option<BootState> = serde_json::from_value(payload["status"].clone()).ok();
        let interval = payload["interval"].as_u64().unwrap_or(0);
        self.clock.correct(now, payload["currentTime"].as_str().unwrap_or_default());
        match state {
            Some(BootState::Accepted) => {
                if interval > 0 {
                    self.variables.set_number("OCPPCommCtrlr", "HeartbeatInterval", interval);
                }
                self.boot = Boot::Accepted;
                self.turn = Turn::default();
                // Every connector is told anew after a boot.
                for connector in self.connectors.values_mut() {
                    connector.told = None;
                }
                self.schedule_heartbeat(now);
                self.notice(Notice::Boot(BootState::Accepted));
                self.notice(Notice::Online);
            }
            Some(state @ (BootState::Pending | BootState::Rejected)) => {
                let wait =
                    if interval > 0 { interval } else { self.variables.number("OCPPCommCtrlr", "HeartbeatInterval") };
                // A number without sense must not keep the station away for good.
                let wait = Duration::from_secs(wait.max(1)).min(Self::LONGEST_BOOT_WAIT);
                self.boot = Boot::Due { at: now + wait, state: Some(state) };
                self.notice(Notice::Boot(state));
            }
            None => self.violation("BootNotification was answered without a status"),
        }
    }

    /// Takes a report into the durable queue.
    pub(super) fn report(&mut self, now: Instant, report: &TransactionReport) {
        match report.stage {
            TransactionStage::Started => {
                let since = since_start(now);
                self.transactions.insert(report.evse, (report.transaction.clone(), since));
                // By the clock of the host, which an earlier run and a later one share; the CSMS corrects each on its own.
                let began = json!([report.evse, self.config.epoch_micros.saturating_add(since)]).to_string();
                self.journal.put(Self::BEGINNINGS, &report.transaction, Some(&began));
            }
            // One of which no beginning is known is known from its first report on.
            TransactionStage::Updated => {
                self.transactions.entry(report.evse).or_insert_with(|| (report.transaction.clone(), since_start(now)));
            }
            TransactionStage::Ended => {
                self.transactions.retain(|_, (id, _)| *id != report.transaction);
                self.journal.put(Self::BEGINNINGS, &report.transaction, None);
                for key in self.profiles.end_transaction(&report.transaction) {
                    self.journal.put(Self::PROFILES, &key, None);
                }
            }
        }
        let offline = !self.connected || !matches!(self.boot, Boot::Accepted);
        let mut payload = self.transaction_payload(report);
        payload.insert("seqNo".into(), self.journal.next_seq(&report.transaction).into());
        let event = QueuedEvent {
            message_id: self.message_id(),
            transaction: report.transaction.clone(),
            stage: report.stage,
            payload: rpc::text(&Value::Object(payload)),
            attempts: 0,
            offline,
        };
        if let Err(event) = self.journal.enqueue(event) {
            self.give_up("TransactionEvent", event.payload, Blame::PeerMisbehaved, "too many wait to be told");
        }
    }

    fn transaction_payload(&self, report: &TransactionReport) -> Map<String, Value> {
        let mut info = Map::new();
        info.insert("transactionId".into(), json!(report.transaction));
        if let Some(state) = report.charging_state {
            info.insert("chargingState".into(), json!(state));
        }
        if let Some(stopped) = report.stopped {
            info.insert("stoppedReason".into(), json!(stopped));
        }
        if let Some(id) = report.remote_start_id {
            info.insert("remoteStartId".into(), json!(id));
        }
        let mut payload = Map::new();
        payload.insert("eventType".into(), json!(report.stage));
        payload.insert("timestamp".into(), json!(self.clock.stamp(report.at)));
        payload.insert("triggerReason".into(), json!(report.trigger));
        payload.insert("transactionInfo".into(), Value::Object(info));
        payload.insert("evse".into(), json!({ "id": report.evse, "connectorId": 1 }));
        let nobody = IdToken { id: String::new(), kind: session::words::TokenKind::NoAuthorization };
        let token = report.token.as_ref().or((report.stage == TransactionStage::Started).then_some(&nobody));
        if let Some(token) = token {
            payload.insert("idToken".into(), json!(token));
        }
        if let Some(id) = report.reservation {
            payload.insert("reservationId".into(), json!(id));
        }
        if let Some(cable) = report.cable_max {
            payload.insert("cableMaxCurrent".into(), json!(cable.0 / 1000));
        }
        if let Some(phases) = report.phases_used {
            payload.insert("numberOfPhasesUsed".into(), json!(phases.count()));
        }
        if !report.meter.is_empty() {
            let values: Vec<Value> = report.meter.iter().map(|sample| self.meter_value(sample)).collect();
            payload.insert("meterValue".into(), Value::Array(values));
        }
        payload
    }

    pub(super) fn meter_value(&self, sample: &MeterSample) -> Value {
        let one = |value: f64, measurand: &str, unit: &str, phase: Option<&str>| {
            let mut map = Map::new();
            map.insert("value".into(), json!(value));
            map.insert("measurand".into(), json!(measurand));
            map.insert("context".into(), json!(sample.context));
            map.insert("unitOfMeasure".into(), json!({ "unit": unit }));
            if let Some(phase) = phase {
                map.insert("phase".into(), json!(phase));
            }
            Value::Object(map)
        };
        let mut values = vec![one(sample.import.watt_hours(), "Energy.Active.Import.Register", "Wh", None)];
        if sample.export.0 > 0 {
            values.push(one(sample.export.watt_hours(), "Energy.Active.Export.Register", "Wh", None));
        }
        values.push(one(f64::from(sample.power.0), "Power.Active.Import", "W", None));
        for phase in Phase::ALL {
            let name = format!("{phase:?}");
            values.push(one(sample.current[phase].amps(), "Current.Import", "A", Some(&name)));
        }
        for phase in Phase::ALL {
            let name = format!("{phase:?}-N");
            values.push(one(sample.voltage[phase].volts(), "Voltage", "V", Some(&name)));
        }
        if let Some(soc) = sample.soc {
            values.push(one(soc.percent(), "SoC", "Percent", None));
        }
        // Moved, where `json!` would copy it.
        let mut sampled = Map::new();
        sampled.insert("timestamp".into(), json!(self.clock.stamp(sample.at)));
        sampled.insert("sampledValue".into(), Value::Array(values));
        Value::Object(sampled)
    }
}

/// What an `idTokenInfo` says; its absence says nothing against the token.
fn outcome(info: &Value) -> AuthorizationOutcome {
    match serde_json::from_value(info["status"].clone()) {
        Ok(AuthorizationStatus::Accepted) | Err(_) => {
            AuthorizationOutcome::Accepted { group: serde_json::from_value(info["groupIdToken"].clone()).ok() }
        }
        Ok(status) => AuthorizationOutcome::Refused(status),
    }
}
