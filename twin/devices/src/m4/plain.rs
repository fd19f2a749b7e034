//! What a Tux-EVSE firmware says for what happens on its board.

use iec61851::{CableRating, Event, Fault, PilotState};
use wire::tux_evse::PlainEvent;

/// The firmware's memory of what it has said: its events are changes, not states.
#[derive(Debug)]
pub(super) struct PlainBoard {
    state: PilotState,
}

impl Default for PlainBoard {
    fn default() -> Self {
        Self { state: PilotState::A }
    }
}

impl PlainBoard {
    /// The events of its vocabulary. It has none for a fault that is gone, for a silent host, or for a level that no car
    /// makes; and it does not tell the three ways apart in which a contactor fails.
    pub(super) fn say(&mut self, event: Event) -> Vec<PlainEvent> {
        match event {
            Event::Pilot { state, .. } => self.enter(state),
            Event::ContactorClosed => vec![PlainEvent::PowerOn],
            Event::ContactorOpened => vec![PlainEvent::PowerOff],
            Event::Cable(CableRating::A13) => vec![PlainEvent::Pp13A],
            Event::Cable(CableRating::A20) => vec![PlainEvent::Pp20A],
            Event::Cable(CableRating::A32) => vec![PlainEvent::Pp32A],
            Event::Cable(CableRating::A63) => vec![PlainEvent::Pp64A],
            Event::Fault(fault) => match fault {
                Fault::ContactorFailedToClose
                | Fault::ContactorOpenedByItself
                | Fault::ContactorOverused
                | Fault::ContactorWelded => {
                    vec![PlainEvent::ErrorRelais]
                }
                Fault::DiodeFault => vec![PlainEvent::ErrorDf],
                Fault::OverCurrent => vec![PlainEvent::OverCurrent],
                Fault::PilotShort => vec![PlainEvent::ErrorE],
                Fault::ProximityFault => vec![PlainEvent::PpNc],
                Fault::ResidualCurrent | Fault::ResidualMonitorFailed => vec![PlainEvent::ErrorRcd],
                Fault::VentilationNotAvailable => vec![PlainEvent::VentilationNotAvailable],
                Fault::HostSilent | Fault::NoSample | Fault::PilotLost => Vec::new(),
            },
            Event::ContactorBusy { .. } | Event::FaultCleared(_) => Vec::new(),
        }
    }

    fn enter(&mut self, state: PilotState) -> Vec<PlainEvent> {
        let before = std::mem::replace(&mut self.state, state);
        let plugged = PlainEvent::CarPluggedIn;
        let ready = PlainEvent::CarRequestedPower;
        match (before, state) {
            (PilotState::A, PilotState::B) => vec![plugged],
            (PilotState::A, PilotState::C | PilotState::D) => vec![plugged, ready],
            (PilotState::B, PilotState::C | PilotState::D) => vec![ready],
            (PilotState::C | PilotState::D, PilotState::B) => vec![PlainEvent::CarRequestedStopPower],
            (PilotState::E | PilotState::F, PilotState::B) => vec![PlainEvent::EfToBcd, plugged],
            (PilotState::E | PilotState::F, PilotState::C | PilotState::D) => vec![PlainEvent::EfToBcd, ready],
            (PilotState::B | PilotState::C | PilotState::D, PilotState::E | PilotState::F) => {
                vec![PlainEvent::BcdToEf]
            }
            (PilotState::B | PilotState::C | PilotState::D | PilotState::E | PilotState::F, PilotState::A) => {
                vec![PlainEvent::CarUnplugged]
            }
            // The oscillator alone, C to D and E to F are no events.
            (PilotState::A, PilotState::A | PilotState::E | PilotState::F)
            | (PilotState::B, PilotState::B)
            | (PilotState::C | PilotState::D, PilotState::C | PilotState::D)
            | (PilotState::E | PilotState::F, PilotState::E | PilotState::F) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_and_what_goes_wrong_in_it() {
        let mut board = PlainBoard::default();
        let pilot = |state| Event::Pilot { state, pwm: true, plug_in: None };
        let story = [
            Event::Pilot { state: PilotState::A, pwm: false, plug_in: None },
            Event::Cable(CableRating::A20),
            pilot(PilotState::B),
            pilot(PilotState::C),
            Event::ContactorClosed,
            Event::Fault(Fault::PilotShort),
            pilot(PilotState::E),
            Event::ContactorOpened,
            Event::FaultCleared(Fault::PilotShort),
            pilot(PilotState::B),
            pilot(PilotState::A),
        ];
        let said: Vec<_> = story.into_iter().flat_map(|event| board.say(event)).collect();
        assert_eq!(
            said,
            [
                PlainEvent::Pp20A,
                PlainEvent::CarPluggedIn,
                PlainEvent::CarRequestedPower,
                PlainEvent::PowerOn,
                PlainEvent::ErrorE,
                PlainEvent::BcdToEf,
                PlainEvent::PowerOff,
                PlainEvent::EfToBcd,
                PlainEvent::CarPluggedIn,
                PlainEvent::CarUnplugged,
            ]
        );
    }
}
