//! The payloads of the station's own CALLs, and what their answers mean.

use std::time::Duration;

use serde_json::{Value, json};
use units::{EvseId, Instant};

use super::outbox::Call;
use super::transaction_event::TransactionEvent;
use super::turn::Turn;
use super::{Boot, Station};
use crate::clock::since_start;
use crate::{Blame, BootState, Notice, QueuedEvent, rpc};
use session::words::{AuthorizationOutcome, AuthorizationStatus, TransactionReport, TransactionStage};

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
        let seq_no = self.journal.next_seq(&report.transaction);
        let payload = TransactionEvent::new(report, seq_no, &self.clock);
        let event = QueuedEvent {
            message_id: self.message_id(),
            transaction: report.transaction.clone(),
            stage: report.stage,
            payload: rpc::text(&payload),
            attempts: 0,
            offline,
        };
        if let Err(event) = self.journal.enqueue(event) {
            self.give_up("TransactionEvent", event.payload, Blame::PeerMisbehaved, "too many wait to be told");
        }
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
