//! The station's voltage comes up to the battery's, so that the car can close its contactors.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, Processing, RationalNumber, ResponseCode};

/// From the car after CableCheck. Repeated until the voltages are close together, for some 7 to 10 s at most.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcPreChargeReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Finished when the car has closed its contactors or is content.
    #[serde(rename = "EVProcessing")]
    pub ev_processing: Processing,
    /// At the car's inlet, in V.
    #[serde(rename = "EVPresentVoltage")]
    pub ev_present_voltage: RationalNumber,
    /// Of the battery, in V. Some cars ask for too little at first, even below 0 V.
    #[serde(rename = "EVTargetVoltage")]
    pub ev_target_voltage: RationalNumber,
}

/// The station's answer, with hardly any current flowing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcPreChargeRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Measured at its output, in V; not a copy of the target, since cars close their contactors on it.
    #[serde(rename = "EVSEPresentVoltage")]
    pub evse_present_voltage: RationalNumber,
}
