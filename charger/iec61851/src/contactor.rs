//! The contactor: what was commanded against what its mirror contact shows.

use core::time::Duration;

use units::Instant;

/// What the contactor does. `since` is the instant of the command.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Contactor {
    /// Closed, confirmed.
    Closed,
    /// Told to close.
    Closing { since: Instant },
    /// Open, confirmed.
    Open,
    /// Told to open.
    Opening { since: Instant },
    /// The board has just started: it may still be on its way from where it was, and is taken for closed until it is seen open.
    Unseen {
        /// When it was first seen closed.
        since: Option<Instant>,
    },
    /// Told to open, and it did not.
    Welded,
}

/// What a look at the mirror contact brought.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Finding {
    Closed,
    FailedToClose,
    Freed,
    Opened,
    OpenedByItself,
    Welded,
}

impl Contactor {
    /// Whether the coil is energised.
    pub(crate) const fn commanded(self) -> bool {
        match self {
            Self::Closed | Self::Closing { .. } => true,
            Self::Open | Self::Opening { .. } | Self::Unseen { .. } | Self::Welded => false,
        }
    }

    /// Whether it is known where it is, or at least where it was told to go.
    pub(crate) const fn is_known(self) -> bool {
        !matches!(self, Self::Unseen { .. })
    }

    /// Energises the coil; false when it already is or must not be.
    pub(crate) fn close(&mut self, now: Instant) -> bool {
        match self {
            Self::Open => {
                *self = Self::Closing { since: now };
                true
            }
            // Opening is waited for first: a contactor is not commanded both ways at once.
            Self::Closed | Self::Closing { .. } | Self::Opening { .. } | Self::Unseen { .. } | Self::Welded => false,
        }
    }

    /// Cuts the coil; false when it already is.
    pub(crate) fn open(&mut self, now: Instant) -> bool {
        match self {
            Self::Closed | Self::Closing { .. } => {
                *self = Self::Opening { since: now };
                true
            }
            Self::Open | Self::Opening { .. } | Self::Unseen { .. } | Self::Welded => false,
        }
    }

    /// Looks at the mirror contact; without one the command counts as done.
    pub(crate) fn look(&mut self, now: Instant, mirror: Option<bool>, within: Duration) -> Option<Finding> {
        let (next, finding) = match (*self, mirror) {
            (Self::Unseen { since: Some(since) }, Some(true)) if now >= since + within => {
                (Self::Welded, Finding::Welded)
            }
            (Self::Unseen { since }, Some(true)) => {
                *self = Self::Unseen { since: since.or(Some(now)) };
                return None;
            }
            (Self::Unseen { .. }, Some(false) | None) => {
                *self = Self::Open;
                return None;
            }
            (Self::Closing { .. }, Some(true) | None) => (Self::Closed, Finding::Closed),
            (Self::Closing { since }, Some(false)) if now >= since + within => {
                (Self::Opening { since: now }, Finding::FailedToClose)
            }
            (Self::Opening { .. }, Some(false) | None) => (Self::Open, Finding::Opened),
            (Self::Opening { since }, Some(true)) if now >= since + within => (Self::Welded, Finding::Welded),
            (Self::Closed, Some(false)) => (Self::Opening { since: now }, Finding::OpenedByItself),
            (Self::Open, Some(true)) => (Self::Welded, Finding::Welded),
            (Self::Welded, Some(false)) => (Self::Open, Finding::Freed),
            (Self::Closing { .. }, Some(false))
            | (Self::Opening { .. }, Some(true))
            | (Self::Closed, Some(true) | None)
            | (Self::Open, Some(false) | None)
            | (Self::Welded, Some(true) | None) => return None,
        };
        *self = next;
        Some(finding)
    }

    /// When the mirror contact must have followed.
    pub(crate) fn deadline(self, within: Duration) -> Option<Instant> {
        match self {
            Self::Closing { since } | Self::Opening { since } | Self::Unseen { since: Some(since) } => {
                Some(since + within)
            }
            Self::Closed | Self::Open | Self::Unseen { since: None } | Self::Welded => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN: Duration = Duration::from_millis(200);

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    #[test]
    fn a_contactor_that_follows() {
        let mut contactor = Contactor::Open;
        assert!(contactor.close(at(0)) && !contactor.close(at(1)));
        assert_eq!(contactor.look(at(10), Some(false), WITHIN), None);
        assert_eq!(contactor.look(at(20), Some(true), WITHIN), Some(Finding::Closed));
        assert!(contactor.open(at(30)) && !contactor.open(at(31)));
        assert_eq!(contactor.look(at(45), Some(false), WITHIN), Some(Finding::Opened));
        assert_eq!(contactor, Contactor::Open);
    }

    #[test]
    fn a_contactor_that_does_not() {
        let mut contactor = Contactor::Open;
        contactor.close(at(0));
        assert_eq!(contactor.look(at(200), Some(false), WITHIN), Some(Finding::FailedToClose));
        let mut contactor = Contactor::Closed;
        contactor.open(at(0));
        assert_eq!(contactor.look(at(199), Some(true), WITHIN), None);
        assert_eq!(contactor.look(at(200), Some(true), WITHIN), Some(Finding::Welded));
        assert!(!contactor.close(at(201)));
        assert_eq!(contactor.look(at(900), Some(false), WITHIN), Some(Finding::Freed));
        let mut contactor = Contactor::Closed;
        assert_eq!(contactor.look(at(5), Some(false), WITHIN), Some(Finding::OpenedByItself));
    }

    #[test]
    fn one_that_is_still_closed_when_the_board_starts_has_time_to_open() {
        let mut contactor = Contactor::Unseen { since: None };
        assert_eq!(contactor.look(at(5), Some(true), WITHIN), None);
        assert_eq!(contactor.look(at(204), Some(true), WITHIN), None);
        assert_eq!(contactor.look(at(205), Some(true), WITHIN), Some(Finding::Welded));
        let mut contactor = Contactor::Unseen { since: None };
        contactor.look(at(5), Some(true), WITHIN);
        assert!(!contactor.is_known());
        assert_eq!(contactor.look(at(20), Some(false), WITHIN), None);
        assert_eq!(contactor, Contactor::Open);
    }
}
