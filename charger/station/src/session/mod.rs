//! The session coordinator: the one place that knows what plug, pilot state, authorization, limits and transaction mean
//! together. Sans-IO: feed an [`Input`], then drain [`Coordinator::poll_output`] until it answers [`Output::Wait`].
//!
//! ```text
//!            Input                                   Output
//!   board, token, CSMS, lock, ─┐            ┌─> pilot, permission, lock, panel   (only when they change)
//!   reading, limits, timeout   ├─ handlers ─┤
//!                              │  change    ├─> events, reports, answers         (once each)
//!                              └─ state  ───┴─> settle(): what follows from the state
//! ```
//!
//! Handlers change the state; what the actuators should do is *derived* from it afterwards in one place (`desired`), so no
//! handler can forget to open or to unlock. The contactor itself belongs to the power board, which opens it without asking.
//!
//! Files: `occupancy` (the state), `plug` (car comes and goes), `drivers` (tokens and the CSMS's requests), `delivery`
//! (energy on, off, paused, ended), `desired` (what the actuators should do).

mod authorization;
mod delivery;
mod desired;
mod drivers;
mod event;
mod input;
mod occupancy;
mod pilot_plan;
mod plug;
mod reservation;
#[cfg(test)]
mod tests;
mod transaction;
mod trouble;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use hardware::{LockPosition, MeterReading, Screen};
use iec61851::{CableRating, Event, Fault, PilotSignal, PilotState};
use ocpp::{ChargingLimit, ConnectorStatus};
use units::Instant;

pub use event::{PauseReason, SessionEvent};
pub use input::{BoardInput, CsmsInput, DcInput, Input, Output};
pub use trouble::Trouble;

use crate::config::{Config, OutletKind};
use crate::energy::{Limit, Limits, SiteLimit};
use occupancy::{Occupancy, Visitor};
use reservation::Reservation;

/// What is true of the outlet whoever is there: facts and orders that outlive a session.
#[derive(Debug)]
struct Outlet {
    /// The board runs.
    board: bool,
    pilot: PilotState,
    /// The contactor, as the board confirmed it.
    contactor: bool,
    cable: Option<CableRating>,
    troubles: BTreeMap<Trouble, String>,
    lock: Option<LockPosition>,
    reading: Option<MeterReading>,
    /// When the meter answered last.
    read_at: Instant,
    online: bool,
    operative: bool,
    /// Out of service as soon as the session is over.
    disable_when_idle: bool,
    /// Starts anew as soon as the session is over.
    reset_when_idle: bool,
    /// Starts anew as soon as the transaction is closed.
    reset_now: bool,
    /// The CSMS waits to hear whether the lock opened.
    unlock_ticket: Option<u64>,
    /// There is a DC supply.
    supply: bool,
    reservation: Option<Reservation>,
    profile: Option<ChargingLimit>,
    site: Option<SiteLimit>,
}

/// What the rest of the charger was last told, so that it is told only changes.
#[derive(Debug, Default)]
struct Told {
    pilot: Option<PilotSignal>,
    allow: Option<bool>,
    lock: Option<bool>,
    status: Option<ConnectorStatus>,
    screen: Option<Screen>,
    limit: Option<Limit>,
}

/// The session coordinator of one outlet.
pub struct Coordinator {
    config: Config,
    /// Random 128-bit numbers for transaction ids.
    ids: Box<dyn FnMut() -> u128>,
    next_ticket: u64,
    outlet: Outlet,
    occupancy: Occupancy,
    told: Told,
    out: VecDeque<Output>,
}

impl std::fmt::Debug for Coordinator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Coordinator")
            .field("outlet", &self.outlet)
            .field("occupancy", &self.occupancy)
            .finish_non_exhaustive()
    }
}

impl Coordinator {
    /// A free outlet whose board has not been heard yet. `ids` gives random numbers for transaction ids.
    pub fn new(config: Config, ids: Box<dyn FnMut() -> u128>, now: Instant) -> Self {
        let outlet = Outlet {
            board: false,
            pilot: PilotState::A,
            contactor: false,
            cable: None,
            troubles: BTreeMap::new(),
            lock: None,
            reading: None,
            read_at: now,
            online: false,
            operative: true,
            disable_when_idle: false,
            reset_when_idle: false,
            reset_now: false,
            unlock_ticket: None,
            supply: false,
            reservation: None,
            profile: None,
            site: None,
        };
        let occupancy = Occupancy::Free(Visitor::Nobody);
        let mut new =
            Self { config, ids, next_ticket: 1, outlet, occupancy, told: Told::default(), out: VecDeque::new() };
        new.settle(now);
        new
    }

    /// Feeds one input. Drain [`Self::poll_output`] afterwards.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Board(BoardInput::Started(_)) => self.board_started(now),
            Input::Board(BoardInput::Lost(why)) => self.board_lost(now, why),
            Input::Board(BoardInput::Event(event)) => self.board_event(now, event),
            Input::Csms(input) => self.csms(now, input),
            Input::Dc(input) => self.dc(now, input),
            Input::Limits { profile, site } => {
                self.outlet.profile = profile;
                self.outlet.site = site;
            }
            Input::Lock(position) => self.lock_moved(now, position),
            Input::Reading(reading) => self.reading(now, reading),
            Input::Stop => self.stop_local(now),
            Input::Timeout => {}
            Input::Token(token) => self.token_presented(now, &authorization::id_token(&token)),
        }
        self.settle(now);
    }

    /// The next wish. Ends with [`Output::Wait`].
    pub fn poll_output(&mut self) -> Output {
        self.out.pop_front().unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    /// What the CSMS asked for and can only be done from outside: the charger starts anew. True once.
    pub fn take_reset(&mut self) -> bool {
        let idle = matches!(self.occupancy, Occupancy::Free(_));
        let open = match &self.occupancy {
            Occupancy::Plugged(session) => session.transaction.is_some(),
            Occupancy::Leaving { .. } => true,
            Occupancy::Free(_) => false,
        };
        let due = (self.outlet.reset_now && !open) || (self.outlet.reset_when_idle && idle);
        if due {
            self.outlet.reset_now = false;
            self.outlet.reset_when_idle = false;
        }
        due
    }

    fn emit(&mut self, output: Output) {
        self.out.push_back(output);
    }

    fn event(&mut self, event: SessionEvent) {
        self.emit(Output::Event(event));
    }

    fn ticket(&mut self) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        ticket
    }

    fn has_socket(&self) -> bool {
        self.config.outlet.kind == OutletKind::Socket
    }

    /// The limits that hold now.
    fn limits(&self) -> Limits {
        let contract = match &self.occupancy {
            Occupancy::Plugged(session) => session.granted().and_then(|grant| grant.limit),
            Occupancy::Free(_) | Occupancy::Leaving { .. } => None,
        };
        Limits {
            cable: if self.has_socket() { self.outlet.cable.map(CableRating::limit) } else { None },
            contract,
            outlet: self.config.outlet.max_current(),
            profile: self.outlet.profile,
            site: self.outlet.site,
        }
    }

    /// What the car may take now.
    fn limit(&self) -> Limit {
        // While power flows the meter shows which lines the car uses; before that, all of the outlet's.
        let in_use = self
            .outlet
            .reading
            .as_ref()
            .filter(|_| self.outlet.contactor)
            .and_then(transaction::phases_in_use)
            .unwrap_or(self.config.outlet.phases);
        self.limits().smallest(self.config.outlet.voltage(), in_use)
    }

    fn trouble(&mut self, now: Instant, trouble: Trouble, detail: String) {
        if self.outlet.troubles.insert(trouble, detail.clone()).is_some() {
            return;
        }
        self.event(SessionEvent::FaultDetected { fault: trouble, mrec: trouble.mrec(), detail });
        match trouble {
            // The board withdrew the permission by itself; it must be told anew once the trouble is gone.
            Trouble::Board(_) => self.told.allow = Some(false),
            // What such a board knows is not known.
            Trouble::BoardLost | Trouble::BoardRefused => self.told.allow = None,
            // The board knows nothing of these: it is told.
            Trouble::InsulationFault
            | Trouble::InsulationMonitorLost
            | Trouble::LockFailed
            | Trouble::MeterLost
            | Trouble::SupplyLost => {}
        }
        if self.outlet.supply {
            self.emit(Output::StopSupply);
        }
        if let Some(reservation) = self.outlet.reservation.take() {
            self.end_reservation(&reservation, ocpp::ReservationUpdate::Removed);
        }
        self.trouble_in_session(now, trouble);
    }

    fn cleared(&mut self, trouble: Trouble) {
        if self.outlet.troubles.remove(&trouble).is_some() {
            self.event(SessionEvent::FaultCleared { fault: trouble });
        }
    }

    fn dc(&mut self, now: Instant, input: DcInput) {
        let (trouble, state) = match input {
            DcInput::Insulation(state) => (Trouble::InsulationFault, state),
            DcInput::Monitor(state) => (Trouble::InsulationMonitorLost, state),
            DcInput::Supply(state) => {
                self.outlet.supply = true;
                (Trouble::SupplyLost, state)
            }
        };
        match state {
            Ok(()) => self.cleared(trouble),
            Err(why) => self.trouble(now, trouble, why),
        }
    }

    fn board_started(&mut self, now: Instant) {
        self.outlet.board = true;
        // It starts open; if the contactor is closed after all, it says so next.
        if self.outlet.contactor {
            self.contactor(now, false);
        }
        // A board that starts drives X1 and permits nothing.
        self.told.pilot = None;
        self.told.allow = None;
        self.cleared(Trouble::BoardLost);
        self.cleared(Trouble::BoardRefused);
    }

    fn board_lost(&mut self, now: Instant, why: String) {
        self.outlet.board = false;
        self.trouble(now, Trouble::BoardLost, why);
    }

    fn board_event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Pilot { state, pwm } => {
                // A board that forgot the oscillator (it started anew, or saw no car for a moment) is told again.
                if !pwm && self.told.pilot.is_some_and(PilotSignal::is_pwm) {
                    self.told.pilot = None;
                    self.told.allow = None;
                }
                self.pilot(now, state);
            }
            Event::Cable(rating) => self.outlet.cable = Some(rating),
            Event::ContactorClosed => self.contactor(now, true),
            Event::ContactorOpened => self.contactor(now, false),
            Event::Fault(fault) => self.trouble(now, Trouble::Board(fault), explain(fault).into()),
            Event::FaultCleared(fault) => self.cleared(Trouble::Board(fault)),
        }
    }

    fn reading(&mut self, now: Instant, reading: Result<MeterReading, String>) {
        match reading {
            Ok(reading) => {
                self.outlet.reading = Some(reading);
                self.outlet.read_at = now;
                self.cleared(Trouble::MeterLost);
                self.reading_in_session(now);
            }
            Err(why) => {
                let silent = now - self.outlet.read_at;
                if silent >= Duration::from_secs(self.config.meter.lost_after_s.into()) {
                    self.trouble(now, Trouble::MeterLost, why);
                }
            }
        }
    }

    fn lock_moved(&mut self, now: Instant, position: Result<LockPosition, String>) {
        let wanted = self.told.lock;
        let (position, problem) = match position {
            Ok(position) => {
                let expected = wanted.map(|locked| if locked { LockPosition::Locked } else { LockPosition::Unlocked });
                let wrong = expected.is_some_and(|expected| expected != position);
                (Some(position), wrong.then(|| format!("driven to {expected:?}, read back {position:?}")))
            }
            Err(why) => (None, Some(why)),
        };
        self.outlet.lock = position;
        if let Some(ticket) = self.outlet.unlock_ticket.take() {
            let opened = position == Some(LockPosition::Unlocked);
            let answer = if opened { ocpp::UnlockAnswer::Unlocked } else { ocpp::UnlockAnswer::UnlockFailed };
            self.emit(Output::Answer { ticket, answer: ocpp::Answer::Unlock(answer) });
        }
        match problem {
            Some(problem) => self.trouble(now, Trouble::LockFailed, problem),
            None => self.cleared(Trouble::LockFailed),
        }
    }

    /// The next instant at which something happens by itself.
    fn deadline(&self) -> Option<Instant> {
        let reservation = self.outlet.reservation.as_ref().map(|reservation| reservation.expires);
        [reservation, self.occupancy_deadline()].into_iter().flatten().min()
    }
}

/// A fault of the board, for a person.
const fn explain(fault: Fault) -> &'static str {
    match fault {
        Fault::ContactorFailedToClose => "the contactor was told to close and its feedback still shows it open",
        Fault::ContactorOpenedByItself => "the contactor opened without being told to",
        Fault::ContactorWelded => "the contactor was told to open and its feedback still shows it closed",
        Fault::DiodeFault => "the negative half of the pilot is missing: the diode in the car is shorted",
        Fault::HostSilent => "the board heard nothing from the host",
        Fault::OverCurrent => "the car took more than it was offered for too long",
        Fault::PilotLost => "the pilot has a level that no car makes",
        Fault::PilotShort => "the pilot is shorted to the protective earth (state E)",
        Fault::ProximityFault => "the proximity resistor is missing or has no valid value",
        Fault::ResidualCurrent => "the residual direct current is above the limit",
        Fault::VentilationNotAvailable => "the car asks for ventilation and there is none",
    }
}
