//! The one place that looks at the machine's clock: how long a run takes is told in its reports, and decides nothing.

use std::time::Instant;

/// A stopwatch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall(Instant);

impl Wall {
    /// Starts.
    #[expect(clippy::disallowed_methods, reason = "wall time is reported, never acted upon")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Since the start.
    pub(crate) fn micros(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
