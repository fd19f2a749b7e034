//! What a sample means: state, plug, cable, residual current, contactor, line currents.

use units::Instant;

use super::{Machine, PROXIMITY_WITHIN, Sight};
use crate::contactor::{Contactor, Finding};
use crate::residual_test::ResidualTest;
use crate::{Event, Fault, Levels, Outlet, Output, PilotSignal, PilotState, Proximity, Sample, classify};

impl Machine {
    /// Reads a new sample.
    pub(super) fn look(&mut self, now: Instant, sample: &Sample) {
        self.look_for_host(now);
        self.sampled_at = now;
        self.clear_fault(Fault::NoSample);
        self.last = Some(*sample);
        // PP first: a plug that has just been seen at the pilot has its cable already.
        self.look_at_proximity(now, sample);
        self.look_at_levels(now, sample);
        self.look_for_cable(now);
        self.look_at_residual(now, sample);
        self.look_at_contactor(now, sample);
        self.look_at_current(now, Some(sample));
    }

    /// Time has passed: what was seen last still holds. What answers to a command (mirror contact, residual current) is
    /// judged by a new sample only.
    pub(super) fn look_again(&mut self, now: Instant) {
        self.look_for_host(now);
        if let Some(sample) = self.last {
            self.look_at_proximity(now, &sample);
            self.look_at_levels(now, &sample);
            self.look_for_cable(now);
            self.look_at_current(now, Some(&sample));
        } else {
            // Of another signal the levels mean nothing yet; the cable and the current are what they were.
            self.look_for_cable(now);
            self.look_at_current(now, None);
        }
    }

    /// Whether the board has been blind for too long.
    pub(super) fn look_for_samples(&mut self, overdue: bool) {
        if self.enabled && overdue {
            self.raise(Fault::NoSample);
        }
    }

    fn look_for_host(&mut self, now: Instant) {
        if self.enabled && now >= self.host_heard + self.config.timing.host_silence {
            self.raise(Fault::HostSilent);
            self.wish = PilotSignal::X1;
        }
    }

    fn look_at_levels(&mut self, now: Instant, sample: &Sample) {
        match self.driven {
            // The charger's own 0 V or -12 V hides the car.
            PilotSignal::E | PilotSignal::F => return,
            PilotSignal::Pwm(_) | PilotSignal::X1 => {}
        }
        let seen = Levels::read(sample.pilot_high, sample.pilot_low, self.driven, self.state);
        let power = match seen {
            Levels::State(state) => self.is_power(state).then_some(state),
            Levels::DiodeShorted | Levels::Implausible => None,
        };
        self.power.see(now, power.is_some());
        self.clear.see(now, power.is_some_and(|state| state.is_clear_at(sample.pilot_high)));
        match self.levels.see(now, seen, self.config.timing.debounce) {
            None => self.look_for_rest(now),
            Some(Levels::DiodeShorted) => self.raise(Fault::DiodeFault),
            Some(Levels::Implausible) => self.raise(Fault::PilotLost),
            Some(Levels::State(state)) => self.enter(now, state),
        }
    }

    /// A level that jumps from value to value for half a second has no meaning.
    fn look_for_rest(&mut self, now: Instant) {
        let unsettled = self.config.timing.unsettled;
        let jumps = self.levels.restless_since().is_some_and(|since| now >= since + unsettled);
        // Without a car in sight it is the next plug on its way.
        if jumps && self.plug.is_some() {
            self.raise(Fault::PilotLost);
            // Whatever comes to rest next is news.
            self.levels.begin_again();
        }
    }

    /// A state has held long enough.
    fn enter(&mut self, now: Instant, state: PilotState) {
        self.state = Some(state);
        match state {
            PilotState::A => {
                self.sight = Sight::Clear;
                self.unplugged();
                return;
            }
            PilotState::B | PilotState::C | PilotState::D => {
                self.clear_fault(Fault::PilotLost);
                self.plugged(now);
            }
            PilotState::E => self.raise(Fault::PilotShort),
            PilotState::F => self.raise(Fault::PilotLost),
        }
        match (state, self.config.ventilated) {
            (PilotState::D, false) => self.raise(Fault::VentilationNotAvailable),
            (PilotState::D, true)
            | (PilotState::A | PilotState::B | PilotState::C | PilotState::E | PilotState::F, _) => {
                self.clear_fault(Fault::VentilationNotAvailable);
            }
        }
    }

    /// A plug is in: the one that was, or another one.
    fn plugged(&mut self, now: Instant) {
        let same = match core::mem::replace(&mut self.sight, Sight::Clear) {
            Sight::Clear => true,
            Sight::Hidden { since, plug_gone } => match self.config.outlet {
                // The plug was in all the time.
                Outlet::Socket => !plug_gone,
                Outlet::Tethered(_) => now - since <= self.config.timing.out_of_sight,
            },
        };
        match self.plug {
            Some(_) if same => return,
            Some(_) => self.unplugged(),
            None => {}
        }
        self.plug = Some((self.next_plug_in, now));
        self.next_plug_in = self.next_plug_in.next();
    }

    fn look_at_proximity(&mut self, now: Instant, sample: &Sample) {
        match self.config.outlet {
            Outlet::Tethered(_) => return,
            Outlet::Socket => {}
        }
        let seen = classify(sample.proximity);
        let known = self.cable.is_some_and(|rating| seen == Proximity::Cable(rating));
        self.cable_there.see(now, known);
        match (self.proximity.see(now, seen, self.config.timing.debounce), &mut self.sight) {
            (Some(Proximity::Absent), Sight::Hidden { plug_gone, .. }) => *plug_gone = true,
            (Some(Proximity::Cable(_)), Sight::Clear) if self.cable.is_some() => self.cable_is(now),
            (
                None | Some(Proximity::Absent | Proximity::Cable(_) | Proximity::Invalid),
                Sight::Clear | Sight::Hidden { .. },
            ) => {}
        }
    }

    /// Which cable it is, and whether it is still there.
    fn look_for_cable(&mut self, now: Instant) {
        let Some((_, since)) = self.plug else { return };
        if self.config.outlet != Outlet::Socket {
            return;
        }
        if self.cable_is_due() {
            match self.proximity.settled() {
                Some(Proximity::Cable(_)) => self.cable_is(now),
                // A plug may bounce while it is pushed in.
                None | Some(Proximity::Absent | Proximity::Invalid) => {
                    if now >= since + PROXIMITY_WITHIN {
                        self.raise(Fault::ProximityFault);
                    }
                }
            }
        }
        if self.cable.is_some() && self.cable_there.lost(now, self.config.timing.debounce) {
            self.cable = None;
            self.raise(Fault::ProximityFault);
        }
    }

    /// PP has shown this cable for long enough.
    fn cable_is(&mut self, now: Instant) {
        if let Some(Proximity::Cable(rating)) = self.proximity.settled() {
            self.cable = Some(rating);
            self.cable_there.force(now, true);
            self.emit(Event::Cable(rating));
        }
    }

    fn look_at_residual(&mut self, now: Instant, sample: &Sample) {
        let over = sample.residual.abs() >= self.config.residual.trip;
        if self.residual_test.is_running() {
            let before = self.residual_test;
            self.residual_test = before.look(now, over, self.config.timing.residual_test);
            if before.is_driven() && !self.residual_test.is_driven() {
                self.out.push(Output::ResidualTest(false));
            }
            if self.residual_test == ResidualTest::Failed {
                self.raise(Fault::ResidualMonitorFailed);
            }
            return;
        }
        match (over, self.config.residual.reclose || self.state == Some(PilotState::A)) {
            (true, _) => self.raise(Fault::ResidualCurrent),
            (false, true) => self.clear_fault(Fault::ResidualCurrent),
            (false, false) => {}
        }
    }

    fn look_at_contactor(&mut self, now: Instant, sample: &Sample) {
        let mirror = if self.config.contactor_feedback { sample.contactor_closed } else { None };
        match self.contactor.look(now, mirror, self.config.timing.contactor_feedback) {
            None => {}
            Some(Finding::Closed) => {
                self.told_closed = true;
                self.emit(Event::ContactorClosed);
            }
            // What was welded and has come free is open like any other.
            Some(Finding::Opened | Finding::Freed) => self.tell_opened(),
            // What the contacts did in between is not known.
            Some(Finding::FailedToClose) => {
                self.cut(now, true);
                self.raise(Fault::ContactorFailedToClose);
            }
            Some(Finding::OpenedByItself) => {
                self.cut(now, true);
                self.raise(Fault::ContactorOpenedByItself);
            }
            Some(Finding::Welded) => {
                // After a start, nobody has been told that it is closed.
                if !core::mem::replace(&mut self.told_closed, true) {
                    self.emit(Event::ContactorClosed);
                }
                self.raise(Fault::ContactorWelded);
            }
        }
        if self.contactor == Contactor::Open && self.state == Some(PilotState::A) {
            self.clear_fault(Fault::ContactorWelded);
        }
    }

    pub(super) fn tell_opened(&mut self) {
        if core::mem::take(&mut self.told_closed) {
            self.emit(Event::ContactorOpened);
        }
    }

    fn look_at_current(&mut self, now: Instant, sample: Option<&Sample>) {
        let limit = self.current_limit();
        self.over_current.offered(now, limit);
        if !self.contactor.commanded() {
            self.over_current.stopped(now);
            return;
        }
        let trips = match sample {
            Some(sample) => self.over_current.measured(now, sample.current),
            None => self.over_current.trips(now),
        };
        if trips {
            self.raise(Fault::OverCurrent);
        }
    }
}
