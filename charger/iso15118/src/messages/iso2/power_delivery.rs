//! PowerDelivery (ISO 15118-2 clause 8.4.3.9; its parameter for DC 8.5.4.5).

use serde::{Deserialize, Serialize};

use super::response_code::ResponseCode;
use super::schedule::ChargingProfile;
use super::status::{AcEvseStatus, DcEvStatus, DcEvseStatus};

/// The car wants power, wants no more power, or wants to negotiate again.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PowerDeliveryReq {
    /// Which of the three.
    #[serde(rename = "ChargeProgress")]
    pub charge_progress: ChargeProgress,
    /// The schedule that it follows, 1..255, one of ChargeParameterDiscoveryRes.
    #[serde(rename = "SAScheduleTupleID")]
    pub sa_schedule_tuple_id: u8,
    /// How it plans to use the power; missing: it does not say.
    #[serde(rename = "ChargingProfile")]
    pub charging_profile: Option<ChargingProfile>,
    /// State of the car at DC; missing at AC.
    #[serde(rename = "DC_EVPowerDeliveryParameter")]
    pub dc_ev_power_delivery_parameter: Option<DcEvPowerDeliveryParameter>,
}

/// What the car wants of the power.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ChargeProgress {
    /// Power on.
    Start,
    /// Power off; the current is to be gone when the answer comes.
    Stop,
    /// Stay, and go back to ChargeParameterDiscovery.
    Renegotiate,
}

/// State of the car when it asks for power at DC (clause 8.5.4.5).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcEvPowerDeliveryParameter {
    /// State of the car.
    #[serde(rename = "DC_EVStatus")]
    pub dc_ev_status: DcEvStatus,
    /// Whether fast charging is over; missing: the car does not say.
    #[serde(rename = "BulkChargingComplete")]
    pub bulk_charging_complete: Option<bool>,
    /// Whether the battery is full.
    #[serde(rename = "ChargingComplete")]
    pub charging_complete: bool,
}

/// The station has done it, or not. Exactly one of the two states is there.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PowerDeliveryRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// State of the station at AC.
    #[serde(rename = "AC_EVSEStatus")]
    pub ac_evse_status: Option<AcEvseStatus>,
    /// State of the station at DC.
    #[serde(rename = "DC_EVSEStatus")]
    pub dc_evse_status: Option<DcEvseStatus>,
}
