//! What the meter at an outlet shows, for whoever shares the house connection.

use std::time::Duration;

use hardware::MeterReading;
use units::{Instant, Milliamps, PerPhase, Phase};

use crate::bound::BothWays;

/// Whether the sign of a meter's currents means something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sign {
    /// Nothing can flow out of a car here: a negative current is one of a meter that was connected the other way round.
    Ignored,
    /// Below zero it flows out of the car.
    Counts,
}

/// What the outlet's meter showed while the house meter was read.
///
/// The two are not read at the same instant. So a reading of the house waits for the outlet's next one, and the highest current
/// of each line is taken since the house was read last: a car that begins between two readings is not taken for a load of the
/// house, for which it would have to make room. Where cars give back, likewise the lowest.
#[derive(Debug)]
pub(crate) struct OutletReadings {
    sign: Sign,
    last: Option<Last>,
}

/// The last reading, and what was before it.
#[derive(Debug)]
struct Last {
    at: Instant,
    /// As the meter shows it.
    shown: PerPhase<Milliamps>,
    /// What flows: below zero out of the car, where the sign counts.
    current: PerPhase<Milliamps>,
    /// How much flows into the car and out of it, each on the line where that is most, without a sign.
    drawn: BothWays<Milliamps>,
    /// The highest and the lowest on each line since [`OutletReadings::begin_anew`].
    highest: PerPhase<Milliamps>,
    lowest: PerPhase<Milliamps>,
}

impl OutletReadings {
    /// An older reading says nothing any more.
    const STALE: Duration = Duration::from_secs(5);

    pub(crate) const fn new(sign: Sign) -> Self {
        Self { sign, last: None }
    }

    pub(crate) fn read(&mut self, now: Instant, reading: &MeterReading) {
        let shown = reading.current;
        if let Some(last) = self.last.as_mut().filter(|last| last.shown == shown) {
            last.at = now;
            return;
        }
        let current = match self.sign {
            Sign::Ignored => shown.map(Milliamps::abs),
            Sign::Counts => shown,
        };
        let out_of_car = current.map(|current| -current).highest().max(Milliamps::ZERO);
        let drawn = BothWays { import: current.highest().max(Milliamps::ZERO), export: out_of_car };
        let (mut highest, mut lowest) = (current, current);
        if let Some(last) = &self.last {
            for line in Phase::ALL {
                highest[line] = highest[line].max(last.highest[line]);
                lowest[line] = lowest[line].min(last.lowest[line]);
            }
        }
        self.last = Some(Last { at: now, shown, current, drawn, highest, lowest });
    }

    /// Whether it was read at this instant.
    pub(crate) fn is_read_at(&self, now: Instant) -> bool {
        self.last.as_ref().is_some_and(|last| last.at == now)
    }

    /// How much flows now into the car and out of it, each on the line where that is most, without a sign; `None` when nobody
    /// knows.
    pub(crate) fn drawn(&self, now: Instant) -> Option<BothWays<Milliamps>> {
        self.fresh(now).map(|last| last.drawn)
    }

    /// The most that has flowed into the car on each line since [`OutletReadings::begin_anew`]; nothing, when nothing is known:
    /// whatever flows is then a load of the house.
    pub(crate) fn highest(&self, now: Instant) -> PerPhase<Milliamps> {
        self.fresh(now).map_or_else(PerPhase::default, |last| last.highest)
    }

    /// The most that has flowed out of the car on each line, with the sign turned; likewise.
    pub(crate) fn most_out(&self, now: Instant) -> PerPhase<Milliamps> {
        self.fresh(now).map_or_else(PerPhase::default, |last| last.lowest.map(|current| -current))
    }

    /// The house was read, or cannot be read any more: what flowed until now is past. Of a car that took much before the house meter
    /// was lost, less would be taken for a load of the house afterwards.
    pub(crate) fn begin_anew(&mut self, now: Instant) {
        match &mut self.last {
            Some(last) if now - last.at < Self::STALE => (last.highest, last.lowest) = (last.current, last.current),
            last => *last = None,
        }
    }

    fn fresh(&self, now: Instant) -> Option<&Last> {
        self.last.as_ref().filter(|last| now - last.at < Self::STALE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_car_that_begins_between_two_readings_is_not_a_load_of_the_house() {
        let mut outlet = OutletReadings::new(Sign::Ignored);
        let mut story = Vec::new();
        // At each half second a reading of the outlet, and the house's after every second one.
        for (half, amps) in (0..).zip([0, 0, 0, 16, 32, 32, 0, 0, 0, 0]) {
            let now = Instant::from_millis(half * 500);
            let current = PerPhase([Milliamps::from_amps(amps), Milliamps::ZERO, Milliamps::ZERO]);
            outlet.read(now, &MeterReading { current, ..MeterReading::default() });
            if half % 2 == 1 {
                story.push(outlet.highest(now)[Phase::L1].0 / 1000);
                outlet.begin_anew(now);
            }
        }
        assert_eq!(story, [0, 16, 32, 32, 0]);
        // A meter that says nothing any more says nothing of the car either.
        let late = Instant::from_millis(60_000);
        assert_eq!(outlet.highest(late)[Phase::L1], Milliamps::ZERO);
    }

    #[test]
    fn a_sign_counts_only_where_a_car_can_give_back() {
        let reading =
            MeterReading { current: PerPhase([-6, -10, 2].map(Milliamps::from_amps)), ..MeterReading::default() };
        let mut story = Vec::new();
        for sign in [Sign::Ignored, Sign::Counts] {
            let mut outlet = OutletReadings::new(sign);
            outlet.read(Instant::ZERO, &reading);
            let drawn = outlet.drawn(Instant::ZERO).expect("it was read");
            let (highest, out) = (outlet.highest(Instant::ZERO), outlet.most_out(Instant::ZERO));
            let amps = |current: Milliamps| current.0 / 1000;
            story.push((amps(drawn.import), amps(drawn.export), highest.0.map(amps), out.0.map(amps)));
        }
        assert_eq!(story, [(10, 0, [6, 10, 2], [-6, -10, -2]), (2, 10, [-6, -10, 2], [6, 10, -2])]);
    }
}
