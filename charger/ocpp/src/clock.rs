//! Time of day: the project's instant plus what the CSMS says it is.

use chrono::{DateTime, SecondsFormat, Utc};
use units::Instant;

/// Turns instants into time stamps and back. Only time stamps move when the CSMS corrects the clock; every deadline and
/// limit stays on the monotonic instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WallClock {
    /// Unix time in microseconds at [`Instant::ZERO`].
    epoch: i64,
}

impl WallClock {
    pub(crate) const fn new(epoch_micros: i64) -> Self {
        Self { epoch: epoch_micros }
    }

    /// The CSMS says it is that late now.
    pub(crate) fn correct(&mut self, now: Instant, time: &str) {
        if let Some(micros) = parse(time) {
            self.epoch = micros.saturating_sub(since_start(now));
        }
    }

    /// An instant as a time stamp.
    pub(crate) fn stamp(&self, at: Instant) -> String {
        DateTime::<Utc>::from_timestamp_micros(self.epoch.saturating_add(since_start(at)))
            .unwrap_or_default()
            .to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// A time stamp as an offset from the start, microseconds; negative when it lies before. `None` when it is none.
    pub(crate) fn offset(&self, time: &str) -> Option<i64> {
        parse(time).map(|micros| micros.saturating_sub(self.epoch))
    }
}

pub(crate) fn since_start(at: Instant) -> i64 {
    i64::try_from(at.as_micros()).unwrap_or(i64::MAX)
}

fn parse(time: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(time).ok().map(|time| time.timestamp_micros())
}
