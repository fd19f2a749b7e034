//! What the car knows of the offer. It follows each duty some time after it was driven (IEC 61851-1, table A.6: within 5 s),
//! one after the other: a duty that was there for a second only is followed for a second.

use std::collections::VecDeque;
use std::time::Duration;

use iec61851::Offer;
use units::Instant;

/// The offer as the car has taken note of it, and the duties that it has seen and will follow.
#[derive(Clone, Debug)]
pub(super) struct NotedOffer {
    noted: Offer,
    /// In order; each is followed then. None is older than the delay, so there are not many.
    coming: VecDeque<(Instant, Offer)>,
}

impl NotedOffer {
    /// Nothing is offered.
    pub(super) const fn none() -> Self {
        Self { noted: Offer::None, coming: VecDeque::new() }
    }

    /// What the car follows now.
    pub(super) const fn current(&self) -> Offer {
        self.noted
    }

    /// The pilot offers this now. One current after another is followed `delay` later; the first current and the end of the
    /// offer are seen at once, and the car acts upon them in its own time.
    pub(super) fn see(&mut self, now: Instant, offer: Offer, delay: Duration) {
        let last = self.coming.back().map_or(self.noted, |(_, offer)| *offer);
        match (last, offer) {
            _ if last == offer => {}
            (Offer::Current(_), Offer::Current(_)) => self.coming.push_back((now + delay, offer)),
            (_, Offer::None | Offer::Digital) | (Offer::None | Offer::Digital, Offer::Current(_)) => {
                self.noted = offer;
                self.coming.clear();
            }
        }
    }

    /// Follows what it is time for; true when that is another offer than before.
    pub(super) fn follow(&mut self, now: Instant) -> bool {
        let before = self.noted;
        while self.coming.front().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, offer)) = self.coming.pop_front() {
                self.noted = offer;
            }
        }
        before != self.noted
    }

    /// When it follows the next duty.
    pub(super) fn next_change(&self) -> Option<Instant> {
        self.coming.front().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Milliamps;

    #[test]
    fn each_duty_is_followed_that_much_later_and_in_order() {
        let (ms, amps) = (Instant::from_millis, |amps| Offer::Current(Milliamps::from_amps(amps)));
        let delay = Duration::from_millis(4500);
        let mut offer = NotedOffer::none();
        offer.see(ms(0), amps(32), delay);
        assert_eq!(offer.current(), amps(32), "the first one is seen at once");
        for (at, current) in [(1000, 26), (5000, 20), (5100, 14)] {
            offer.see(ms(at), amps(current), delay);
            offer.see(ms(at + 1), amps(current), delay);
        }
        let mut story = Vec::new();
        while let Some(at) = offer.next_change() {
            assert!(!offer.follow(Instant::from_millis(at.as_millis() - 1)));
            assert!(offer.follow(at));
            story.push((at.as_millis(), offer.current()));
        }
        assert_eq!(story, [(5500, amps(26)), (9500, amps(20)), (9600, amps(14))]);
    }

    #[test]
    fn the_end_of_the_offer_is_seen_at_once_and_nothing_is_followed_after_it() {
        let (ms, amps) = (Instant::from_millis, |amps| Offer::Current(Milliamps::from_amps(amps)));
        let mut offer = NotedOffer::none();
        offer.see(ms(0), amps(32), Duration::from_secs(5));
        offer.see(ms(1000), amps(16), Duration::from_secs(5));
        offer.see(ms(2000), Offer::None, Duration::from_secs(5));
        assert_eq!((offer.current(), offer.next_change()), (Offer::None, None));
    }
}
