//! What the session costs so far: each bit of energy at the price of its time of day.

use grid_model::Tariff;
use units::{Instant, MilliwattHours};

/// The cost of a session.
#[derive(Debug, Default)]
pub(super) struct Cost {
    tariff: Tariff,
    sum: f64,
    counted: MilliwattHours,
}

impl Cost {
    /// Takes what the meter has counted until now.
    pub(super) fn count(&mut self, now: Instant, delivered: MilliwattHours) {
        let begin = u64::try_from((twin::EPOCH_MICROS / 60_000_000).rem_euclid(1440)).unwrap_or(0);
        let minute = u32::try_from((begin + now.as_millis() / 60_000) % 1440).unwrap_or(0);
        self.sum += self.tariff.cost(delivered - self.counted, minute);
        self.counted = delivered;
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} {}", self.sum, self.tariff.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_and_the_night_have_their_prices() {
        let mut cost = Cost::default();
        let hour = |hour: u64| Instant::from_millis(hour * 3_600_000);
        // The world begins at 06:00: ten kilowatt-hours by day, ten after 22:00.
        cost.count(hour(1), MilliwattHours(10_000_000));
        cost.count(hour(17), MilliwattHours(20_000_000));
        assert_eq!(cost.to_string(), "4.70 EUR");
    }
}
