//! What the charger drives on the control pilot.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::Duty;

/// What the charger drives on the control pilot.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum PilotSignal {
    /// 0 V: state E, one of the two ways to make a car let go.
    E,
    /// Steady -12 V: state F, the charger is not available.
    F,
    /// The oscillator runs at 1 kHz with this duty cycle (B2, C2, D2).
    Pwm(Duty),
    /// Steady +12 V (A1, B1, C1, D1): a car is seen, nothing is offered.
    X1,
}

impl PilotSignal {
    /// Whether the oscillator runs.
    #[must_use]
    pub const fn is_pwm(self) -> bool {
        match self {
            Self::Pwm(_) => true,
            Self::E | Self::F | Self::X1 => false,
        }
    }
}

impl fmt::Display for PilotSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::E => f.write_str("E"),
            Self::F => f.write_str("F"),
            Self::Pwm(duty) => write!(f, "PWM {duty}"),
            Self::X1 => f.write_str("X1"),
        }
    }
}
