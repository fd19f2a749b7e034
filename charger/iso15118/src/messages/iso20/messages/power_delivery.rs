//! Power on, off and standby.

use serde::{Deserialize, Serialize};

use super::power_profile::EvPowerProfile;
use crate::messages::iso20::common::{EvseStatus, MessageHeader, Processing, ResponseCode};

/// From the car before and after the charge loop, and within it for standby or a new schedule. Repeated while the car
/// is Ongoing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PowerDeliveryReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Ongoing while the car is still working on its profile; the station then does nothing yet.
    #[serde(rename = "EVProcessing")]
    pub ev_processing: Processing,
    /// What the car wants.
    #[serde(rename = "ChargeProgress")]
    pub charge_progress: ChargeProgress,
    /// What it will draw; comes with Start. Some stations refuse a Start without it.
    #[serde(rename = "EVPowerProfile")]
    pub ev_power_profile: Option<EvPowerProfile>,
    /// Which of the two directions is meant; missing where energy goes one way only.
    #[serde(rename = "BPT_ChannelSelection")]
    pub bpt_channel_selection: Option<ChannelSelection>,
}

/// What a car wants of the power.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ChargeProgress {
    /// On.
    Start,
    /// Off, and out of the charge loop.
    Stop,
    /// No power for a while, with the session kept.
    Standby,
    /// Back to ScheduleExchange, while power goes on.
    ScheduleRenegotiation,
}

/// Direction of energy with a service that knows two.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ChannelSelection {
    /// Into the car.
    Charge,
    /// Out of the car.
    Discharge,
}

/// The station's answer, when the contactor has done what was asked.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PowerDeliveryRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Something else that it wants; missing if nothing.
    #[serde(rename = "EVSEStatus")]
    pub evse_status: Option<EvseStatus>,
}
