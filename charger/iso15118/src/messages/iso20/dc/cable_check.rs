//! The station tests the insulation.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, Processing, ResponseCode};

/// From the car after ScheduleExchange, with its plug locked and its contactors open. Repeated while the answer is
/// Ongoing, for at most 40 s.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcCableCheckReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
}

/// The station's answer. There is no field for the insulation as in -2: what is not safe is FAILED.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcCableCheckRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Finished when the insulation is good.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: Processing,
}
