//! The time of day. A rig is real, and so is its clock; everything here that only judges takes times as arguments.

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};

/// Microseconds since 1970-01-01 UTC.
#[must_use]
#[allow(clippy::disallowed_methods)] // who holds a rig since when, and when a report was made, are facts of the real world
pub fn now_micros() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// A time stamp (RFC 3339) of so many microseconds since 1970.
#[must_use]
pub fn stamp(micros: u64) -> String {
    let time = i64::try_from(micros).ok().and_then(DateTime::<Utc>::from_timestamp_micros);
    time.map_or_else(|| format!("{micros} us since 1970"), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_stamped() {
        assert_eq!(stamp(1_700_000_000_123_456), "2023-11-14T22:13:20Z");
        assert_eq!(stamp(u64::MAX), "18446744073709551615 us since 1970");
        assert!(now_micros() > 1_700_000_000_000_000);
    }
}
