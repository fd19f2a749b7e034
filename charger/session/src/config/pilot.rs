//! `[pilot]` in `charger.toml`.

use serde::{Deserialize, Serialize};

/// How the control pilot is driven.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PilotConfig {
    /// Whether the 5 % duty comes first.
    pub digital_first: bool,
    /// What a car is told whose driver was let in before it came.
    pub badge_first: BadgeFirst,
    /// How long a car may take to ask for a matching (TT_EVSE_SLAC_init), s.
    pub link_timeout_s: u32,
    /// How often a car is invited again, while nobody is let in (C_sequ_retry).
    pub link_retries: u32,
    /// How long a car that was let in by messages may take from its offer to its wish for energy, s.
    pub loop_timeout_s: u32,
    /// How long state F lasts between the 5 % duty and the nominal one, s.
    pub step_ef_s: u32,
    /// How long a car may stay in B with current offered before it gets a wake-up pulse, s.
    pub wake_up_after_s: u32,
    /// How long a stopped car may take to stop drawing, s.
    pub stop_grace_s: u32,
}

/// What a car is told whose driver was let in before it came. With direct current it is always invited to speak.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BadgeFirst {
    /// The nominal duty at once: nothing is left to be said.
    Nominal,
    /// 5 %, as any other car.
    Digital,
}
