//! What a car says that it will draw.

use serde::{Deserialize, Serialize};

use super::power_schedule::PowerScheduleEntry;

/// What a car will draw from now on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EvPowerProfile {
    /// When the first entry begins, in seconds since 1970-01-01 UTC.
    #[serde(rename = "TimeAnchor")]
    pub time_anchor: u64,
    /// Present in dynamic mode; exactly one of the two modes is there.
    #[serde(rename = "Dynamic_EVPPTControlMode")]
    pub dynamic_ev_ppt_control_mode: Option<DynamicEvPptControlMode>,
    /// Present in scheduled mode, with the schedule that the car chose.
    #[serde(rename = "Scheduled_EVPPTControlMode")]
    pub scheduled_ev_ppt_control_mode: Option<ScheduledEvPptControlMode>,
    /// The power itself.
    #[serde(rename = "EVPowerProfileEntries")]
    pub ev_power_profile_entries: EvPowerProfileEntryList,
}

/// Nothing more to say in dynamic mode; an empty element.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct DynamicEvPptControlMode {}

/// In scheduled mode a profile names the schedule that it keeps to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScheduledEvPptControlMode {
    /// One of those in ScheduleExchangeRes, from 1.
    #[serde(rename = "SelectedScheduleTupleID")]
    pub selected_schedule_tuple_id: u32,
    /// Whether the car keeps within the tolerance; missing if none was asked for.
    #[serde(rename = "PowerToleranceAcceptance")]
    pub power_tolerance_acceptance: Option<PowerToleranceAcceptance>,
}

/// Whether a car keeps within the power tolerance of a schedule.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum PowerToleranceAcceptance {
    /// It does not promise that.
    #[serde(rename = "PowerToleranceNotConfirmed")]
    NotConfirmed,
    /// It does.
    #[serde(rename = "PowerToleranceConfirmed")]
    Confirmed,
}

/// Power over time, without gaps.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EvPowerProfileEntryList {
    /// 1 to 2048, the first one now.
    #[serde(rename = "EVPowerProfileEntry")]
    pub ev_power_profile_entry: Vec<PowerScheduleEntry>,
}
