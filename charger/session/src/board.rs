//! What is known of the power board, and of the plug through it. Nothing that it told outlives the link on which it was told:
//! after the board, its link or the host was away, everything is unknown until the board tells it again.
//!
//! ```text
//!            Started                  first Pilot
//!   Blind ────────────> Blind, runs ──────────────> Tells
//!     ^                     │ Lost                    │ Lost, Started
//!     └─────────────────────┴─────────────────────────┘
//! ```

use iec61851::{CableRating, PilotState, PlugIn};
use units::Instant;

/// The power board, as far as it has told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Board {
    /// It has not told what is at the plug.
    Blind(Blind),
    /// It tells.
    Tells {
        pilot: PilotState,
        /// Which plug-in it is; `None` in state A, and from boards that do not count.
        plug_in: Option<PlugIn>,
        cable: Option<CableRating>,
        /// The contactor is closed, confirmed.
        closed: bool,
    },
}

/// A board that has not told what is at the plug.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Blind {
    /// Nothing is known since then.
    pub(super) since: Instant,
    /// It runs since then; `None` while it cannot be reached.
    pub(super) runs: Option<Instant>,
    cable: Option<CableRating>,
    closed: bool,
}

/// Where the contactor is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Contactor {
    Closed,
    Open,
    /// The board has not told.
    Unknown,
}

impl Board {
    /// Nothing is known from now on.
    pub(super) const fn blind(now: Instant) -> Self {
        Self::Blind(Blind { since: now, runs: None, cable: None, closed: false })
    }

    /// The link to it is gone. What is unknown already is so since before: a board that comes and goes gains no time.
    pub(super) const fn lost(&mut self, now: Instant) {
        match self {
            Self::Blind(blind) => (blind.runs, blind.cable, blind.closed) = (None, None, false),
            Self::Tells { .. } => *self = Self::blind(now),
        }
    }

    /// It runs, and has not told anything yet.
    pub(super) const fn started(&mut self, now: Instant) {
        self.lost(now);
        if let Self::Blind(blind) = self {
            blind.runs = Some(now);
        }
    }

    /// It tells the state of the pilot.
    pub(super) fn tells(&mut self, state: PilotState, number: Option<PlugIn>) {
        match self {
            Self::Blind(Blind { cable, closed, .. }) => {
                *self = Self::Tells { pilot: state, plug_in: number, cable: *cable, closed: *closed };
            }
            Self::Tells { pilot, plug_in, cable, .. } => {
                (*pilot, *plug_in) = (state, number);
                if state == PilotState::A {
                    *cable = None;
                }
            }
        }
    }

    pub(super) const fn tells_cable(&mut self, rating: CableRating) {
        match self {
            Self::Blind(Blind { cable, .. }) | Self::Tells { cable, .. } => *cable = Some(rating),
        }
    }

    pub(super) const fn tells_contactor(&mut self, now_closed: bool) {
        match self {
            Self::Blind(Blind { closed, .. }) | Self::Tells { closed, .. } => *closed = now_closed,
        }
    }

    /// Whether it tells what is at the plug.
    pub(super) const fn tells_all(&self) -> bool {
        matches!(self, Self::Tells { .. })
    }

    /// The state of the pilot.
    pub(super) const fn pilot(&self) -> Option<PilotState> {
        match self {
            Self::Blind(_) => None,
            Self::Tells { pilot, .. } => Some(*pilot),
        }
    }

    /// Which plug-in it is.
    pub(super) const fn plug_in(&self) -> Option<PlugIn> {
        match self {
            Self::Blind(_) => None,
            Self::Tells { plug_in, .. } => *plug_in,
        }
    }

    /// What the cable may carry.
    pub(super) const fn cable(&self) -> Option<CableRating> {
        match self {
            Self::Blind(_) => None,
            Self::Tells { cable, .. } => *cable,
        }
    }

    /// Where the contactor is. A board says first that it is closed, and then the pilot.
    pub(super) const fn contactor(&self) -> Contactor {
        match self {
            Self::Blind(Blind { closed: true, .. }) | Self::Tells { closed: true, .. } => Contactor::Closed,
            Self::Tells { closed: false, .. } => Contactor::Open,
            Self::Blind(Blind { closed: false, .. }) => Contactor::Unknown,
        }
    }
}
