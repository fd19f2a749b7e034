//! The one place that looks at the machine's clock: how long a run takes is told in its reports, and ends a scenario that takes far
//! too long as an error. It decides nothing else.

use std::time::{Duration, Instant};

/// A stopwatch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall(Instant);

impl Wall {
    /// Starts.
    #[expect(
        clippy::disallowed_methods,
        reason = "wall time is reported, and makes errors of scenarios that do not end"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Since the start.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Since the start.
    pub(crate) fn micros(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
