//! The contactor as a mechanism.

use std::time::Duration;

use bevy_ecs::prelude::*;
use units::Instant;

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
    /// A worn mechanism: it moves a tenth of a second late, both ways.
    Slow,
    /// The contacts do not open any more.
    Welded,
}

/// From coil to contacts (typical values of a 40 A contactor).
const CLOSES_IN: Duration = Duration::from_millis(20);
const OPENS_IN: Duration = Duration::from_millis(15);
/// What a worn mechanism adds.
const WEAR: Duration = Duration::from_millis(100);

/// The contactor.
#[derive(Component, Debug, Default)]
pub(crate) struct PowerPath {
    coil: bool,
    closed: bool,
    moves_at: Option<Instant>,
    pub(crate) fault: ContactorFault,
    /// How often the contacts have closed.
    pub(crate) closings: u32,
}

impl PowerPath {
    /// Where the contacts are.
    pub(crate) const fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) const fn next_change(&self) -> Option<Instant> {
        self.moves_at
    }

    /// The firmware commands the coil.
    pub(crate) fn command(&mut self, now: Instant, coil: bool) {
        if self.coil != coil {
            self.coil = coil;
            let wear = if self.fault == ContactorFault::Slow { WEAR } else { Duration::ZERO };
            self.moves_at = Some(now + wear + if coil { CLOSES_IN } else { OPENS_IN });
        }
    }

    /// Moves the contacts; true when they moved.
    pub(crate) fn step(&mut self, now: Instant) -> bool {
        let wanted = match self.fault {
            ContactorFault::None | ContactorFault::Slow => match self.moves_at {
                Some(at) if at <= now => self.coil,
                Some(_) => self.closed,
                None => self.coil,
            },
            ContactorFault::DoesNotClose => self.closed && self.coil,
            ContactorFault::FallsOpen => false,
            ContactorFault::Welded => self.closed || (self.coil && self.moves_at.is_none_or(|at| at <= now)),
        };
        self.moves_at = self.moves_at.filter(|at| *at > now);
        let moved = self.closed != wanted;
        self.closed = wanted;
        if moved && wanted {
            self.closings += 1;
        }
        moved
    }
}
