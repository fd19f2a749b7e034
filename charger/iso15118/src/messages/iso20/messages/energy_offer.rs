//! What a car would sell, and for how much.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::RationalNumber;

/// What the car would give back, and at what price.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EvEnergyOffer {
    /// How much power when.
    #[serde(rename = "EVPowerSchedule")]
    pub ev_power_schedule: EvPowerSchedule,
    /// What it wants for it.
    #[serde(rename = "EVAbsolutePriceSchedule")]
    pub ev_absolute_price_schedule: EvAbsolutePriceSchedule,
}

/// Power that the car offers over time.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EvPowerSchedule {
    /// When the first entry begins, in seconds since 1970-01-01 UTC.
    #[serde(rename = "TimeAnchor")]
    pub time_anchor: u64,
    /// The power itself.
    #[serde(rename = "EVPowerScheduleEntries")]
    pub ev_power_schedule_entries: EvPowerScheduleEntryList,
}

/// Power over time, without gaps.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EvPowerScheduleEntryList {
    /// 1 to 1024, the first one at the time anchor.
    #[serde(rename = "EVPowerScheduleEntry")]
    pub ev_power_schedule_entry: Vec<EvPowerScheduleEntry>,
}

/// The power of one stretch of time.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EvPowerScheduleEntry {
    /// In s.
    #[serde(rename = "Duration")]
    pub duration: u32,
    /// In W.
    #[serde(rename = "Power")]
    pub power: RationalNumber,
}

/// Prices in money that the car wants.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EvAbsolutePriceSchedule {
    /// When the first entry begins, in seconds since 1970-01-01 UTC.
    #[serde(rename = "TimeAnchor")]
    pub time_anchor: u64,
    /// Code of ISO 4217, as EUR; at most 3 characters.
    #[serde(rename = "Currency")]
    pub currency: String,
    /// Names how the rules make a price, as urn:iso:std:iso:15118:-20:PriceAlgorithm:1-Power; at most 255 characters.
    #[serde(rename = "PriceAlgorithm")]
    pub price_algorithm: String,
    /// Prices over time.
    #[serde(rename = "EVPriceRuleStacks")]
    pub ev_price_rule_stacks: EvPriceRuleStackList,
}

/// Prices over time, without gaps.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EvPriceRuleStackList {
    /// 1 to 1024, the first one at the time anchor.
    #[serde(rename = "EVPriceRuleStack")]
    pub ev_price_rule_stack: Vec<EvPriceRuleStack>,
}

/// The prices of one stretch of time, by power.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EvPriceRuleStack {
    /// In s.
    #[serde(rename = "Duration")]
    pub duration: u32,
    /// 1 to 8, each from a power upwards.
    #[serde(rename = "EVPriceRule")]
    pub ev_price_rule: Vec<EvPriceRule>,
}

/// A price from one power upwards.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EvPriceRule {
    /// Per kWh.
    #[serde(rename = "EnergyFee")]
    pub energy_fee: RationalNumber,
    /// From this power on the rule holds, in W.
    #[serde(rename = "PowerRangeStart")]
    pub power_range_start: RationalNumber,
}
