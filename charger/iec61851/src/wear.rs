//! A contactor lives long only if it does not switch too often.

use core::time::Duration;

use units::Instant;

/// What becomes of a wish to close.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Closing {
    /// It may.
    Now,
    /// It may later; at that instant.
    At(Instant),
    /// It has closed too often for this plug-in: not before the car is gone.
    Never,
}

/// Counts closings, and holds the next one back.
///
/// | rule | why |
/// |---|---|
/// | a pause after an opening under load | the contacts have seen an arc |
/// | 20 closings a minute, then a pause until the first is a minute old | a car that pauses each few seconds is served |
/// | 200 closings a plug-in, or held back three times: a fault | something is wrong, and it will not end by itself |
///
/// The numbers are a board's own; the standard names none.
#[derive(Debug)]
pub(crate) struct Wear {
    /// The last closings, the oldest overwritten first; whoever's plug it was.
    closings: [Option<Instant>; Self::A_MINUTE],
    /// Where the next one is written.
    next: usize,
    /// In this plug-in.
    count: u16,
    /// How often the limit of a minute was met in this plug-in.
    held_back: u8,
    /// It is held back since the last closing.
    waits: bool,
    /// Not before, after an opening under load.
    rests_until: Instant,
    /// The host heard of it in this plug-in.
    told: bool,
}

impl Wear {
    const A_MINUTE: usize = 20;
    const MINUTE: Duration = Duration::from_secs(60);
    /// In one plug-in.
    const MOST: u16 = 200;
    const MOST_HELD_BACK: u8 = 3;
    /// Closings after which the host is told.
    const MANY: u16 = 100;

    pub(crate) const fn new() -> Self {
        Self {
            closings: [None; Self::A_MINUTE],
            next: 0,
            count: 0,
            held_back: 0,
            waits: false,
            rests_until: Instant::ZERO,
            told: false,
        }
    }

    /// The contactor is wanted closed.
    pub(crate) fn wants_to_close(&mut self, now: Instant) -> Closing {
        if self.count >= Self::MOST || self.held_back >= Self::MOST_HELD_BACK {
            return Closing::Never;
        }
        let full = self.closings[self.next].map(|oldest| oldest + Self::MINUTE).filter(|free| *free > now);
        if full.is_some() && !self.waits {
            self.waits = true;
            self.held_back += 1;
        }
        match full.into_iter().chain([self.rests_until]).max() {
            Some(at) if at > now => Closing::At(at),
            Some(_) | None => Closing::Now,
        }
    }

    /// It closes.
    pub(crate) fn closes(&mut self, now: Instant) {
        self.closings[self.next] = Some(now);
        self.next = (self.next + 1) % Self::A_MINUTE;
        self.count += 1;
        self.waits = false;
    }

    /// It opens under load.
    pub(crate) fn opens_under_load(&mut self, now: Instant, rest: Duration) {
        self.rests_until = now + rest;
    }

    /// How often it closed in this plug-in, once it is worth a word; said once.
    pub(crate) fn take_notice(&mut self) -> Option<u16> {
        let notable = !self.told && (self.count >= Self::MANY || self.held_back > 0);
        self.told |= notable;
        notable.then_some(self.count)
    }

    /// The car is gone. What the contacts have been through stays.
    pub(crate) const fn unplugged(&mut self) {
        self.count = 0;
        self.held_back = 0;
        self.waits = false;
        self.told = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Closes as often as it may, `every` ms apart; returns how often within `minutes`, and what it ended with.
    fn closes(every: u64, minutes: u64) -> (u16, Closing) {
        let mut wear = Wear::new();
        let mut last = Closing::Now;
        for ms in (0..minutes * 60_000).step_by(every as usize) {
            let now = Instant::from_millis(ms);
            last = wear.wants_to_close(now);
            if last == Closing::Now {
                wear.closes(now);
            }
        }
        (wear.count, last)
    }

    #[test]
    fn a_car_that_pauses_each_few_seconds_is_served_and_one_that_chatters_is_not() {
        assert_eq!(closes(4_000, 6), (90, Closing::Now));
        assert_eq!(closes(60, 1), (20, Closing::At(Instant::from_millis(60_000))));
        assert_eq!(closes(60, 5), (60, Closing::Never));
        assert_eq!(closes(4_000, 60), (200, Closing::Never));
    }

    #[test]
    fn it_is_said_once_that_it_closes_often() {
        let mut wear = Wear::new();
        let notices: Vec<_> = (1..=150)
            .filter_map(|turn| {
                wear.closes(Instant::from_millis(turn * 10_000));
                wear.take_notice()
            })
            .collect();
        assert_eq!(notices, [100]);
    }

    #[test]
    fn after_an_opening_under_load_it_rests() {
        let mut wear = Wear::new();
        let at = Instant::from_millis;
        wear.closes(at(0));
        wear.opens_under_load(at(1_000), Duration::from_secs(5));
        assert_eq!(wear.wants_to_close(at(1_001)), Closing::At(at(6_000)));
        assert_eq!(wear.wants_to_close(at(6_000)), Closing::Now);
        assert_eq!(wear.take_notice(), None);
    }
}
