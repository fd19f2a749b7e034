//! Drives the session coordinator: bus messages in, bus messages out, and its deadlines.

use event_log::Log;
use serde_json::json;

use crate::Clock;
use crate::bus::{Bus, Inbox, Message, Port, Service};
use crate::session::{Coordinator, Input, KEPT_SESSION, Output, Record, SessionEvent};

/// Runs the coordinator until it asks to start anew.
pub(crate) async fn session(
    bus: &Bus,
    mut inbox: Inbox,
    clock: Clock,
    epoch_micros: i64,
    mut coordinator: Coordinator,
    log: Log,
) {
    let port = bus.port(Service::Session);
    loop {
        let deadline = drain(&mut coordinator, &port, &log, &|| clock.unix_micros(epoch_micros));
        if coordinator.take_reset() {
            log.record("session", "reset", json!({}));
            return;
        }
        let input = tokio::select! {
            biased;
            message = inbox.recv() => match message.map(input) {
                Some(Some(input)) => input,
                Some(None) => continue,
                None => return,
            },
            () = clock.deadline(deadline) => Input::Timeout,
        };
        coordinator.handle_input(clock.now(), input);
    }
}

/// Carries out every wish; returns when the coordinator wants to be woken.
fn drain(
    coordinator: &mut Coordinator,
    port: &Port,
    log: &Log,
    unix_micros: &dyn Fn() -> i64,
) -> Option<units::Instant> {
    loop {
        let message = match coordinator.poll_output() {
            Output::Wait(deadline) => return deadline,
            Output::Event(event) => {
                record(log, &event);
                continue;
            }
            Output::AllowPower(permission) => Message::AllowPower(permission),
            Output::Answer { ticket, answer } => Message::Answer { ticket, answer },
            Output::Authorize { ticket, token } => Message::Authorize { ticket, token },
            Output::DriveLock(locked) => Message::DriveLock(locked),
            Output::Keep(kept) => {
                let value = kept.and_then(|kept| Record::new(*kept, unix_micros()).write());
                Message::Keep { name: KEPT_SESSION.into(), value }
            }
            Output::Problem(problem) => Message::Problem(problem),
            Output::Pilot(signal) => Message::SetPilot(signal),
            Output::ReadMeter => Message::ReadMeter,
            Output::Report(report) => Message::Report(report),
            Output::Reservation { id, update } => Message::Reservation { id, update },
            Output::Show(screen) => Message::Show(screen),
            Output::StopSupply => Message::StopSupply,
            Output::Status(status) => Message::Status(status),
        };
        port.tell(message);
    }
}

/// Writes an event as the log's readers expect it: limits, faults and lost devices have kinds of their own.
fn record(log: &Log, event: &SessionEvent) {
    match event {
        SessionEvent::LimitChanged(limit) => {
            log.record("session", "limit", json!({ "ma": limit.current, "by": limit.by }));
        }
        SessionEvent::FaultDetected { fault, mrec, detail } => {
            log.record("fault", "detected", json!({ "what": fault.to_string(), "mrec": mrec, "detail": detail }));
        }
        SessionEvent::FaultCleared { fault } => {
            log.record("fault", "cleared", json!({ "what": fault.to_string() }));
        }
        SessionEvent::AccessoryLost { accessory, why } => {
            log.record("device", "lost", json!({ "what": accessory, "why": why }));
        }
        SessionEvent::AccessoryFound { accessory } => {
            log.record("device", "found", json!({ "what": accessory }));
        }
        other => log.record("session", "event", other),
    }
}

fn input(message: Message) -> Option<Input> {
    match message {
        Message::Accessory(accessory, state) => Some(Input::Accessory(accessory, state)),
        Message::Board(input) => Some(Input::Board(input)),
        Message::Csms(input) => Some(Input::Csms(input)),
        Message::Insulation(input) => Some(Input::Insulation(input)),
        Message::Limits { profile, site } => Some(Input::Limits { profile, site }),
        Message::Lock(position) => Some(Input::Lock(position)),
        Message::Reading(reading) => Some(Input::Reading(reading)),
        Message::Supply(state) => Some(Input::Supply(state)),
        Message::Token(token) => Some(Input::Token(token)),
        other => {
            tracing::error!(verb = %other.verb(), "not a verb of session");
            None
        }
    }
}
