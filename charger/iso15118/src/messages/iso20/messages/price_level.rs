//! Prices as levels, for a car that only wants to know when it is cheap.

use serde::{Deserialize, Serialize};

/// Prices as levels over time; signed by the operator if it has an id.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PriceLevelSchedule {
    /// Names the element for a signature; missing without one.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// When the first entry begins, in seconds since 1970-01-01 UTC.
    #[serde(rename = "TimeAnchor")]
    pub time_anchor: u64,
    /// Names the schedule within the session, from 1.
    #[serde(rename = "PriceScheduleID")]
    pub price_schedule_id: u32,
    /// For the driver, at most 160 characters; missing if there is nothing to say.
    #[serde(rename = "PriceScheduleDescription")]
    pub price_schedule_description: Option<String>,
    /// How many levels there are, 0 to 255.
    #[serde(rename = "NumberOfPriceLevels")]
    pub number_of_price_levels: u8,
    /// The levels over time.
    #[serde(rename = "PriceLevelScheduleEntries")]
    pub price_level_schedule_entries: PriceLevelScheduleEntryList,
}

/// Levels over time, without gaps.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PriceLevelScheduleEntryList {
    /// 1 to 1024, the first one at the time anchor.
    #[serde(rename = "PriceLevelScheduleEntry")]
    pub price_level_schedule_entry: Vec<PriceLevelScheduleEntry>,
}

/// The level of one stretch of time.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PriceLevelScheduleEntry {
    /// In s.
    #[serde(rename = "Duration")]
    pub duration: u32,
    /// 0 is the cheapest.
    #[serde(rename = "PriceLevel")]
    pub price_level: u8,
}
