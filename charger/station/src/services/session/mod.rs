//! Drives the session coordinator: calls in, calls out, and its deadlines.

pub(crate) mod call;

use event_log::Log;
use serde_json::json;

use self::call::SessionCall;
use super::lock::call::LockCall;
use super::meter::call::MeterCall;
use super::ocpp::call::OcppCall;
use super::panel::call::PanelCall;
use super::power::call::PowerCall;
use super::supply::call::SupplyCall;
use crate::Clock;
use crate::bus::{Inbox, Port};
use session::{Coordinator, Input, KEPT_SESSION, Output, Record, SessionEvent};

/// Runs the coordinator until it asks to start anew.
pub(crate) async fn session(
    port: Port,
    mut inbox: Inbox<SessionCall>,
    clock: Clock,
    epoch_micros: i64,
    mut coordinator: Coordinator,
    log: Log,
) {
    loop {
        let deadline = drain(&mut coordinator, &port, &log, &|| clock.unix_micros(epoch_micros));
        if coordinator.take_reset() {
            log.record("session", "reset", json!({}));
            return;
        }
        let input = tokio::select! {
            biased;
            call = inbox.recv() => match call {
                Some(call) => call.into(),
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
        match coordinator.poll_output() {
            Output::Wait(deadline) => return deadline,
            Output::Event(event) => record(log, &event),
            Output::AllowPower(permission) => port.tell(PowerCall::Allow(permission)),
            Output::Answer { ticket, answer } => port.tell(OcppCall::Answer { ticket, answer }),
            Output::Authorize { ticket, token } => port.tell(OcppCall::Authorize { ticket, token }),
            Output::DriveLock(locked) => port.tell(LockCall::Drive(locked)),
            Output::Keep(kept) => {
                let value = kept.and_then(|kept| Record::new(*kept, unix_micros()).write());
                port.tell(OcppCall::Keep { name: KEPT_SESSION.into(), value });
            }
            Output::Problem(problem) => port.tell(OcppCall::Problem(problem)),
            Output::Pilot(signal) => port.tell(PowerCall::Pilot(signal)),
            Output::ReadMeter => port.tell(MeterCall::Read),
            Output::Report(report) => port.tell(OcppCall::Report(report)),
            Output::Reservation { id, update } => port.tell(OcppCall::Reservation { id, update }),
            Output::Show(screen) => port.tell(PanelCall::Show(screen)),
            Output::StopSupply => port.tell(SupplyCall::Stop),
            Output::Status(status) => port.tell(OcppCall::Status(status)),
        }
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

impl From<SessionCall> for Input {
    fn from(call: SessionCall) -> Self {
        match call {
            SessionCall::Accessory(accessory, state) => Self::Accessory(accessory, state),
            SessionCall::Csms(input) => Self::Csms(input),
            SessionCall::Insulation(input) => Self::Insulation(input),
            SessionCall::Limit { profile, site } => Self::Limits { profile, site },
            SessionCall::Lock(position) => Self::Lock(position),
            SessionCall::Power(input) => Self::Board(input),
            SessionCall::Reading(reading) => Self::Reading(reading),
            SessionCall::Supply(state) => Self::Supply(state),
            SessionCall::Token(token) => Self::Token(token),
        }
    }
}
