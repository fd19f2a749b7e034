//! The car signs what the meter has read.

use exi::Hex;
use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, MeterInfo, Receipt, ResponseCode};

/// From the car within the charge loop, when the station asks for it: I have seen this reading. -2 calls it
/// MeteringReceipt.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MeteringConfirmationReq {
    /// The car's signature over the data stands in it.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// The reading that is confirmed.
    #[serde(rename = "SignedMeteringData")]
    pub signed_metering_data: SignedMeteringData,
}

/// A reading bound to its session; this element is signed with the key of the contract.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SignedMeteringData {
    /// Names the element for the reference in the signature.
    #[serde(rename = "@Id")]
    pub id: String,
    /// 8 bytes; the session in which the reading was taken.
    #[serde(rename = "SessionID")]
    pub session_id: Hex<8>,
    /// As the charge loop's response brought it, not changed.
    #[serde(rename = "MeterInfo")]
    pub meter_info: MeterInfo,
    /// Likewise; missing if there was none.
    #[serde(rename = "Receipt")]
    pub receipt: Option<Box<Receipt>>,
    /// Present in dynamic mode; exactly one of the two modes is there.
    #[serde(rename = "Dynamic_SMDTControlMode")]
    pub dynamic_smdt_control_mode: Option<DynamicSmdtControlMode>,
    /// Present in scheduled mode.
    #[serde(rename = "Scheduled_SMDTControlMode")]
    pub scheduled_smdt_control_mode: Option<ScheduledSmdtControlMode>,
}

/// Nothing more to say in dynamic mode; an empty element.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct DynamicSmdtControlMode {}

/// In scheduled mode a reading also names the schedule.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScheduledSmdtControlMode {
    /// The one that is being followed, from 1.
    #[serde(rename = "SelectedScheduleTupleID")]
    pub selected_schedule_tuple_id: u32,
}

/// The station's answer; FAILED_MeteringSignatureNotValid ends the session.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MeteringConfirmationRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
}
