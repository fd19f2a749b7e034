//! When how much power is there, and how the car plans to use it (DIN 70121 clause 9.5.2).

use serde::{Deserialize, Serialize};

use super::interval::RelativeTimeInterval;
use super::tariff::SalesTariff;

/// The schedules among which the car may choose.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SaScheduleList {
    /// At least one.
    #[serde(rename = "SAScheduleTuple")]
    pub sa_schedule_tuple: Vec<SaScheduleTuple>,
}

/// One schedule: the power, and perhaps what it costs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SaScheduleTuple {
    /// Its number, by which the car chooses it.
    #[serde(rename = "SAScheduleTupleID")]
    pub sa_schedule_tuple_id: i16,
    /// How much power is there, and when.
    #[serde(rename = "PMaxSchedule")]
    pub pmax_schedule: PMaxSchedule,
    /// What it costs; missing: not told.
    #[serde(rename = "SalesTariff")]
    pub sales_tariff: Option<SalesTariff>,
}

/// How much power is there over time.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PMaxSchedule {
    /// Its number.
    #[serde(rename = "PMaxScheduleID")]
    pub pmax_schedule_id: i16,
    /// At least one entry, each until the next one begins.
    #[serde(rename = "PMaxScheduleEntry")]
    pub pmax_schedule_entry: Vec<PMaxScheduleEntry>,
}

/// How much power is there from one moment on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PMaxScheduleEntry {
    /// From when on.
    #[serde(rename = "RelativeTimeInterval")]
    pub relative_time_interval: RelativeTimeInterval,
    /// Highest power, W: a plain number, so that more than 32767 W cannot be said here.
    #[serde(rename = "PMax")]
    pub pmax: i16,
}

/// How the car plans to use the power. May be missing, and often is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChargingProfile {
    /// The schedule that the car follows, one of ChargeParameterDiscoveryRes.
    #[serde(rename = "SAScheduleTupleID")]
    pub sa_schedule_tuple_id: i16,
    /// At least one entry, each until the next one begins.
    #[serde(rename = "ProfileEntry")]
    pub profile_entry: Vec<ProfileEntry>,
}

/// What the car plans from one moment on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ProfileEntry {
    /// Seconds from now.
    #[serde(rename = "ChargingProfileEntryStart")]
    pub charging_profile_entry_start: u32,
    /// Most that it is going to draw, W: a plain number, so that more than 32767 W cannot be said here.
    #[serde(rename = "ChargingProfileEntryMaxPower")]
    pub charging_profile_entry_max_power: i16,
}
