//! The connection device goes to the vehicle and back.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, Processing, ResponseCode};

/// From the vehicle when it stands well, and again, as DisconnectReq, when it wants to leave. Repeated while the answer
/// is Ongoing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcdpConnectReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// State of the control pilot as the vehicle sees it.
    #[serde(rename = "EVElectricalChargingDeviceStatus")]
    pub ev_electrical_charging_device_status: ElectricalChargingDeviceStatus,
}

/// State of the control pilot of IEC 61851, as one side sees it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ElectricalChargingDeviceStatus {
    /// Not connected.
    #[serde(rename = "State_A")]
    StateA,
    /// Connected, not ready.
    #[serde(rename = "State_B")]
    StateB,
    /// Ready.
    #[serde(rename = "State_C")]
    StateC,
    /// Ready, with ventilation.
    #[serde(rename = "State_D")]
    StateD,
}

/// The station's answer, to ConnectReq and DisconnectReq.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcdpConnectRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Ongoing while the device moves.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: Processing,
    /// State of the control pilot as the station sees it.
    #[serde(rename = "EVSEElectricalChargingDeviceStatus")]
    pub evse_electrical_charging_device_status: ElectricalChargingDeviceStatus,
    /// Where the device is.
    #[serde(rename = "EVSEMechanicalChargingDeviceStatus")]
    pub evse_mechanical_charging_device_status: MechanicalChargingDeviceStatus,
}

/// Where a connection device is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum MechanicalChargingDeviceStatus {
    /// Away from the vehicle; the vehicle may move.
    Home,
    /// On its way.
    Moving,
    /// At the vehicle.
    EndPosition,
}
