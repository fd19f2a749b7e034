//! The messages of ISO 15118-20 for direct current, with payload type 0x8004. ACDP and MCS use them too.

mod cable_check;
mod charge_loop;
mod dynamic;
mod parameters;
mod pre_charge;
mod scheduled;
mod welding_detection;

pub use cable_check::{DcCableCheckReq, DcCableCheckRes};
pub use charge_loop::{DcChargeLoopReq, DcChargeLoopRes};
pub use dynamic::{
    BptDynamicDcClReqControlMode, BptDynamicDcClResControlMode, DynamicDcClReqControlMode, DynamicDcClResControlMode,
};
pub use parameters::{
    BptDcCpdReqEnergyTransferMode, BptDcCpdResEnergyTransferMode, DcChargeParameterDiscoveryReq,
    DcChargeParameterDiscoveryRes, DcCpdReqEnergyTransferMode, DcCpdResEnergyTransferMode,
};
pub use pre_charge::{DcPreChargeReq, DcPreChargeRes};
pub use scheduled::{
    BptScheduledDcClReqControlMode, BptScheduledDcClResControlMode, ScheduledDcClReqControlMode,
    ScheduledDcClResControlMode,
};
pub use welding_detection::{DcWeldingDetectionReq, DcWeldingDetectionRes};

use serde::{Deserialize, Serialize};

/// Each message as the document that it is on the wire.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Message {
    /// Car: its limits.
    #[serde(rename = "DC_ChargeParameterDiscoveryReq")]
    DcChargeParameterDiscoveryReq(DcChargeParameterDiscoveryReq),
    /// Station: its limits.
    #[serde(rename = "DC_ChargeParameterDiscoveryRes")]
    DcChargeParameterDiscoveryRes(DcChargeParameterDiscoveryRes),
    /// Car: asks for the test of the insulation.
    #[serde(rename = "DC_CableCheckReq")]
    DcCableCheckReq(DcCableCheckReq),
    /// Station: whether the test is done.
    #[serde(rename = "DC_CableCheckRes")]
    DcCableCheckRes(DcCableCheckRes),
    /// Car: the voltage that it needs.
    #[serde(rename = "DC_PreChargeReq")]
    DcPreChargeReq(DcPreChargeReq),
    /// Station: the voltage that there is.
    #[serde(rename = "DC_PreChargeRes")]
    DcPreChargeRes(DcPreChargeRes),
    /// Car: what it wants now.
    #[serde(rename = "DC_ChargeLoopReq")]
    DcChargeLoopReq(DcChargeLoopReq),
    /// Station: what there is now, its reading, its wishes.
    #[serde(rename = "DC_ChargeLoopRes")]
    DcChargeLoopRes(DcChargeLoopRes),
    /// Car: asks for the voltage, with its contactors open.
    #[serde(rename = "DC_WeldingDetectionReq")]
    DcWeldingDetectionReq(DcWeldingDetectionReq),
    /// Station: the voltage that there is.
    #[serde(rename = "DC_WeldingDetectionRes")]
    DcWeldingDetectionRes(DcWeldingDetectionRes),
}
