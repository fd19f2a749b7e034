//! The loop's content in dynamic mode: the station decides within the car's limits.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::RationalNumber;

/// The car's side where the station decides, with energy into the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DynamicAcClReqControlMode {
    /// In s from the time stamp of the message; missing if nobody has said.
    #[serde(rename = "DepartureTime")]
    pub departure_time: Option<u32>,
    /// Still to come until the target, in Wh.
    #[serde(rename = "EVTargetEnergyRequest")]
    pub ev_target_energy_request: RationalNumber,
    /// The most that the battery still takes, in Wh.
    #[serde(rename = "EVMaximumEnergyRequest")]
    pub ev_maximum_energy_request: RationalNumber,
    /// The least that the driver still needs, in Wh; negative when there is more than that.
    #[serde(rename = "EVMinimumEnergyRequest")]
    pub ev_minimum_energy_request: RationalNumber,
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
    /// Active power now as the car measures it, in W; negative is out of the car.
    #[serde(rename = "EVPresentActivePower")]
    pub ev_present_active_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVPresentActivePower_L2")]
    pub ev_present_active_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVPresentActivePower_L3")]
    pub ev_present_active_power_l3: Option<RationalNumber>,
    /// Reactive power now as the car measures it, in var.
    #[serde(rename = "EVPresentReactivePower")]
    pub ev_present_reactive_power: RationalNumber,
    /// The same of L2, in var; missing if the phases are not told apart.
    #[serde(rename = "EVPresentReactivePower_L2")]
    pub ev_present_reactive_power_l2: Option<RationalNumber>,
    /// The same of L3, in var; missing if the phases are not told apart.
    #[serde(rename = "EVPresentReactivePower_L3")]
    pub ev_present_reactive_power_l3: Option<RationalNumber>,
}

/// The car's side where the station decides, with energy in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BptDynamicAcClReqControlMode {
    /// In s from the time stamp of the message; missing if nobody has said.
    #[serde(rename = "DepartureTime")]
    pub departure_time: Option<u32>,
    /// Still to come until the target, in Wh.
    #[serde(rename = "EVTargetEnergyRequest")]
    pub ev_target_energy_request: RationalNumber,
    /// The most that the battery still takes, in Wh.
    #[serde(rename = "EVMaximumEnergyRequest")]
    pub ev_maximum_energy_request: RationalNumber,
    /// The least that the driver still needs, in Wh; negative when there is more than that.
    #[serde(rename = "EVMinimumEnergyRequest")]
    pub ev_minimum_energy_request: RationalNumber,
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
    /// Active power now as the car measures it, in W; negative is out of the car.
    #[serde(rename = "EVPresentActivePower")]
    pub ev_present_active_power: RationalNumber,
    /// The same of L2, in W; missing if the phases are not told apart.
    #[serde(rename = "EVPresentActivePower_L2")]
    pub ev_present_active_power_l2: Option<RationalNumber>,
    /// The same of L3, in W; missing if the phases are not told apart.
    #[serde(rename = "EVPresentActivePower_L3")]
    pub ev_present_active_power_l3: Option<RationalNumber>,
    /// Reactive power now as the car measures it, in var.
    #[serde(rename = "EVPresentReactivePower")]
    pub ev_present_reactive_power: RationalNumber,
    /// The same of L2, in var; missing if the phases are not told apart.
    #[serde(rename = "EVPresentReactivePower_L2")]
    pub ev_present_reactive_power_l2: Option<RationalNumber>,
    /// The same of L3, in var; missing if the phases are not told apart.
    #[serde(rename = "EVPresentReactivePower_L3")]
    pub ev_present_reactive_power_l3: Option<RationalNumber>,
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
    /// Until the top of the range in which energy may go both ways, in Wh; missing without such a range.
    #[serde(rename = "EVMaximumV2XEnergyRequest")]
    pub ev_maximum_v2x_energy_request: Option<RationalNumber>,
    /// Until the bottom of that range, in Wh; negative if the battery is above it.
    #[serde(rename = "EVMinimumV2XEnergyRequest")]
    pub ev_minimum_v2x_energy_request: Option<RationalNumber>,
}

/// The station's side where it decides, with energy into the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DynamicAcClResControlMode {
    /// In s from the time stamp of the message; missing if nobody has said.
    #[serde(rename = "DepartureTime")]
    pub departure_time: Option<u32>,
    /// Wanted as soon as possible, 0 to 100 percent; missing if the station has no other wish than the car.
    #[serde(rename = "MinimumSOC")]
    pub minimum_soc: Option<i8>,
    /// Wanted at departure, 0 to 100 percent; missing if the station has no other wish than the car.
    #[serde(rename = "TargetSOC")]
    pub target_soc: Option<i8>,
    /// How long the car may take to adopt these needs and send them itself, in s; missing if none have changed.
    #[serde(rename = "AckMaxDelay")]
    pub ack_max_delay: Option<u16>,
    /// What the car is to draw, in W, negative for giving back: of L1 if L2 and L3 follow, otherwise of all phases
    /// together.
    #[serde(rename = "EVSETargetActivePower")]
    pub evse_target_active_power: RationalNumber,
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

/// The station's side where it decides, with energy in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BptDynamicAcClResControlMode {
    /// In s from the time stamp of the message; missing if nobody has said.
    #[serde(rename = "DepartureTime")]
    pub departure_time: Option<u32>,
    /// Wanted as soon as possible, 0 to 100 percent; missing if the station has no other wish than the car.
    #[serde(rename = "MinimumSOC")]
    pub minimum_soc: Option<i8>,
    /// Wanted at departure, 0 to 100 percent; missing if the station has no other wish than the car.
    #[serde(rename = "TargetSOC")]
    pub target_soc: Option<i8>,
    /// How long the car may take to adopt these needs and send them itself, in s; missing if none have changed.
    #[serde(rename = "AckMaxDelay")]
    pub ack_max_delay: Option<u16>,
    /// What the car is to draw, in W, negative for giving back: of L1 if L2 and L3 follow, otherwise of all phases
    /// together.
    #[serde(rename = "EVSETargetActivePower")]
    pub evse_target_active_power: RationalNumber,
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
