//! A car that takes more than it is offered.

use core::time::Duration;

use units::{Instant, Milliamps, PerPhase};

use crate::leak::Leak;

/// Watches line currents against the offer. Trips when a line carries more than the offer plus 10 % plus 0.5 A for 7 s.
///
/// * A car may follow each change of the offer within 5 s (table A.6), so the highest offer of the last 6 s counts.
/// * One low measurement does not begin the time again: it runs back at a quarter of the speed.
///
/// So at a steady offer it trips after 7 s, and at the latest 13 s after the offer was lowered. The same watch runs in the
/// board, where it has an ammeter, and in the station, which has the meter.
#[derive(Debug)]
pub struct OverCurrent {
    offers: Offers,
    wrong: Leak,
}

impl Default for OverCurrent {
    fn default() -> Self {
        Self { offers: Offers::default(), wrong: Leak::new(4) }
    }
}

impl OverCurrent {
    /// How long a car may take too much.
    pub const TRIPS_AFTER: Duration = Duration::from_secs(7);

    /// What is offered to each line from now on; `None` while nothing is. Say it again as often as the currents.
    pub fn offered(&mut self, now: Instant, offer: Option<Milliamps>) {
        self.offers.see(now, offer.unwrap_or(Milliamps::ZERO));
    }

    /// Whether so much is too much now.
    #[must_use]
    pub fn exceeds(&self, now: Instant, current: PerPhase<Milliamps>) -> bool {
        let offer = self.offers.highest(now);
        current.map(Milliamps::abs).highest() > offer + Milliamps(offer.0 / 10 + 500)
    }

    /// Takes one measurement; true when it trips.
    pub fn measured(&mut self, now: Instant, current: PerPhase<Milliamps>) -> bool {
        self.wrong.see(now, self.exceeds(now, current));
        self.trips(now)
    }

    /// Whether it has trip time enough now, with what was measured last.
    #[must_use]
    pub fn trips(&self, now: Instant) -> bool {
        self.wrong.sum(now) >= Self::TRIPS_AFTER
    }

    /// When it trips, or must look at the same current again, if nothing changes.
    #[must_use]
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        let trips = self.wrong.reaches(Self::TRIPS_AFTER);
        // An offer that is about to be too old makes the same current too high.
        let fades = (self.offers.highest(now) > self.offers.now).then(|| Offers::fades_at(now));
        trips.into_iter().chain(fades).min()
    }

    /// No current flows any more, whatever was measured. The time runs back as with any low measurement: a car that lets go for
    /// a moment, again and again, does not begin it again.
    pub fn stopped(&mut self, now: Instant) {
        self.wrong.see(now, false);
    }

    /// The car is gone: the next one has taken nothing yet. The offers stay known.
    pub const fn forget(&mut self) {
        self.wrong.clear();
    }
}

/// The highest offer of the last 6 s, to half a second: twelve places, whatever a host does.
#[derive(Debug, Default)]
struct Offers {
    now: Milliamps,
    /// The highest of each half second, by its number.
    places: [(u64, Milliamps); Self::PLACES],
}

impl Offers {
    const PLACES: usize = 12;

    const fn number(at: Instant) -> u64 {
        at.as_millis() / 500
    }

    /// When the next place is given up.
    const fn fades_at(now: Instant) -> Instant {
        Instant::from_millis((Self::number(now) + 1) * 500)
    }

    fn note(&mut self, now: Instant, offer: Milliamps) {
        let number = Self::number(now);
        let place = &mut self.places[(number % Self::PLACES as u64) as usize];
        *place = if place.0 == number { (number, place.1.max(offer)) } else { (number, offer) };
    }

    fn see(&mut self, now: Instant, offer: Milliamps) {
        // What held until now held in this half second too.
        self.note(now, self.now);
        self.note(now, offer);
        self.now = offer;
    }

    fn highest(&self, now: Instant) -> Milliamps {
        let oldest = (Self::number(now) + 1).saturating_sub(Self::PLACES as u64);
        let lately = self.places.iter().filter(|(number, _)| *number >= oldest).map(|(_, offer)| *offer);
        lately.fold(self.now, Milliamps::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When it trips: offers and currents by the second from which on they hold, looked at each 10 ms; none within a minute
    /// and a half is 0.
    fn trips_at(offers: &[(u64, i32)], currents: &[(u64, i32)]) -> u64 {
        let mut watch = OverCurrent::default();
        let of = |list: &[(u64, i32)], ms: u64| {
            let now = list.iter().rev().find(|(from, _)| ms >= *from);
            Milliamps::from_amps(now.map_or(0, |(_, amps)| *amps))
        };
        let trips = (0..90_000).step_by(10).find(|ms| {
            let now = Instant::from_millis(*ms);
            watch.offered(now, Some(of(offers, *ms)));
            watch.measured(now, PerPhase([Milliamps::ZERO, of(currents, *ms), Milliamps::ZERO]))
        });
        trips.unwrap_or(0)
    }

    #[test]
    fn ten_amperes_at_an_offer_of_six_trip_after_seven_seconds_and_not_before() {
        assert_eq!(trips_at(&[(0, 6)], &[(0, 10)]), 7_000);
        assert_eq!(trips_at(&[(0, 6)], &[(0, 7)]), 0, "7 A is within 6 A + 10 % + 0.5 A");
    }

    #[test]
    fn a_car_that_lets_go_again_and_again_is_found_out_and_the_next_one_begins_anew() {
        let mut watch = OverCurrent::default();
        let (mut now, mut trips) = (Instant::ZERO, None);
        let amps = |amps| PerPhase::all(Milliamps::from_amps(amps));
        // Five seconds too much, two without any.
        while trips.is_none() && now < Instant::from_millis(60_000) {
            watch.offered(now, Some(Milliamps::from_amps(10)));
            if now.as_millis() % 7_000 < 5_000 {
                trips = watch.measured(now, amps(32)).then_some(now.as_millis());
            } else {
                watch.stopped(now);
            }
            now = now + Duration::from_millis(10);
        }
        assert_eq!(trips, Some(9_500), "5 s, less a quarter of two, and 2.5 s more");
        watch.forget();
        assert!(!watch.measured(now, amps(32)));
    }

    #[test]
    fn a_low_measurement_does_not_begin_it_again() {
        let mut currents = [(0, 40); 20];
        for (at, step) in currents.iter_mut().enumerate() {
            let gap = at % 2 == 1;
            *step = (at as u64 / 2 * 5_000 + if gap { 4_990 } else { 0 }, if gap { 0 } else { 40 });
        }
        let at = trips_at(&[(0, 16)], &currents);
        assert!((7_000..7_100).contains(&at), "{at}");
    }

    #[test]
    fn a_car_that_takes_too_much_half_of_the_time_is_found_as_well() {
        let mut currents = [(0, 0); 60];
        for (at, step) in currents.iter_mut().enumerate() {
            *step = (at as u64 * 1_000, if at % 2 == 0 { 40 } else { 10 });
        }
        assert_eq!(trips_at(&[(0, 16)], &currents), 17_000);
    }

    #[test]
    fn a_car_may_follow_each_change_within_five_seconds() {
        let offers = [(0, 26), (4_000, 20), (8_000, 14), (12_000, 8), (60_000, 6)];
        let follows = |by| offers.map(|(from, amps)| (if from == 0 { 0 } else { from + by }, amps));
        assert_eq!(trips_at(&offers, &follows(5_000)), 0);
        let never = trips_at(&[(0, 26), (4_000, 20)], &[(0, 26)]);
        assert!((16_500..=17_000).contains(&never), "at the latest 13 s after it was lowered: {never}");
    }

    #[test]
    fn pulses_without_an_offer_do_not_begin_it_again() {
        let mut offers = [(0, 16); 24];
        for (at, step) in offers.iter_mut().enumerate() {
            let gap = at % 2 == 1;
            *step = (at as u64 / 2 * 6_000 + if gap { 5_980 } else { 0 }, if gap { 0 } else { 16 });
        }
        assert_eq!(trips_at(&offers, &[(0, 40)]), 7_000);
    }
}
