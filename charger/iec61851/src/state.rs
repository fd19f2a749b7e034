//! Pilot levels and the states they mean.

use core::fmt;

use serde::{Deserialize, Serialize};
use units::Millivolts;

use crate::PilotSignal;

/// The state of the vehicle interface (Annex A).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum PilotState {
    /// No car: 12 V.
    A,
    /// A car is there: 9 V.
    B,
    /// It is ready to take energy: 6 V.
    C,
    /// As C, and it needs ventilation: 3 V.
    D,
    /// Shorted to earth or no supply: 0 V.
    E,
    /// Not available: -12 V.
    F,
}

impl PilotState {
    /// Whether a car is connected.
    #[must_use]
    pub const fn is_plugged(self) -> bool {
        match self {
            Self::B | Self::C | Self::D => true,
            Self::A | Self::E | Self::F => false,
        }
    }
}

impl fmt::Display for PilotState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What the levels of one sample mean.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Levels {
    /// The negative half is missing although the oscillator runs and a car is there: its diode is shorted.
    DiodeShorted,
    /// A level that no car makes.
    Implausible,
    /// A state of the table.
    State(PilotState),
}

/// Half the width of a window round its nominal level (measured on a known firmware).
const WINDOW: i32 = 1_100;
/// A window reaches further for the state that is already there, so that a level on its edge does not flicker.
const HYSTERESIS: i32 = 300;

impl Levels {
    /// Reads one sample, given what is driven and which state is there.
    #[must_use]
    pub fn read(high: Millivolts, low: Millivolts, signal: PilotSignal, present: PilotState) -> Self {
        let nominal = [
            (PilotState::A, 12_000),
            (PilotState::B, 9_000),
            (PilotState::C, 6_000),
            (PilotState::D, 3_000),
            (PilotState::E, 0),
            (PilotState::F, -12_000),
        ];
        let within = |level: i32, nominal: i32, state: PilotState| {
            let window = if state == present { WINDOW + HYSTERESIS } else { WINDOW };
            (level - nominal).abs() <= window
        };
        // Windows overlap by the hysteresis only: the state that is there is asked first.
        let mut candidates = nominal;
        candidates.sort_unstable_by_key(|(state, _)| *state != present);
        let Some((state, _)) = candidates.into_iter().find(|(state, level)| within(high.0, *level, *state)) else {
            return Self::Implausible;
        };
        match signal {
            // The diode in the car blocks the negative half, which stays at -12 V; without it the half is loaded too.
            PilotSignal::Pwm(_) if state.is_plugged() && low.0 > -10_500 => Self::DiodeShorted,
            PilotSignal::E | PilotSignal::F | PilotSignal::Pwm(_) | PilotSignal::X1 => Self::State(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Duty;

    fn read(high: i32, low: i32, present: PilotState) -> Levels {
        let duty = Duty::from_permille(266).expect("a duty");
        Levels::read(Millivolts(high), Millivolts(low), PilotSignal::Pwm(duty), present)
    }

    #[test]
    fn the_windows_hold_and_the_present_state_has_the_wider_one() {
        assert_eq!(read(9_000, -12_000, PilotState::A), Levels::State(PilotState::B));
        assert_eq!(read(7_900, -12_000, PilotState::A), Levels::State(PilotState::B));
        assert_eq!(read(7_800, -12_000, PilotState::A), Levels::Implausible);
        assert_eq!(read(7_700, -12_000, PilotState::B), Levels::State(PilotState::B));
        assert_eq!(read(7_400, -12_000, PilotState::C), Levels::State(PilotState::C));
        assert_eq!(read(200, -12_000, PilotState::C), Levels::State(PilotState::E));
    }

    #[test]
    fn a_shorted_diode_shows_in_the_negative_half() {
        assert_eq!(read(9_000, -9_000, PilotState::B), Levels::DiodeShorted);
        assert_eq!(read(6_000, -6_000, PilotState::C), Levels::DiodeShorted);
        assert_eq!(read(12_000, -12_000, PilotState::B), Levels::State(PilotState::A));
    }
}
