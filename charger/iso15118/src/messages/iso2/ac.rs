//! The loop while charging with AC: ChargingStatus (ISO 15118-2 clause 8.4.4.2).

use serde::{Deserialize, Serialize};

use super::metering::MeterInfo;
use super::physical_value::PhysicalValue;
use super::response_code::ResponseCode;
use super::status::AcEvseStatus;

/// The car asks, again and again while it charges, whether all is well. It has no content.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChargingStatusReq {}

/// The station tells its state, its meter and how much current it allows.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChargingStatusRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// The EVSE, 7..37 characters.
    #[serde(rename = "EVSEID")]
    pub evse_id: String,
    /// The schedule that is followed, 1..255.
    #[serde(rename = "SAScheduleTupleID")]
    pub sa_schedule_tuple_id: u8,
    /// Highest current that it allows now, A per phase; missing: as before.
    #[serde(rename = "EVSEMaxCurrent")]
    pub evse_max_current: Option<PhysicalValue>,
    /// What the meter shows; missing: not told.
    #[serde(rename = "MeterInfo")]
    pub meter_info: Option<MeterInfo>,
    /// Whether the car must sign the reading with a MeteringReceiptReq next; missing: no.
    #[serde(rename = "ReceiptRequired")]
    pub receipt_required: Option<bool>,
    /// State of the station.
    #[serde(rename = "AC_EVSEStatus")]
    pub ac_evse_status: AcEvseStatus,
}
