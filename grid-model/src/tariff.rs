//! What energy costs.

use serde::Deserialize;
use units::MilliwattHours;

/// A price that holds from an hour of the day on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct TariffBand {
    /// From this minute of the day on.
    pub from_minute: u32,
    /// Each kilowatt-hour, in the tariff's currency.
    pub per_kwh: f64,
}

/// Prices over the day.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// What it is counted in.
    pub currency: String,
    /// By the time they begin; before the first, the last holds.
    pub bands: Vec<TariffBand>,
}

impl Default for Tariff {
    /// A two-rate tariff: cheap from 22:00 to 06:00 (values of our own).
    fn default() -> Self {
        let band = |from_minute, per_kwh| TariffBand { from_minute, per_kwh };
        Self { currency: "EUR".into(), bands: vec![band(6 * 60, 0.27), band(22 * 60, 0.20)] }
    }
}

impl Tariff {
    /// The price at a minute of the day.
    #[must_use]
    pub fn price(&self, minute: u32) -> f64 {
        let minute = minute % 1440;
        let band = self.bands.iter().rev().find(|band| band.from_minute <= minute).or(self.bands.last());
        band.map_or(0.0, |band| band.per_kwh)
    }

    /// What so much energy costs at that minute.
    #[must_use]
    pub fn cost(&self, energy: MilliwattHours, minute: u32) -> f64 {
        energy.kilowatt_hours() * self.price(minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_is_cheap() {
        let tariff = Tariff::default();
        assert_eq!(
            [0, 6 * 60, 12 * 60, 22 * 60, 1439].map(|minute| tariff.price(minute)),
            [0.20, 0.27, 0.27, 0.20, 0.20]
        );
        assert!((tariff.cost(MilliwattHours(10_000_000), 0) - 2.0).abs() < 1e-9);
    }
}
