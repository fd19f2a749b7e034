//! The loop's content in scheduled mode: the car decides within its schedule.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::RationalNumber;

/// The car's side where it follows a schedule, with energy into the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScheduledAcClReqControlMode {
    /// Still to come until the target, in Wh; missing if the car does not say.
    #[serde(rename = "EVTargetEnergyRequest")]
    pub ev_target_energy_request: Option<RationalNumber>,
    /// The most that the battery still takes, in Wh; missing if the car does not say.
    #[serde(rename = "EVMaximumEnergyRequest")]
    pub ev_maximum_energy_request: Option<RationalNumber>,
    /// The least that the driver still needs, in Wh; missing if the car does not say.
    #[serde(rename = "EVMinimumEnergyRequest")]
    pub ev_minimum_energy_request: Option<RationalNumber>,
    /// Most active power that the car can draw, in W; missing if it is as before.
    #[serde(rename = "EVMaximumChargePower")]
    pub ev_maximum_charge_power: Option<RationalNumber>,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMaximumChargePower_L2")]
    pub ev_maximum_charge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMaximumChargePower_L3")]
    pub ev_maximum_charge_power_l3: Option<RationalNumber>,
    /// Least active power with which the car can charge, in W; missing if it is as before.
    #[serde(rename = "EVMinimumChargePower")]
    pub ev_minimum_charge_power: Option<RationalNumber>,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMinimumChargePower_L2")]
    pub ev_minimum_charge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMinimumChargePower_L3")]
    pub ev_minimum_charge_power_l3: Option<RationalNumber>,
    /// Active power now as the car measures it, in W; negative is out of the car.
    #[serde(rename = "EVPresentActivePower")]
    pub ev_present_active_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVPresentActivePower_L2")]
    pub ev_present_active_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVPresentActivePower_L3")]
    pub ev_present_active_power_l3: Option<RationalNumber>,
    /// Reactive power now as the car measures it, in var; missing if it does not measure it.
    #[serde(rename = "EVPresentReactivePower")]
    pub ev_present_reactive_power: Option<RationalNumber>,
    /// The same of L2, in var; missing if the phases are not told apart.
    #[serde(rename = "EVPresentReactivePower_L2")]
    pub ev_present_reactive_power_l2: Option<RationalNumber>,
    /// The same of L3, in var; missing if the phases are not told apart.
    #[serde(rename = "EVPresentReactivePower_L3")]
    pub ev_present_reactive_power_l3: Option<RationalNumber>,
}

/// The car's side where it follows a schedule, with energy in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BptScheduledAcClReqControlMode {
    /// Still to come until the target, in Wh; missing if the car does not say.
    #[serde(rename = "EVTargetEnergyRequest")]
    pub ev_target_energy_request: Option<RationalNumber>,
    /// The most that the battery still takes, in Wh; missing if the car does not say.
    #[serde(rename = "EVMaximumEnergyRequest")]
    pub ev_maximum_energy_request: Option<RationalNumber>,
    /// The least that the driver still needs, in Wh; missing if the car does not say.
    #[serde(rename = "EVMinimumEnergyRequest")]
    pub ev_minimum_energy_request: Option<RationalNumber>,
    /// Most active power that the car can draw, in W; missing if it is as before.
    #[serde(rename = "EVMaximumChargePower")]
    pub ev_maximum_charge_power: Option<RationalNumber>,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMaximumChargePower_L2")]
    pub ev_maximum_charge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMaximumChargePower_L3")]
    pub ev_maximum_charge_power_l3: Option<RationalNumber>,
    /// Least active power with which the car can charge, in W; missing if it is as before.
    #[serde(rename = "EVMinimumChargePower")]
    pub ev_minimum_charge_power: Option<RationalNumber>,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMinimumChargePower_L2")]
    pub ev_minimum_charge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMinimumChargePower_L3")]
    pub ev_minimum_charge_power_l3: Option<RationalNumber>,
    /// Active power now as the car measures it, in W; negative is out of the car.
    #[serde(rename = "EVPresentActivePower")]
    pub ev_present_active_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVPresentActivePower_L2")]
    pub ev_present_active_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVPresentActivePower_L3")]
    pub ev_present_active_power_l3: Option<RationalNumber>,
    /// Reactive power now as the car measures it, in var; missing if it does not measure it.
    #[serde(rename = "EVPresentReactivePower")]
    pub ev_present_reactive_power: Option<RationalNumber>,
    /// The same of L2, in var; missing if the phases are not told apart.
    #[serde(rename = "EVPresentReactivePower_L2")]
    pub ev_present_reactive_power_l2: Option<RationalNumber>,
    /// The same of L3, in var; missing if the phases are not told apart.
    #[serde(rename = "EVPresentReactivePower_L3")]
    pub ev_present_reactive_power_l3: Option<RationalNumber>,
    /// Most active power that the car can give back, in W, by some cars negative; missing if it is as before.
    #[serde(rename = "EVMaximumDischargePower")]
    pub ev_maximum_discharge_power: Option<RationalNumber>,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMaximumDischargePower_L2")]
    pub ev_maximum_discharge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMaximumDischargePower_L3")]
    pub ev_maximum_discharge_power_l3: Option<RationalNumber>,
    /// Least active power with which the car can give energy back, in W; missing if it is as before.
    #[serde(rename = "EVMinimumDischargePower")]
    pub ev_minimum_discharge_power: Option<RationalNumber>,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMinimumDischargePower_L2")]
    pub ev_minimum_discharge_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVMinimumDischargePower_L3")]
    pub ev_minimum_discharge_power_l3: Option<RationalNumber>,
}

/// The station's side where the car follows a schedule, with energy into the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScheduledAcClResControlMode {
    /// What the car is to draw, in W; missing if its schedule says it.
    #[serde(rename = "EVSETargetActivePower")]
    pub evse_target_active_power: Option<RationalNumber>,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSETargetActivePower_L2")]
    pub evse_target_active_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSETargetActivePower_L3")]
    pub evse_target_active_power_l3: Option<RationalNumber>,
    /// Reactive power that the car is to make, in var; missing if none is asked for.
    #[serde(rename = "EVSETargetReactivePower")]
    pub evse_target_reactive_power: Option<RationalNumber>,
    /// The same of L2, in var; missing if the phases are not told apart.
    #[serde(rename = "EVSETargetReactivePower_L2")]
    pub evse_target_reactive_power_l2: Option<RationalNumber>,
    /// The same of L3, in var; missing if the phases are not told apart.
    #[serde(rename = "EVSETargetReactivePower_L3")]
    pub evse_target_reactive_power_l3: Option<RationalNumber>,
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

/// The station's side where the car follows a schedule, with energy in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BptScheduledAcClResControlMode {
    /// What the car is to draw, in W; missing if its schedule says it.
    #[serde(rename = "EVSETargetActivePower")]
    pub evse_target_active_power: Option<RationalNumber>,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSETargetActivePower_L2")]
    pub evse_target_active_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVSETargetActivePower_L3")]
    pub evse_target_active_power_l3: Option<RationalNumber>,
    /// Reactive power that the car is to make, in var; missing if none is asked for.
    #[serde(rename = "EVSETargetReactivePower")]
    pub evse_target_reactive_power: Option<RationalNumber>,
    /// The same of L2, in var; missing if the phases are not told apart.
    #[serde(rename = "EVSETargetReactivePower_L2")]
    pub evse_target_reactive_power_l2: Option<RationalNumber>,
    /// The same of L3, in var; missing if the phases are not told apart.
    #[serde(rename = "EVSETargetReactivePower_L3")]
    pub evse_target_reactive_power_l3: Option<RationalNumber>,
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
