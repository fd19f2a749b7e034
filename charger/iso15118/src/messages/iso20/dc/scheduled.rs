//! The loop's content in scheduled mode: the car decides within its schedule.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::RationalNumber;

/// The car's side where it follows a schedule, with energy into the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScheduledDcClReqControlMode {
    /// Still to come until the target, in Wh; missing if the car does not say.
    #[serde(rename = "EVTargetEnergyRequest")]
    pub ev_target_energy_request: Option<RationalNumber>,
    /// The most that the battery still takes, in Wh; missing if the car does not say.
    #[serde(rename = "EVMaximumEnergyRequest")]
    pub ev_maximum_energy_request: Option<RationalNumber>,
    /// The least that the driver still needs, in Wh; missing if the car does not say.
    #[serde(rename = "EVMinimumEnergyRequest")]
    pub ev_minimum_energy_request: Option<RationalNumber>,
    /// What the station is to deliver, in A; negative for giving back.
    #[serde(rename = "EVTargetCurrent")]
    pub ev_target_current: RationalNumber,
    /// What the station is to regulate to, or not to exceed, in V.
    #[serde(rename = "EVTargetVoltage")]
    pub ev_target_voltage: RationalNumber,
    /// Most power that the car takes, in W; missing if it is as before. Some stations need the optional limits.
    #[serde(rename = "EVMaximumChargePower")]
    pub ev_maximum_charge_power: Option<RationalNumber>,
    /// Least power with which the car can charge, in W; missing if it is as before.
    #[serde(rename = "EVMinimumChargePower")]
    pub ev_minimum_charge_power: Option<RationalNumber>,
    /// Most current that the car takes, in A; missing if it is as before.
    #[serde(rename = "EVMaximumChargeCurrent")]
    pub ev_maximum_charge_current: Option<RationalNumber>,
    /// Never to be exceeded at the car, in V; missing if it is as before.
    #[serde(rename = "EVMaximumVoltage")]
    pub ev_maximum_voltage: Option<RationalNumber>,
    /// Below this the car cannot charge, in V; missing if it is as before.
    #[serde(rename = "EVMinimumVoltage")]
    pub ev_minimum_voltage: Option<RationalNumber>,
}

/// The car's side where it follows a schedule, with energy in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BptScheduledDcClReqControlMode {
    /// Still to come until the target, in Wh; missing if the car does not say.
    #[serde(rename = "EVTargetEnergyRequest")]
    pub ev_target_energy_request: Option<RationalNumber>,
    /// The most that the battery still takes, in Wh; missing if the car does not say.
    #[serde(rename = "EVMaximumEnergyRequest")]
    pub ev_maximum_energy_request: Option<RationalNumber>,
    /// The least that the driver still needs, in Wh; missing if the car does not say.
    #[serde(rename = "EVMinimumEnergyRequest")]
    pub ev_minimum_energy_request: Option<RationalNumber>,
    /// What the station is to deliver, in A; negative for giving back.
    #[serde(rename = "EVTargetCurrent")]
    pub ev_target_current: RationalNumber,
    /// What the station is to regulate to, or not to exceed, in V.
    #[serde(rename = "EVTargetVoltage")]
    pub ev_target_voltage: RationalNumber,
    /// Most power that the car takes, in W; missing if it is as before. Some stations need the optional limits.
    #[serde(rename = "EVMaximumChargePower")]
    pub ev_maximum_charge_power: Option<RationalNumber>,
    /// Least power with which the car can charge, in W; missing if it is as before.
    #[serde(rename = "EVMinimumChargePower")]
    pub ev_minimum_charge_power: Option<RationalNumber>,
    /// Most current that the car takes, in A; missing if it is as before.
    #[serde(rename = "EVMaximumChargeCurrent")]
    pub ev_maximum_charge_current: Option<RationalNumber>,
    /// Never to be exceeded at the car, in V; missing if it is as before.
    #[serde(rename = "EVMaximumVoltage")]
    pub ev_maximum_voltage: Option<RationalNumber>,
    /// Below this the car cannot charge, in V; missing if it is as before.
    #[serde(rename = "EVMinimumVoltage")]
    pub ev_minimum_voltage: Option<RationalNumber>,
    /// Most power that the car gives back, in W, by some cars negative; missing if it is as before.
    #[serde(rename = "EVMaximumDischargePower")]
    pub ev_maximum_discharge_power: Option<RationalNumber>,
    /// Least power with which the car can give energy back, in W; missing if it is as before.
    #[serde(rename = "EVMinimumDischargePower")]
    pub ev_minimum_discharge_power: Option<RationalNumber>,
    /// Most current that the car gives back, in A, by some cars negative; missing if it is as before.
    #[serde(rename = "EVMaximumDischargeCurrent")]
    pub ev_maximum_discharge_current: Option<RationalNumber>,
}

/// The station's side where the car follows a schedule, with energy into the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScheduledDcClResControlMode {
    /// Most power that the station can give, in W; missing if it is as before. Some cars renegotiate only if it is
    /// there.
    #[serde(rename = "EVSEMaximumChargePower")]
    pub evse_maximum_charge_power: Option<RationalNumber>,
    /// Least power that the station can give, in W; missing if it is as before.
    #[serde(rename = "EVSEMinimumChargePower")]
    pub evse_minimum_charge_power: Option<RationalNumber>,
    /// Most current that the station can give, in A; missing if it is as before.
    #[serde(rename = "EVSEMaximumChargeCurrent")]
    pub evse_maximum_charge_current: Option<RationalNumber>,
    /// Most voltage that the station can make, in V; missing if it is as before.
    #[serde(rename = "EVSEMaximumVoltage")]
    pub evse_maximum_voltage: Option<RationalNumber>,
}

/// The station's side where the car follows a schedule, with energy in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BptScheduledDcClResControlMode {
    /// Most power that the station can give, in W; missing if it is as before. Some cars renegotiate only if it is
    /// there.
    #[serde(rename = "EVSEMaximumChargePower")]
    pub evse_maximum_charge_power: Option<RationalNumber>,
    /// Least power that the station can give, in W; missing if it is as before.
    #[serde(rename = "EVSEMinimumChargePower")]
    pub evse_minimum_charge_power: Option<RationalNumber>,
    /// Most current that the station can give, in A; missing if it is as before.
    #[serde(rename = "EVSEMaximumChargeCurrent")]
    pub evse_maximum_charge_current: Option<RationalNumber>,
    /// Most voltage that the station can make, in V; missing if it is as before.
    #[serde(rename = "EVSEMaximumVoltage")]
    pub evse_maximum_voltage: Option<RationalNumber>,
    /// Most power that the station can take back, in W; missing if it is as before.
    #[serde(rename = "EVSEMaximumDischargePower")]
    pub evse_maximum_discharge_power: Option<RationalNumber>,
    /// Least power that the station can take back, in W; missing if it is as before.
    #[serde(rename = "EVSEMinimumDischargePower")]
    pub evse_minimum_discharge_power: Option<RationalNumber>,
    /// Most current that the station can take back, in A; missing if it is as before.
    #[serde(rename = "EVSEMaximumDischargeCurrent")]
    pub evse_maximum_discharge_current: Option<RationalNumber>,
    /// Least voltage at which the station can work, in V; missing if it is as before.
    #[serde(rename = "EVSEMinimumVoltage")]
    pub evse_minimum_voltage: Option<RationalNumber>,
}
