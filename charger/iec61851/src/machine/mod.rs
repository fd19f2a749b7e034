//! Everything together: what is seen, what is permitted, what is driven.
//!
//! ```text
//!  Command ─> wish, permission ─┐
//!  Sample ──> state, faults ────┼─> settle: driven signal, contactor
//!  time ────> debounce, graces ─┘      opens for any single reason, closes only when all agree
//! ```

#[cfg(test)]
mod tests;

use units::{Instant, Milliamps};

use crate::contactor::{Contactor, Finding};
use crate::debounce::Debounce;
use crate::over_current::OverCurrent;
use crate::queue::Queue;
use crate::{
    CableRating, Command, Config, Event, Fault, Input, Levels, Offer, Outlet, Output, PilotSignal, PilotState,
    Proximity, Sample, classify,
};

/// The safety machine of one outlet.
#[derive(Debug)]
pub struct Machine {
    config: Config,
    enabled: bool,
    host_heard: Instant,
    /// What the host wants driven while a car is there.
    wish: PilotSignal,
    driven: PilotSignal,
    allowed: bool,
    levels: Debounce<Levels>,
    state: PilotState,
    proximity: Debounce<Proximity>,
    cable: Option<CableRating>,
    /// The oscillator stopped under a closed contactor.
    pwm_stopped: Option<Instant>,
    contactor: Contactor,
    /// The host was told that the contactor is closed.
    told_closed: bool,
    /// The state and oscillator the host was told last.
    told_pilot: Option<(PilotState, bool)>,
    faults: u16,
    over_current: OverCurrent,
    last: Option<Sample>,
    out: Queue,
}

impl Machine {
    /// A board that has just got power: disabled, open, state F driven.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            enabled: false,
            host_heard: Instant::ZERO,
            wish: PilotSignal::X1,
            driven: PilotSignal::F,
            allowed: false,
            levels: Debounce::new(Levels::State(PilotState::A)),
            state: PilotState::A,
            proximity: Debounce::new(Proximity::Absent),
            cable: None,
            pwm_stopped: None,
            contactor: Contactor::Open,
            told_closed: false,
            told_pilot: None,
            faults: 0,
            over_current: OverCurrent::default(),
            last: None,
            out: Queue::new(),
        }
    }

    /// Feeds one input. Drain [`Self::poll_output`] before the next.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Command(command) => self.command(now, command),
            Input::Sample(sample) => self.last = Some(sample),
            Input::Timeout => {}
        }
        self.look(now);
        self.settle(now);
    }

    /// The next output. Ends with [`Output::Wait`].
    pub fn poll_output(&mut self) -> Output {
        self.out.pop().unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    /// The state of the vehicle interface.
    #[must_use]
    pub const fn state(&self) -> PilotState {
        self.state
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

    /// Whether the host permits power.
    #[must_use]
    pub const fn allowed(&self) -> bool {
        self.allowed
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

    /// Every fault withdraws the permission: the host must give it anew once it knows.
    fn raise(&mut self, fault: Fault) {
        if !self.has(fault) {
            self.faults |= fault.bit();
            self.allowed = false;
            self.emit(Event::Fault(fault));
        }
    }

    fn clear(&mut self, fault: Fault) {
        if self.has(fault) {
            self.faults &= !fault.bit();
            self.emit(Event::FaultCleared(fault));
        }
    }

    fn command(&mut self, now: Instant, command: Command) {
        self.host_heard = now;
        self.clear(Fault::HostSilent);
        match command {
            // A permission is for this car and for a healthy outlet; given otherwise it is worth nothing.
            Command::AllowPower(allow) => self.allowed = allow && self.enabled && self.faults == 0,
            Command::SetPilot(signal) => self.wish = signal,
            Command::Heartbeat => {}
            Command::Enable => {
                self.enabled = true;
                self.allowed = false;
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
            Command::Disable => {
                self.enabled = false;
                // Under state F nothing of a car can be seen; it will be seen anew.
                self.levels.force(Levels::State(PilotState::A));
                self.unplugged();
            }
        }
    }

    /// Reads the newest sample, and what has become of older ones since.
    fn look(&mut self, now: Instant) {
        if self.enabled && now >= self.host_heard + self.config.timing.host_silence {
            self.raise(Fault::HostSilent);
            self.wish = PilotSignal::X1;
        }
        let Some(sample) = self.last else { return };
        self.look_at_levels(now, &sample);
        self.look_at_proximity(now, &sample);
        self.look_at_residual(&sample);
        self.look_at_contactor(now, &sample);
        self.look_at_current(now, &sample);
    }

    fn look_at_levels(&mut self, now: Instant, sample: &Sample) {
        match self.driven {
            // The charger's own 0 V or -12 V hides the car.
            PilotSignal::E | PilotSignal::F => return,
            PilotSignal::Pwm(_) | PilotSignal::X1 => {}
        }
        let seen = Levels::read(sample.pilot_high, sample.pilot_low, self.driven, self.state);
        match self.levels.see(now, seen, self.config.timing.debounce) {
            None => {}
            Some(Levels::DiodeShorted) => self.raise(Fault::DiodeFault),
            Some(Levels::Implausible) => self.raise(Fault::PilotLost),
            Some(Levels::State(state)) => self.enter(state, sample),
        }
    }

    /// A state has held long enough.
    fn enter(&mut self, state: PilotState, sample: &Sample) {
        let before = self.state;
        self.state = state;
        match state {
            PilotState::A => {
                self.unplugged();
                return;
            }
            PilotState::B | PilotState::C | PilotState::D => self.clear(Fault::PilotLost),
            PilotState::E => self.raise(Fault::PilotShort),
            PilotState::F => self.raise(Fault::PilotLost),
        }
        if before == PilotState::A && state.is_plugged() {
            self.plugged(sample);
        }
        match (state, self.config.ventilated) {
            (PilotState::D, false) => self.raise(Fault::VentilationNotAvailable),
            (PilotState::D, true)
            | (PilotState::A | PilotState::B | PilotState::C | PilotState::E | PilotState::F, _) => {
                self.clear(Fault::VentilationNotAvailable);
            }
        }
    }

    fn plugged(&mut self, sample: &Sample) {
        match self.config.outlet {
            Outlet::Tethered(_) => {}
            Outlet::Socket => {
                let proximity = classify(sample.proximity);
                self.proximity.force(proximity);
                self.cable_is(proximity);
            }
        }
    }

    fn cable_is(&mut self, proximity: Proximity) {
        match proximity {
            Proximity::Cable(rating) => {
                self.cable = Some(rating);
                self.emit(Event::Cable(rating));
            }
            Proximity::Absent | Proximity::Invalid => {
                self.cable = None;
                self.raise(Fault::ProximityFault);
            }
        }
    }

    /// The car is gone: nothing of this session may reach the next.
    fn unplugged(&mut self) {
        self.state = PilotState::A;
        self.allowed = false;
        self.cable = None;
        self.proximity.force(Proximity::Absent);
        if self.wish.is_pwm() {
            self.wish = PilotSignal::X1;
        }
        for fault in [
            Fault::ContactorFailedToClose,
            Fault::ContactorOpenedByItself,
            Fault::DiodeFault,
            Fault::OverCurrent,
            Fault::PilotLost,
            Fault::PilotShort,
            Fault::ProximityFault,
            Fault::VentilationNotAvailable,
        ] {
            self.clear(fault);
        }
    }

    fn look_at_proximity(&mut self, now: Instant, sample: &Sample) {
        match (self.config.outlet, self.state.is_plugged()) {
            (Outlet::Tethered(_), _) | (Outlet::Socket, false) => {}
            (Outlet::Socket, true) => {
                let seen = classify(sample.proximity);
                if let Some(proximity) = self.proximity.see(now, seen, self.config.timing.debounce) {
                    self.cable_is(proximity);
                }
            }
        }
    }

    fn look_at_residual(&mut self, sample: &Sample) {
        let over = sample.residual.abs() >= self.config.residual.trip;
        match (over, self.config.residual.reclose || self.state == PilotState::A) {
            (true, _) => self.raise(Fault::ResidualCurrent),
            (false, true) => self.clear(Fault::ResidualCurrent),
            (false, false) => {}
        }
    }

    fn look_at_contactor(&mut self, now: Instant, sample: &Sample) {
        let mirror = if self.config.contactor_feedback { sample.contactor_closed } else { None };
        match self.contactor.look(now, mirror, self.config.timing.contactor_feedback) {
            None | Some(Finding::Freed) => {}
            Some(Finding::Closed) => {
                self.told_closed = true;
                self.emit(Event::ContactorClosed);
            }
            Some(Finding::Opened) => self.tell_opened(),
            Some(Finding::FailedToClose) => {
                self.out.push(Output::Contactor(false));
                self.raise(Fault::ContactorFailedToClose);
            }
            Some(Finding::OpenedByItself) => {
                self.out.push(Output::Contactor(false));
                self.raise(Fault::ContactorOpenedByItself);
            }
            Some(Finding::Welded) => self.raise(Fault::ContactorWelded),
        }
        if self.contactor == Contactor::Open && self.state == PilotState::A {
            self.clear(Fault::ContactorWelded);
        }
    }

    fn tell_opened(&mut self) {
        if core::mem::take(&mut self.told_closed) {
            self.emit(Event::ContactorOpened);
        }
    }

    fn look_at_current(&mut self, now: Instant, sample: &Sample) {
        let limit = if self.contactor.commanded() { self.current_limit() } else { None };
        if self.over_current.see(now, sample.current, limit, self.config.timing.over_current) {
            self.raise(Fault::OverCurrent);
        }
    }

    /// What a line may carry: the offer, or the cable if that is less. Without an oscillator the car is on its way out
    /// and the grace decides.
    fn current_limit(&self) -> Option<Milliamps> {
        let cable = match self.config.outlet {
            Outlet::Socket => self.cable.map(CableRating::limit),
            Outlet::Tethered(limit) => Some(limit),
        };
        match self.driven {
            PilotSignal::E | PilotSignal::F | PilotSignal::X1 => None,
            PilotSignal::Pwm(duty) => match (duty.offer(), cable) {
                (Offer::Current(offer), Some(cable)) => Some(offer.min(cable)),
                (Offer::Current(offer), None) => Some(offer),
                (Offer::Digital, cable) => cable,
                (Offer::None, _) => Some(Milliamps::ZERO),
            },
        }
    }

    /// Lets everything follow from what is known: the driven signal, the contactor, what the host must hear.
    fn settle(&mut self, now: Instant) {
        self.drive(now);
        if self.must_open(now) && self.contactor.open(now) {
            self.pwm_stopped = None;
            self.out.push(Output::Contactor(false));
            if !self.config.contactor_feedback {
                self.contactor = Contactor::Open;
                self.tell_opened();
            }
        }
        if self.may_close() && self.contactor.close(now) {
            self.out.push(Output::Contactor(true));
        }
        let pilot = (self.state, self.driven.is_pwm());
        if self.enabled && self.told_pilot != Some(pilot) {
            self.told_pilot = Some(pilot);
            self.emit(Event::Pilot { state: pilot.0, pwm: pilot.1 });
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
                (PilotSignal::Pwm(_), PilotState::A) => PilotSignal::X1,
                (
                    PilotSignal::Pwm(_),
                    PilotState::B | PilotState::C | PilotState::D | PilotState::E | PilotState::F,
                )
                | (PilotSignal::E | PilotSignal::F | PilotSignal::X1, _) => self.wish,
            }
        };
        if signal == self.driven {
            return;
        }
        match (self.driven.is_pwm(), signal.is_pwm()) {
            (true, false) if self.contactor.commanded() => self.pwm_stopped = Some(now),
            (_, true) => self.pwm_stopped = None,
            (true | false, false) => {}
        }
        if !(self.driven.is_pwm() && signal.is_pwm()) {
            // What was measured under the old signal says nothing about the new one.
            self.last = None;
            self.levels.forget();
        }
        self.driven = signal;
        self.out.push(Output::Pilot(signal));
    }

    const fn in_power_state(&self) -> bool {
        match self.state {
            PilotState::C => true,
            PilotState::D => self.config.ventilated,
            PilotState::A | PilotState::B | PilotState::E | PilotState::F => false,
        }
    }

    fn must_open(&self, now: Instant) -> bool {
        let signal_forbids = match self.driven {
            PilotSignal::E | PilotSignal::F => true,
            PilotSignal::Pwm(_) => false,
            PilotSignal::X1 => {
                self.pwm_stopped.is_none_or(|stopped| now >= stopped + self.config.timing.pwm_stop_grace)
            }
        };
        !self.enabled || !self.allowed || self.faults != 0 || !self.in_power_state() || signal_forbids
    }

    fn may_close(&self) -> bool {
        let cable = match self.config.outlet {
            Outlet::Socket => self.cable.is_some(),
            Outlet::Tethered(_) => true,
        };
        self.enabled && self.allowed && self.faults == 0 && self.in_power_state() && self.driven.is_pwm() && cable
    }

    fn deadline(&self) -> Option<Instant> {
        let timing = &self.config.timing;
        let seeing = self.last.is_some();
        let host = (self.enabled && !self.has(Fault::HostSilent)).then(|| self.host_heard + timing.host_silence);
        [
            host,
            self.levels.deadline(timing.debounce).filter(|_| seeing),
            self.proximity.deadline(timing.debounce).filter(|_| seeing && self.state.is_plugged()),
            self.contactor.deadline(timing.contactor_feedback).filter(|_| seeing),
            self.over_current.deadline(timing.over_current).filter(|_| seeing && !self.has(Fault::OverCurrent)),
            self.pwm_stopped.map(|stopped| stopped + timing.pwm_stop_grace).filter(|_| self.contactor.commanded()),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
