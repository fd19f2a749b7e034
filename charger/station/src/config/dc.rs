//! `[dc]` in `charger.toml`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use units::Ohms;

/// The DC side: rectifiers and insulation monitor, where there are any.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DcConfig {
    /// Between two readings, ms.
    pub interval_ms: u32,
    /// A device that is there and does not answer for so long is lost, s. One that is gone is lost at once.
    pub lost_after_s: u32,
    /// Less than this between the lines and earth is a fault, kilohms.
    pub insulation_min_kohm: i32,
}

impl DcConfig {
    /// Between two readings.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.interval_ms.into())
    }

    /// A device that does not answer for so long is lost.
    #[must_use]
    pub fn lost_after(&self) -> Duration {
        Duration::from_secs(self.lost_after_s.into())
    }

    /// Less than this is a fault.
    #[must_use]
    pub fn insulation_min(&self) -> Ohms {
        Ohms(self.insulation_min_kohm.saturating_mul(1000))
    }
}
