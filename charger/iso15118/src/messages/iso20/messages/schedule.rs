//! How car and station agree on power over time.

use serde::{Deserialize, Serialize};

use super::energy_offer::EvEnergyOffer;
use super::power_schedule::ScheduleTuple;
use super::price::AbsolutePriceSchedule;
use super::price_level::PriceLevelSchedule;
use crate::messages::iso20::common::{MessageHeader, Processing, RationalNumber, ResponseCode};

/// From the car after ChargeParameterDiscovery: what it needs. Repeated while the answer is Ongoing, and again for a
/// new schedule.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScheduleExchangeReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Most entries of a schedule that the car can keep, 12 to 1024; the station must not send more.
    #[serde(rename = "MaximumSupportingPoints")]
    pub maximum_supporting_points: u16,
    /// Present in dynamic mode; exactly one of the two modes is there.
    #[serde(rename = "Dynamic_SEReqControlMode")]
    pub dynamic_se_req_control_mode: Option<DynamicSeReqControlMode>,
    /// Present in scheduled mode.
    #[serde(rename = "Scheduled_SEReqControlMode")]
    pub scheduled_se_req_control_mode: Option<ScheduledSeReqControlMode>,
}

/// The car's needs where the station decides about the power.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DynamicSeReqControlMode {
    /// In s from the time stamp of the message.
    #[serde(rename = "DepartureTime")]
    pub departure_time: u32,
    /// Wanted as soon as possible, 0 to 100 percent; missing if there is no such wish.
    #[serde(rename = "MinimumSOC")]
    pub minimum_soc: Option<i8>,
    /// Wanted at departure, 0 to 100 percent; missing if energy alone says it.
    #[serde(rename = "TargetSOC")]
    pub target_soc: Option<i8>,
    /// Until the target, in Wh.
    #[serde(rename = "EVTargetEnergyRequest")]
    pub ev_target_energy_request: RationalNumber,
    /// The most that the battery takes, in Wh.
    #[serde(rename = "EVMaximumEnergyRequest")]
    pub ev_maximum_energy_request: RationalNumber,
    /// The least that the driver needs, in Wh; negative if it is there already.
    #[serde(rename = "EVMinimumEnergyRequest")]
    pub ev_minimum_energy_request: RationalNumber,
    /// Until the top of the range in which energy may go both ways, in Wh; missing without such a range.
    #[serde(rename = "EVMaximumV2XEnergyRequest")]
    pub ev_maximum_v2x_energy_request: Option<RationalNumber>,
    /// Until the bottom of that range, in Wh; negative if the battery is above it.
    #[serde(rename = "EVMinimumV2XEnergyRequest")]
    pub ev_minimum_v2x_energy_request: Option<RationalNumber>,
}

/// The car's needs where it decides about the power, within a schedule. What is missing is not known.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScheduledSeReqControlMode {
    /// In s from the time stamp of the message; missing if the driver has not said.
    #[serde(rename = "DepartureTime")]
    pub departure_time: Option<u32>,
    /// Until the target, in Wh.
    #[serde(rename = "EVTargetEnergyRequest")]
    pub ev_target_energy_request: Option<RationalNumber>,
    /// The most that the battery takes, in Wh.
    #[serde(rename = "EVMaximumEnergyRequest")]
    pub ev_maximum_energy_request: Option<RationalNumber>,
    /// The least that the driver needs, in Wh.
    #[serde(rename = "EVMinimumEnergyRequest")]
    pub ev_minimum_energy_request: Option<RationalNumber>,
    /// What it would give back; missing if nothing.
    #[serde(rename = "EVEnergyOffer")]
    pub ev_energy_offer: Option<EvEnergyOffer>,
}

/// The station's answer: how much power there is, and when.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScheduleExchangeRes {
    /// If a price schedule is signed, the signature stands in it.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Ongoing while the station waits for its schedule.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: Processing,
    /// No power for some time: the car should pause after this; missing is no.
    #[serde(rename = "GoToPause")]
    pub go_to_pause: Option<bool>,
    /// Present in dynamic mode; exactly one of the two modes is there.
    #[serde(rename = "Dynamic_SEResControlMode")]
    pub dynamic_se_res_control_mode: Option<DynamicSeResControlMode>,
    /// Present in scheduled mode.
    #[serde(rename = "Scheduled_SEResControlMode")]
    pub scheduled_se_res_control_mode: Option<ScheduledSeResControlMode>,
}

/// What the station decided, where it decides about the power.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DynamicSeResControlMode {
    /// In s from the time stamp of the message, if the station knows better than the car.
    #[serde(rename = "DepartureTime")]
    pub departure_time: Option<u32>,
    /// 0 to 100 percent, if the station knows better than the car.
    #[serde(rename = "MinimumSOC")]
    pub minimum_soc: Option<i8>,
    /// 0 to 100 percent, if the station knows better than the car.
    #[serde(rename = "TargetSOC")]
    pub target_soc: Option<i8>,
    /// At most one of the two is there; the standard wants one, most stations send none.
    #[serde(rename = "AbsolutePriceSchedule")]
    pub absolute_price_schedule: Option<AbsolutePriceSchedule>,
    /// Instead of prices in money.
    #[serde(rename = "PriceLevelSchedule")]
    pub price_level_schedule: Option<PriceLevelSchedule>,
}

/// Schedules of which the car chooses one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScheduledSeResControlMode {
    /// 1 to 3.
    #[serde(rename = "ScheduleTuple")]
    pub schedule_tuple: Vec<ScheduleTuple>,
}
