//! ChargeParameterDiscovery (DIN 70121 clause 9.4.1.6) and its parameters.

use serde::{Deserialize, Serialize};

use super::physical_value::PhysicalValue;
use super::response_code::ResponseCode;
use super::schedule::SaScheduleList;
use super::status::{AcEvseStatus, DcEvStatus, DcEvseStatus, EvseProcessing};

/// The car says what it can do and needs. The parameter for AC is not used.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChargeParameterDiscoveryReq {
    /// How the energy should flow, as ServiceDiscoveryRes offers it.
    #[serde(rename = "EVRequestedEnergyTransferType")]
    pub ev_requested_energy_transfer_type: EvRequestedEnergyTransfer,
    /// The car at AC.
    #[serde(rename = "AC_EVChargeParameter")]
    pub ac_ev_charge_parameter: Option<AcEvChargeParameter>,
    /// The car at DC.
    #[serde(rename = "DC_EVChargeParameter")]
    pub dc_ev_charge_parameter: Option<DcEvChargeParameter>,
}

/// AC or DC, and over which contacts. DIN 70121 uses [`Self::DcCore`] and [`Self::DcExtended`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum EvRequestedEnergyTransfer {
    /// One phase over the core contacts.
    #[serde(rename = "AC_single_phase_core")]
    AcSinglePhaseCore,
    /// Three phases over the core contacts.
    #[serde(rename = "AC_three_phase_core")]
    AcThreePhaseCore,
    /// DC over the core contacts; NACS cars ask for it.
    #[serde(rename = "DC_core")]
    DcCore,
    /// DC over the two extra contacts of a combo coupler: the usual CCS.
    #[serde(rename = "DC_extended")]
    DcExtended,
    /// DC over the core contacts of a combo coupler.
    #[serde(rename = "DC_combo_core")]
    DcComboCore,
    /// DC over a coupler that is made for DC alone.
    #[serde(rename = "DC_unique")]
    DcUnique,
}

/// What the car can do and needs at AC.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcEvChargeParameter {
    /// When it wants to leave, seconds from now.
    #[serde(rename = "DepartureTime")]
    pub departure_time: u32,
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

/// What the car can do and needs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcEvChargeParameter {
    /// State of the car.
    #[serde(rename = "DC_EVStatus")]
    pub dc_ev_status: DcEvStatus,
    /// Highest current that it can take, A.
    #[serde(rename = "EVMaximumCurrentLimit")]
    pub ev_maximum_current_limit: PhysicalValue,
    /// Highest power that it is going to ask for, W; missing: not told.
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

/// The station says what it can do and when how much power is there. The parameter for AC is not used.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChargeParameterDiscoveryRes {
    /// How it went; [`ResponseCode::FailedWrongChargeParameter`] and [`ResponseCode::FailedWrongEnergyTransferType`]
    /// belong here.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Whether the schedules are ready; while not, the car asks again.
    #[serde(rename = "EVSEProcessing")]
    pub evse_processing: EvseProcessing,
    /// The schedules among which the car may choose; the schema wants it even while [`EvseProcessing::Ongoing`].
    #[serde(rename = "SAScheduleList")]
    pub sa_schedule_list: SaScheduleList,
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
    /// Highest voltage between phase and neutral, V.
    #[serde(rename = "EVSEMaxVoltage")]
    pub evse_max_voltage: PhysicalValue,
    /// Highest current that it allows, A per phase.
    #[serde(rename = "EVSEMaxCurrent")]
    pub evse_max_current: PhysicalValue,
    /// Lowest current that it can offer, A per phase.
    #[serde(rename = "EVSEMinCurrent")]
    pub evse_min_current: PhysicalValue,
}

/// What the station can do. A car whose limits are at or below these minima is refused.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcEvseChargeParameter {
    /// State of the station.
    #[serde(rename = "DC_EVSEStatus")]
    pub dc_evse_status: DcEvseStatus,
    /// Highest current that it can give, A.
    #[serde(rename = "EVSEMaximumCurrentLimit")]
    pub evse_maximum_current_limit: PhysicalValue,
    /// Highest power that it can give, W; the schema lets it be missing, DIN 70121 does not.
    #[serde(rename = "EVSEMaximumPowerLimit")]
    pub evse_maximum_power_limit: Option<PhysicalValue>,
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
