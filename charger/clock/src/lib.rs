//! The one clock as tasks see it.
//!
//! - [`Clock`] tells the project's instant from the clock of the runtime, which is virtual or real.
//! - [`Alarm`] wakes a task that waits for one deadline after the other.

mod alarm;

use units::Instant;

pub use alarm::Alarm;

/// Tells the project's instant from the runtime's clock: virtual when that clock is paused, real otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: tokio::time::Instant,
    runs: Runs,
}

/// What the runtime's clock follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Runs {
    /// The machine's.
    Real,
    /// Nothing but its runtime: outside of that there is no such clock, and the machine's would be read instead.
    Virtual,
}

impl Clock {
    /// A clock whose zero is now. Needs a runtime around it.
    #[must_use]
    pub fn starting_now() -> Self {
        Self { start: tokio::time::Instant::now(), runs: Runs::Real }
    }

    /// The same of a runtime whose clock is paused.
    #[must_use]
    pub fn virtual_starting_now() -> Self {
        Self { runs: Runs::Virtual, ..Self::starting_now() }
    }

    /// Time since the start. A virtual clock needs its runtime around it.
    #[must_use]
    pub fn now(&self) -> Instant {
        debug_assert!(
            self.runs == Runs::Real || tokio::runtime::Handle::try_current().is_ok(),
            "a virtual clock is read outside of its runtime"
        );
        Instant::from(self.start.elapsed())
    }

    /// Unix time in microseconds, where `epoch_micros` was it at the start.
    #[must_use]
    pub fn unix_micros(&self, epoch_micros: i64) -> i64 {
        epoch_micros.saturating_add(i64::try_from(self.now().as_micros()).unwrap_or(i64::MAX))
    }

    /// That instant as the runtime's clock has it.
    #[must_use]
    pub fn at(&self, at: Instant) -> tokio::time::Instant {
        self.start + at.elapsed()
    }

    /// An instant of the runtime's clock, as one of ours.
    #[must_use]
    pub fn instant(&self, at: tokio::time::Instant) -> Instant {
        Instant::from(at.duration_since(self.start))
    }

    /// Completes at that instant; at once when it has passed.
    pub async fn sleep_until(&self, at: Instant) {
        tokio::time::sleep_until(self.at(at)).await;
    }
}
