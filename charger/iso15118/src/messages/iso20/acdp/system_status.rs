//! Vehicle and station tell each other how they are, beside the other messages.

use serde::{Deserialize, Serialize};

use super::connect::MechanicalChargingDeviceStatus;
use crate::messages::iso20::common::{MessageHeader, RationalNumber, ResponseCode};

/// From the vehicle, in a stream of its own (payload type 0x8103) beside the other messages: how it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcdpSystemStatusReq {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it is.
    #[serde(rename = "EVTechnicalStatus")]
    pub ev_technical_status: EvTechnicalStatus,
}

/// How a vehicle is. What is missing is not known.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EvTechnicalStatus {
    /// It could be charged now.
    #[serde(rename = "EVReadyToCharge")]
    pub ev_ready_to_charge: bool,
    /// Something asks that it must not move.
    #[serde(rename = "EVImmobilizationRequest")]
    pub ev_immobilization_request: bool,
    /// It cannot move.
    #[serde(rename = "EVImmobilized")]
    pub ev_immobilized: Option<bool>,
    /// How well it hears the station. The schema has no unit.
    #[serde(rename = "EVWLANStrength")]
    pub ev_wlan_strength: Option<RationalNumber>,
    /// State of the control pilot.
    #[serde(rename = "EVCPStatus")]
    pub ev_cp_status: Option<CpStatus>,
    /// State of charge, 0 to 100 percent.
    #[serde(rename = "EVSOC")]
    pub ev_soc: Option<i8>,
    /// What is wrong.
    #[serde(rename = "EVErrorCode")]
    pub ev_error_code: Option<ErrorCode>,
    /// It waited too long for something.
    #[serde(rename = "EVTimeout")]
    pub ev_timeout: Option<bool>,
}

/// State of the control pilot of IEC 61851.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum CpStatus {
    /// Not connected.
    StateA,
    /// Connected, not ready.
    StateB,
    /// Ready.
    StateC,
    /// Ready, with ventilation.
    StateD,
    /// No pilot: a fault.
    StateE,
}

/// What is wrong in a vehicle.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum ErrorCode {
    /// Nothing.
    #[serde(rename = "OK_NoEVError")]
    OkNoEvError,
    /// Something that has no code of its own.
    #[serde(rename = "FAILED")]
    Failed,
    /// Somebody or something has asked for an emergency stop.
    #[serde(rename = "FAILED_EmergencyEvent")]
    FailedEmergencyEvent,
    /// A breaker has opened, or does not do what it should.
    #[serde(rename = "FAILED_Breaker")]
    FailedBreaker,
    /// The battery is too hot or too cold.
    #[serde(rename = "FAILED_RESSTemperatureInhibit")]
    FailedRessTemperatureInhibit,
    /// The battery has a fault.
    #[serde(rename = "FAILED_RESS")]
    FailedRess,
    /// The current is not what was asked for.
    #[serde(rename = "FAILED_ChargingCurrentDifferential")]
    FailedChargingCurrentDifferential,
    /// The voltage is not what the battery takes.
    #[serde(rename = "FAILED_ChargingVoltageOutOfRange")]
    FailedChargingVoltageOutOfRange,
    /// Not in use.
    #[serde(rename = "FAILED_Reserved1")]
    FailedReserved1,
    /// Not in use.
    #[serde(rename = "FAILED_Reserved2")]
    FailedReserved2,
}

/// The station's answer: how it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcdpSystemStatusRes {
    /// The session that it belongs to, and when it was sent.
    #[serde(rename = "Header")]
    pub header: MessageHeader,
    /// How it went; FAILED ends the session, WARNING does not.
    #[serde(rename = "ResponseCode")]
    pub response_code: ResponseCode,
    /// Where the connection device is.
    #[serde(rename = "EVSEMechanicalChargingDeviceStatus")]
    pub evse_mechanical_charging_device_status: MechanicalChargingDeviceStatus,
    /// It could charge now.
    #[serde(rename = "EVSEReadyToCharge")]
    pub evse_ready_to_charge: bool,
    /// What it knows of the insulation.
    #[serde(rename = "EVSEIsolationStatus")]
    pub evse_isolation_status: IsolationStatus,
    /// It is out of order by somebody's decision.
    #[serde(rename = "EVSEDisabled")]
    pub evse_disabled: bool,
    /// The grid has asked for a break.
    #[serde(rename = "EVSEUtilityInterruptEvent")]
    pub evse_utility_interrupt_event: bool,
    /// It has stopped in an emergency.
    #[serde(rename = "EVSEEmergencyShutdown")]
    pub evse_emergency_shutdown: bool,
    /// It has a fault.
    #[serde(rename = "EVSEMalfunction")]
    pub evse_malfunction: bool,
    /// The vehicle stands well.
    #[serde(rename = "EVInChargePosition")]
    pub ev_in_charge_position: bool,
    /// The vehicle that it talks to is the one that stands there.
    #[serde(rename = "EVAssociationStatus")]
    pub ev_association_status: bool,
}

/// What a station knows of the insulation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum IsolationStatus {
    /// Not measured yet.
    Invalid,
    /// Good.
    Safe,
    /// Worse than it should be, and still allowed.
    Warning,
    /// Too bad to charge.
    Fault,
}
