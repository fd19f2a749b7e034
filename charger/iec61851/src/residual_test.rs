//! The self-test of the residual current monitor (IEC 62955 asks that it works; a board shows it before it closes).

use core::time::Duration;

use units::Instant;

/// Where the test stands. It runs once for each plug-in, before the first closing, with the contactor open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ResidualTest {
    /// Not begun for this plug-in.
    Due,
    /// The monitor is made to see a residual current; it must show one.
    Driven { since: Instant },
    /// The test current is off; it must show none any more.
    Released { since: Instant },
    /// It works.
    Passed,
    /// It does not.
    Failed,
}

impl ResidualTest {
    /// Whether the test current flows.
    pub(crate) const fn is_driven(self) -> bool {
        match self {
            Self::Driven { .. } => true,
            Self::Due | Self::Released { .. } | Self::Passed | Self::Failed => false,
        }
    }

    /// Whether what the monitor shows is the test's doing.
    pub(crate) const fn is_running(self) -> bool {
        match self {
            Self::Driven { .. } | Self::Released { .. } => true,
            Self::Due | Self::Passed | Self::Failed => false,
        }
    }

    /// One look at the monitor.
    #[must_use]
    pub(crate) fn look(self, now: Instant, shows: bool, within: Duration) -> Self {
        match (self, shows) {
            (Self::Driven { .. }, true) => Self::Released { since: now },
            (Self::Driven { since }, false) if now >= since + within => Self::Failed,
            (Self::Released { .. }, false) => Self::Passed,
            (Self::Released { since }, true) if now >= since + within => Self::Failed,
            (Self::Due | Self::Driven { .. } | Self::Released { .. } | Self::Passed | Self::Failed, _) => self,
        }
    }

    /// When the monitor must have followed.
    pub(crate) fn deadline(self, within: Duration) -> Option<Instant> {
        match self {
            Self::Driven { since } | Self::Released { since } => Some(since + within),
            Self::Due | Self::Passed | Self::Failed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_that_follows_passes_and_one_that_does_not_fails() {
        let (at, within) = (Instant::from_millis, Duration::from_millis(300));
        let driven = ResidualTest::Driven { since: at(0) };
        let released = driven.look(at(10), true, within);
        assert_eq!(released, ResidualTest::Released { since: at(10) });
        assert_eq!(released.look(at(20), false, within), ResidualTest::Passed);
        assert_eq!(released.look(at(310), true, within), ResidualTest::Failed);
        assert_eq!(driven.look(at(299), false, within), driven);
        assert_eq!(driven.look(at(300), false, within), ResidualTest::Failed);
    }
}
