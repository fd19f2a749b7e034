//! The contactor as a mechanism.

use std::fmt;
use std::time::Duration;

use bevy_ecs::prelude::*;
use units::{Instant, PerPhase, Phase};

/// What is wrong with the contactor.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ContactorFault {
    /// The contacts do not close.
    DoesNotClose,
    /// The coil loses its supply: it falls open, whatever is commanded.
    FallsOpen,
    /// Nothing.
    #[default]
    None,
    /// The contact of one line does not open any more. What else is wrong stays as it is, the welds of other lines too.
    PoleWelded(Phase),
    /// A worn mechanism: it moves a tenth of a second late, both ways.
    Slow,
    /// The contacts do not open any more.
    Welded,
}

impl fmt::Display for ContactorFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoesNotClose => f.write_str("contacts that do not close"),
            Self::FallsOpen => f.write_str("a coil that loses its supply"),
            Self::None => f.write_str("no fault"),
            Self::PoleWelded(line) => write!(f, "a contact of {line:?} that is welded"),
            Self::Slow => f.write_str("a mechanism that is slow"),
            Self::Welded => f.write_str("contacts that are welded"),
        }
    }
}

/// From coil to contacts (typical values of a 40 A contactor).
const CLOSES_IN: Duration = Duration::from_millis(20);
const OPENS_IN: Duration = Duration::from_millis(15);
/// What a worn mechanism adds.
const WEAR: Duration = Duration::from_millis(100);

/// What moves the contacts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Mechanism {
    DoesNotClose,
    FallsOpen,
    Slow,
    #[default]
    Sound,
}

/// The contactor.
#[derive(Component, Debug, Default)]
pub(crate) struct PowerPath {
    coil: bool,
    /// Which contacts are closed.
    closed: PerPhase<bool>,
    moves_at: Option<Instant>,
    mechanism: Mechanism,
    /// Which contacts do not open any more.
    welded: PerPhase<bool>,
    /// How often they have closed, all having been open.
    pub(crate) closings: u32,
}

impl PowerPath {
    /// Whether any contact is closed. A mirror contact tells the same: it cannot open while one main contact is closed
    /// (IEC 60947-4-1, annex F).
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.iter().any(|closed| closed)
    }

    /// Which contacts are closed.
    pub(crate) const fn contacts(&self) -> PerPhase<bool> {
        self.closed
    }

    /// Whether it joins both lines of a direct current: plus goes over the contact of L1, minus over that of L2.
    pub(super) fn joins_direct_current(&self) -> bool {
        self.closed[Phase::L1] && self.closed[Phase::L2]
    }

    pub(crate) const fn next_change(&self) -> Option<Instant> {
        self.moves_at
    }

    /// Something breaks, or everything is mended.
    pub(crate) fn suffer(&mut self, fault: ContactorFault) {
        match fault {
            ContactorFault::PoleWelded(line) => self.welded[line] = true,
            ContactorFault::Welded => self.welded = PerPhase::all(true),
            ContactorFault::None => (self.mechanism, self.welded) = (Mechanism::Sound, PerPhase::all(false)),
            ContactorFault::DoesNotClose => self.mechanism = Mechanism::DoesNotClose,
            ContactorFault::FallsOpen => self.mechanism = Mechanism::FallsOpen,
            ContactorFault::Slow => self.mechanism = Mechanism::Slow,
        }
    }

    /// The firmware commands the coil.
    pub(crate) fn command(&mut self, now: Instant, coil: bool) {
        if self.coil != coil {
            self.coil = coil;
            let wear = if self.mechanism == Mechanism::Slow { WEAR } else { Duration::ZERO };
            self.moves_at = Some(now + wear + if coil { CLOSES_IN } else { OPENS_IN });
        }
    }

    /// Moves the contacts; true when they moved.
    pub(crate) fn step(&mut self, now: Instant) -> bool {
        let arrived = self.moves_at.is_none_or(|at| at <= now);
        let before = self.closed;
        let follows = |closed: bool| if arrived { self.coil } else { closed };
        let moved = match self.mechanism {
            Mechanism::Sound | Mechanism::Slow => before.map(follows),
            Mechanism::DoesNotClose => before.map(|closed| closed && self.coil),
            Mechanism::FallsOpen => PerPhase::all(false),
        };
        self.closed = PerPhase(Phase::ALL.map(|line| moved[line] || (before[line] && self.welded[line])));
        self.moves_at = self.moves_at.filter(|at| *at > now);
        let was_open = !before.iter().any(|closed| closed);
        if was_open && self.is_closed() {
            self.closings += 1;
        }
        before != self.closed
    }
}
