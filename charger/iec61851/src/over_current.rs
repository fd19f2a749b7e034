//! A car that takes more than it is offered.

use core::time::Duration;

use units::{Instant, Milliamps, PerPhase};

/// Trips when a line carries more than the limit plus 10 % plus 0.5 A without a break for the given time.
#[derive(Debug, Default)]
pub(crate) struct OverCurrent {
    since: Option<Instant>,
}

impl OverCurrent {
    /// Takes one measurement; true when it trips.
    pub(crate) fn see(
        &mut self,
        now: Instant,
        current: PerPhase<Milliamps>,
        limit: Option<Milliamps>,
        within: Duration,
    ) -> bool {
        let over = limit.is_some_and(|Milliamps(limit)| {
            let Milliamps(highest) = current.map(Milliamps::abs).highest();
            highest > limit.saturating_add(limit / 10).saturating_add(500)
        });
        if !over {
            self.since = None;
            return false;
        }
        now >= *self.since.get_or_insert(now) + within
    }

    /// When it trips if nothing changes.
    pub(crate) fn deadline(&self, within: Duration) -> Option<Instant> {
        self.since.map(|since| since + within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_amperes_at_a_limit_of_six_trip_after_seven_seconds_and_not_before() {
        let within = Duration::from_secs(7);
        let mut watch = OverCurrent::default();
        let mut see = |ms, amps| {
            let current = PerPhase([Milliamps::ZERO, Milliamps::from_amps(amps), Milliamps::ZERO]);
            watch.see(Instant::from_millis(ms), current, Some(Milliamps::from_amps(6)), within)
        };
        assert!(!see(0, 10) && !see(6_900, 10));
        assert!(!see(6_950, 7), "7 A is within 6 A + 10 % + 0.5 A");
        assert!(!see(7_000, 10) && !see(13_999, 10) && see(14_000, 10));
    }
}
