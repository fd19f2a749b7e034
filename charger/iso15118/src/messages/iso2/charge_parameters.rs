//! ChargeParameterDiscovery (ISO 15118-2 clause 8.4.3.8) and its parameters for AC (8.5.3.2, 8.5.3.3) and DC (8.5.4.3,
//! 8.5.4.4).

use serde::{Deserialize, Serialize};

use super::physical_value::PhysicalValue;
use super::response_code::ResponseCode;
use super::schedule::SaScheduleList;
use super::service::EnergyTransferMode;
use super::status::{AcEvseStatus, DcEvStatus, DcEvseStatus, EvseProcessing};

/// The car says what it can do and needs. Exactly one of the two parameters is there, the one that fits the mode.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChargeParameterDiscoveryReq {
    /// How many entries a schedule may have for this car; missing: as many as the schema allows.
    #[serde(rename = "MaxEntriesSAScheduleTuple")]
    pub max_entries_sa_schedule_tuple: Option<u16>,
    /// One of the modes of ServiceDiscoveryRes.
    #[serde(rename = "RequestedEnergyTransferMode")]
    pub requested_energy_transfer_mode: EnergyTransferMode,
    /// The car at AC.
    #[serde(rename = "AC_EVChargeParameter")]
    pub ac_ev_charge_parameter: Option<AcEvChargeParameter>,
    /// The car at DC.
    #[serde(rename = "DC_EVChargeParameter")]
    pub dc_ev_charge_parameter: Option<DcEvChargeParameter>,
}

/// What the car can do and needs at AC.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcEvChargeParameter {
    /// When it wants to leave, seconds from now; missing: not known.
    #[serde(rename = "DepartureTime")]
    pub departure_time: Option<u32>,
    /// Energy that it wants until then, Wh.
    #[serde(rename = "EAmount")]
    pub e_amount: PhysicalValue,
    /// Highest voltage between phase and neutral that it can bear, V.
    #[serde(rename = "EVMaxVoltage")]
    pub ev_max_voltage: PhysicalValue,
    /// Highest current that it can draw, A per phase.
    #[serde(rename = "EVMaxCurrent")]
    pub ev_max_current: PhysicalValue,
    /// Lowest current with which it can charge, A per phase.
    #[serde(rename = "EVMinCurrent")]
    pub ev_min_current: PhysicalValue,
}

/// What the car can do and needs at DC.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcEvChargeParameter {
    /// When it wants to leave, seconds from now; missing: not known.
    #[serde(rename = "DepartureTime")]
    pub departure_time: Option<u32>,
    /// State of the car.
    #[serde(rename = "DC_EVStatus")]
    pub dc_ev_status: DcEvStatus,
    /// Highest current that it can take, A.
    #[serde(rename = "EVMaximumCurrentLimit")]
    pub ev_maximum_current_limit: PhysicalValue,
    /// Highest power that it can take, W.
    #[serde(rename = "EVMaximumPowerLimit")]
    pub ev_maximum_power_limit: Option<PhysicalValue>,
    /// Highest voltage that it can bear, V.
    #[serde(rename = "EVMaximumVoltageLimit")]
    pub ev_maximum_voltage_limit: PhysicalValue,
    /// What the whole battery holds, Wh.
    #[serde(rename = "EVEnergyCapacity")]
    pub ev_energy_capacity: Option<PhysicalValue>,
    /// Energy that it wants, Wh.
    #[serde(rename = "EVEnergyRequest")]
    pub ev_energy_request: Option<PhysicalValue>,
    /// Charge at which it calls the battery full, percent 0..100.
    #[serde(rename = "FullSOC")]
    pub full_soc: Option<i8>,
    /// Charge at which fast charging is over, percent 0..100.
    #[serde(rename = "BulkSOC")]
    pub bulk_soc: Option<i8>,
}

/// The station says what it can do and when how much power is there. Exactly one of the two parameters is there.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChargeParameterDiscoveryRes {
    /// How it went; [`ResponseCode::FailedWrongChargeParameter`] and [`ResponseCode::FailedWrongEnergyTransferMode`]
    /// belong here.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Whether the schedules are ready; while not, the car asks again for up to 60 s.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: EvseProcessing,
    /// The schedules among which the car may choose; missing while [`EvseProcessing::Ongoing`].
    #[serde(rename = "SAScheduleList")]
    pub sa_schedule_list: Option<SaScheduleList>,
    /// The station at AC.
    #[serde(rename = "AC_EVSEChargeParameter")]
    pub ac_evse_charge_parameter: Option<AcEvseChargeParameter>,
    /// The station at DC.
    #[serde(rename = "DC_EVSEChargeParameter")]
    pub dc_evse_charge_parameter: Option<DcEvseChargeParameter>,
}

/// What the station can do at AC.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcEvseChargeParameter {
    /// State of the station.
    #[serde(rename = "AC_EVSEStatus")]
    pub ac_evse_status: AcEvseStatus,
    /// Voltage of the supply between phase and neutral, V.
    #[serde(rename = "EVSENominalVoltage")]
    pub evse_nominal_voltage: PhysicalValue,
    /// Highest current that it allows, A per phase.
    #[serde(rename = "EVSEMaxCurrent")]
    pub evse_max_current: PhysicalValue,
}

/// What the station can do at DC. A car whose limits are at or below these minima is refused.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcEvseChargeParameter {
    /// State of the station.
    #[serde(rename = "DC_EVSEStatus")]
    pub dc_evse_status: DcEvseStatus,
    /// Highest current that it can give, A.
    #[serde(rename = "EVSEMaximumCurrentLimit")]
    pub evse_maximum_current_limit: PhysicalValue,
    /// Highest power that it can give, W.
    #[serde(rename = "EVSEMaximumPowerLimit")]
    pub evse_maximum_power_limit: PhysicalValue,
    /// Highest voltage that it can give, V.
    #[serde(rename = "EVSEMaximumVoltageLimit")]
    pub evse_maximum_voltage_limit: PhysicalValue,
    /// Lowest current that it can regulate, A.
    #[serde(rename = "EVSEMinimumCurrentLimit")]
    pub evse_minimum_current_limit: PhysicalValue,
    /// Lowest voltage that it can regulate, V.
    #[serde(rename = "EVSEMinimumVoltageLimit")]
    pub evse_minimum_voltage_limit: PhysicalValue,
    /// How far the current may be from what is asked for, A.
    #[serde(rename = "EVSECurrentRegulationTolerance")]
    pub evse_current_regulation_tolerance: Option<PhysicalValue>,
    /// Ripple of the current, peak to peak, A.
    #[serde(rename = "EVSEPeakCurrentRipple")]
    pub evse_peak_current_ripple: PhysicalValue,
    /// Energy that it is going to give, Wh; missing: not known.
    #[serde(rename = "EVSEEnergyToBeDelivered")]
    pub evse_energy_to_be_delivered: Option<PhysicalValue>,
}
