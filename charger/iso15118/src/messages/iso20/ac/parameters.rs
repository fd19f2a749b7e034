//! Limits of car and station, before the power is on.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, RationalNumber, ResponseCode};

/// From the car after ServiceSelection, or right after SessionSetup in a resumed session: its limits.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcChargeParameterDiscoveryReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Present with service AC; exactly one of the two is there.
    #[serde(rename = "AC_CPDReqEnergyTransferMode")]
    pub ac_cpd_req_energy_transfer_mode: Option<AcCpdReqEnergyTransferMode>,
    /// Present with service AC_BPT.
    #[serde(rename = "BPT_AC_CPDReqEnergyTransferMode")]
    pub bpt_ac_cpd_req_energy_transfer_mode: Option<BptAcCpdReqEnergyTransferMode>,
}

/// What the car can do with energy that goes into it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcCpdReqEnergyTransferMode {
    /// Most active power that the car can draw, in W: of L1 if L2 and L3 follow, otherwise of all phases together.
    #[serde(rename = "EVMaximumChargePower")]
    pub ev_maximum_charge_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMaximumChargePower_L2")]
    pub ev_maximum_charge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMaximumChargePower_L3")]
    pub ev_maximum_charge_power_l3: Option<RationalNumber>,
    /// Least active power with which the car can charge, in W; phases as with the maximum.
    #[serde(rename = "EVMinimumChargePower")]
    pub ev_minimum_charge_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMinimumChargePower_L2")]
    pub ev_minimum_charge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMinimumChargePower_L3")]
    pub ev_minimum_charge_power_l3: Option<RationalNumber>,
}

/// What the car can do with energy in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BptAcCpdReqEnergyTransferMode {
    /// Most active power that the car can draw, in W: of L1 if L2 and L3 follow, otherwise of all phases together.
    #[serde(rename = "EVMaximumChargePower")]
    pub ev_maximum_charge_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMaximumChargePower_L2")]
    pub ev_maximum_charge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMaximumChargePower_L3")]
    pub ev_maximum_charge_power_l3: Option<RationalNumber>,
    /// Least active power with which the car can charge, in W; phases as with the maximum.
    #[serde(rename = "EVMinimumChargePower")]
    pub ev_minimum_charge_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMinimumChargePower_L2")]
    pub ev_minimum_charge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMinimumChargePower_L3")]
    pub ev_minimum_charge_power_l3: Option<RationalNumber>,
    /// Most active power that the car can give back, in W. Some cars send this limit negative: take its amount.
    #[serde(rename = "EVMaximumDischargePower")]
    pub ev_maximum_discharge_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMaximumDischargePower_L2")]
    pub ev_maximum_discharge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMaximumDischargePower_L3")]
    pub ev_maximum_discharge_power_l3: Option<RationalNumber>,
    /// Least active power with which the car can give energy back, in W, by some cars negative.
    #[serde(rename = "EVMinimumDischargePower")]
    pub ev_minimum_discharge_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMinimumDischargePower_L2")]
    pub ev_minimum_discharge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMinimumDischargePower_L3")]
    pub ev_minimum_discharge_power_l3: Option<RationalNumber>,
}

/// The station's answer: its limits.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcChargeParameterDiscoveryRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Present with service AC; exactly one of the two is there.
    #[serde(rename = "AC_CPDResEnergyTransferMode")]
    pub ac_cpd_res_energy_transfer_mode: Option<AcCpdResEnergyTransferMode>,
    /// Present with service AC_BPT.
    #[serde(rename = "BPT_AC_CPDResEnergyTransferMode")]
    pub bpt_ac_cpd_res_energy_transfer_mode: Option<BptAcCpdResEnergyTransferMode>,
}

/// What the station can do with energy that goes into the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcCpdResEnergyTransferMode {
    /// Most active power that the station can give, in W: of L1 if L2 and L3 follow, otherwise of all phases together.
    #[serde(rename = "EVSEMaximumChargePower")]
    pub evse_maximum_charge_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEMaximumChargePower_L2")]
    pub evse_maximum_charge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEMaximumChargePower_L3")]
    pub evse_maximum_charge_power_l3: Option<RationalNumber>,
    /// Least active power that it can give, in W; phases as with the maximum.
    #[serde(rename = "EVSEMinimumChargePower")]
    pub evse_minimum_charge_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEMinimumChargePower_L2")]
    pub evse_minimum_charge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEMinimumChargePower_L3")]
    pub evse_minimum_charge_power_l3: Option<RationalNumber>,
    /// Of the grid, in Hz.
    #[serde(rename = "EVSENominalFrequency")]
    pub evse_nominal_frequency: RationalNumber,
    /// How far the phases may be apart, in W; missing if that does not matter.
    #[serde(rename = "MaximumPowerAsymmetry")]
    pub maximum_power_asymmetry: Option<RationalNumber>,
    /// How fast power may change, in percent per minute; missing if that does not matter.
    #[serde(rename = "EVSEPowerRampLimitation")]
    pub evse_power_ramp_limitation: Option<RationalNumber>,
    /// Active power now as the station measures it, in W; missing if it does not measure it.
    #[serde(rename = "EVSEPresentActivePower")]
    pub evse_present_active_power: Option<RationalNumber>,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEPresentActivePower_L2")]
    pub evse_present_active_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEPresentActivePower_L3")]
    pub evse_present_active_power_l3: Option<RationalNumber>,
}

/// What the station can do with energy in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BptAcCpdResEnergyTransferMode {
    /// Most active power that the station can give, in W: of L1 if L2 and L3 follow, otherwise of all phases together.
    #[serde(rename = "EVSEMaximumChargePower")]
    pub evse_maximum_charge_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEMaximumChargePower_L2")]
    pub evse_maximum_charge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEMaximumChargePower_L3")]
    pub evse_maximum_charge_power_l3: Option<RationalNumber>,
    /// Least active power that it can give, in W; phases as with the maximum.
    #[serde(rename = "EVSEMinimumChargePower")]
    pub evse_minimum_charge_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEMinimumChargePower_L2")]
    pub evse_minimum_charge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEMinimumChargePower_L3")]
    pub evse_minimum_charge_power_l3: Option<RationalNumber>,
    /// Of the grid, in Hz.
    #[serde(rename = "EVSENominalFrequency")]
    pub evse_nominal_frequency: RationalNumber,
    /// How far the phases may be apart, in W; missing if that does not matter.
    #[serde(rename = "MaximumPowerAsymmetry")]
    pub maximum_power_asymmetry: Option<RationalNumber>,
    /// How fast power may change, in percent per minute; missing if that does not matter.
    #[serde(rename = "EVSEPowerRampLimitation")]
    pub evse_power_ramp_limitation: Option<RationalNumber>,
    /// Active power now as the station measures it, in W; missing if it does not measure it.
    #[serde(rename = "EVSEPresentActivePower")]
    pub evse_present_active_power: Option<RationalNumber>,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEPresentActivePower_L2")]
    pub evse_present_active_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEPresentActivePower_L3")]
    pub evse_present_active_power_l3: Option<RationalNumber>,
    /// Most active power that the station can take back, in W. Some stations send this limit negative: take its amount.
    #[serde(rename = "EVSEMaximumDischargePower")]
    pub evse_maximum_discharge_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEMaximumDischargePower_L2")]
    pub evse_maximum_discharge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEMaximumDischargePower_L3")]
    pub evse_maximum_discharge_power_l3: Option<RationalNumber>,
    /// Least active power that it can take back, in W.
    #[serde(rename = "EVSEMinimumDischargePower")]
    pub evse_minimum_discharge_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEMinimumDischargePower_L2")]
    pub evse_minimum_discharge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSEMinimumDischargePower_L3")]
    pub evse_minimum_discharge_power_l3: Option<RationalNumber>,
}
