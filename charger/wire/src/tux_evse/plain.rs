//! A board that speaks nothing but the events of Tux-EVSE, taken at its word.
//!
//! What such a firmware does not say, the host cannot know: what the board saw before it was enabled, which relay error it
//! was, whether a fault is still there. This translation errs on the safe side and adds nothing up.

use std::collections::BTreeSet;

use iec61851::{CableRating, Event, Fault, Offer, PilotSignal, PilotState};

use super::{HighToLow, PlainEvent, SlacState};

/// The firmware says that it is broken for good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PermanentFault;

/// The host's side of a plain link: translates events up and wishes down.
#[derive(Clone, Debug)]
pub struct PlainHost {
    /// A fixed cable has no resistor to report.
    fixed_cable: bool,
    state: PilotState,
    /// The host wants the oscillator to run.
    pwm: bool,
    allowed: bool,
    closed: bool,
    faults: BTreeSet<Fault>,
    /// What the firmware was told last; it keeps it from car to car, so at first nobody knows.
    slac: Option<SlacState>,
}

impl PlainHost {
    /// Of a board that has just been enabled.
    #[must_use]
    pub const fn new(fixed_cable: bool) -> Self {
        Self {
            fixed_cable,
            state: PilotState::A,
            pwm: false,
            allowed: false,
            closed: false,
            faults: BTreeSet::new(),
            slac: None,
        }
    }

    /// Whether no car was seen.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        matches!(self.state, PilotState::A)
    }

    /// What an event means. The whole table:
    ///
    /// | event | here |
    /// |---|---|
    /// | `CAR_PLUGGED_IN`, `CAR_REQUESTED_STOP_POWER` | B |
    /// | `CAR_REQUESTED_POWER` | C |
    /// | `CAR_UNPLUGGED` | A; whatever was wrong with this car is gone |
    /// | `POWER_ON`, `POWER_OFF` | the contactor closed, opened. Their firmware reads its own output back: no proof |
    /// | `ERROR_E`, `ERROR_DF` | pilot short, diode fault |
    /// | `ERROR_RELAIS` | welded: which relay error it was is not said, and of the three this one keeps the bolt shut |
    /// | `ERROR_RCD`, `OVER_CURRENT` | residual current, over-current |
    /// | `VENTILATION_NOT_AVAILABLE` | that fault, and D |
    /// | `EF_TO_BCD` | pilot short and diode fault are gone; the state keeps until it is said |
    /// | `PP_IMAX_NC` | proximity fault while a plug is in; else nothing: an empty socket has no resistor |
    /// | `PP_IMAX_13A` .. `64A` | the cable; dropped for a fixed cable |
    /// | `PERMANENT_FAULT` | no event: the board is of no use until it is started anew |
    /// | `BCD_TO_EF` | dropped: the host drives F itself, or an error follows that says why |
    /// | `REPLUG_STARTED`, `REPLUG_FINISHED` | dropped: this host never asks for it |
    ///
    /// # Errors
    /// The firmware says that it is broken for good.
    pub fn hear(&mut self, event: PlainEvent) -> Result<Vec<Event>, PermanentFault> {
        let mut said = Vec::new();
        match event {
            PlainEvent::CarPluggedIn | PlainEvent::CarRequestedStopPower => {
                self.clear(&mut said, &[Fault::DiodeFault, Fault::PilotShort, Fault::VentilationNotAvailable]);
                self.enter(&mut said, PilotState::B);
            }
            PlainEvent::CarRequestedPower => {
                self.clear(&mut said, &[Fault::DiodeFault, Fault::PilotShort, Fault::VentilationNotAvailable]);
                self.enter(&mut said, PilotState::C);
            }
            PlainEvent::PowerOn => {
                self.closed = true;
                said.push(Event::ContactorClosed);
            }
            PlainEvent::PowerOff => {
                self.closed = false;
                said.push(Event::ContactorOpened);
            }
            PlainEvent::CarUnplugged => {
                self.allowed = false;
                // A contactor that may be welded stays so until it was heard to open.
                let stays = |fault: &Fault| *fault == Fault::ContactorWelded && self.closed;
                let (stay, gone) = std::mem::take(&mut self.faults).into_iter().partition(stays);
                self.faults = stay;
                said.extend(gone.into_iter().map(|fault: Fault| Event::FaultCleared(fault)));
                self.enter(&mut said, PilotState::A);
            }
            PlainEvent::ErrorE => self.raise(&mut said, Fault::PilotShort),
            PlainEvent::ErrorDf => self.raise(&mut said, Fault::DiodeFault),
            PlainEvent::ErrorRelais => self.raise(&mut said, Fault::ContactorWelded),
            PlainEvent::ErrorRcd => self.raise(&mut said, Fault::ResidualCurrent),
            PlainEvent::OverCurrent => self.raise(&mut said, Fault::OverCurrent),
            PlainEvent::VentilationNotAvailable => {
                self.raise(&mut said, Fault::VentilationNotAvailable);
                self.enter(&mut said, PilotState::D);
            }
            PlainEvent::EfToBcd => self.clear(&mut said, &[Fault::DiodeFault, Fault::PilotShort]),
            PlainEvent::PpNc if !self.fixed_cable && self.state.is_plugged() => {
                self.raise(&mut said, Fault::ProximityFault);
            }
            PlainEvent::Pp13A => self.cable(&mut said, CableRating::A13),
            PlainEvent::Pp20A => self.cable(&mut said, CableRating::A20),
            PlainEvent::Pp32A => self.cable(&mut said, CableRating::A32),
            PlainEvent::Pp64A => self.cable(&mut said, CableRating::A63),
            PlainEvent::PermanentFault => return Err(PermanentFault),
            PlainEvent::PpNc | PlainEvent::BcdToEf | PlainEvent::ReplugStarted | PlainEvent::ReplugFinished => {}
        }
        Ok(said)
    }

    /// What to send for a signal, and what then is true without the board saying it: that the oscillator runs or rests.
    ///
    /// * A Tux-EVSE firmware has no state E: it is driven to F, which makes a car let go as well.
    /// * It drives the host's duty while SLAC runs, and in basic charging the lower of cable and host; so the status goes
    ///   along with the duty, and is taken back with the oscillator, because the firmware would keep it for the next car.
    /// * Stopping the oscillator and giving SLAC up both cost the permission, so it is given again if it still holds.
    pub fn set_pilot(&mut self, signal: PilotSignal) -> (Vec<HighToLow>, Option<Event>) {
        let (slac, driven) = match signal {
            PilotSignal::Pwm(duty) => match duty.offer() {
                Offer::Digital => (SlacState::Run, signal),
                Offer::Current(_) | Offer::None => (SlacState::NotOk, signal),
            },
            PilotSignal::X1 => (SlacState::Run, signal),
            PilotSignal::E | PilotSignal::F => (SlacState::Run, PilotSignal::F),
        };
        let mut messages = Vec::new();
        let anew = self.slac.replace(slac) != Some(slac);
        if anew {
            messages.push(HighToLow::SetSlac(slac));
        }
        messages.push(HighToLow::SetPwm(driven));
        let pwm = driven.is_pwm();
        if self.allowed && pwm && (anew || !self.pwm) {
            messages.push(HighToLow::AllowPowerOn(true));
        }
        let turned = std::mem::replace(&mut self.pwm, pwm) != pwm;
        (messages, (turned && self.state.is_plugged()).then(|| self.pilot()))
    }

    /// What to send for a permission.
    pub const fn allow_power(&mut self, allow: bool) -> HighToLow {
        self.allowed = allow;
        HighToLow::AllowPowerOn(allow)
    }

    /// The oscillator only ever runs while a car is there.
    const fn pilot(&self) -> Event {
        Event::Pilot { state: self.state, pwm: self.pwm && self.state.is_plugged(), plug_in: None }
    }

    fn enter(&mut self, said: &mut Vec<Event>, state: PilotState) {
        self.state = state;
        said.push(self.pilot());
    }

    /// As on our own board a fault costs the permission: it must be given anew.
    fn raise(&mut self, said: &mut Vec<Event>, fault: Fault) {
        self.allowed = false;
        if self.faults.insert(fault) {
            said.push(Event::Fault(fault));
        }
    }

    fn clear(&mut self, said: &mut Vec<Event>, faults: &[Fault]) {
        for fault in faults {
            if self.faults.remove(fault) {
                said.push(Event::FaultCleared(*fault));
            }
        }
    }

    fn cable(&mut self, said: &mut Vec<Event>, rating: CableRating) {
        if !self.fixed_cable {
            self.clear(said, &[Fault::ProximityFault]);
            said.push(Event::Cable(rating));
        }
    }
}

#[cfg(test)]
mod tests {
    use iec61851::Duty;

    use super::*;

    fn hear(host: &mut PlainHost, events: &[PlainEvent]) -> Vec<Event> {
        events.iter().flat_map(|event| host.hear(*event).expect("no permanent fault")).collect()
    }

    const B1: Event = Event::Pilot { state: PilotState::B, pwm: false, plug_in: None };

    #[test]
    fn a_session_in_plain_events() {
        let mut host = PlainHost::new(false);
        assert_eq!(hear(&mut host, &[PlainEvent::CarPluggedIn]), [B1]);
        let nominal = PilotSignal::Pwm(Duty::from_permille(266).expect("a duty"));
        assert_eq!(
            host.set_pilot(nominal),
            (
                vec![HighToLow::SetSlac(SlacState::NotOk), HighToLow::SetPwm(nominal)],
                Some(Event::Pilot { state: PilotState::B, pwm: true, plug_in: None })
            )
        );
        assert_eq!(host.allow_power(true), HighToLow::AllowPowerOn(true));
        assert_eq!(
            hear(&mut host, &[PlainEvent::Pp32A, PlainEvent::CarRequestedPower, PlainEvent::PowerOn]),
            [
                Event::Cable(CableRating::A32),
                Event::Pilot { state: PilotState::C, pwm: true, plug_in: None },
                Event::ContactorClosed
            ]
        );
        // Another duty is no news to the pilot's state, and costs nothing.
        let lower = PilotSignal::Pwm(Duty::from_permille(100).expect("a duty"));
        assert_eq!(host.set_pilot(lower), (vec![HighToLow::SetPwm(lower)], None));
        assert_eq!(
            hear(&mut host, &[PlainEvent::CarRequestedStopPower, PlainEvent::PowerOff, PlainEvent::CarUnplugged]),
            [
                Event::Pilot { state: PilotState::B, pwm: true, plug_in: None },
                Event::ContactorOpened,
                Event::Pilot { state: PilotState::A, pwm: false, plug_in: None }
            ]
        );
        // The next car must not find the status of this one.
        assert_eq!(
            host.set_pilot(PilotSignal::X1),
            (vec![HighToLow::SetSlac(SlacState::Run), HighToLow::SetPwm(PilotSignal::X1)], None)
        );
    }

    #[test]
    fn the_permission_survives_a_pause_and_no_fault() {
        let mut host = PlainHost::new(false);
        hear(&mut host, &[PlainEvent::CarPluggedIn, PlainEvent::CarRequestedPower]);
        let nominal = PilotSignal::Pwm(Duty::from_permille(266).expect("a duty"));
        host.set_pilot(nominal);
        host.allow_power(true);
        host.set_pilot(PilotSignal::F);
        let (messages, _) = host.set_pilot(nominal);
        assert_eq!(messages.last(), Some(&HighToLow::AllowPowerOn(true)));
        hear(&mut host, &[PlainEvent::ErrorRcd]);
        host.set_pilot(PilotSignal::X1);
        let (messages, _) = host.set_pilot(nominal);
        assert_eq!(messages.last(), Some(&HighToLow::SetPwm(nominal)));
    }

    #[test]
    fn every_error_has_its_fault_and_unplugging_clears_it() {
        let mut host = PlainHost::new(false);
        hear(&mut host, &[PlainEvent::CarPluggedIn]);
        let errors = [
            PlainEvent::ErrorE,
            PlainEvent::ErrorDf,
            PlainEvent::ErrorRcd,
            PlainEvent::OverCurrent,
            PlainEvent::PpNc,
            PlainEvent::ErrorE,
        ];
        assert_eq!(
            hear(&mut host, &errors),
            [Fault::PilotShort, Fault::DiodeFault, Fault::ResidualCurrent, Fault::OverCurrent, Fault::ProximityFault]
                .map(Event::Fault)
        );
        assert_eq!(
            hear(&mut host, &[PlainEvent::EfToBcd, PlainEvent::Pp13A]),
            [
                Event::FaultCleared(Fault::DiodeFault),
                Event::FaultCleared(Fault::PilotShort),
                Event::FaultCleared(Fault::ProximityFault),
                Event::Cable(CableRating::A13)
            ]
        );
        assert_eq!(
            hear(&mut host, &[PlainEvent::CarUnplugged]),
            [
                Event::FaultCleared(Fault::OverCurrent),
                Event::FaultCleared(Fault::ResidualCurrent),
                Event::Pilot { state: PilotState::A, pwm: false, plug_in: None }
            ]
        );
    }

    #[test]
    fn a_car_that_wants_a_fan_is_in_d_until_it_is_in_another_state() {
        let mut host = PlainHost::new(false);
        hear(&mut host, &[PlainEvent::CarPluggedIn]);
        assert_eq!(
            hear(&mut host, &[PlainEvent::VentilationNotAvailable, PlainEvent::CarRequestedPower]),
            [
                Event::Fault(Fault::VentilationNotAvailable),
                Event::Pilot { state: PilotState::D, pwm: false, plug_in: None },
                Event::FaultCleared(Fault::VentilationNotAvailable),
                Event::Pilot { state: PilotState::C, pwm: false, plug_in: None }
            ]
        );
    }

    #[test]
    fn a_relay_error_lasts_until_the_contactor_was_heard_to_open() {
        let mut host = PlainHost::new(false);
        hear(&mut host, &[PlainEvent::PowerOn, PlainEvent::ErrorRelais]);
        assert_eq!(hear(&mut host, &[PlainEvent::CarUnplugged]).len(), 1, "only the state");
        assert_eq!(
            hear(&mut host, &[PlainEvent::PowerOff, PlainEvent::CarUnplugged])[..2],
            [Event::ContactorOpened, Event::FaultCleared(Fault::ContactorWelded)]
        );
    }

    #[test]
    fn what_is_dropped_and_what_ends_the_link() {
        let mut host = PlainHost::new(true);
        let dropped = [
            PlainEvent::BcdToEf,
            PlainEvent::ReplugStarted,
            PlainEvent::ReplugFinished,
            PlainEvent::PpNc,
            PlainEvent::Pp32A,
        ];
        assert_eq!(hear(&mut host, &dropped), []);
        assert_eq!(host.hear(PlainEvent::PermanentFault), Err(PermanentFault));
    }
}
