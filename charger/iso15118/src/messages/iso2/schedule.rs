//! When how much power is there, and how the car plans to use it (ISO 15118-2 clauses 8.5.2.10 to 8.5.2.18).

use serde::{Deserialize, Serialize};

use super::interval::RelativeTimeInterval;
use super::physical_value::PhysicalValue;
use super::tariff::SalesTariff;

/// The schedules among which the car may choose.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SaScheduleList {
    /// 1..3 of them.
    #[serde(rename = "SAScheduleTuple")]
    pub sa_schedule_tuple: Vec<SaScheduleTuple>,
}

/// One schedule: the power, and perhaps what it costs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SaScheduleTuple {
    /// Its number, 1..255, by which the car chooses it.
    #[serde(rename = "SAScheduleTupleID")]
    pub sa_schedule_tuple_id: u8,
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
    /// 1..1024 entries, each until the next one begins.
    #[serde(rename = "PMaxScheduleEntry")]
    pub pmax_schedule_entry: Vec<PMaxScheduleEntry>,
}

/// How much power is there from one moment on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PMaxScheduleEntry {
    /// From when on.
    #[serde(rename = "RelativeTimeInterval")]
    pub relative_time_interval: RelativeTimeInterval,
    /// Highest power of all phases together, W. A car may take 0 W as a reason to pause.
    #[serde(rename = "PMax")]
    pub pmax: PhysicalValue,
}

/// How the car plans to use the power. May be missing, and often is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChargingProfile {
    /// 1..24 entries, each until the next one begins.
    #[serde(rename = "ProfileEntry")]
    pub profile_entry: Vec<ProfileEntry>,
}

/// What the car plans from one moment on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ProfileEntry {
    /// Seconds from now.
    #[serde(rename = "ChargingProfileEntryStart")]
    pub charging_profile_entry_start: u32,
    /// Most that it is going to draw, W.
    #[serde(rename = "ChargingProfileEntryMaxPower")]
    pub charging_profile_entry_max_power: PhysicalValue,
    /// How many phases it is going to use, 1..3; missing: it does not say.
    #[serde(rename = "ChargingProfileEntryMaxNumberOfPhasesInUse")]
    pub charging_profile_entry_max_number_of_phases_in_use: Option<i8>,
}
