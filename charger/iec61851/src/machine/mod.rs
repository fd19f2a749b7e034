//! Everything together: what is seen, what is permitted, what is driven.
//!
//! ```text
//!  Command ─> wish, permission ─┐
//!  Sample ──> state, faults ────┼─> settle: driven signal, contactor
//!  time ────> debounce, graces ─┘      opens for any single reason, closes only when all agree
//! ```
//!
//! Opening hangs on conditions, not on values: `power` says how long ago a sample last allowed power, whatever the others
//! were. No command of the host touches these watches; a host can open, it can never postpone an opening.
//!
//! Files: `looks` (what a sample means), `mod` (what follows from it).

mod looks;
#[cfg(test)]
mod tests;

use core::time::Duration;

use units::{Instant, Milliamps};

use crate::contactor::Contactor;
use crate::debounce::Debounce;
use crate::leak::Leak;
use crate::queue::Queue;
use crate::residual_test::ResidualTest;
use crate::steady::Steady;
use crate::wear::{Closing, Wear};
use crate::{
    CableRating, Command, Config, Event, Fault, Input, Levels, Offer, Outlet, Output, OverCurrent, Permission,
    PilotSignal, PilotState, PlugIn, Proximity, Sample,
};

/// While something is about to change, everything is looked at so often.
const CLOSE_LOOK: Duration = Duration::from_millis(5);

/// A plug makes contact at PP within this, after the pilot shows a car.
const PROXIMITY_WITHIN: Duration = Duration::from_millis(200);

/// The least current of which an opening counts as one under load.
const LOAD: Milliamps = Milliamps::from_amps(1);

/// Whether a car could be seen.
#[derive(Clone, Copy, Debug)]
enum Sight {
    /// The pilot shows what is there.
    Clear,
    /// The charger's own level hides it (disabled, state E or F), and nothing was confirmed since.
    Hidden {
        since: Instant,
        /// PP showed that no plug was in.
        plug_gone: bool,
    },
}

/// The safety machine of one outlet.
#[derive(Debug)]
pub struct Machine {
    config: Config,
    enabled: bool,
    host_heard: Instant,
    permission: Permission,
    /// What the host wants driven while a car is there.
    wish: PilotSignal,
    driven: PilotSignal,
    /// The newest sample; `None` when the signal changed since, and it says nothing any more.
    last: Option<Sample>,
    sampled_at: Instant,
    levels: Debounce<Levels>,
    /// `None` until the first level has held for long enough.
    state: Option<PilotState>,
    sight: Sight,
    /// A sample that allows power was seen.
    power: Steady,
    /// A sample that is well inside a state of power was seen: what closing waits for.
    clear: Steady,
    /// The plug that is in, and when it was seen first.
    plug: Option<(PlugIn, Instant)>,
    /// The number of the next one.
    next_plug_in: PlugIn,
    proximity: Debounce<Proximity>,
    cable: Option<CableRating>,
    /// PP shows that cable.
    cable_there: Steady,
    contactor: Contactor,
    wear: Wear,
    /// When it may close that waits for it.
    closes_at: Option<Instant>,
    /// How long nothing was offered while the contactor was closed.
    unoffered: Leak,
    residual_test: ResidualTest,
    over_current: OverCurrent,
    faults: u16,
    /// The host was told that the contactor is closed.
    told_closed: bool,
    /// The state, oscillator and plug-in that the host was told last.
    told_pilot: Option<(PilotState, bool, Option<PlugIn>)>,
    now: Instant,
    out: Queue,
}

impl Machine {
    /// A board that has just got power: disabled, open, state F driven. `boot` is a random number for this start; see
    /// [`PlugIn`].
    #[must_use]
    pub fn new(config: Config, boot: u32) -> Self {
        Self {
            config,
            enabled: false,
            host_heard: Instant::ZERO,
            permission: Permission::Withdrawn,
            wish: PilotSignal::X1,
            driven: PilotSignal::F,
            last: None,
            sampled_at: Instant::ZERO,
            levels: Debounce::new(),
            state: None,
            sight: Sight::Hidden { since: Instant::ZERO, plug_gone: false },
            power: Steady::new(),
            clear: Steady::new(),
            plug: None,
            next_plug_in: PlugIn::at_start(boot),
            proximity: Debounce::new(),
            cable: None,
            cable_there: Steady::new(),
            contactor: Contactor::Unseen { since: None },
            wear: Wear::new(),
            closes_at: None,
            unoffered: Leak::new(1),
            residual_test: ResidualTest::Due,
            over_current: OverCurrent::default(),
            faults: 0,
            told_closed: false,
            told_pilot: None,
            now: Instant::ZERO,
            out: Queue::new(),
        }
    }

    /// Feeds one input. Drain [`Self::poll_output`] before the next.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        self.now = now;
        let sample_due = self.sampled_at + self.config.timing.sample_silence;
        match input {
            // Who was not missed does not change anything.
            Input::Command(Command::Heartbeat) if !self.has(Fault::HostSilent) => {
                self.host_heard = now;
                return;
            }
            Input::Command(command) => {
                self.look_for_samples(now > sample_due);
                self.command(now, command);
                self.look_again(now);
            }
            Input::Sample(sample) => {
                // One that comes in the last moment is in time.
                self.look_for_samples(now > sample_due);
                self.look(now, &sample);
            }
            Input::Timeout => {
                self.look_for_samples(now >= sample_due);
                self.look_again(now);
            }
        }
        self.settle(now);
    }

    /// The next output. Ends with [`Output::Wait`].
    pub fn poll_output(&mut self) -> Output {
        self.poll_order().unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    /// The next output that is no [`Output::Wait`]: for whoever has another input of this instant, and will not wait.
    pub fn poll_order(&mut self) -> Option<Output> {
        self.out.pop()
    }

    /// The state of the vehicle interface; `None` until the first level has held for long enough, and while disabled.
    #[must_use]
    pub const fn state(&self) -> Option<PilotState> {
        self.state
    }

    /// Which plug-in it is, while one is seen.
    #[must_use]
    pub fn plug_in(&self) -> Option<PlugIn> {
        self.plug.map(|(plug_in, _)| plug_in)
    }

    /// What is driven on the pilot.
    #[must_use]
    pub const fn pilot(&self) -> PilotSignal {
        self.driven
    }

    /// Whether the contactor's coil is energised.
    #[must_use]
    pub const fn contactor(&self) -> bool {
        self.contactor.commanded()
    }

    /// Whether the residual current monitor is to see a test current.
    #[must_use]
    pub const fn residual_test(&self) -> bool {
        self.residual_test.is_driven()
    }

    /// What the host permits.
    #[must_use]
    pub const fn permission(&self) -> Permission {
        self.permission
    }

    /// What is wrong now.
    pub fn faults(&self) -> impl Iterator<Item = Fault> + use<> {
        let faults = self.faults;
        Fault::ALL.into_iter().filter(move |fault| faults & fault.bit() != 0)
    }

    fn emit(&mut self, event: Event) {
        self.out.push(Output::Event(event));
    }

    const fn has(&self, fault: Fault) -> bool {
        self.faults & fault.bit() != 0
    }

    /// Every fault withdraws the permission: the host must give it again once it knows.
    fn raise(&mut self, fault: Fault) {
        if !self.has(fault) {
            self.faults |= fault.bit();
            self.permission = Permission::Withdrawn;
            self.emit(Event::Fault(fault));
        }
    }

    fn clear_fault(&mut self, fault: Fault) {
        if self.has(fault) {
            self.faults &= !fault.bit();
            self.emit(Event::FaultCleared(fault));
        }
    }

    fn command(&mut self, now: Instant, command: Command) {
        self.host_heard = now;
        self.clear_fault(Fault::HostSilent);
        match command {
            // A permission is for this car and for a healthy outlet; given otherwise it is worth nothing.
            Command::AllowPower(permission) => {
                let hidden = matches!(self.driven, PilotSignal::E | PilotSignal::F);
                let welcome = self.enabled && self.faults == 0 && self.is_plugged() && !hidden;
                self.permission = if welcome { permission } else { Permission::Withdrawn };
            }
            Command::SetPilot(signal) => self.wish = signal,
            Command::Heartbeat => {}
            Command::Enable => self.enable(now),
            Command::Disable => {
                self.enabled = false;
                self.permission = Permission::Withdrawn;
                // Under state F nothing of a car can be seen.
                self.state = None;
            }
        }
    }

    fn enable(&mut self, now: Instant) {
        if !self.enabled {
            self.sampled_at = now;
        }
        self.enabled = true;
        self.permission = Permission::Withdrawn;
        self.wish = PilotSignal::X1;
        self.told_pilot = None;
        if let Some(rating) = self.cable {
            self.emit(Event::Cable(rating));
        }
        for fault in self.faults() {
            self.emit(Event::Fault(fault));
        }
        if self.told_closed {
            self.emit(Event::ContactorClosed);
        }
    }

    fn is_plugged(&self) -> bool {
        self.state.is_some_and(PilotState::is_plugged)
    }

    const fn in_sight(&self) -> bool {
        match self.sight {
            Sight::Clear => true,
            Sight::Hidden { .. } => false,
        }
    }

    /// The car is gone: nothing of this session may reach the next.
    fn unplugged(&mut self) {
        self.permission = Permission::Withdrawn;
        self.cable = None;
        self.plug = None;
        if self.next_plug_in.was_there() {
            self.next_plug_in = self.next_plug_in.next();
        }
        if self.wish.is_pwm() {
            self.wish = PilotSignal::X1;
        }
        if self.residual_test.is_driven() {
            self.out.push(Output::ResidualTest(false));
        }
        self.residual_test = ResidualTest::Due;
        self.wear.unplugged();
        self.over_current.forget();
        for fault in [
            Fault::ContactorFailedToClose,
            Fault::ContactorOpenedByItself,
            Fault::ContactorOverused,
            Fault::DiodeFault,
            Fault::OverCurrent,
            Fault::PilotLost,
            Fault::PilotShort,
            Fault::ProximityFault,
            Fault::ResidualMonitorFailed,
            Fault::VentilationNotAvailable,
        ] {
            self.clear_fault(fault);
        }
    }

    /// Lets everything follow from what is known: the driven signal, the contactor, what the host must hear.
    fn settle(&mut self, now: Instant) {
        self.drive(now);
        if self.must_open(now) {
            self.open(now);
        }
        self.closes_at = None;
        if self.may_close(now) {
            self.close(now);
        }
        self.begin_residual_test(now);
        // The pilot is told last: with it, a host that knows nothing yet knows where the contactor is.
        if let (true, true, Some(state)) = (self.enabled, self.contactor.is_known(), self.state) {
            let pilot = (state, self.driven.is_pwm(), self.plug_in());
            if self.told_pilot != Some(pilot) {
                self.told_pilot = Some(pilot);
                self.emit(Event::Pilot { state: pilot.0, pwm: pilot.1, plug_in: pilot.2 });
            }
        }
    }

    fn open(&mut self, now: Instant) {
        // Under load the contacts draw an arc. A car that has let go is in B; boards without an ammeter know no more.
        let carries = self.last.is_some_and(|sample| sample.current.map(Milliamps::abs).highest() > LOAD);
        let under_load = carries || self.state != Some(PilotState::B);
        if !self.contactor.open(now) {
            return;
        }
        self.cut(now, under_load);
        if !self.config.contactor_feedback {
            self.contactor = Contactor::Open;
            self.tell_opened();
        }
    }

    /// Cuts the coil; what was counted while it was energised ends.
    fn cut(&mut self, now: Instant, under_load: bool) {
        self.out.push(Output::Contactor(false));
        self.unoffered.clear();
        self.over_current.stopped(now);
        if under_load {
            self.wear.opens_under_load(now, self.config.timing.contactor_rest);
        }
    }

    fn close(&mut self, now: Instant) {
        match self.wear.wants_to_close(now) {
            Closing::Now => {
                if self.contactor.close(now) {
                    self.wear.closes(now);
                    self.out.push(Output::Contactor(true));
                }
            }
            Closing::At(at) => self.closes_at = Some(at),
            Closing::Never => {
                self.raise(Fault::ContactorOverused);
                self.drive(now);
            }
        }
        if let Some(closings) = self.wear.take_notice() {
            self.emit(Event::ContactorBusy { closings });
        }
    }

    fn drive(&mut self, now: Instant) {
        let ventilation = Fault::VentilationNotAvailable.bit();
        let signal = if !self.enabled {
            PilotSignal::F
        } else if self.faults & !ventilation != 0 {
            // While something is wrong no current is offered. Without ventilation the offer stays: the car may come back
            // from D to C and be charged.
            PilotSignal::X1
        } else {
            match (self.wish, self.state) {
                (PilotSignal::Pwm(_), None | Some(PilotState::A)) => PilotSignal::X1,
                (
                    PilotSignal::Pwm(_),
                    Some(PilotState::B | PilotState::C | PilotState::D | PilotState::E | PilotState::F),
                )
                | (PilotSignal::E | PilotSignal::F | PilotSignal::X1, _) => self.wish,
            }
        };
        if signal != self.driven {
            self.changes(now, signal);
        }
        self.unoffered.see(now, self.contactor.commanded() && !self.offers());
    }

    fn changes(&mut self, now: Instant, signal: PilotSignal) {
        let hides = |signal| matches!(signal, PilotSignal::E | PilotSignal::F);
        match (hides(self.driven), hides(signal)) {
            (false, true) => {
                // Whoever is there when it is lifted may be someone else.
                self.permission = Permission::Withdrawn;
                self.sight = Sight::Hidden { since: now, plug_gone: false };
            }
            (true, false) => self.levels.begin_again(),
            (true, true) | (false, false) => {}
        }
        if !(self.driven.is_pwm() && signal.is_pwm()) {
            // What was measured under the old signal says nothing about the new one. The time since power was last allowed
            // goes on: a host that changes the signal must not hold up an opening.
            self.last = None;
            self.clear.see(now, false);
        }
        self.driven = signal;
        self.out.push(Output::Pilot(signal));
    }

    /// Whether the signal offers a current, or goes with one that was agreed digitally.
    const fn offers(&self) -> bool {
        match self.driven {
            PilotSignal::E | PilotSignal::F | PilotSignal::X1 => false,
            PilotSignal::Pwm(duty) => match (duty.offer(), self.permission) {
                (Offer::Current(_), _) | (Offer::Digital, Permission::Digital { .. }) => true,
                (Offer::Digital, Permission::Offered | Permission::Withdrawn) | (Offer::None, _) => false,
            },
        }
    }

    /// What each line may carry now: the offer, or the cable if that is less.
    fn current_limit(&self) -> Option<Milliamps> {
        let cable = match self.config.outlet {
            Outlet::Socket => self.cable.map(CableRating::limit),
            Outlet::Tethered(limit) => Some(limit),
        };
        let offer = match self.driven {
            PilotSignal::E | PilotSignal::F | PilotSignal::X1 => return None,
            PilotSignal::Pwm(duty) => match (duty.offer(), self.permission) {
                (Offer::Current(offer), Permission::Digital { limit }) => offer.min(limit),
                (Offer::Current(offer), Permission::Offered | Permission::Withdrawn) => offer,
                (Offer::Digital, Permission::Digital { limit }) => limit,
                (Offer::Digital, Permission::Offered | Permission::Withdrawn) | (Offer::None, _) => return None,
            },
        };
        Some(cable.map_or(offer, |cable| offer.min(cable)))
    }

    fn in_power_state(&self) -> bool {
        self.state.is_some_and(|state| self.is_power(state))
    }

    const fn is_power(&self, state: PilotState) -> bool {
        match state {
            PilotState::C => true,
            PilotState::D => self.config.ventilated,
            PilotState::A | PilotState::B | PilotState::E | PilotState::F => false,
        }
    }

    fn must_open(&mut self, now: Instant) -> bool {
        let timing = self.config.timing;
        let hidden = matches!(self.driven, PilotSignal::E | PilotSignal::F);
        let unoffered = self.unoffered.sum(now) >= timing.pwm_stop_grace;
        let lost = self.power.lost(now, timing.debounce);
        !self.enabled
            || !self.permission.is_given()
            || self.faults != 0
            || !self.in_power_state()
            || lost
            || hidden
            || unoffered
    }

    /// Everything agrees, and nothing is about to change.
    fn may_close(&self, now: Instant) -> bool {
        let debounce = self.config.timing.debounce;
        let cable = match self.config.outlet {
            Outlet::Socket => self.cable.is_some() && self.cable_there.whole(now, debounce),
            Outlet::Tethered(_) => true,
        };
        let tested = !self.config.residual.self_test || self.residual_test == ResidualTest::Passed;
        self.enabled
            && self.permission.is_given()
            && self.faults == 0
            && self.in_power_state()
            && self.in_sight()
            && self.levels.settled().is_some()
            && self.clear.whole(now, self.config.timing.closing)
            && self.last.is_some()
            && self.offers()
            && cable
            && tested
            && self.contactor == Contactor::Open
    }

    fn begin_residual_test(&mut self, now: Instant) {
        if self.config.residual.self_test
            && self.residual_test == ResidualTest::Due
            && self.enabled
            && self.faults == 0
            && self.is_plugged()
            && self.contactor == Contactor::Open
        {
            self.residual_test = ResidualTest::Driven { since: now };
            self.out.push(Output::ResidualTest(true));
        }
    }

    /// When it wants the next look. Never in the past: what is overdue waits for a sample.
    fn deadline(&self) -> Option<Instant> {
        let timing = &self.config.timing;
        let now = self.now;
        let seeing = self.last.is_some();
        let host = (self.enabled && !self.has(Fault::HostSilent)).then(|| self.host_heard + timing.host_silence);
        let blind = (self.enabled && !self.has(Fault::NoSample)).then(|| self.sampled_at + timing.sample_silence);
        let changing = self.pilot_changes(now) || self.proximity.pending_since().is_some();
        let closed = self.contactor.commanded();
        [
            host,
            blind,
            // What is measured in between decides: a level that only looks steady from far away is none.
            changing.then(|| now + CLOSE_LOOK),
            self.levels.deadline(timing.debounce).filter(|_| seeing),
            self.levels.restless_since().map(|since| since + timing.unsettled),
            self.power.deadline(now, timing.debounce).filter(|_| closed),
            self.clear.deadline(now, timing.closing).filter(|_| seeing && self.in_power_state()),
            self.proximity.deadline(timing.debounce).filter(|_| seeing),
            self.cable_there.lost_at(timing.debounce).filter(|_| self.cable.is_some()),
            self.plug.map(|(_, since)| since + PROXIMITY_WITHIN).filter(|_| self.cable_is_due()),
            self.contactor.deadline(timing.contactor_feedback),
            self.residual_test.deadline(timing.residual_test),
            self.over_current.deadline(now).filter(|_| closed),
            self.unoffered.reaches(timing.pwm_stop_grace).filter(|_| closed),
            self.closes_at,
        ]
        .into_iter()
        .flatten()
        .filter(|at| *at > now)
        .min()
    }

    /// Whether the pilot is about to change its meaning, or could from one sample to the next.
    fn pilot_changes(&self, now: Instant) -> bool {
        let Some(sample) = &self.last else { return false };
        let near_an_edge = !self.state.is_some_and(|state| state.is_clear_at(sample.pilot_high));
        let closing = self.in_power_state()
            && self.permission.is_given()
            && self.clear.deadline(now, self.config.timing.closing).is_some();
        self.levels.pending_since().is_some() || closing || (self.contactor.commanded() && near_an_edge)
    }

    /// A socket with a plug whose cable is not known yet.
    fn cable_is_due(&self) -> bool {
        self.config.outlet == Outlet::Socket
            && self.plug.is_some()
            && self.cable.is_none()
            && !self.has(Fault::ProximityFault)
    }
}
