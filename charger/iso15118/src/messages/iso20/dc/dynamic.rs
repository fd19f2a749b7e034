//! The loop's content in dynamic mode: the station decides within the car's limits.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::RationalNumber;

/// The car's side where the station decides, with energy into the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DynamicDcClReqControlMode {
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
    /// Most power that the car takes, in W.
    #[serde(rename = "EVMaximumChargePower")]
    pub ev_maximum_charge_power: RationalNumber,
    /// Least power with which the car can charge, in W.
    #[serde(rename = "EVMinimumChargePower")]
    pub ev_minimum_charge_power: RationalNumber,
    /// Most current that the car takes, in A.
    #[serde(rename = "EVMaximumChargeCurrent")]
    pub ev_maximum_charge_current: RationalNumber,
    /// Never to be exceeded at the car, in V.
    #[serde(rename = "EVMaximumVoltage")]
    pub ev_maximum_voltage: RationalNumber,
    /// Below this the car cannot charge, in V.
    #[serde(rename = "EVMinimumVoltage")]
    pub ev_minimum_voltage: RationalNumber,
}

/// The car's side where the station decides, with energy in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BptDynamicDcClReqControlMode {
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
    /// Most power that the car takes, in W.
    #[serde(rename = "EVMaximumChargePower")]
    pub ev_maximum_charge_power: RationalNumber,
    /// Least power with which the car can charge, in W.
    #[serde(rename = "EVMinimumChargePower")]
    pub ev_minimum_charge_power: RationalNumber,
    /// Most current that the car takes, in A.
    #[serde(rename = "EVMaximumChargeCurrent")]
    pub ev_maximum_charge_current: RationalNumber,
    /// Never to be exceeded at the car, in V.
    #[serde(rename = "EVMaximumVoltage")]
    pub ev_maximum_voltage: RationalNumber,
    /// Below this the car cannot charge, in V.
    #[serde(rename = "EVMinimumVoltage")]
    pub ev_minimum_voltage: RationalNumber,
    /// Most power that the car gives back, in W. Some cars send their limits of this direction negative: take their
    /// amount.
    #[serde(rename = "EVMaximumDischargePower")]
    pub ev_maximum_discharge_power: RationalNumber,
    /// Least power with which the car can give energy back, in W, by some cars negative.
    #[serde(rename = "EVMinimumDischargePower")]
    pub ev_minimum_discharge_power: RationalNumber,
    /// Most current that the car gives back, in A, by some cars negative.
    #[serde(rename = "EVMaximumDischargeCurrent")]
    pub ev_maximum_discharge_current: RationalNumber,
    /// Until the top of the range in which energy may go both ways, in Wh; missing without such a range.
    #[serde(rename = "EVMaximumV2XEnergyRequest")]
    pub ev_maximum_v2x_energy_request: Option<RationalNumber>,
    /// Until the bottom of that range, in Wh; negative if the battery is above it.
    #[serde(rename = "EVMinimumV2XEnergyRequest")]
    pub ev_minimum_v2x_energy_request: Option<RationalNumber>,
}

/// The station's side where it decides, with energy into the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DynamicDcClResControlMode {
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
    /// Most power that the station can give, in W.
    #[serde(rename = "EVSEMaximumChargePower")]
    pub evse_maximum_charge_power: RationalNumber,
    /// Least power that the station can give, in W.
    #[serde(rename = "EVSEMinimumChargePower")]
    pub evse_minimum_charge_power: RationalNumber,
    /// Most current that the station can give, in A.
    #[serde(rename = "EVSEMaximumChargeCurrent")]
    pub evse_maximum_charge_current: RationalNumber,
    /// Most voltage that the station can make, in V.
    #[serde(rename = "EVSEMaximumVoltage")]
    pub evse_maximum_voltage: RationalNumber,
}

/// The station's side where it decides, with energy in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BptDynamicDcClResControlMode {
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
    /// Most power that the station can give, in W.
    #[serde(rename = "EVSEMaximumChargePower")]
    pub evse_maximum_charge_power: RationalNumber,
    /// Least power that the station can give, in W.
    #[serde(rename = "EVSEMinimumChargePower")]
    pub evse_minimum_charge_power: RationalNumber,
    /// Most current that the station can give, in A.
    #[serde(rename = "EVSEMaximumChargeCurrent")]
    pub evse_maximum_charge_current: RationalNumber,
    /// Most voltage that the station can make, in V.
    #[serde(rename = "EVSEMaximumVoltage")]
    pub evse_maximum_voltage: RationalNumber,
    /// Most power that the station can take back, in W.
    #[serde(rename = "EVSEMaximumDischargePower")]
    pub evse_maximum_discharge_power: RationalNumber,
    /// Least power that the station can take back, in W.
    #[serde(rename = "EVSEMinimumDischargePower")]
    pub evse_minimum_discharge_power: RationalNumber,
    /// Most current that the station can take back, in A.
    #[serde(rename = "EVSEMaximumDischargeCurrent")]
    pub evse_maximum_discharge_current: RationalNumber,
    /// Least voltage at which the station can work, in V.
    #[serde(rename = "EVSEMinimumVoltage")]
    pub evse_minimum_voltage: RationalNumber,
}
