//! The one clock, as the services see it.

use units::Instant;

/// Tells the project's instant from the runtime's clock: virtual when that clock is paused, real otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: tokio::time::Instant,
}

impl Clock {
    /// A clock whose zero is now. Needs a runtime around it.
    #[must_use]
    pub fn starting_now() -> Self {
        Self { start: tokio::time::Instant::now() }
    }

    /// Time since the start.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from(self.start.elapsed())
    }

    /// Completes at that instant; at once when it has passed.
    pub async fn sleep_until(&self, at: Instant) {
        tokio::time::sleep_until(self.start + at.elapsed()).await;
    }

    /// Completes at that instant, or never for `None`: for a machine that waits for nothing.
    pub async fn deadline(&self, at: Option<Instant>) {
        match at {
            Some(at) => self.sleep_until(at).await,
            None => std::future::pending().await,
        }
    }
}
