//! Drives the session coordinator: calls in, calls out, and its deadlines.

pub(crate) mod call;

use event_log::Log;
use serde_json::json;

use self::call::SessionCall;
use super::energy::call::EnergyCall;
use super::hlc::call::HlcCall;
use super::insulation::call::InsulationCall;
use super::lock::call::LockCall;
use super::meter::call::MeterCall;
use super::ocpp::call::OcppCall;
use super::panel::call::PanelCall;
use super::power::call::PowerCall;
use super::reception::call::ReceptionCall;
use super::supply::call::SupplyCall;
use crate::bus::{Inbox, Port};
use crate::restart::Restart;
use clock::{Alarm, Clock};
use session::{Coordinator, Input, Output, Record, SessionEvent, record_name};
use units::EvseId;

/// What a session needs besides its place on the bus.
pub(crate) struct Seat {
    pub(crate) evse: EvseId,
    /// Where the station has others, which share the site: all begin again together.
    pub(crate) restart: Option<Restart>,
    /// Drivers may come here by the reception.
    pub(crate) meets_reception: bool,
    /// What a car could use or give back must be known to whoever shares the site: there are others, or it may give back.
    pub(crate) shares_site: bool,
    pub(crate) clock: Clock,
    /// Unix time in microseconds at the clock's zero.
    pub(crate) epoch_micros: i64,
    pub(crate) log: Log,
}

/// Runs the coordinator until it asks to start again.
pub(crate) async fn session(port: Port, mut inbox: Inbox<SessionCall>, seat: Seat, mut coordinator: Coordinator) {
    let Seat { evse, restart, clock, log, .. } = &seat;
    // Nothing here is in the way of a new beginning.
    let mut ready = false;
    let mut alarm = Alarm::default();
    loop {
        let deadline = drain(&mut coordinator, &port, &seat).map(|at| clock.at(at));
        match restart {
            None if coordinator.take_reset() => {
                log.record("session", "reset", json!({}));
                return;
            }
            None => {}
            Some(restart) => {
                let due = coordinator.is_reset_due();
                if due && !ready {
                    coordinator.take_out_of_service(clock.now());
                }
                if std::mem::replace(&mut ready, due) != due {
                    restart.stands(*evse, due);
                    continue;
                }
            }
        }
        let all_ready = async {
            match restart {
                Some(restart) => restart.all_ready().await,
                None => std::future::pending().await,
            }
        };
        let input = tokio::select! {
            biased;
            call = inbox.recv() => match call {
                Some(call) => call.into(),
                None => return,
            },
            // Not all are, as long as this one is not.
            () = all_ready, if ready => {
                log.record("session", "reset", json!({}));
                return;
            }
            () = alarm.at(deadline) => Input::Timeout,
        };
        coordinator.handle_input(clock.now(), input);
    }
}

/// Carries out every wish; returns when the coordinator wants to be woken.
fn drain(coordinator: &mut Coordinator, port: &Port, seat: &Seat) -> Option<units::Instant> {
    let Seat { evse, restart: _, meets_reception, shares_site, clock, epoch_micros, log } = seat;
    loop {
        match coordinator.poll_output() {
            Output::Wait(deadline) => return deadline,
            Output::Event(event) => record(log, &event),
            Output::AllowPower(permission) => port.tell(PowerCall::Allow(permission)),
            Output::Answer { ticket, answer } => port.tell(OcppCall::Answer { ticket, answer }),
            Output::Authorize { ticket, token } => port.tell(OcppCall::Authorize { ticket, token }),
            Output::DriveLock(locked) => port.tell(LockCall::Drive(locked)),
            Output::Keep(kept) => {
                let value = kept.and_then(|kept| Record::new(*kept, clock.unix_micros(*epoch_micros)).write());
                port.tell(OcppCall::Keep { name: record_name(*evse), value });
            }
            Output::Problem(problem) => port.tell(OcppCall::Problem(problem)),
            Output::Pilot(signal) => port.tell(PowerCall::Pilot(signal)),
            Output::ReadMeter => port.tell(MeterCall::Read),
            Output::Report(report) => port.tell(OcppCall::Report(report)),
            Output::Reservation { id, update } => port.tell(OcppCall::Reservation { id, update }),
            Output::Show(screen) => port.tell(PanelCall::Show(screen)),
            Output::StopSupply => port.tell(SupplyCall::Stop),
            Output::MeasureInsulation(on) => port.tell(InsulationCall::Measure(on)),
            Output::SetSupply(target) => {
                port.tell(SupplyCall::Set(target));
                port.tell(SupplyCall::Switch(true));
            }
            Output::Hlc(output) => port.tell(HlcCall::Session(output)),
            Output::Status(status) => port.tell(OcppCall::Status(status)),
            Output::Vacancy(vacancy) if *meets_reception => port.tell(ReceptionCall::Stands(vacancy)),
            Output::Wish(wish) if *shares_site => port.tell(EnergyCall::Wish(wish)),
            // Alone it is meant whoever comes, and has all that the site leaves into its car.
            Output::Vacancy(_) | Output::Wish(_) => {}
        }
    }
}

/// Writes an event as the log's readers expect it: limits, faults and lost devices have kinds of their own.
fn record(log: &Log, event: &SessionEvent) {
    match event {
        SessionEvent::LimitChanged(limit) => {
            log.record("session", "limit", json!({ "ma": limit.value(), "by": limit.by(), "why": limit.why() }));
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
            SessionCall::Hlc(input) => Self::Hlc(input),
            SessionCall::Insulation(input) => Self::Insulation(input),
            SessionCall::InsulationReading(reading) => Self::InsulationReading(reading),
            SessionCall::Limit { profile, site } => Self::Limits { profile, site },
            SessionCall::Lock(position) => Self::Lock(position),
            SessionCall::Power(input) => Self::Board(input),
            SessionCall::Reading(reading) => Self::Reading(reading),
            SessionCall::Supply(state) => Self::Supply(state),
            SessionCall::SupplyCapabilities(can) => Self::SupplyCapabilities(can),
            SessionCall::SupplyReading(reading) => Self::SupplyReading(reading),
            SessionCall::Token(token) => Self::Token(token),
        }
    }
}
