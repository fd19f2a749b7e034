//! MeterInfo and MeteringReceipt (ISO 15118-2 clause 8.4.3.13).

use exi::{Base64, Hex};
use serde::{Deserialize, Serialize};

use super::response_code::ResponseCode;
use super::status::{AcEvseStatus, DcEvseStatus};

/// What the station's meter shows.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MeterInfo {
    /// The meter, up to 32 characters.
    #[serde(rename = "MeterID")]
    pub meter_id: String,
    /// Energy, Wh; missing: not known.
    #[serde(rename = "MeterReading")]
    pub meter_reading: Option<u64>,
    /// The meter's own signature over the reading, up to 64 octets.
    #[serde(rename = "SigMeterReading")]
    pub sig_meter_reading: Option<Base64>,
    /// State of the meter, in its own code.
    #[serde(rename = "MeterStatus")]
    pub meter_status: Option<i16>,
    /// When it was read, seconds since 1970 in UTC.
    #[serde(rename = "TMeter")]
    pub t_meter: Option<i64>,
}

/// The car confirms a meter reading, because the response before had ReceiptRequired; signed with the contract's key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MeteringReceiptReq {
    /// The name under which the header signs this element.
    #[serde(rename = "@Id")]
    pub id: Option<String>,
    /// The session again, so that the signature covers it, 8 octets.
    #[serde(rename = "SessionID")]
    pub session_id: Hex<8>,
    /// The schedule that is followed, 1..255, as in the response before.
    #[serde(rename = "SAScheduleTupleID")]
    pub sa_schedule_tuple_id: Option<u8>,
    /// The reading, as it was in the response before.
    #[serde(rename = "MeterInfo")]
    pub meter_info: MeterInfo,
}

/// The station takes the receipt, or not. At most one of the two states is there.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MeteringReceiptRes {
    /// How it went; [`ResponseCode::FailedMeteringSignatureNotValid`] belongs here.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// State of the station at AC.
    #[serde(rename = "AC_EVSEStatus")]
    pub ac_evse_status: Option<AcEvseStatus>,
    /// State of the station at DC.
    #[serde(rename = "DC_EVSEStatus")]
    pub dc_evse_status: Option<DcEvseStatus>,
}
