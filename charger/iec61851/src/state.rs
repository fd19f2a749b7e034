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

impl PilotState {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::A, Self::B, Self::C, Self::D, Self::E, Self::F];

    /// The level it is known by: the positive half, or the steady level.
    #[must_use]
    pub const fn nominal(self) -> Millivolts {
        Millivolts::from_volts(match self {
            Self::A => 12,
            Self::B => 9,
            Self::C => 6,
            Self::D => 3,
            Self::E => 0,
            Self::F => -12,
        })
    }

    /// Whether a level is where the standard wants it, and not on the edge of a window.
    #[must_use]
    pub(crate) fn is_clear_at(self, high: Millivolts) -> bool {
        (high - self.nominal()).abs() <= Millivolts(CLEAR)
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
/// What the standard lets a state be: 5 V to 7 V for C.
const CLEAR: i32 = 1_000;

impl Levels {
    /// Reads one sample, given what is driven and which state is there.
    #[must_use]
    pub fn read(high: Millivolts, low: Millivolts, signal: PilotSignal, present: Option<PilotState>) -> Self {
        let within = |state: PilotState, window| (high - state.nominal()).abs() <= Millivolts(window);
        // Windows overlap by the hysteresis only: the state that is there is asked first.
        let there = present.filter(|state| within(*state, WINDOW + HYSTERESIS));
        let seen = there.or_else(|| PilotState::ALL.into_iter().find(|state| within(*state, WINDOW)));
        let Some(state) = seen else { return Self::Implausible };
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
        Levels::read(Millivolts(high), Millivolts(low), PilotSignal::Pwm(duty), Some(present))
    }

    #[test]
    fn the_windows_hold_and_the_present_state_has_the_wider_one() {
        assert_eq!(read(9_000, -12_000, PilotState::A), Levels::State(PilotState::B));
        assert_eq!(read(7_900, -12_000, PilotState::A), Levels::State(PilotState::B));
        assert_eq!(read(7_800, -12_000, PilotState::A), Levels::Implausible);
        assert_eq!(read(7_700, -12_000, PilotState::B), Levels::State(PilotState::B));
        assert_eq!(read(7_400, -12_000, PilotState::C), Levels::State(PilotState::C));
        assert_eq!(read(200, -12_000, PilotState::C), Levels::State(PilotState::E));
        let unknown = |high| Levels::read(Millivolts(high), Millivolts(high), PilotSignal::X1, None);
        assert_eq!(unknown(7_900), Levels::State(PilotState::B));
        assert_eq!(unknown(7_800), Levels::Implausible);
    }

    #[test]
    fn a_level_near_an_edge_is_not_clear() {
        let clear = |level| PilotState::C.is_clear_at(Millivolts(level));
        assert_eq!([4_999, 5_000, 6_000, 7_000, 7_001].map(clear), [false, true, true, true, false]);
    }

    #[test]
    fn a_shorted_diode_shows_in_the_negative_half() {
        assert_eq!(read(9_000, -9_000, PilotState::B), Levels::DiodeShorted);
        assert_eq!(read(6_000, -6_000, PilotState::C), Levels::DiodeShorted);
        assert_eq!(read(12_000, -12_000, PilotState::B), Levels::State(PilotState::A));
    }
}
