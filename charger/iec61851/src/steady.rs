//! How long, and how much of the last while, a condition held.

use core::time::Duration;

use units::Instant;

/// Watches one condition that must hold for the contactor to stay closed, over the last 25 ms (or what the window is).
///
/// ```text
///   holds    ────┐  ┌┐ ┌──      one value after another may break it: what counts is the condition, not the value
///   broken       └──┘└─┘
/// ```
///
/// It is lost when it has been broken for the whole window, or when it flickers and held for no more than half of the
/// window. So a single steady change is confirmed after the window, and no flicker, however it is made, holds it up.
#[derive(Debug)]
pub(crate) struct Steady {
    /// The last 64 ms, a bit a millisecond, the newest lowest: 1 where nothing but what holds was seen.
    slots: u64,
    /// The millisecond of the newest slot.
    slot: u64,
    /// What was seen last, and since when.
    held: bool,
    since: Instant,
}

impl Steady {
    /// Nothing was seen yet: it does not hold.
    pub(crate) const fn new() -> Self {
        Self { slots: 0, slot: 0, held: false, since: Instant::ZERO }
    }

    /// Takes what is seen now; it stays true until something else is seen.
    pub(crate) fn see(&mut self, now: Instant, holds: bool) {
        self.advance(now);
        // One look that breaks it counts for its whole millisecond.
        if !holds {
            self.slots &= !1;
        } else if !self.held && self.since.as_millis() != self.slot {
            self.slots |= 1;
        }
        if self.held != holds {
            (self.held, self.since) = (holds, now);
        }
    }

    /// Begins again with what is known now to hold, or not to.
    pub(crate) const fn force(&mut self, now: Instant, holds: bool) {
        *self = Self { slots: if holds { u64::MAX } else { 0 }, slot: now.as_millis(), held: holds, since: now };
    }

    /// Lets what was seen last reach until now.
    fn advance(&mut self, now: Instant) {
        let passed = now.as_millis().saturating_sub(self.slot);
        let fresh = if self.held { u64::MAX } else { 0 };
        self.slots = match u32::try_from(passed) {
            Ok(passed @ 0..64) => (self.slots << passed) | (fresh & !(u64::MAX << passed)),
            Ok(_) | Err(_) => fresh,
        };
        self.slot = self.slot.max(now.as_millis());
    }

    /// Whether it was seen last, without a break, for the whole window.
    pub(crate) fn whole(&self, now: Instant, window: Duration) -> bool {
        self.held && now >= self.since + window
    }

    /// Whether it is lost.
    pub(crate) fn lost(&mut self, now: Instant, window: Duration) -> bool {
        if !self.held && now >= self.since + window {
            return true;
        }
        self.advance(now);
        let length = u32::try_from(window.as_millis()).unwrap_or(u32::MAX).clamp(1, 64);
        let last = self.slots & (u64::MAX >> (64 - length));
        let broken = last.trailing_zeros().min(length);
        let flickers = last >> broken != (u64::MAX >> (64 - length)) >> broken;
        // A look that holds ends a break as well as one that flickers.
        (flickers || self.held) && last.count_ones() * 2 <= length
    }

    /// When it is lost if nothing else is seen; `None` while it holds.
    pub(crate) fn lost_at(&self, window: Duration) -> Option<Instant> {
        (!self.held).then(|| self.since + window)
    }

    /// When it is whole or lost if nothing else is seen; `None` when it is decided.
    pub(crate) fn deadline(&self, now: Instant, window: Duration) -> Option<Instant> {
        let at = self.since + window;
        (at > now).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_millis(25);

    /// When it is lost, if what is seen each `every` ms is what `holds` says of the millisecond, after a long time of holding.
    fn lost_at(every: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
        let mut steady = Steady::new();
        steady.see(Instant::ZERO, true);
        (0..2_000).step_by(every as usize).find(|ms| {
            let now = Instant::from_millis(1_000 + ms);
            steady.see(now, holds(*ms));
            steady.lost(now, WINDOW)
        })
    }

    #[test]
    fn a_steady_change_is_lost_after_the_window_and_not_before() {
        assert_eq!(lost_at(1, |_| false), Some(25));
        assert_eq!(lost_at(5, |_| false), Some(25));
        assert_eq!(lost_at(1, |_| true), None);
    }

    #[test]
    fn a_flicker_is_lost_when_it_held_for_half_of_the_window_or_less() {
        for (good, bad, lost) in [(1, 1, true), (1, 5, true), (12, 12, true), (5, 1, false), (20, 4, false)] {
            let at = lost_at(1, |ms| ms % (good + bad) >= bad);
            assert_eq!(at.is_some(), lost, "{good} ms of {}: {at:?}", good + bad);
            assert!(at.is_none_or(|at| at <= 50), "{good} ms of {}: {at:?}", good + bad);
        }
    }

    #[test]
    fn a_short_break_is_forgiven_and_a_long_one_is_not_saved_by_its_end() {
        assert_eq!(lost_at(1, |ms| ms >= 12), None);
        assert_eq!(lost_at(1, |ms| ms >= 20), Some(20), "it did not hold for most of these 25 ms");
        assert_eq!(lost_at(10, |ms| ms >= 10), None);
    }

    #[test]
    fn it_is_whole_after_a_window_without_a_break() {
        let mut steady = Steady::new();
        let at = Instant::from_millis;
        steady.see(at(10), true);
        assert!(!steady.whole(at(34), WINDOW) && steady.whole(at(35), WINDOW));
        steady.see(at(36), false);
        steady.see(at(36), true);
        assert!(!steady.whole(at(60), WINDOW) && steady.whole(at(61), WINDOW));
        assert_eq!(steady.deadline(at(40), WINDOW), Some(at(61)));
        assert_eq!(steady.deadline(at(61), WINDOW), None);
    }
}
