//! Limits of car and station, before the cable is checked.

use serde::{Deserialize, Serialize};

use crate::messages::iso20::common::{MessageHeader, RationalNumber, ResponseCode};

/// From the car after ServiceSelection, or right after SessionSetup in a resumed session: its limits.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcChargeParameterDiscoveryReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// Present with service DC_BPT; exactly one of the two is there.
    #[serde(rename = "BPT_DC_CPDReqEnergyTransferMode")]
    pub bpt_dc_cpd_req_energy_transfer_mode: Option<BptDcCpdReqEnergyTransferMode>,
    /// Present with service DC.
    #[serde(rename = "DC_CPDReqEnergyTransferMode")]
    pub dc_cpd_req_energy_transfer_mode: Option<DcCpdReqEnergyTransferMode>,
}

/// What the car can do with energy that goes into it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcCpdReqEnergyTransferMode {
    /// Most power that the car takes, in W.
    #[serde(rename = "EVMaximumChargePower")]
    pub ev_maximum_charge_power: RationalNumber,
    /// Least power with which the car can charge, in W.
    #[serde(rename = "EVMinimumChargePower")]
    pub ev_minimum_charge_power: RationalNumber,
    /// Most current that the car takes, in A.
    #[serde(rename = "EVMaximumChargeCurrent")]
    pub ev_maximum_charge_current: RationalNumber,
    /// Least current with which the car can charge, in A.
    #[serde(rename = "EVMinimumChargeCurrent")]
    pub ev_minimum_charge_current: RationalNumber,
    /// Never to be exceeded at the car, in V.
    #[serde(rename = "EVMaximumVoltage")]
    pub ev_maximum_voltage: RationalNumber,
    /// Below this the car cannot charge, in V.
    #[serde(rename = "EVMinimumVoltage")]
    pub ev_minimum_voltage: RationalNumber,
    /// Wanted in the end, 0 to 100 percent; missing if the car does not say.
    #[serde(rename = "TargetSOC")]
    pub target_soc: Option<i8>,
}

/// What the car can do with energy in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BptDcCpdReqEnergyTransferMode {
    /// Most power that the car takes, in W.
    #[serde(rename = "EVMaximumChargePower")]
    pub ev_maximum_charge_power: RationalNumber,
    /// Least power with which the car can charge, in W.
    #[serde(rename = "EVMinimumChargePower")]
    pub ev_minimum_charge_power: RationalNumber,
    /// Most current that the car takes, in A.
    #[serde(rename = "EVMaximumChargeCurrent")]
    pub ev_maximum_charge_current: RationalNumber,
    /// Least current with which the car can charge, in A.
    #[serde(rename = "EVMinimumChargeCurrent")]
    pub ev_minimum_charge_current: RationalNumber,
    /// Never to be exceeded at the car, in V.
    #[serde(rename = "EVMaximumVoltage")]
    pub ev_maximum_voltage: RationalNumber,
    /// Below this the car cannot charge, in V.
    #[serde(rename = "EVMinimumVoltage")]
    pub ev_minimum_voltage: RationalNumber,
    /// Wanted in the end, 0 to 100 percent; missing if the car does not say.
    #[serde(rename = "TargetSOC")]
    pub target_soc: Option<i8>,
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
    /// Least current with which the car can give energy back, in A, by some cars negative.
    #[serde(rename = "EVMinimumDischargeCurrent")]
    pub ev_minimum_discharge_current: RationalNumber,
}

/// The station's answer: its limits. Limits of the car at or below the station's minima are
/// FAILED_WrongChargeParameter.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcChargeParameterDiscoveryRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Present with service DC_BPT; exactly one of the two is there.
    #[serde(rename = "BPT_DC_CPDResEnergyTransferMode")]
    pub bpt_dc_cpd_res_energy_transfer_mode: Option<BptDcCpdResEnergyTransferMode>,
    /// Present with service DC.
    #[serde(rename = "DC_CPDResEnergyTransferMode")]
    pub dc_cpd_res_energy_transfer_mode: Option<DcCpdResEnergyTransferMode>,
}

/// What the station can do with energy that goes into the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcCpdResEnergyTransferMode {
    /// Most power that the station can give, in W.
    #[serde(rename = "EVSEMaximumChargePower")]
    pub evse_maximum_charge_power: RationalNumber,
    /// Least power that the station can give, in W.
    #[serde(rename = "EVSEMinimumChargePower")]
    pub evse_minimum_charge_power: RationalNumber,
    /// Most current that the station can give, in A.
    #[serde(rename = "EVSEMaximumChargeCurrent")]
    pub evse_maximum_charge_current: RationalNumber,
    /// Least current that the station can give, in A.
    #[serde(rename = "EVSEMinimumChargeCurrent")]
    pub evse_minimum_charge_current: RationalNumber,
    /// Most voltage that the station can make, in V.
    #[serde(rename = "EVSEMaximumVoltage")]
    pub evse_maximum_voltage: RationalNumber,
    /// Least voltage at which the station can work, in V.
    #[serde(rename = "EVSEMinimumVoltage")]
    pub evse_minimum_voltage: RationalNumber,
    /// How fast power may change, in percent per minute; missing if that does not matter.
    #[serde(rename = "EVSEPowerRampLimitation")]
    pub evse_power_ramp_limitation: Option<RationalNumber>,
}

/// What the station can do with energy in both directions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BptDcCpdResEnergyTransferMode {
    /// Most power that the station can give, in W.
    #[serde(rename = "EVSEMaximumChargePower")]
    pub evse_maximum_charge_power: RationalNumber,
    /// Least power that the station can give, in W.
    #[serde(rename = "EVSEMinimumChargePower")]
    pub evse_minimum_charge_power: RationalNumber,
    /// Most current that the station can give, in A.
    #[serde(rename = "EVSEMaximumChargeCurrent")]
    pub evse_maximum_charge_current: RationalNumber,
    /// Least current that the station can give, in A.
    #[serde(rename = "EVSEMinimumChargeCurrent")]
    pub evse_minimum_charge_current: RationalNumber,
    /// Most voltage that the station can make, in V.
    #[serde(rename = "EVSEMaximumVoltage")]
    pub evse_maximum_voltage: RationalNumber,
    /// Least voltage at which the station can work, in V.
    #[serde(rename = "EVSEMinimumVoltage")]
    pub evse_minimum_voltage: RationalNumber,
    /// How fast power may change, in percent per minute; missing if that does not matter.
    #[serde(rename = "EVSEPowerRampLimitation")]
    pub evse_power_ramp_limitation: Option<RationalNumber>,
    /// Most power that the station can take back, in W.
    #[serde(rename = "EVSEMaximumDischargePower")]
    pub evse_maximum_discharge_power: RationalNumber,
    /// Least power that the station can take back, in W.
    #[serde(rename = "EVSEMinimumDischargePower")]
    pub evse_minimum_discharge_power: RationalNumber,
    /// Most current that the station can take back, in A.
    #[serde(rename = "EVSEMaximumDischargeCurrent")]
    pub evse_maximum_discharge_current: RationalNumber,
    /// Least current that the station can take back, in A.
    #[serde(rename = "EVSEMinimumDischargeCurrent")]
    pub evse_minimum_discharge_current: RationalNumber,
}
