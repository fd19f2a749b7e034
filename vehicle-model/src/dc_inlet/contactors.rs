//! The two contactors between the contacts of the inlet and the battery, and what their controller does with them.

use std::time::Duration;

use serde::Serialize;
use units::Instant;

/// A pole of the direct current.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Pole {
    /// DC+.
    Plus,
    /// DC-.
    Minus,
}

/// What breaks in the contactors: a cause.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum DcFault {
    /// The contact stays closed, whatever its coil does.
    Welded(Pole),
    /// The contact stays open, whatever its coil does.
    StaysOpen(Pole),
}

impl DcFault {
    pub(super) const fn pole(self) -> Pole {
        match self {
            Self::Welded(pole) | Self::StaysOpen(pole) => pole,
        }
    }
}

/// What the car has found out about its contactors by welding detection.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Welding {
    /// It has not looked, or has closed them since.
    Unknown,
    /// It has looked, and there was no voltage that could have fallen.
    Unseen,
    /// The voltage fell with each of them.
    None,
    /// It did not fall when this one was opened.
    One(Pole),
    /// There is a voltage with both of them open: both are welded, or the supply keeps it.
    Both,
}

/// What the contactors do.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum ContactorState {
    /// Both coils are off.
    Open,
    /// They are to close as soon as the supply has brought its voltage to the battery's (pre-charge).
    PreCharge,
    /// Both coils are on; the contacts meet then.
    Closing {
        /// When they meet.
        at: Instant,
    },
    /// Both coils are on, and the contacts had their time.
    Closed,
    /// Welding detection at contactors that were open already: both coils are off.
    TestingOpen {
        /// A voltage must have fallen by then.
        until: Instant,
    },
    /// Welding detection: the coil of DC+ alone is off.
    TestingPlus {
        /// The voltage must have fallen by then.
        until: Instant,
    },
    /// Welding detection goes on: the coil of DC- alone is off.
    TestingMinus {
        /// The voltage must have fallen by then.
        until: Instant,
        /// Whether it stayed when DC+ was opened.
        plus_welded: bool,
    },
}

/// How long the voltage has to fall in each half of welding detection.
pub(super) const TEST_TIME: Duration = Duration::from_secs(1);

impl ContactorState {
    /// Whether the contact of that pole would conduct if it were sound.
    pub(super) fn drives(self, pole: Pole) -> bool {
        match self {
            Self::Open | Self::PreCharge | Self::Closing { .. } | Self::TestingOpen { .. } => false,
            Self::Closed => true,
            Self::TestingPlus { .. } => pole == Pole::Minus,
            // Where a voltage has stayed, nothing is closed onto it.
            Self::TestingMinus { plus_welded, .. } => pole == Pole::Plus && !plus_welded,
        }
    }

    /// When it goes on by itself.
    pub(super) const fn next_change(self) -> Option<Instant> {
        match self {
            Self::Closing { at } => Some(at),
            Self::TestingOpen { until } | Self::TestingPlus { until } | Self::TestingMinus { until, .. } => Some(until),
            Self::Closed | Self::Open | Self::PreCharge => None,
        }
    }
}

/// One contact.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Contact {
    #[default]
    Sound,
    Welded,
    StaysOpen,
}

impl Contact {
    pub(super) const fn broken(fault: DcFault) -> Self {
        match fault {
            DcFault::Welded(_) => Self::Welded,
            DcFault::StaysOpen(_) => Self::StaysOpen,
        }
    }

    pub(super) const fn conducts(self, driven: bool) -> bool {
        match self {
            Self::Sound => driven,
            Self::Welded => true,
            Self::StaysOpen => false,
        }
    }
}
