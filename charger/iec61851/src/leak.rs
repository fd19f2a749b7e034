//! A time that runs while something is wrong, and runs back while it is not.

use core::time::Duration;

use units::Instant;

/// Adds up how long something has been wrong. While it is right the time runs back, at a part of the speed, instead of
/// beginning from zero: whoever is guarded cannot reset the guard by being right for a moment.
///
/// ```text
///   wrong      ┌───────┐ ┌──────────┐
///   time      /         \           / trips
///            /           ‾‾‾‾\_____/
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leak {
    /// What had added up at `at`.
    sum: Duration,
    at: Instant,
    wrong: bool,
    /// It runs back at one part in so many.
    slow: u32,
}

impl Leak {
    /// Nothing is wrong; the time runs back at one part in `slow` of the speed.
    pub(crate) const fn new(slow: u32) -> Self {
        Self { sum: Duration::ZERO, at: Instant::ZERO, wrong: false, slow }
    }

    /// From now on it is wrong, or right.
    pub(crate) fn see(&mut self, now: Instant, wrong: bool) {
        self.sum = self.sum(now);
        (self.at, self.wrong) = (now, wrong);
    }

    /// How much has added up.
    pub(crate) fn sum(&self, now: Instant) -> Duration {
        let passed = now - self.at;
        match self.wrong {
            true => self.sum.saturating_add(passed),
            // Nearly always nothing has added up: then there is nothing to divide.
            false if self.sum.is_zero() => Duration::ZERO,
            false => self.sum.saturating_sub(passed / self.slow),
        }
    }

    /// When the sum reaches `limit` if nothing changes.
    pub(crate) fn reaches(&self, limit: Duration) -> Option<Instant> {
        self.wrong.then(|| self.at + limit.saturating_sub(self.sum))
    }

    /// What it was about is over.
    pub(crate) const fn clear(&mut self) {
        *self = Self::new(self.slow);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_of_being_right_does_not_begin_it_again() {
        let at = Instant::from_millis;
        let mut leak = Leak::new(4);
        leak.see(at(0), true);
        leak.see(at(5_000), false);
        leak.see(at(5_400), true);
        assert_eq!(leak.sum(at(5_400)), Duration::from_millis(4_900));
        assert_eq!(leak.reaches(Duration::from_secs(7)), Some(at(7_500)));
        leak.see(at(6_400), false);
        assert_eq!(leak.reaches(Duration::from_secs(7)), None);
        assert_eq!(leak.sum(at(60_000)), Duration::ZERO);
    }
}
