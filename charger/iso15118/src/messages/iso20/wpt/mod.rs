//! The messages of ISO 15118-20 for wireless power transfer, with payload type 0x8006. Names: EVPC and SPC are the
//! power circuits of car and supply, PD is the primary device in the ground, SD the secondary device in the car.

mod alignment_check;
mod charge_loop;
mod ev_result;
mod fine_positioning;
mod low_frequency;
mod pairing;
mod parameters;

pub use alignment_check::{
    WptAlignmentCheckMethod, WptAlignmentCheckMethodList, WptAlignmentCheckReq, WptAlignmentCheckRes,
};
pub use charge_loop::{
    WptChargeLoopReq, WptChargeLoopRes, WptEvpcChargeDiagnostics, WptEvpcPowerControlParameter,
    WptSpcChargeDiagnostics, WptSpcPowerControlParameter,
};
pub use ev_result::WptEvResult;
pub use fine_positioning::{
    WptFinePositioningMethod, WptFinePositioningMethodList, WptFinePositioningReq, WptFinePositioningRes,
    WptFinePositioningSetupReq, WptFinePositioningSetupRes,
};
pub use low_frequency::{
    WptCoordinateXyz, WptLfDataPackage, WptLfDataPackageList, WptLfReceiverData, WptLfRxData, WptLfRxDataList,
    WptLfRxRssi, WptLfRxRssiList, WptLfSystemSetupData, WptLfTransmitterData, WptLfTxData, WptLfTxDataList,
    WptTxRxPackageSpecData, WptTxRxPulseOrder, WptTxRxSpecData,
};
pub use pairing::{
    AlternativeSecc, AlternativeSeccList, WptPairingMethod, WptPairingMethodList, WptPairingReq, WptPairingRes,
};
pub use parameters::{WptChargeParameterDiscoveryReq, WptChargeParameterDiscoveryRes, WptPowerClass};

use serde::{Deserialize, Serialize};

/// Each message as the document that it is on the wire.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Message {
    /// Car: how it can position itself.
    #[serde(rename = "WPT_FinePositioningSetupReq")]
    WptFinePositioningSetupReq(WptFinePositioningSetupReq),
    /// Station: which of that it can, too.
    #[serde(rename = "WPT_FinePositioningSetupRes")]
    WptFinePositioningSetupRes(WptFinePositioningSetupRes),
    /// Car: what it senses on its way.
    #[serde(rename = "WPT_FinePositioningReq")]
    WptFinePositioningReq(WptFinePositioningReq),
    /// Station: what it senses.
    #[serde(rename = "WPT_FinePositioningRes")]
    WptFinePositioningRes(WptFinePositioningRes),
    /// Car: the code that it sees.
    #[serde(rename = "WPT_PairingReq")]
    WptPairingReq(WptPairingReq),
    /// Station: the code that it sees, or a neighbour to whom the car should go.
    #[serde(rename = "WPT_PairingRes")]
    WptPairingRes(WptPairingRes),
    /// Car: limits of the device in the car.
    #[serde(rename = "WPT_ChargeParameterDiscoveryReq")]
    WptChargeParameterDiscoveryReq(WptChargeParameterDiscoveryReq),
    /// Station: limits of the device in the ground.
    #[serde(rename = "WPT_ChargeParameterDiscoveryRes")]
    WptChargeParameterDiscoveryRes(WptChargeParameterDiscoveryRes),
    /// Car: asks for a test with little power.
    #[serde(rename = "WPT_AlignmentCheckReq")]
    WptAlignmentCheckReq(WptAlignmentCheckReq),
    /// Station: what it sends.
    #[serde(rename = "WPT_AlignmentCheckRes")]
    WptAlignmentCheckRes(WptAlignmentCheckRes),
    /// Car: power that it wants and gets.
    #[serde(rename = "WPT_ChargeLoopReq")]
    WptChargeLoopReq(WptChargeLoopReq),
    /// Station: power that it sends, its reading, its wishes.
    #[serde(rename = "WPT_ChargeLoopRes")]
    WptChargeLoopRes(WptChargeLoopRes),
}
