//! What the station answers, in words that DIN and -2 have in common.

use iso15118::messages::iso2::{DcEvseStatusCode, EnergyTransferMode, EvseNotification, IsolationLevel};

use super::event::{Code, Limits, Present, Schedule};

/// A response: whose session it belongs to, how it went, what it says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Response {
    pub(super) session: Vec<u8>,
    pub(super) name: &'static str,
    /// The code, if it is FAILED.
    pub(super) failed: Option<Code>,
    pub(super) says: Says,
}

/// What a response says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Says {
    SessionSetup {
        joined: bool,
        evse_id: String,
    },
    ServiceDiscovery {
        external_payment: bool,
        service: u16,
        transfers: Vec<EnergyTransferMode>,
    },
    PaymentServiceSelection,
    Authorization {
        finished: bool,
    },
    ChargeParameterDiscovery {
        finished: bool,
        /// As they stand there; whoever follows one looks whether it can be.
        schedules: Vec<Schedule>,
        limits: Option<Limits>,
        status: EvseStatus,
    },
    CableCheck {
        finished: bool,
        status: EvseStatus,
    },
    PreCharge {
        voltage_mv: i64,
        status: EvseStatus,
    },
    PowerDelivery {
        status: EvseStatus,
    },
    ChargingStatus {
        limits: LoopLimits,
        status: EvseStatus,
    },
    CurrentDemand {
        present: Present,
        limits: LoopLimits,
        status: EvseStatus,
    },
    WeldingDetection {
        voltage_mv: i64,
        status: EvseStatus,
    },
    SessionStop,
    /// A request, or a response that this car never asks for.
    Other,
}

/// The limits that a response of the charge loop has, in thousandths; `None`: as before.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct LoopLimits {
    pub(super) voltage: Option<i64>,
    pub(super) current: Option<i64>,
    pub(super) power: Option<i64>,
}

impl LoopLimits {
    /// The station says all that it could.
    pub(super) const fn are_there(self) -> bool {
        self.voltage.is_some() && self.current.is_some() && self.power.is_some()
    }
}

/// State of the station.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct EvseStatus {
    pub(super) notification: EvseNotification,
    /// At direct current.
    pub(super) code: Option<DcEvseStatusCode>,
    pub(super) isolation: Option<IsolationLevel>,
    /// The residual current device has tripped, at alternating current.
    pub(super) tripped: bool,
}

impl EvseStatus {
    /// A response that says nothing of it.
    pub(super) const NOT_TOLD: Self =
        Self { notification: EvseNotification::None, code: None, isolation: None, tripped: false };
}
