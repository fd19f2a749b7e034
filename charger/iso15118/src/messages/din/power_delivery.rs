//! PowerDelivery (DIN 70121 clause 9.4.1.7).

use serde::{Deserialize, Serialize};

use super::response_code::ResponseCode;
use super::schedule::ChargingProfile;
use super::status::{AcEvseStatus, DcEvStatus, DcEvseStatus};

/// The car wants power, or wants no more power.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PowerDeliveryReq {
    /// Whether it wants power: true begins the charging, false ends it.
    #[serde(rename = "ReadyToChargeState")]
    pub ready_to_charge_state: bool,
    /// How it plans to use the power; missing: it does not say.
    #[serde(rename = "ChargingProfile")]
    pub charging_profile: Option<ChargingProfile>,
    /// State of the car at DC; missing at AC.
    #[serde(rename = "DC_EVPowerDeliveryParameter")]
    pub dc_ev_power_delivery_parameter: Option<DcEvPowerDeliveryParameter>,
}

/// State of the car when it asks for power.
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

/// The station has done it, or not. Cars wait 2 s for it. The state for AC is not used.
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
