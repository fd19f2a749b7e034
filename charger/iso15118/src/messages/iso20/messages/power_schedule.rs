//! Power over time, and its price.

use serde::{Deserialize, Serialize};

use super::price::AbsolutePriceSchedule;
use super::price_level::PriceLevelSchedule;
use crate::messages::iso20::common::RationalNumber;

/// One schedule, for one or both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScheduleTuple {
    /// By which the car names its choice, from 1.
    #[serde(rename = "ScheduleTupleID")]
    pub schedule_tuple_id: u32,
    /// Into the car.
    #[serde(rename = "ChargingSchedule")]
    pub charging_schedule: ChargingSchedule,
    /// Out of the car; missing where energy goes one way only.
    #[serde(rename = "DischargingSchedule")]
    pub discharging_schedule: Option<ChargingSchedule>,
}

/// Power over time in one direction, and its price.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChargingSchedule {
    /// The power.
    #[serde(rename = "PowerSchedule")]
    pub power_schedule: PowerSchedule,
    /// At most one of the two is there; the standard wants one, most stations send none.
    #[serde(rename = "AbsolutePriceSchedule")]
    pub absolute_price_schedule: Option<AbsolutePriceSchedule>,
    /// Instead of prices in money.
    #[serde(rename = "PriceLevelSchedule")]
    pub price_level_schedule: Option<PriceLevelSchedule>,
}

/// Power over time that a station can give or take.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PowerSchedule {
    /// When the first entry begins, in seconds since 1970-01-01 UTC.
    #[serde(rename = "TimeAnchor")]
    pub time_anchor: u64,
    /// In all, in Wh; missing if only power limits it.
    #[serde(rename = "AvailableEnergy")]
    pub available_energy: Option<RationalNumber>,
    /// How far the car may be off its profile, in W; missing if nobody asks.
    #[serde(rename = "PowerTolerance")]
    pub power_tolerance: Option<RationalNumber>,
    /// The power itself.
    #[serde(rename = "PowerScheduleEntries")]
    pub power_schedule_entries: PowerScheduleEntryList,
}

/// Power over time, without gaps.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PowerScheduleEntryList {
    /// 1 to 1024, and no more than the car can keep; the first one at the time anchor.
    #[serde(rename = "PowerScheduleEntry")]
    pub power_schedule_entry: Vec<PowerScheduleEntry>,
}

/// The power of one stretch of time.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PowerScheduleEntry {
    /// In s.
    #[serde(rename = "Duration")]
    pub duration: u32,
    /// In W: of L1 when the other phases are given, otherwise of all together.
    #[serde(rename = "Power")]
    pub power: RationalNumber,
    /// In W, of L2; missing if the phases are not told apart.
    #[serde(rename = "Power_L2")]
    pub power_l2: Option<RationalNumber>,
    /// In W, of L3; missing if the phases are not told apart.
    #[serde(rename = "Power_L3")]
    pub power_l3: Option<RationalNumber>,
}
