//! Meter against offer: whether the car takes more than it is offered.
//!
//! The board watches this where it has an ammeter; not every board has one, and the meter is there in any case. So the station
//! always watches as well, by the same rule ([`iec61851::OverCurrent`]), to a reading of the meter. Whoever finds it first tells
//! it.

use std::time::Duration;

use iec61851::{Duty, OverCurrent, Permission, PilotSignal};
use units::{Instant, Milliamps, PerPhase};

use super::Coordinator;
use super::board::Contactor;
use super::dc::Power;
use super::link::explain;
use super::occupancy::Session;
use super::pacing::offered;
use super::trouble::Trouble;

/// What the meter shows, against what is offered.
///
/// A meter tells how much flows from time to time only. Time in which the car takes too much lies between two readings that
/// both say so, and whether it was enough is judged at a reading.
#[derive(Debug, Default)]
pub(super) struct Watch {
    rule: OverCurrent,
    /// The last reading, as long as it says something about now.
    last: Option<(Instant, PerPhase<Milliamps>)>,
    /// One that was not looked at yet.
    fresh: Option<PerPhase<Milliamps>>,
    /// When to look again.
    due: Option<Instant>,
}

impl Watch {
    /// A reading that is older says nothing: no time runs by it.
    const STALE: Duration = Duration::from_secs(3);

    /// A reading came while the contactor was closed.
    pub(super) const fn read(&mut self, current: PerPhase<Milliamps>) {
        self.fresh = Some(current);
    }

    /// So much is offered from now on.
    pub(super) fn driven(&mut self, now: Instant, offer: Option<Milliamps>) {
        self.rule.offered(now, offer);
    }

    /// Looks now; true when it trips.
    fn look(&mut self, now: Instant, offer: Option<Milliamps>, closed: bool) -> bool {
        self.rule.offered(now, offer);
        if !closed {
            (self.last, self.fresh, self.due) = (None, None, None);
            self.rule.stopped(now);
            return false;
        }
        let trips = match (self.fresh.take(), self.last) {
            (Some(current), _) => self.compare(now, current),
            (None, Some((at, current))) if now < at + Self::STALE => {
                // The same current may be too much by now, for an offer of before does not count for ever.
                self.rule.measured(now, current);
                false
            }
            (None, Some((at, _))) => {
                self.rule.measured(at, PerPhase::default());
                self.last = None;
                false
            }
            (None, None) => false,
        };
        let stale = self.last.map(|(at, _)| at + Self::STALE);
        self.due = stale.into_iter().chain(self.rule.deadline(now)).filter(|at| *at > now).min();
        trips
    }

    /// Takes a reading; true when it trips.
    fn compare(&mut self, now: Instant, current: PerPhase<Milliamps>) -> bool {
        let too_much = self.rule.exceeds(now, current);
        if let (false, Some((at, _))) = (too_much, self.last) {
            // When it became less is not known: the time ends with the reading before.
            self.rule.measured(at, PerPhase::default());
        }
        self.last = Some((now, current));
        self.rule.measured(now, current) && too_much
    }

    /// The car is gone.
    pub(super) const fn forget(&mut self) {
        self.rule.forget();
    }

    /// When it looks again by itself.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.due
    }
}

impl Coordinator {
    /// What each line may carry: what the duty offers, or at 5 % what was agreed by messages. A meter of direct current may
    /// stand on either side of the supply.
    pub(super) fn agreed(&self, driven: Option<PilotSignal>, permission: Option<Permission>) -> Option<Milliamps> {
        let signal = driven?;
        match (signal, permission) {
            (PilotSignal::Pwm(Duty::DIGITAL), Some(Permission::Digital { limit })) => {
                let direct = self.occupancy.session().and_then(Session::power).and_then(Power::dc).is_some();
                Some(if direct { limit.max(self.limit().value()) } else { limit })
            }
            (
                PilotSignal::Pwm(_),
                Some(Permission::Digital { .. } | Permission::Offered | Permission::Withdrawn) | None,
            )
            | (PilotSignal::E | PilotSignal::F | PilotSignal::X1, _) => offered(signal),
        }
    }

    /// Compares what the car takes with what it was offered.
    pub(super) fn look_at_current(&mut self, now: Instant) {
        let offer = self.agreed(self.told.pilot, self.told.allow);
        if self.over_current.look(now, offer, self.outlet.board.contactor() == Contactor::Closed) {
            self.trouble(now, Trouble::OverCurrent, explain(iec61851::Fault::OverCurrent).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When it trips, in milliseconds: amperes offered and taken by the millisecond from which on they hold, a reading each
    /// second but where none comes.
    fn trips_at(offers: &[(u64, i32)], takes: &[(u64, i32)], silent: std::ops::Range<u64>) -> Option<u64> {
        let mut watch = Watch::default();
        let of = |list: &[(u64, i32)], at| {
            let now = list.iter().rev().find(|(from, _)| at >= *from);
            now.map_or(Milliamps::ZERO, |(_, amps)| Milliamps::from_amps(*amps))
        };
        let mut look = 0;
        while look < 60_000 {
            let now = Instant::from_millis(look);
            if look % 1000 == 0 && !silent.contains(&look) {
                watch.read(PerPhase([of(takes, look), Milliamps::ZERO, Milliamps::ZERO]));
            }
            let driven = Duty::advertise(of(offers, look)).map_or(PilotSignal::X1, PilotSignal::Pwm);
            watch.driven(now, offered(driven));
            if watch.look(now, offered(driven), true) {
                return Some(look);
            }
            // At the next reading, or when it wants to look itself.
            let next = (look / 1000 + 1) * 1000;
            look = watch.deadline().map_or(next, |at| at.as_millis().max(look + 1).min(next));
        }
        None
    }

    #[test]
    fn a_car_that_takes_too_much_trips_after_seven_seconds_and_not_before() {
        assert_eq!(trips_at(&[(0, 16)], &[(0, 16), (10_000, 20)], 0..0), Some(17_000));
        assert_eq!(trips_at(&[(0, 16)], &[(0, 16), (10_100, 20)], 0..0), Some(18_000));
        for begins in (0..1_000).step_by(50) {
            let takes = [(0, 16), (10_000 + begins, 20), (16_900 + begins, 16)];
            assert_eq!(trips_at(&[(0, 16)], &takes, 0..0), None, "{begins}: less than seven seconds");
        }
        assert_eq!(trips_at(&[(0, 16)], &[(0, 18)], 0..0), None, "18 A is within 16 A + 10 % + 0.5 A");
    }

    #[test]
    fn a_lower_offer_may_be_followed_and_must_be() {
        for begins in (0..1_000).step_by(100) {
            let offers = [(0, 26), (20_000 + begins, 20)];
            let at = trips_at(&offers, &[(0, 26)], 0..0).expect("it does not follow");
            assert!((32_000 + begins..34_000 + begins).contains(&at), "{begins}: {at}");
        }
        let (offers, follows) = ([(0, 26), (20_000, 20), (24_000, 14)], [(0, 26), (25_000, 20), (29_000, 14)]);
        assert_eq!(trips_at(&offers, &follows, 0..0), None);
    }

    #[test]
    fn a_low_reading_does_not_begin_it_again() {
        let takes = [(0, 16), (10_000, 30), (15_000, 10), (16_000, 30)];
        assert_eq!(trips_at(&[(0, 16)], &takes, 0..0), Some(20_000));
    }

    #[test]
    fn no_time_runs_by_an_old_reading() {
        // One high reading, and then none for a long time.
        assert_eq!(trips_at(&[(0, 16)], &[(0, 16), (10_000, 20), (11_000, 16)], 11_000..40_000), None);
    }
}
