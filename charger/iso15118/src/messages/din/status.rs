//! The state of station and car in most messages (DIN 70121 clause 9.5.3).

use serde::{Deserialize, Serialize};

/// State of the station at AC; not used.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AcEvseStatus {
    /// Whether the contactor is closed.
    #[serde(rename = "PowerSwitchClosed")]
    pub power_switch_closed: bool,
    /// Whether the residual current device has tripped.
    #[serde(rename = "RCD")]
    pub rcd: bool,
    /// Within how many seconds the car should follow the notification; without one, 0.
    #[serde(rename = "NotificationMaxDelay")]
    pub notification_max_delay: u32,
    /// What the station wants the car to do.
    #[serde(rename = "EVSENotification")]
    pub evse_notification: EvseNotification,
}

/// State of the station.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcEvseStatus {
    /// Result of the isolation check; missing: not told.
    #[serde(rename = "EVSEIsolationStatus")]
    pub evse_isolation_status: Option<IsolationLevel>,
    /// What the station does just now. A station that wants to stop says [`DcEvseStatusCode::EvseShutdown`] here.
    #[serde(rename = "EVSEStatusCode")]
    pub evse_status_code: DcEvseStatusCode,
    /// Within how many seconds the car should follow the notification; without one, 0.
    #[serde(rename = "NotificationMaxDelay")]
    pub notification_max_delay: u32,
    /// Always [`EvseNotification::None`] [V2G-DC-500]; not all cars look at it.
    #[serde(rename = "EVSENotification")]
    pub evse_notification: EvseNotification,
}

/// What the station wants the car to do: in DIN 70121 always [`Self::None`] [V2G-DC-500].
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum EvseNotification {
    /// Nothing.
    None,
    /// End the charging. Some cars obey, others do not: a stop is [`DcEvseStatusCode::EvseShutdown`].
    StopCharging,
    /// Ask for the charge parameters again; DIN 70121 has no such thing.
    ReNegotiation,
}

/// Result of the isolation check.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum IsolationLevel {
    /// None yet: so while the cable check is [`EvseProcessing::Ongoing`].
    Invalid,
    /// Good; so from the end of the cable check on, else some cars leave.
    Valid,
    /// Below the level of warning, above that of a fault: charging may go on.
    Warning,
    /// Too low: no charging.
    Fault,
}

/// What the station does just now.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum DcEvseStatusCode {
    /// It is not ready to give energy.
    #[serde(rename = "EVSE_NotReady")]
    EvseNotReady,
    /// It is ready, or gives energy.
    #[serde(rename = "EVSE_Ready")]
    EvseReady,
    /// It ends in an orderly way: this is how a station stops a session in DIN 70121 [V2G-DC-663].
    #[serde(rename = "EVSE_Shutdown")]
    EvseShutdown,
    /// The grid wants a break.
    #[serde(rename = "EVSE_UtilityInterruptEvent")]
    EvseUtilityInterruptEvent,
    /// It checks the isolation: so while the cable check runs.
    #[serde(rename = "EVSE_IsolationMonitoringActive")]
    EvseIsolationMonitoringActive,
    /// It stops at once: the emergency button, or danger.
    #[serde(rename = "EVSE_EmergencyShutdown")]
    EvseEmergencyShutdown,
    /// It is broken.
    #[serde(rename = "EVSE_Malfunction")]
    EvseMalfunction,
    /// For later use, 8.
    #[serde(rename = "Reserved_8")]
    Reserved8,
    /// For later use, 9.
    #[serde(rename = "Reserved_9")]
    Reserved9,
    /// For later use, A.
    #[serde(rename = "Reserved_A")]
    ReservedA,
    /// For later use, B.
    #[serde(rename = "Reserved_B")]
    ReservedB,
    /// For later use, C.
    #[serde(rename = "Reserved_C")]
    ReservedC,
}

/// Whether the station has done what the request asks for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum EvseProcessing {
    /// It has: the result stands beside.
    Finished,
    /// It has not: the car asks again.
    Ongoing,
}

/// State of the car (clause 9.5.3.2).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DcEvStatus {
    /// Whether it is ready to charge; for display, it does not steer the session.
    #[serde(rename = "EVReady")]
    pub ev_ready: bool,
    /// Whether it heats or cools its cabin; for display.
    #[serde(rename = "EVCabinConditioning")]
    pub ev_cabin_conditioning: Option<bool>,
    /// Whether it heats or cools its battery; for display.
    #[serde(rename = "EVRESSConditioning")]
    pub ev_ress_conditioning: Option<bool>,
    /// What is wrong with it.
    #[serde(rename = "EVErrorCode")]
    pub ev_error_code: DcEvErrorCode,
    /// Charge of the battery, percent 0..100.
    #[serde(rename = "EVRESSSOC")]
    pub ev_ress_soc: i8,
}

/// What is wrong with the car.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum DcEvErrorCode {
    /// Nothing.
    #[serde(rename = "NO_ERROR")]
    NoError,
    /// The battery is too hot or too cold.
    #[serde(rename = "FAILED_RESSTemperatureInhibit")]
    FailedRessTemperatureInhibit,
    /// The car is not in park.
    #[serde(rename = "FAILED_EVShiftPosition")]
    FailedEvShiftPosition,
    /// The plug does not lock in the inlet.
    #[serde(rename = "FAILED_ChargerConnectorLockFault")]
    FailedChargerConnectorLockFault,
    /// The battery is broken.
    #[serde(rename = "FAILED_EVRESSMalfunction")]
    FailedEvRessMalfunction,
    /// The current is not what the car has asked for.
    #[serde(rename = "FAILED_ChargingCurrentdifferential")]
    FailedChargingCurrentDifferential,
    /// The voltage is outside of what the car can bear.
    #[serde(rename = "FAILED_ChargingVoltageOutOfRange")]
    FailedChargingVoltageOutOfRange,
    /// For later use, A.
    #[serde(rename = "Reserved_A")]
    ReservedA,
    /// For later use, B.
    #[serde(rename = "Reserved_B")]
    ReservedB,
    /// For later use, C.
    #[serde(rename = "Reserved_C")]
    ReservedC,
    /// Car and station do not fit.
    #[serde(rename = "FAILED_ChargingSystemIncompatibility")]
    FailedChargingSystemIncompatibility,
    /// The car does not know.
    NoData,
}
