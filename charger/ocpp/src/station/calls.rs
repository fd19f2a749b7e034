//! The payloads of the station's own CALLs, and what their answers mean.

use std::time::Duration;

use serde_json::{Map, Value, json};
use units::{Instant, Phase};

use super::outbox::Call;
use super::{Boot, Station};
use crate::{
    AuthorizationOutcome, AuthorizationStatus, BootState, IdToken, MeterSample, Notice, Stage, TransactionReport,
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

    pub(super) fn payload(&mut self, now: Instant, call: &Call) -> Value {
        match call {
            Call::Authorize { token, .. } => json!({ "idToken": token }),
            Call::Boot => self.boot_payload(),
            Call::Heartbeat => json!({}),
            Call::Report { payload } => payload.clone(),
            Call::Reservation { id, status } => {
                json!({ "reservationId": id, "reservationUpdateStatus": status })
            }
            Call::Status { evse } => {
                let connector = self.connectors.entry(*evse).or_default();
                connector.told = connector.status;
                json!({
                    "timestamp": self.clock.stamp(now),
                    "connectorStatus": connector.status,
                    "evseId": evse,
                    "connectorId": 1,
                })
            }
            // Its payload stands in the queue.
            Call::Transaction { .. } => Value::Null,
        }
    }

    /// The CSMS answered, and the answer fits its schema.
    pub(super) fn answered(&mut self, now: Instant, call: Call, payload: &Value) {
        match call {
            Call::Authorize { ticket, .. } => {
                let outcome = outcome(&payload["idTokenInfo"]);
                self.notice(Notice::Authorized { ticket, outcome });
            }
            Call::Boot => self.booted(now, payload),
            Call::Heartbeat => {
                self.clock.correct(now, payload["currentTime"].as_str().unwrap_or_default());
                self.schedule_heartbeat(now);
            }
            Call::Transaction { key, transaction, .. } => {
                self.stored(|store| store.remove(key));
                if let AuthorizationOutcome::Refused(status) = outcome(&payload["idTokenInfo"]) {
                    self.notice(Notice::Deauthorized { transaction, status });
                }
            }
            Call::Report { .. } | Call::Reservation { .. } | Call::Status { .. } => {}
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
                self.boot = Boot::Due { at: now + Duration::from_secs(wait.max(1)), state: Some(state) };
                self.notice(Notice::Boot(state));
            }
            None => self.violation("BootNotification was answered without a status"),
        }
    }

    /// Takes a report into the durable queue.
    pub(super) fn report(&mut self, now: Instant, report: &TransactionReport) {
        match report.stage {
            Stage::Started => {
                self.transactions.insert(report.evse, (report.transaction.clone(), now));
            }
            Stage::Updated => {}
            Stage::Ended => {
                self.transactions.retain(|_, (id, _)| *id != report.transaction);
                for key in self.profiles.end_transaction(&report.transaction) {
                    self.stored(|store| store.put("profile", &key, None));
                }
            }
        }
        let offline = !self.connected || !matches!(self.boot, Boot::Accepted);
        let payload = self.transaction_payload(report, offline);
        let id = format!("{:032x}", (self.ids)());
        let stage = format!("{:?}", report.stage);
        self.stored(|store| {
            store.enqueue(&id, &report.transaction, &stage, &mut |seq| {
                let mut payload = payload.clone();
                payload.insert("seqNo".into(), seq.into());
                Value::Object(payload).to_string()
            })
        });
        if self.stored(|store| store.queued(None)).is_some_and(|queued| queued > Self::MAX_QUEUE) {
            self.stored(|store| store.thin_out());
        }
    }

    fn transaction_payload(&self, report: &TransactionReport, offline: bool) -> Map<String, Value> {
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
        if offline {
            payload.insert("offline".into(), json!(true));
        }
        if report.stage == Stage::Started {
            let nobody = IdToken { id: String::new(), kind: crate::TokenKind::NoAuthorization };
            payload.insert("idToken".into(), json!(report.token.as_ref().unwrap_or(&nobody)));
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
            payload.insert("meterValue".into(), json!(values));
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
        json!({ "timestamp": self.clock.stamp(sample.at), "sampledValue": values })
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
