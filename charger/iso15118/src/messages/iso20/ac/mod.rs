//! The messages of ISO 15118-20 for alternating current, with payload type 0x8003.

mod charge_loop;
mod dynamic;
mod parameters;
mod scheduled;

pub use charge_loop::{AcChargeLoopReq, AcChargeLoopRes};
pub use dynamic::{
    BptDynamicAcClReqControlMode, BptDynamicAcClResControlMode, DynamicAcClReqControlMode, DynamicAcClResControlMode,
};
pub use parameters::{
    AcChargeParameterDiscoveryReq, AcChargeParameterDiscoveryRes, AcCpdReqEnergyTransferMode,
    AcCpdResEnergyTransferMode, BptAcCpdReqEnergyTransferMode, BptAcCpdResEnergyTransferMode,
};
pub use scheduled::{
    BptScheduledAcClReqControlMode, BptScheduledAcClResControlMode, ScheduledAcClReqControlMode,
    ScheduledAcClResControlMode,
};

use serde::{Deserialize, Serialize};

/// Each message as the document that it is on the wire.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Message {
    /// Car: its limits.
    #[serde(rename = "AC_ChargeParameterDiscoveryReq")]
    AcChargeParameterDiscoveryReq(AcChargeParameterDiscoveryReq),
    /// Station: its limits.
    #[serde(rename = "AC_ChargeParameterDiscoveryRes")]
    AcChargeParameterDiscoveryRes(AcChargeParameterDiscoveryRes),
    /// Car: power now, and what it needs.
    #[serde(rename = "AC_ChargeLoopReq")]
    AcChargeLoopReq(AcChargeLoopReq),
    /// Station: power that it wants, its reading, its wishes.
    #[serde(rename = "AC_ChargeLoopRes")]
    AcChargeLoopRes(AcChargeLoopRes),
}
