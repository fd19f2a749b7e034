//! What happens on the grid.

use std::time::Duration;

use units::{Millihertz, PerPhase, Phase, Watts};

/// What happens on the grid, or in the house. With a duration it ends by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GridEvent {
    /// No line has voltage.
    Blackout {
        /// So long; `None` until restored.
        lasting: Option<Duration>,
    },
    /// The frequency goes there.
    Frequency {
        /// There.
        to: Millihertz,
        /// So long; `None` until restored.
        lasting: Option<Duration>,
    },
    /// The house takes this much, whatever its profile says; `None`: as the profile says.
    HouseLoad(Option<PerPhase<Watts>>),
    /// The house takes this much on one line, whatever its profile says; on the others it goes on as it did.
    LineLoad {
        /// That one.
        phase: Phase,
        /// This much; below zero it feeds in.
        power: Watts,
    },
    /// One line has no voltage.
    PhaseLoss {
        /// That one.
        phase: Phase,
        /// So long; `None` until restored.
        lasting: Option<Duration>,
    },
    /// Everything is as it should be again.
    Restore,
    /// A sag or a swell.
    Voltage {
        /// Of the nominal voltage, in thousandths.
        permille: u16,
        /// So long; `None` until restored.
        lasting: Option<Duration>,
    },
}
