//! The car looks whether its contactors are stuck.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, Processing, RationalNumber, ResponseCode};

/// From the car after PowerDelivery(Stop), as often as it likes. Cars that pause often leave it out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcWeldingDetectionReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Finished with the last one.
    #[serde(rename = "EVProcessing")]
    pub ev_processing: Processing,
}

/// The station's answer, with its own supply off.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcWeldingDetectionRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Measured at its output, in V. It stays up if a contactor is stuck, and at some stations always.
    #[serde(rename = "EVSEPresentVoltage")]
    pub evse_present_voltage: RationalNumber,
}
