//! What goes out: one CALL at a time, urgent ones before the durable queue.

use std::time::Duration;

use serde_json::Value;
use units::Instant;

use super::{Boot, Output, Station};
use crate::{IdToken, ReservationUpdate, rpc, schema};

/// A CALL of the station, with what its answer needs.
#[derive(Debug)]
pub(super) enum Call {
    Authorize {
        ticket: u64,
        token: IdToken,
    },
    Boot,
    Heartbeat,
    /// A part of a report.
    Report {
        payload: Value,
    },
    Reservation {
        id: i32,
        status: ReservationUpdate,
    },
    Status {
        evse: u16,
    },
    /// The head of the durable queue.
    Transaction {
        key: i64,
        transaction: String,
        attempts: u32,
    },
}

impl Call {
    pub(super) const fn action(&self) -> &'static str {
        match self {
            Self::Authorize { .. } => "Authorize",
            Self::Boot => "BootNotification",
            Self::Heartbeat => "Heartbeat",
            Self::Report { .. } => "NotifyReport",
            Self::Reservation { .. } => "ReservationStatusUpdate",
            Self::Status { .. } => "StatusNotification",
            Self::Transaction { .. } => "TransactionEvent",
        }
    }
}

/// The CALL that waits for its answer.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) id: String,
    pub(super) call: Call,
    pub(super) until: Instant,
}

impl Station {
    /// Sends the next CALL if none is in flight and the boot gate is open.
    pub(super) fn pump(&mut self, now: Instant) {
        while self.connected && self.pending.is_none() {
            let Some((call, payload, id)) = self.next_call(now) else { return };
            let action = call.action();
            // A payload of ours that breaks its schema is our mistake: it is told and not sent.
            if let Some(Err(violation)) = schema::request(action, &payload) {
                self.violation(format!("held back our own {action}: {}", violation.text));
                self.given_up(call);
                continue;
            }
            let id = id.unwrap_or_else(|| self.message_id());
            let timeout = Duration::from_secs(self.variables.number("OCPPCommCtrlr", "MessageTimeout").max(1));
            self.out.push_back(Output::Send(rpc::call(&id, action, &payload)));
            self.pending = Some(Pending { id, call, until: now + timeout });
        }
    }

    fn message_id(&mut self) -> String {
        format!("{:032x}", (self.ids)())
    }

    /// The next CALL, its payload, and its message id when it already has one.
    fn next_call(&mut self, now: Instant) -> Option<(Call, Value, Option<String>)> {
        match self.boot {
            Boot::Accepted => {}
            Boot::Due { at, .. } if at <= now => return Some((Call::Boot, self.boot_payload(), None)),
            Boot::Due { .. } => return None,
        }
        if let Some(call) = self.outbox.pop_front() {
            let payload = self.payload(now, &call);
            return Some((call, payload, None));
        }
        let changed = self.connectors.iter().find(|(_, connector)| connector.status != connector.told);
        if let Some(call) = changed.map(|(evse, _)| Call::Status { evse: *evse }) {
            let payload = self.payload(now, &call);
            return Some((call, payload, None));
        }
        if self.retry_at.is_none_or(|at| at <= now) {
            self.retry_at = None;
            if let Some(event) = self.stored(|store| store.first()).flatten() {
                self.stored(|store| store.attempted(event.key));
                let attempts = event.attempts + 1;
                let call = Call::Transaction { key: event.key, transaction: event.transaction, attempts };
                match serde_json::from_str(&event.payload) {
                    Ok(payload) => return Some((call, payload, Some(event.message_id))),
                    Err(error) => {
                        self.violation(format!("a queued event cannot be read and is dropped: {error}"));
                        self.stored(|store| store.remove(event.key));
                    }
                }
            }
        }
        if self.next_heartbeat.is_some_and(|at| at <= now) {
            self.next_heartbeat = None;
            return Some((Call::Heartbeat, Value::Object(serde_json::Map::new()), None));
        }
        None
    }

    /// A call that will not be answered any more on this connection.
    pub(super) fn given_up(&mut self, call: Call) {
        match call {
            Call::Authorize { ticket, .. } => {
                let outcome = crate::AuthorizationOutcome::NoAnswer;
                self.notice(crate::Notice::Authorized { ticket, outcome });
            }
            // Whether it was heard is not known: it is told again.
            Call::Status { evse } => {
                if let Some(connector) = self.connectors.get_mut(&evse) {
                    connector.told = None;
                }
            }
            Call::Reservation { id, status } => self.outbox.push_front(Call::Reservation { id, status }),
            Call::Boot | Call::Heartbeat | Call::Report { .. } | Call::Transaction { .. } => {}
        }
    }

    /// The CSMS did not answer, or answered with an error.
    pub(super) fn failed(&mut self, now: Instant, call: Call) {
        match call {
            Call::Boot => {
                let wait = Duration::from_secs(self.variables.number("OCPPCommCtrlr", "HeartbeatInterval").max(1));
                self.boot = Boot::Due { at: now + wait, state: None };
            }
            Call::Heartbeat => self.schedule_heartbeat(now),
            Call::Transaction { key, attempts, .. } => {
                let most = self.variables.number("OCPPCommCtrlr", "MessageAttempts");
                if u64::from(attempts) >= most {
                    self.violation(format!("a TransactionEvent was sent {attempts} times in vain and is dropped"));
                    self.stored(|store| store.remove(key));
                } else {
                    let interval = self.variables.number("OCPPCommCtrlr", "MessageAttemptInterval");
                    self.retry_at = Some(now + Duration::from_secs(interval * u64::from(attempts)));
                }
            }
            // Refused or not understood; sending the same again would not help. The status counts as told.
            Call::Status { evse } => {
                if let Some(connector) = self.connectors.get_mut(&evse) {
                    connector.told = connector.status;
                }
            }
            Call::Reservation { .. } | Call::Report { .. } => {}
            call @ Call::Authorize { .. } => self.given_up(call),
        }
    }

    pub(super) fn schedule_heartbeat(&mut self, now: Instant) {
        let interval = self.variables.number("OCPPCommCtrlr", "HeartbeatInterval");
        self.next_heartbeat = (interval > 0).then(|| now + Duration::from_secs(interval));
    }
}
