//! The messages of DC: CableCheck, PreCharge, CurrentDemand, WeldingDetection (DIN 70121 clauses 9.4.2.2 to 9.4.2.5).

use serde::{Deserialize, Serialize};

use super::physical_value::PhysicalValue;
use super::response_code::ResponseCode;
use super::status::{DcEvStatus, DcEvseStatus, EvseProcessing};

/// The car, with the plug locked, asks for a check of the isolation; again while the answer is
/// [`EvseProcessing::Ongoing`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CableCheckReq {
    /// State of the car.
    #[serde(rename = "DC_EVStatus")]
    pub dc_ev_status: DcEvStatus,
}

/// The station says how far the check has come.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CableCheckRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// State of the station: isolation Invalid while the check runs, Valid with [`EvseProcessing::Finished`] and from
    /// then on.
    #[serde(rename = "DC_EVSEStatus")]
    pub dc_evse_status: DcEvseStatus,
    /// Whether the check is over; the car waits up to 40 s for it.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: EvseProcessing,
}

/// The car asks for the voltage of its battery, and again until the output has it; then it closes its contactors.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PreChargeReq {
    /// State of the car.
    #[serde(rename = "DC_EVStatus")]
    pub dc_ev_status: DcEvStatus,
    /// Voltage that it wants at its inlet, V.
    #[serde(rename = "EVTargetVoltage")]
    pub ev_target_voltage: PhysicalValue,
    /// Highest current that may flow meanwhile, A; usually no more than 2 A.
    #[serde(rename = "EVTargetCurrent")]
    pub ev_target_current: PhysicalValue,
}

/// The station says which voltage it has reached; the car waits up to 7 s for the right one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PreChargeRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// State of the station.
    #[serde(rename = "DC_EVSEStatus")]
    pub dc_evse_status: DcEvseStatus,
    /// Voltage at the output, V, measured and not the target.
    #[serde(rename = "EVSEPresentVoltage")]
    pub evse_present_voltage: PhysicalValue,
}

/// The loop while charging: the car says which voltage and current it wants now.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CurrentDemandReq {
    /// State of the car.
    #[serde(rename = "DC_EVStatus")]
    pub dc_ev_status: DcEvStatus,
    /// Current that it wants now, A.
    #[serde(rename = "EVTargetCurrent")]
    pub ev_target_current: PhysicalValue,
    /// Highest voltage that it can bear, V; missing: as before.
    #[serde(rename = "EVMaximumVoltageLimit")]
    pub ev_maximum_voltage_limit: Option<PhysicalValue>,
    /// Highest current that it can take, A; missing: as before. Some chargers insist on the limits.
    #[serde(rename = "EVMaximumCurrentLimit")]
    pub ev_maximum_current_limit: Option<PhysicalValue>,
    /// Highest power that it can take, W; missing: as before.
    #[serde(rename = "EVMaximumPowerLimit")]
    pub ev_maximum_power_limit: Option<PhysicalValue>,
    /// Whether fast charging is over; missing: the car does not say.
    #[serde(rename = "BulkChargingComplete")]
    pub bulk_charging_complete: Option<bool>,
    /// Whether the battery is full.
    #[serde(rename = "ChargingComplete")]
    pub charging_complete: bool,
    /// Time until the battery is full, s.
    #[serde(rename = "RemainingTimeToFullSoC")]
    pub remaining_time_to_full_soc: Option<PhysicalValue>,
    /// Time until fast charging is over, s.
    #[serde(rename = "RemainingTimeToBulkSoC")]
    pub remaining_time_to_bulk_soc: Option<PhysicalValue>,
    /// Voltage that it wants at its inlet, V; the station gives no more than this.
    #[serde(rename = "EVTargetVoltage")]
    pub ev_target_voltage: PhysicalValue,
}

/// The station says what it gives now, and at which of its limits it is; cars wait 250 ms for it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CurrentDemandRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// State of the station.
    #[serde(rename = "DC_EVSEStatus")]
    pub dc_evse_status: DcEvseStatus,
    /// Voltage at the output, V, measured.
    #[serde(rename = "EVSEPresentVoltage")]
    pub evse_present_voltage: PhysicalValue,
    /// Current at the output, A, measured.
    #[serde(rename = "EVSEPresentCurrent")]
    pub evse_present_current: PhysicalValue,
    /// Whether the station's limit of current holds back the output.
    #[serde(rename = "EVSECurrentLimitAchieved")]
    pub evse_current_limit_achieved: bool,
    /// Whether the station's limit of voltage holds back the output.
    #[serde(rename = "EVSEVoltageLimitAchieved")]
    pub evse_voltage_limit_achieved: bool,
    /// Whether the station's limit of power holds back the output.
    #[serde(rename = "EVSEPowerLimitAchieved")]
    pub evse_power_limit_achieved: bool,
    /// Highest voltage that it can give now, V; missing: as before.
    #[serde(rename = "EVSEMaximumVoltageLimit")]
    pub evse_maximum_voltage_limit: Option<PhysicalValue>,
    /// Highest current that it can give now, A; missing: as before.
    #[serde(rename = "EVSEMaximumCurrentLimit")]
    pub evse_maximum_current_limit: Option<PhysicalValue>,
    /// Highest power that it can give now, W; missing: as before.
    #[serde(rename = "EVSEMaximumPowerLimit")]
    pub evse_maximum_power_limit: Option<PhysicalValue>,
}

/// After charging, the car opens its contactors and asks for the voltage on the other side; cars may skip it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WeldingDetectionReq {
    /// State of the car.
    #[serde(rename = "DC_EVStatus")]
    pub dc_ev_status: DcEvStatus,
}

/// The station says which voltage is left.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WeldingDetectionRes {
    /// How it went; FAILED* ends the session.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// State of the station.
    #[serde(rename = "DC_EVSEStatus")]
    pub dc_evse_status: DcEvseStatus,
    /// Voltage at the output, V, measured: one that does not fall means a welded contactor, or a station that does not
    /// discharge.
    #[serde(rename = "EVSEPresentVoltage")]
    pub evse_present_voltage: PhysicalValue,
}
