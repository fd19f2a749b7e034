//! What goes out: one CALL at a time, drivers that wait first, everything else in turn.

use std::time::Duration;

use serde_json::{Value, json};
use units::{EvseId, Instant};

use super::report::Report;
use super::turn::Source;
use super::{Boot, Output, Station};
use crate::{Blame, DeadLetter, Notice, QueuedEvent, rpc, schema};
use session::words::{AuthorizationOutcome, AuthorizationStatus, ReservationUpdate};

/// A CALL of the station, with what its answer needs.
#[derive(Debug)]
pub(super) enum Call {
    Authorize {
        ticket: u64,
    },
    Boot,
    Heartbeat,
    /// A problem of a part began or ended.
    Problem {
        key: super::problems::Key,
    },
    /// A part of the report that is in progress.
    Report,
    Reservation {
        id: i32,
        status: ReservationUpdate,
    },
    Status {
        evse: EvseId,
    },
    /// The head of the durable queue.
    Transaction {
        key: i64,
        transaction: String,
    },
}

impl Call {
    pub(super) const fn action(&self) -> &'static str {
        match self {
            Self::Authorize { .. } => "Authorize",
            Self::Boot => "BootNotification",
            Self::Heartbeat => "Heartbeat",
            Self::Problem { .. } => "NotifyEvent",
            Self::Report => "NotifyReport",
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
    /// Whether that frame looks like the answer that a CALL of this station waits for.
    pub(crate) fn awaits(&self, frame: &str) -> bool {
        let kind = frame.trim_start().strip_prefix('[').map(str::trim_start);
        let is_answer = kind.is_some_and(|kind| kind.starts_with(['3', '4']));
        is_answer && self.pending.as_ref().is_some_and(|pending| frame.contains(&pending.id))
    }

    /// Sends the next CALL if none is in flight and the boot gate is open.
    pub(super) fn pump(&mut self, now: Instant) {
        while self.connected && self.pending.is_none() {
            let Some((call, payload, id)) = self.next_call(now) else { return };
            let action = call.action();
            if let Some(Err(violation)) = schema::request(action, &payload) {
                self.bury(call, &payload, Blame::OurFault, &format!("it breaks its schema: {}", violation.text));
                continue;
            }
            let id = id.unwrap_or_else(|| self.message_id());
            let timeout = Duration::from_secs(self.variables.number("OCPPCommCtrlr", "MessageTimeout").max(1));
            self.out.push_back(Output::Send(rpc::call(&id, action, &payload)));
            self.pending = Some(Pending { id, call, until: now + timeout });
        }
    }

    pub(super) fn message_id(&mut self) -> String {
        format!("{:032x}", (self.ids)())
    }

    /// The next CALL, its payload, and its message id when it already has one.
    fn next_call(&mut self, now: Instant) -> Option<(Call, Value, Option<String>)> {
        match self.boot {
            Boot::Accepted => {}
            Boot::Due { at, .. } if at <= now => return Some((Call::Boot, self.boot_payload(), None)),
            Boot::Due { .. } | Boot::CannotBeSaid => return None,
        }
        if let Some((ticket, token)) = self.questions.pop_front() {
            let payload = json!({ "idToken": token });
            return Some((Call::Authorize { ticket }, payload, None));
        }
        let order = self.turn.order();
        for source in order {
            let message = self.message_of(now, source);
            if message.is_some() {
                self.turn.pass(source);
                return message;
            }
        }
        None
    }

    /// The next message of a source, if it has one.
    fn message_of(&mut self, now: Instant, source: Source) -> Option<(Call, Value, Option<String>)> {
        let (call, payload) = match source {
            Source::Connectors => {
                let mut connectors = self.connectors.iter();
                let (evse, _) = connectors.find(|(_, connector)| connector.status != connector.told)?;
                let evse = *evse;
                (Call::Status { evse }, self.status_payload(now, evse))
            }
            Source::Reservations => {
                let (id, status) = self.reservations.pop_front()?;
                let payload = json!({ "reservationId": id, "reservationUpdateStatus": status });
                (Call::Reservation { id, status }, payload)
            }
            Source::Problems => {
                let key = self.problems.next()?;
                (Call::Problem { key }, self.problems.tell(now, &self.clock, key)?)
            }
            Source::Queue if self.retry_at.is_some_and(|at| at > now) => return None,
            Source::Queue => {
                self.retry_at = None;
                let (key, event) = self.journal.first()?;
                let call = Call::Transaction { key, transaction: event.transaction.clone() };
                return Some((call, event_payload(event), Some(event.message_id.clone())));
            }
            Source::Report => (Call::Report, self.report.as_ref()?.payload()),
            Source::Heartbeat if self.heartbeat_at > now => return None,
            Source::Heartbeat => {
                self.schedule_heartbeat(now);
                (Call::Heartbeat, json!({}))
            }
        };
        Some((call, payload, None))
    }

    /// What became of a reservation is told once; of many that nobody hears, the newest are kept.
    pub(super) fn reservation_ended(&mut self, id: i32, status: ReservationUpdate) {
        if self.reservations.len() >= Self::MOST_RESERVATIONS
            && let Some((id, status)) = self.reservations.pop_front()
        {
            let payload = json!({ "reservationId": id, "reservationUpdateStatus": status }).to_string();
            self.give_up("ReservationStatusUpdate", payload, Blame::PeerMisbehaved, "too many wait to be told");
        }
        self.reservations.push_back((id, status));
    }

    /// A call that can never succeed leaves its source for good: what stayed would be taken again and again.
    pub(super) fn bury(&mut self, call: Call, payload: &Value, blame: Blame, why: &str) {
        self.give_up(call.action(), payload.to_string(), blame, why);
        match call {
            Call::Authorize { ticket } => {
                // Not "no answer": that would let in whoever may charge while the CSMS cannot be asked.
                let outcome = AuthorizationOutcome::Refused(AuthorizationStatus::Invalid);
                self.notice(Notice::Authorized { ticket, outcome });
            }
            Call::Boot => self.boot = Boot::CannotBeSaid,
            // Until it changes.
            Call::Status { evse } => self.status_is_told(evse),
            Call::Transaction { key, .. } => drop(self.journal.remove(key)),
            Call::Report => self.report = None,
            // Nothing of them is left anywhere; a problem counts as told until it changes.
            Call::Heartbeat | Call::Problem { .. } | Call::Reservation { .. } => {}
        }
    }

    /// A message that will never be sent is told, counted and kept for whoever must find out what it would have said.
    pub(super) fn give_up(&mut self, action: &'static str, payload: String, blame: Blame, why: &str) {
        if let Some(text) = self.dead_letters.bury(action, why) {
            self.trouble(blame, text);
        }
        self.journal.bury(DeadLetter { action: action.into(), payload, why: why.into() });
    }

    /// The next part is due, whatever came of the last.
    pub(super) fn report_part_is_done(&mut self) {
        self.report = self.report.take().and_then(Report::next);
    }

    fn status_is_told(&mut self, evse: EvseId) {
        if let Some(connector) = self.connectors.get_mut(&evse) {
            connector.told = connector.status;
        }
    }

    /// A call that will not be answered any more on this connection.
    pub(super) fn given_up(&mut self, now: Instant, call: Call) {
        match call {
            Call::Authorize { ticket } => {
                let outcome = AuthorizationOutcome::NoAnswer;
                self.notice(Notice::Authorized { ticket, outcome });
            }
            // Whether it was heard is not known: it is told again.
            Call::Status { evse } => {
                if let Some(connector) = self.connectors.get_mut(&evse) {
                    connector.told = None;
                }
            }
            Call::Problem { key } => self.problems.untold(key),
            Call::Reservation { id, status } => self.reservations.push_front((id, status)),
            Call::Transaction { key, transaction } => self.lost_with_event(now, key, transaction),
            // Their sources have them still.
            Call::Boot | Call::Heartbeat | Call::Report => {}
        }
    }

    /// The connection was lost while an event waited for its answer. Once that says nothing about the event. Again and again
    /// with the same one, longer and longer after the connection was made, it does: that event ends connections, and
    /// everything behind it would wait for ever.
    fn lost_with_event(&mut self, now: Instant, key: i64, transaction: String) {
        let times = self.losses.filter(|(own, _)| *own == key).map_or(0, |(_, times)| times) + 1;
        self.losses = Some((key, times));
        if times >= Self::MOST_LOSSES {
            let payload = self.journal.first().map_or(Value::Null, |(_, event)| event_payload(event));
            let why = format!("the connection was lost {times} times in a row while it waited for its answer");
            self.bury(Call::Transaction { key, transaction }, &payload, Blame::PeerMisbehaved, &why);
        } else if times > 1 {
            self.retry_at = Some(now + self.attempt_interval() * (times - 1));
        }
    }

    fn attempt_interval(&self) -> Duration {
        Duration::from_secs(self.variables.number("OCPPCommCtrlr", "MessageAttemptInterval"))
    }

    /// The CSMS did not answer, or answered with an error.
    pub(super) fn failed(&mut self, now: Instant, call: Call) {
        match call {
            Call::Boot => {
                let wait = Duration::from_secs(self.variables.number("OCPPCommCtrlr", "HeartbeatInterval").max(1));
                self.boot = Boot::Due { at: now + wait, state: None };
            }
            Call::Heartbeat => self.schedule_heartbeat(now),
            Call::Transaction { key, .. } => {
                let most = self.variables.number("OCPPCommCtrlr", "MessageAttempts");
                // Only answers and their absence count: a link that is lost says nothing about the event.
                let attempts = self.journal.attempted(key);
                if u64::from(attempts) >= most {
                    let payload = self.journal.remove(key).map_or(Value::Null, |event| event_payload(&event));
                    let why = format!("it was sent {attempts} times in vain");
                    self.bury(call, &payload, Blame::PeerMisbehaved, &why);
                } else {
                    self.retry_at = Some(now + self.attempt_interval() * attempts);
                }
            }
            // Refused or not understood; sending the same again would not help. The status counts as told.
            Call::Status { evse } => self.status_is_told(evse),
            Call::Report => self.report_part_is_done(),
            Call::Problem { .. } | Call::Reservation { .. } => {}
            call @ Call::Authorize { .. } => self.given_up(now, call),
        }
    }

    /// The next Heartbeat is one interval away.
    pub(super) fn schedule_heartbeat(&mut self, now: Instant) {
        self.heartbeat_at = now + self.heartbeat_interval();
    }

    /// The interval has been written: a shorter one holds at once.
    pub(super) fn hasten_heartbeat(&mut self, now: Instant) {
        self.heartbeat_at = self.heartbeat_at.min(now + self.heartbeat_interval());
    }

    fn heartbeat_interval(&self) -> Duration {
        Duration::from_secs(self.variables.number("OCPPCommCtrlr", "HeartbeatInterval"))
    }
}

/// The payload of a queued event as it is sent. What the store gave back and is no JSON breaks every schema.
fn event_payload(event: &QueuedEvent) -> Value {
    let mut payload = serde_json::from_str(&event.payload).unwrap_or(Value::Null);
    if let (true, Value::Object(fields)) = (event.offline, &mut payload) {
        fields.insert("offline".into(), Value::Bool(true));
    }
    payload
}
