//! `[meter]` in `charger.toml`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The meters.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MeterConfig {
    /// Between two readings, s.
    pub interval_s: u32,
    /// Between two meter values to the CSMS, s.
    pub periodic_s: u32,
    /// Without a reading for so long, no energy is given, when it fails or answers with nonsense, s.
    pub lost_after_s: u32,
    /// Without a reading for so long, no energy is given, when it does not say that anything is wrong, s.
    pub slow_after_s: u32,
}

impl MeterConfig {
    /// Without a reading for so long it is lost, when it fails.
    #[must_use]
    pub fn lost_after(&self) -> Duration {
        Duration::from_secs(self.lost_after_s.into())
    }

    /// Without a reading for so long it is lost, when it says nothing.
    #[must_use]
    pub fn slow_after(&self) -> Duration {
        Duration::from_secs(self.slow_after_s.into())
    }

    /// Between two readings.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::from_secs(self.interval_s.into())
    }
}
