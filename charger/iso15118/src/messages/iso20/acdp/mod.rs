//! The messages of ISO 15118-20 for automated connection devices (pantographs), with payload type 0x8005. Charging
//! itself uses the DC messages.

mod connect;
mod system_status;
mod vehicle_positioning;

pub use connect::{AcdpConnectReq, AcdpConnectRes, ElectricalChargingDeviceStatus, MechanicalChargingDeviceStatus};
pub use system_status::{
    AcdpSystemStatusReq, AcdpSystemStatusRes, CpStatus, ErrorCode, EvTechnicalStatus, IsolationStatus,
};
pub use vehicle_positioning::{AcdpVehiclePositioningReq, AcdpVehiclePositioningRes};

use serde::{Deserialize, Serialize};

/// Each message as the document that it is on the wire.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Message {
    /// Vehicle: whether it moves.
    #[serde(rename = "ACDP_VehiclePositioningReq")]
    AcdpVehiclePositioningReq(AcdpVehiclePositioningReq),
    /// Station: how far it is off its place.
    #[serde(rename = "ACDP_VehiclePositioningRes")]
    AcdpVehiclePositioningRes(AcdpVehiclePositioningRes),
    /// Vehicle: asks for the connection.
    #[serde(rename = "ACDP_ConnectReq")]
    AcdpConnectReq(AcdpConnectReq),
    /// Station: how far the connection is.
    #[serde(rename = "ACDP_ConnectRes")]
    AcdpConnectRes(AcdpConnectRes),
    /// Vehicle: asks to be let go; the same type as for the connection.
    #[serde(rename = "ACDP_DisconnectReq")]
    AcdpDisconnectReq(AcdpConnectReq),
    /// Station: how far the separation is; the same type as for the connection.
    #[serde(rename = "ACDP_DisconnectRes")]
    AcdpDisconnectRes(AcdpConnectRes),
    /// Vehicle: how it is.
    #[serde(rename = "ACDP_SystemStatusReq")]
    AcdpSystemStatusReq(AcdpSystemStatusReq),
    /// Station: how it is.
    #[serde(rename = "ACDP_SystemStatusRes")]
    AcdpSystemStatusRes(AcdpSystemStatusRes),
}
