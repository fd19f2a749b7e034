//! The loop while direct current flows: a request every 0.25 s, and never 0.5 s without one.

use serde::{Deserialize, Serialize};

use super::dynamic::{
    BptDynamicDcClReqControlMode, BptDynamicDcClResControlMode, DynamicDcClReqControlMode, DynamicDcClResControlMode,
};
use super::scheduled::{
    BptScheduledDcClReqControlMode, BptScheduledDcClResControlMode, ScheduledDcClReqControlMode,
    ScheduledDcClResControlMode,
};
use crate::messages::iso20::common::{
    DisplayParameters, EvseStatus, MessageHeader, MeterInfo, RationalNumber, Receipt, ResponseCode,
};

/// From the car, again and again between PowerDelivery(Start) and (Stop): what it wants.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcChargeLoopReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// What the driver sees in the car; missing if nothing has changed.
    #[serde(rename = "DisplayParameters")]
    pub display_parameters: Option<DisplayParameters>,
    /// The station has to put a reading into its answer.
    #[serde(rename = "MeterInfoRequested")]
    pub meter_info_requested: bool,
    /// At the car's inlet, in V.
    #[serde(rename = "EVPresentVoltage")]
    pub ev_present_voltage: RationalNumber,
    /// Dynamic mode, both directions; exactly one of the four is there.
    #[serde(rename = "BPT_Dynamic_DC_CLReqControlMode")]
    pub bpt_dynamic_dc_cl_req_control_mode: Option<Box<BptDynamicDcClReqControlMode>>,
    /// Scheduled mode, both directions.
    #[serde(rename = "BPT_Scheduled_DC_CLReqControlMode")]
    pub bpt_scheduled_dc_cl_req_control_mode: Option<Box<BptScheduledDcClReqControlMode>>,
    /// Dynamic mode, into the car.
    #[serde(rename = "Dynamic_DC_CLReqControlMode")]
    pub dynamic_dc_cl_req_control_mode: Option<Box<DynamicDcClReqControlMode>>,
    /// Scheduled mode, into the car.
    #[serde(rename = "Scheduled_DC_CLReqControlMode")]
    pub scheduled_dc_cl_req_control_mode: Option<Box<ScheduledDcClReqControlMode>>,
}

/// The station's answer: what there is, its reading and its wishes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcChargeLoopRes {
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
    /// Measured at its output, in A; negative is out of the car.
    #[serde(rename = "EVSEPresentCurrent")]
    pub evse_present_current: RationalNumber,
    /// Measured at its output, in V.
    #[serde(rename = "EVSEPresentVoltage")]
    pub evse_present_voltage: RationalNumber,
    /// Its own power is at the limit.
    #[serde(rename = "EVSEPowerLimitAchieved")]
    pub evse_power_limit_achieved: bool,
    /// Its own current is at the limit.
    #[serde(rename = "EVSECurrentLimitAchieved")]
    pub evse_current_limit_achieved: bool,
    /// Its own voltage is at the limit.
    #[serde(rename = "EVSEVoltageLimitAchieved")]
    pub evse_voltage_limit_achieved: bool,
    /// Dynamic mode, both directions; exactly one of the four is there, as in the request.
    #[serde(rename = "BPT_Dynamic_DC_CLResControlMode")]
    pub bpt_dynamic_dc_cl_res_control_mode: Option<Box<BptDynamicDcClResControlMode>>,
    /// Scheduled mode, both directions.
    #[serde(rename = "BPT_Scheduled_DC_CLResControlMode")]
    pub bpt_scheduled_dc_cl_res_control_mode: Option<Box<BptScheduledDcClResControlMode>>,
    /// Dynamic mode, into the car.
    #[serde(rename = "Dynamic_DC_CLResControlMode")]
    pub dynamic_dc_cl_res_control_mode: Option<Box<DynamicDcClResControlMode>>,
    /// Scheduled mode, into the car.
    #[serde(rename = "Scheduled_DC_CLResControlMode")]
    pub scheduled_dc_cl_res_control_mode: Option<Box<ScheduledDcClResControlMode>>,
}
