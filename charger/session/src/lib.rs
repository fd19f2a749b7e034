//! The session coordinator: the one place that knows what plug, pilot state, authorization, limits and transaction mean
//! together. Sans-IO: feed an [`Input`], then drain [`Coordinator::poll_output`] until it answers [`Output::Wait`].
//!
//! ```text
//!            Input                                   Output
//!   board, token, CSMS, lock, ─┐            ┌─> pilot, permission, lock, panel,  (only when they change)
//!   reading, limits, messages, ├─ handlers ─┤   supply, messages to the car
//!   supply, timeout            │  change    ├─> events, reports, answers         (once each)
//!                              └─ state  ───┴─> settle(): what follows from the state
//! ```
//!
//! Handlers change the state; what the actuators should do is *derived* from it afterwards by one pure function (`want`), so no
//! handler can forget to open or to unlock. The contactor itself belongs to the power board, which opens it without asking.
//!
//! It knows no clock, no task and no CSMS: [`words`] are those of whoever speaks for it with one, [`config`] is what it is told. The
//! seam of `hardware` gives it the words for readings, screens and tokens, `energy` those for limits. Nor does it know a message
//! of ISO 15118: [`HlcInput`] and [`HlcOutput`] are the doors for whoever speaks with the car.
//!
//! Files: `occupancy` (the state), `plug` (car comes and goes), `taps` (tokens), `asks` (the CSMS's requests), `delivery`
//! (energy on, off, paused), `closing` (the end of a transaction); `control` (how the car is told what it may take: by
//! `pilot_plan` and duty, or by messages), `ac_decision` (what the pilot does, whatever happened) and `turns` (which carries it
//! out), `digital` (what comes of these), `dialog` (what the car is told), `dc` and `direct`
//! (direct current, step by step); `want` and `screen` (what the actuators should do), `settle` (what of it is told), `timers`
//! (what happens by itself); `link` and `board` (what the power board tells), `hold` (a session whose board or host is away),
//! `kept` (what outlives the host) and `restore` (what is made of it).

mod ac_decision;
mod accessory;
mod asks;
mod authorization;
mod board;
mod closing;
pub mod config;
mod control;
mod dc;
mod delivery;
mod dialog;
mod digital;
mod direct;
mod event;
mod hlc;
mod hold;
mod input;
mod kept;
mod link;
mod meter;
mod notice;
mod occupancy;
mod over_current;
mod pacing;
mod pilot_plan;
mod plug;
mod problem;
mod reception;
mod reservation;
mod restore;
mod screen;
mod settle;
mod taps;
#[cfg(test)]
mod tests;
mod timers;
mod transaction;
mod trouble;
mod turns;
mod want;
pub mod words;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hardware::{LockPosition, MeterReading, Screen, SupplyTarget};
use iec61851::{CableRating, Fault, Permission, PilotSignal, PlugIn};
use units::{EvseId, Instant, Milliamps};

pub use accessory::Accessory;
pub use config::normalise as normalise_tokens;
pub use config::{
    AuthorizationConfig, AuthorizationMode, Config, ListedKind, ListedToken, LockConfig, LockWhen, MeterConfig,
    OutletConfig, OutletKind, PilotConfig, SessionConfig,
};
pub use event::{PauseReason, SessionEvent};
pub use hlc::{
    Authorization, Dialog, HlcEvent, HlcInput, HlcOutput, Identification, Isolation, Needs, Offer, OfferedLimits,
    PowerPath, Readiness, StopWhy, WantedPower,
};
pub use input::{BoardInput, CsmsInput, Input, InsulationInput, Output};
pub use kept::{Earlier, Kept, Record, record_name};
pub use reception::{Guest, Reception, Reply, Vacancy};
pub use trouble::Trouble;

use crate::words::{ConnectorStatus, ResetKind};
use board::{Board, Contactor};
use energy::{BothWays, Bound, ChargingLimit, Direction, Limits, Lines, LinesInUse, SiteLimit, Supplied, Wish};
use hold::Orphan;
use kept::LastKept;
use meter::OutletMeter;
use notice::Notice;
use occupancy::{DriverWithoutCar, Occupancy, Session};
use pacing::Pacing;
use reservation::Reservation;

/// What is true of the outlet whoever is there: facts and orders that outlive a session.
#[derive(Debug)]
struct Outlet {
    board: Board,
    /// The faults that the board has told since it started, until it has told everything: what it does not tell again is over.
    told_again: BTreeSet<Fault>,
    /// Which plug-in the board told last.
    last_plug_in: Option<PlugIn>,
    /// The contactor was closed when the board was heard last, so it has opened under load: not before then it closes again,
    /// whatever the board itself remembers.
    rests_until: Instant,
    troubles: BTreeMap<Trouble, String>,
    /// The devices that are lost without being a trouble, and why.
    lost: BTreeMap<Accessory, String>,
    lock: Option<LockPosition>,
    meter: OutletMeter,
    online: bool,
    operative: bool,
    /// Out of service as soon as the session is over.
    disable_when_idle: bool,
    /// The charger starts again: `Immediate`, as soon as no transaction is open; `OnIdle`, as soon as no car is there.
    reset: Option<ResetKind>,
    /// The CSMS waits to hear whether the lock opened.
    unlock_ticket: Option<u64>,
    /// There is a DC supply.
    supply: bool,
    dc: dc::DcDevices,
    reservation: Option<Reservation>,
    profile: Option<ChargingLimit>,
    site: SiteLimit,
}

/// What the rest of the charger was last told, so that it is told only changes.
#[derive(Debug, Default)]
struct LastOutputs {
    pilot: Option<PilotSignal>,
    allow: Option<Permission>,
    lock: Option<bool>,
    status: Option<ConnectorStatus>,
    screen: Option<Screen>,
    limit: Option<Bound<Milliamps>>,
    wish: Option<Wish>,
    vacancy: Option<Vacancy>,
    /// What the DC supply holds; `None`: it was never told, or told to be off.
    supply: Option<SupplyTarget>,
    /// Whether the insulation monitor measures.
    insulation: bool,
    dialog: Option<dialog::DialogWant>,
    kept: LastKept,
}

/// The session coordinator of one EVSE.
pub struct Coordinator {
    evse: EvseId,
    config: Config,
    /// Random 128-bit numbers for transaction ids.
    ids: Box<dyn FnMut() -> u128>,
    next_ticket: u64,
    next_dialog: u64,
    outlet: Outlet,
    occupancy: Occupancy,
    /// Transactions of an earlier life of the host, which wait for the register to be read.
    orphans: Vec<Orphan>,
    /// What the panel says of the last tap.
    notice: Option<Notice>,
    told: LastOutputs,
    pacing: Pacing,
    over_current: over_current::Watch,
    now: Instant,
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
    /// An outlet whose board has not been heard yet, and what an earlier life of the host left there. `ids` gives random
    /// numbers for transaction ids.
    pub fn new(evse: EvseId, config: Config, ids: Box<dyn FnMut() -> u128>, now: Instant, earlier: Earlier) -> Self {
        let outlet = Outlet {
            board: Board::blind(now),
            told_again: BTreeSet::new(),
            last_plug_in: None,
            rests_until: now,
            troubles: BTreeMap::new(),
            lost: BTreeMap::new(),
            lock: None,
            meter: OutletMeter::new(&config.meter, &config.outlet, now),
            online: false,
            operative: true,
            disable_when_idle: false,
            reset: None,
            unlock_ticket: None,
            supply: false,
            dc: dc::DcDevices::default(),
            reservation: None,
            profile: None,
            site: SiteLimit::default(),
        };
        let occupancy = Occupancy::Free(DriverWithoutCar::Nobody);
        let mut new = Self {
            evse,
            config,
            ids,
            next_ticket: 1,
            next_dialog: 1,
            outlet,
            occupancy,
            orphans: Vec::new(),
            notice: None,
            told: LastOutputs::default(),
            pacing: Pacing::default(),
            over_current: over_current::Watch::default(),
            now,
            out: VecDeque::new(),
        };
        new.restore(now, earlier);
        new.settle(now);
        new
    }

    /// Feeds one input. Drain [`Self::poll_output`] afterwards.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Accessory(accessory, state) => self.accessory(now, accessory, state),
            Input::Board(input) => self.board(now, input),
            Input::Csms(input) => self.csms(now, input),
            Input::Hlc(input) => self.hlc(now, input),
            Input::Insulation(InsulationInput::Monitor(state)) => {
                self.outlet.dc.insulation = None;
                self.is_in_order(now, Trouble::InsulationMonitorLost, state);
            }
            Input::Insulation(InsulationInput::Resistance(state)) => {
                self.is_in_order(now, Trouble::InsulationFault, state);
            }
            Input::InsulationReading(reading) => self.insulation_read(reading),
            Input::Limits { profile, site } => {
                self.outlet.profile = profile;
                self.outlet.site = site;
            }
            Input::Lock(position) => self.lock_moved(now, position),
            Input::Reading(reading) => {
                let says_nothing_new = self.is_sign_of_life(&reading);
                self.reading(now, reading);
                if says_nothing_new && self.outlet.meter.is_sound() {
                    self.now = now;
                    return;
                }
            }
            Input::Supply(state) => {
                self.outlet.supply = true;
                self.outlet.dc.supply = None;
                self.is_in_order(now, Trouble::SupplyLost, state);
            }
            Input::SupplyCapabilities(can) => self.outlet.dc.can = Some(can),
            Input::SupplyReading(reading) => self.outlet.dc.supply = Some(reading),
            Input::Timeout => {}
            Input::Token(token) => self.token_presented(now, &token),
        }
        self.settle(now);
    }

    /// The next wish. Ends with [`Output::Wait`].
    pub fn poll_output(&mut self) -> Output {
        self.out.pop_front().unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    /// What the CSMS asked for and can only be done from outside: the charger starts anew. True once.
    pub fn take_reset(&mut self) -> bool {
        let due = self.is_reset_due();
        if due {
            self.outlet.reset = None;
        }
        due
    }

    /// Whether the CSMS wants the charger to start again, and nothing here is in the way.
    #[must_use]
    pub fn is_reset_due(&self) -> bool {
        match self.outlet.reset {
            Some(ResetKind::Immediate) => self.occupancy.transaction().is_none(),
            Some(ResetKind::OnIdle) => matches!(self.occupancy, Occupancy::Free(_)),
            None => false,
        }
    }

    /// The station starts again as soon as its other EVSEs can: until then nobody begins here.
    pub fn take_out_of_service(&mut self, now: Instant) {
        self.set_operative(false);
        self.settle(now);
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
        let contract =
            self.occupancy.session().and_then(Session::transaction).and_then(|transaction| transaction.grant.limit);
        Limits {
            cable: if self.has_socket() { self.outlet.board.cable().map(CableRating::limit) } else { None },
            contract,
            outlet: BothWays { import: self.config.outlet.max_current(), export: self.config.outlet.export() },
            // Nobody speaks with cars that give back yet.
            discharge: Milliamps::ZERO,
            profile: self.outlet.profile,
            site: self.outlet.site,
        }
    }

    /// What the car may take now.
    fn limit(&self) -> Bound<Milliamps> {
        self.limits().smallest(Direction::Import, &self.supplied())
    }

    /// What the car could use if the site left all that it wants; `None`: no car may charge here.
    fn wish(&self) -> Option<Wish> {
        if !self.may_charge() {
            return None;
        }
        let (limits, supplied) = (self.limits(), self.supplied());
        let most = |direction| limits.own(direction, &supplied).value();
        let most = BothWays { import: most(Direction::Import), export: most(Direction::Export) };
        Some(Wish { lines: supplied.car.possible(supplied.outlet), most })
    }

    /// The lines of the outlet, and what is known of the car's.
    fn supplied(&self) -> Supplied {
        let car = match &self.occupancy {
            Occupancy::Plugged(session) => session.lines,
            Occupancy::Free(_) | Occupancy::Leaving { .. } => LinesInUse::Unknown,
        };
        let outlet = Lines::first(self.config.outlet.phases);
        Supplied { voltage: self.config.outlet.voltage(), outlet, car }
    }

    fn trouble(&mut self, now: Instant, trouble: Trouble, detail: String) {
        // What the board and the meter find both is one fault.
        let told = self.outlet.troubles.keys().any(|other| other.name() == trouble.name());
        self.outlet.troubles.entry(trouble).or_insert_with(|| detail.clone());
        if told {
            return;
        }
        self.problem(now, trouble.component(), trouble.name(), Some(detail.clone()));
        self.event(SessionEvent::FaultDetected { fault: trouble, mrec: trouble.mrec(), detail });
        match trouble {
            // The board withdrew the permission by itself; it must be told anew once the trouble is gone.
            Trouble::Board(_) => self.told.allow = Some(Permission::Withdrawn),
            // What such a board knows is not known.
            Trouble::BoardLost | Trouble::BoardRefused => self.told.allow = None,
            // The board knows nothing of these: it is told.
            Trouble::InsulationFault
            | Trouble::InsulationMonitorLost
            | Trouble::LockFailed
            | Trouble::MeterImplausible
            | Trouble::MeterLost
            | Trouble::OverCurrent
            | Trouble::SupplyLost => {}
        }
        if self.outlet.supply {
            self.told.supply = None;
            self.emit(Output::StopSupply);
        }
        if let Some(reservation) = self.outlet.reservation.take() {
            self.end_reservation(&reservation, words::ReservationUpdate::Removed);
        }
        self.trouble_in_session(now, trouble);
    }

    fn cleared(&mut self, now: Instant, trouble: Trouble) {
        let gone = self.outlet.troubles.remove(&trouble).is_some();
        if gone && !self.outlet.troubles.keys().any(|other| other.name() == trouble.name()) {
            self.problem(now, trouble.component(), trouble.name(), None);
            self.event(SessionEvent::FaultCleared { fault: trouble });
        }
    }

    /// A trouble is gone, or it is there: why.
    fn is_in_order(&mut self, now: Instant, trouble: Trouble, state: Result<(), String>) {
        match state {
            Ok(()) => self.cleared(now, trouble),
            Err(why) => self.trouble(now, trouble, why),
        }
    }

    /// Whether a reading says no more than that the meter is still there: at a free outlet nothing follows from it.
    fn is_sign_of_life(&self, reading: &Result<MeterReading, String>) -> bool {
        matches!(self.occupancy, Occupancy::Free(_))
            && self.orphans.is_empty()
            && self.outlet.board.contactor() == Contactor::Open
            && reading.as_ref().is_ok_and(|reading| self.outlet.meter.repeats(reading))
    }

    fn reading(&mut self, now: Instant, reading: Result<MeterReading, String>) {
        // What flows is seen also by a meter whose registers are not believed.
        if let (Ok(reading), Contactor::Closed) = (&reading, self.outlet.board.contactor()) {
            self.over_current.read(reading.current);
            if let Occupancy::Plugged(session) = &mut self.occupancy {
                session.lines.see(now, reading);
            }
        }
        if self.outlet.meter.hear(now, reading) {
            self.close_orphans(now);
            self.reading_in_session(now);
        }
    }

    /// What follows from how the outlet's meter is: it is lost, it is out of order, or neither any more.
    fn look_at_meter(&mut self, now: Instant) {
        self.outlet.meter.expire(now);
        let states = [
            (Trouble::MeterLost, self.outlet.meter.lost()),
            (Trouble::MeterImplausible, self.outlet.meter.implausible().map(|why| why.to_string())),
        ];
        for (trouble, why) in states {
            self.is_in_order(now, trouble, why.map_or(Ok(()), Err));
        }
    }

    fn lock_moved(&mut self, now: Instant, position: Result<LockPosition, String>) {
        let wanted = self.told.lock;
        let (position, problem) = match position {
            Ok(position) => {
                let expected = wanted.map(|locked| if locked { LockPosition::Locked } else { LockPosition::Unlocked });
                let wrong = expected.is_some_and(|expected| expected != position);
                let problem = || {
                    let wish = if wanted == Some(true) { "hold" } else { "free" };
                    format!("the bolt was driven to {wish} the plug, and {}", whereabouts(position))
                };
                (Some(position), wrong.then(problem))
            }
            Err(why) => (None, Some(why)),
        };
        self.outlet.lock = position;
        if let Some(ticket) = self.outlet.unlock_ticket.take() {
            let opened = position == Some(LockPosition::Unlocked);
            let answer = if opened { words::UnlockAnswer::Unlocked } else { words::UnlockAnswer::UnlockFailed };
            self.emit(Output::Answer { ticket, answer: words::Answer::Unlock(answer) });
        }
        match problem {
            Some(problem) => self.trouble(now, Trouble::LockFailed, problem),
            None => self.cleared(now, Trouble::LockFailed),
        }
    }
}

/// Where a bolt is, for a person.
const fn whereabouts(position: LockPosition) -> &'static str {
    match position {
        LockPosition::Locked => "its contact says that it holds it",
        LockPosition::Moving => "its contacts say that it has reached neither end",
        LockPosition::Unlocked => "its contact says that the plug is free",
    }
}
