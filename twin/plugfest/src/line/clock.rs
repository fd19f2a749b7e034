//! The time of whoever speaks on a real line: it passes by itself. The only place here that reads the machine's clocks.

use std::time::{Duration, SystemTime};

use tokio::time::Instant as Tokio;
use units::Instant;

/// The clock of a run; it begins with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    begun: Tokio,
}

impl Clock {
    /// It begins now.
    pub(crate) fn start() -> Self {
        Self { begun: Tokio::now() }
    }

    /// The time since the begin.
    pub(crate) fn now(&self) -> Instant {
        Instant::from(self.begun.elapsed())
    }

    /// Waits until then; `None`: for ever.
    pub(crate) async fn until(&self, due: Option<Instant>) {
        match due {
            Some(due) => tokio::time::sleep_until(self.begun + due.elapsed()).await,
            None => std::future::pending().await,
        }
    }
}

/// The time of day for a capture: nanoseconds since 1970 (UTC).
#[expect(
    clippy::disallowed_methods,
    reason = "captures tell the time of day; nothing but rules about real time acts upon it"
)]
pub(crate) fn time_of_day() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
