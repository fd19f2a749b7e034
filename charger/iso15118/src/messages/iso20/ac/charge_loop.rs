//! The loop while alternating current flows: a request every 0.25 s, and never 0.5 s without one.

use serde::{Deserialize, Serialize};

use super::dynamic::{
    BptDynamicAcClReqControlMode, BptDynamicAcClResControlMode, DynamicAcClReqControlMode, DynamicAcClResControlMode,
};
use super::scheduled::{
    BptScheduledAcClReqControlMode, BptScheduledAcClResControlMode, ScheduledAcClReqControlMode,
    ScheduledAcClResControlMode,
};
use crate::messages::iso20::common::{
    DisplayParameters, EvseStatus, MessageHeader, MeterInfo, RationalNumber, Receipt, ResponseCode,
};

/// From the car, again and again between PowerDelivery(Start) and (Stop): power now, and what it needs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcChargeLoopReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// What the driver sees in the car; missing if nothing has changed.
    #[serde(rename = "DisplayParameters")]
    pub display_parameters: Option<DisplayParameters>,
    /// The station has to put a reading into its answer.
    #[serde(rename = "MeterInfoRequested")]
    pub meter_info_requested: bool,
    /// Dynamic mode, both directions; exactly one of the four is there.
    #[serde(rename = "BPT_Dynamic_AC_CLReqControlMode")]
    pub bpt_dynamic_ac_cl_req_control_mode: Option<Box<BptDynamicAcClReqControlMode>>,
    /// Scheduled mode, both directions.
    #[serde(rename = "BPT_Scheduled_AC_CLReqControlMode")]
    pub bpt_scheduled_ac_cl_req_control_mode: Option<Box<BptScheduledAcClReqControlMode>>,
    /// Dynamic mode, into the car.
    #[serde(rename = "Dynamic_AC_CLReqControlMode")]
    pub dynamic_ac_cl_req_control_mode: Option<Box<DynamicAcClReqControlMode>>,
    /// Scheduled mode, into the car.
    #[serde(rename = "Scheduled_AC_CLReqControlMode")]
    pub scheduled_ac_cl_req_control_mode: Option<Box<ScheduledAcClReqControlMode>>,
}

/// The station's answer: power that it wants, its reading and its wishes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcChargeLoopRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// What the station wants the car to do; missing if nothing.
    #[serde(rename = "EVSEStatus")]
    pub evse_status: Option<EvseStatus>,
    /// The reading; missing unless it was asked for or has to be confirmed.
    #[serde(rename = "MeterInfo")]
    pub meter_info: Option<Box<MeterInfo>>,
    /// What the session has cost until now; missing if that is not known.
    #[serde(rename = "Receipt")]
    pub receipt: Option<Box<Receipt>>,
    /// The frequency that the car is to make where it forms the grid, in Hz; missing otherwise.
    #[serde(rename = "EVSETargetFrequency")]
    pub evse_target_frequency: Option<RationalNumber>,
    /// Dynamic mode, both directions; exactly one of the four is there, as in the request.
    #[serde(rename = "BPT_Dynamic_AC_CLResControlMode")]
    pub bpt_dynamic_ac_cl_res_control_mode: Option<Box<BptDynamicAcClResControlMode>>,
    /// Scheduled mode, both directions.
    #[serde(rename = "BPT_Scheduled_AC_CLResControlMode")]
    pub bpt_scheduled_ac_cl_res_control_mode: Option<Box<BptScheduledAcClResControlMode>>,
    /// Dynamic mode, into the car.
    #[serde(rename = "Dynamic_AC_CLResControlMode")]
    pub dynamic_ac_cl_res_control_mode: Option<Box<DynamicAcClResControlMode>>,
    /// Scheduled mode, into the car.
    #[serde(rename = "Scheduled_AC_CLResControlMode")]
    pub scheduled_ac_cl_res_control_mode: Option<Box<ScheduledAcClResControlMode>>,
}
