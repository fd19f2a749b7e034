//! What the meter at an outlet shows, for whoever shares the house connection.

use std::time::Duration;

use hardware::MeterReading;
use units::{Instant, Milliamps, PerPhase, Phase};

/// What the outlet's meter showed while the house meter was read.
///
/// The two are not read at the same instant. So a reading of the house waits for the outlet's next one, and the highest current
/// of each line is taken since the house was read last: a car that begins between two readings is not taken for a load of the
/// house, for which it would have to make room.
#[derive(Debug, Default)]
pub(crate) struct OutletReadings {
    last: Option<(Instant, PerPhase<Milliamps>)>,
    highest: Option<PerPhase<Milliamps>>,
}

impl OutletReadings {
    /// An older reading says nothing any more.
    const STALE: Duration = Duration::from_secs(5);

    pub(crate) fn read(&mut self, now: Instant, reading: &MeterReading) {
        let current = reading.current.map(Milliamps::abs);
        self.last = Some((now, current));
        let before = self.highest.get_or_insert(current);
        *before = PerPhase(Phase::ALL.map(|line| before[line].max(current[line])));
    }

    /// Whether it was read at this instant.
    pub(crate) fn is_read_at(&self, now: Instant) -> bool {
        self.last.is_some_and(|(at, _)| at == now)
    }

    /// What flows now on the line where that is most; `None` when nobody knows.
    pub(crate) fn drawn(&self, now: Instant) -> Option<Milliamps> {
        self.fresh(now).map(|current| current.highest())
    }

    /// The highest since it was asked for last; nothing, when nothing is known: whatever flows is then a load of the house.
    pub(crate) fn meanwhile(&mut self, now: Instant) -> PerPhase<Milliamps> {
        let fresh = self.fresh(now);
        let highest = self.highest.take().filter(|_| fresh.is_some());
        self.highest = fresh;
        highest.unwrap_or_default()
    }

    fn fresh(&self, now: Instant) -> Option<PerPhase<Milliamps>> {
        self.last.filter(|(at, _)| now - *at < Self::STALE).map(|(_, current)| current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_car_that_begins_between_two_readings_is_not_a_load_of_the_house() {
        let mut outlet = OutletReadings::default();
        let mut story = Vec::new();
        // At each half second a reading of the outlet, and the house's after every second one.
        for (half, amps) in (0..).zip([0, 0, 0, 16, 32, 32, 0, 0, 0, 0]) {
            let now = Instant::from_millis(half * 500);
            let current = PerPhase([Milliamps::from_amps(amps), Milliamps::ZERO, Milliamps::ZERO]);
            outlet.read(now, &MeterReading { current, ..MeterReading::default() });
            if half % 2 == 1 {
                story.push(outlet.meanwhile(now)[Phase::L1].0 / 1000);
            }
        }
        assert_eq!(story, [0, 16, 32, 32, 0]);
        // A meter that says nothing any more says nothing of the car either.
        let late = Instant::from_millis(60_000);
        assert_eq!(outlet.meanwhile(late)[Phase::L1], Milliamps::ZERO);
    }
}
