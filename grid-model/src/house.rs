//! What the house takes besides the charger.

use serde::Deserialize;
use units::{PerPhase, Watts};

/// A day of a house: watts for each hour, and how the lines share them.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct HouseProfile {
    /// For each hour of the day, all lines together, W.
    pub hourly_w: [u32; 24],
    /// How the lines share them, in percent.
    pub split: [u8; 3],
    /// How far a minute strays from its hour, in percent.
    pub noise_percent: u8,
}

impl Default for HouseProfile {
    /// A household with an evening peak (values of our own).
    fn default() -> Self {
        Self {
            hourly_w: [
                250, 220, 210, 210, 220, 300, 600, 900, 700, 450, 400, 500, 800, 600, 450, 450, 600, 1100, 1800, 2000,
                1500, 1000, 600, 350,
            ],
            split: [50, 30, 20],
            noise_percent: 10,
        }
    }
}

impl HouseProfile {
    /// A house that takes nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self { hourly_w: [0; 24], split: [34, 33, 33], noise_percent: 0 }
    }

    /// The load of one minute of the day; `stray` from -1 to 1 says where in the noise it lies.
    pub(crate) fn minute(&self, minute: u64, stray: f64) -> PerPhase<Watts> {
        let hour = usize::try_from(minute / 60 % 24).unwrap_or(0);
        let total = f64::from(self.hourly_w[hour]) * (1.0 + stray * f64::from(self.noise_percent) / 100.0);
        PerPhase(self.split.map(|share| Watts((total * f64::from(share) / 100.0) as i32)))
    }
}
