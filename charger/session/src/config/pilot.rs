//! `[pilot]` in `charger.toml`.

use serde::{Deserialize, Serialize};

/// How the control pilot is driven.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PilotConfig {
    /// Whether the 5 % duty comes first.
    pub digital_first: bool,
    /// How long a car may take to start the digital link, s.
    pub link_timeout_s: u32,
    /// How long state F lasts between the 5 % duty and the nominal one, s.
    pub step_ef_s: u32,
    /// How long a car may stay in B with current offered before it gets a wake-up pulse, s.
    pub wake_up_after_s: u32,
    /// How long a stopped car may take to stop drawing, s.
    pub stop_grace_s: u32,
}
