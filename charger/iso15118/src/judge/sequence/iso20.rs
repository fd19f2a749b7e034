//! The order of ISO 15118-20, alternating and direct current. Where wireless and pantograph messages stand is not pinned down: they
//! may come at any time and change nothing.

use super::super::exchange::{Exchange as E, Progress as P};
use super::super::rule::{ISO20, Kind, Rule};
use super::Facts;

static SETUP: Rule =
    Rule::car("I20-SEQ-SESSION-SETUP", Kind::Sequence, ISO20, "SessionSetup comes first, and once", "SessionSetupReq");
static AUTHORIZATION_SETUP: Rule = Rule::car(
    "I20-SEQ-AUTHORIZATION-SETUP",
    Kind::Sequence,
    ISO20,
    "AuthorizationSetup follows SessionSetup",
    "AuthorizationSetupReq",
);
static INSTALLATION: Rule = Rule::car(
    "I20-SEQ-CERTIFICATE-INSTALLATION",
    Kind::Sequence,
    ISO20,
    "CertificateInstallation stands between AuthorizationSetup and Authorization",
    "CertificateInstallationReq",
);
static AUTHORIZATION: Rule = Rule::car(
    "I20-SEQ-AUTHORIZATION",
    Kind::Sequence,
    ISO20,
    "Authorization follows AuthorizationSetup",
    "AuthorizationReq",
);
static DISCOVERY: Rule = Rule::car(
    "I20-SEQ-SERVICE-DISCOVERY",
    Kind::Sequence,
    ISO20,
    "ServiceDiscovery follows Authorization or a renegotiation of the service",
    "ServiceDiscoveryReq",
);
static DETAIL: Rule = Rule::car(
    "I20-SEQ-SERVICE-DETAIL",
    Kind::Sequence,
    ISO20,
    "ServiceDetail stands between ServiceDiscovery and ServiceSelection",
    "ServiceDetailReq",
);
static SELECTION: Rule = Rule::car(
    "I20-SEQ-SERVICE-SELECTION",
    Kind::Sequence,
    ISO20,
    "ServiceSelection follows ServiceDiscovery or ServiceDetail",
    "ServiceSelectionReq",
);
static PARAMETERS: Rule = Rule::car(
    "I20-SEQ-CHARGE-PARAMETER-DISCOVERY",
    Kind::Sequence,
    ISO20,
    "ChargeParameterDiscovery follows ServiceSelection, or SessionSetup of an old session",
    "a ChargeParameterDiscoveryReq",
);
static SCHEDULE: Rule = Rule::car(
    "I20-SEQ-SCHEDULE-EXCHANGE",
    Kind::Sequence,
    ISO20,
    "ScheduleExchange follows ChargeParameterDiscovery",
    "ScheduleExchangeReq",
);
static CABLE_CHECK: Rule = Rule::car(
    "I20-SEQ-CABLE-CHECK",
    Kind::Sequence,
    ISO20,
    "DC_CableCheck follows ScheduleExchange with direct current",
    "DC_CableCheckReq",
);
static PRE_CHARGE: Rule =
    Rule::car("I20-SEQ-PRE-CHARGE", Kind::Sequence, ISO20, "DC_PreCharge follows DC_CableCheck", "DC_PreChargeReq");
static START: Rule = Rule::car(
    "I20-SEQ-POWER-DELIVERY-START",
    Kind::Sequence,
    ISO20,
    "PowerDelivery(Start) follows ScheduleExchange, with direct current DC_PreCharge",
    "PowerDeliveryReq(Start)",
);
static LOOP: Rule = Rule::car(
    "I20-SEQ-CHARGE-LOOP",
    Kind::Sequence,
    ISO20,
    "the charge loop runs while energy may flow",
    "a ChargeLoopReq",
);
static CONFIRMATION: Rule = Rule::car(
    "I20-SEQ-METERING-CONFIRMATION",
    Kind::Sequence,
    ISO20,
    "MeteringConfirmation comes while energy may flow",
    "MeteringConfirmationReq",
);
static RENEGOTIATE: Rule = Rule::car(
    "I20-SEQ-POWER-DELIVERY-RENEGOTIATE",
    Kind::Sequence,
    ISO20,
    "PowerDelivery(ScheduleRenegotiation) comes while energy may flow",
    "PowerDeliveryReq(ScheduleRenegotiation)",
);
static STANDBY: Rule = Rule::car(
    "I20-SEQ-POWER-DELIVERY-STANDBY",
    Kind::Sequence,
    ISO20,
    "PowerDelivery(Standby) comes while energy may flow",
    "PowerDeliveryReq(Standby)",
);
static STOP: Rule = Rule::car(
    "I20-SEQ-POWER-DELIVERY-STOP",
    Kind::Sequence,
    ISO20,
    "PowerDelivery(Stop) ends what was begun, after ScheduleExchange",
    "PowerDeliveryReq(Stop)",
);
static WELDING: Rule = Rule::car(
    "I20-SEQ-WELDING-DETECTION",
    Kind::Sequence,
    ISO20,
    "DC_WeldingDetection follows PowerDelivery(Stop) with direct current",
    "DC_WeldingDetectionReq",
);
static SESSION_STOP: Rule = Rule::car(
    "I20-SEQ-SESSION-STOP",
    Kind::Sequence,
    ISO20,
    "SessionStop comes when no energy flows, and once",
    "SessionStopReq",
);
pub(super) static RULES: &[&Rule] = &[
    &SETUP,
    &AUTHORIZATION_SETUP,
    &INSTALLATION,
    &AUTHORIZATION,
    &DISCOVERY,
    &DETAIL,
    &SELECTION,
    &PARAMETERS,
    &SCHEDULE,
    &CABLE_CHECK,
    &PRE_CHARGE,
    &START,
    &LOOP,
    &CONFIRMATION,
    &RENEGOTIATE,
    &STANDBY,
    &STOP,
    &WELDING,
    &SESSION_STOP,
];

/// The rule for a request; `None` for those of another generation, which cannot be read in this one, and those without an order.
pub(super) const fn rule(request: E) -> Option<&'static Rule> {
    Some(match request {
        E::SessionSetup => &SETUP,
        E::AuthorizationSetup => &AUTHORIZATION_SETUP,
        E::CertificateInstallation => &INSTALLATION,
        E::Authorization => &AUTHORIZATION,
        E::ServiceDiscovery => &DISCOVERY,
        E::ServiceDetail => &DETAIL,
        E::ServiceSelection => &SELECTION,
        E::ChargeParameterDiscovery => &PARAMETERS,
        E::ScheduleExchange => &SCHEDULE,
        E::CableCheck => &CABLE_CHECK,
        E::PreCharge => &PRE_CHARGE,
        E::PowerDelivery(P::Start) => &START,
        E::PowerDelivery(P::Stop) => &STOP,
        E::PowerDelivery(P::Renegotiate) => &RENEGOTIATE,
        E::PowerDelivery(P::Standby) => &STANDBY,
        E::ChargeLoop => &LOOP,
        E::MeteringConfirmation => &CONFIRMATION,
        E::WeldingDetection => &WELDING,
        E::SessionStop => &SESSION_STOP,
        E::PaymentSelection
        | E::CertificateUpdate
        | E::PaymentDetails
        | E::ChargingStatus
        | E::CurrentDemand
        | E::MeteringReceipt
        | E::Other => return None,
    })
}

/// What the station waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// Not known: the beginning was not seen, or something is missing.
    Unknown,
    /// The first request.
    SessionSetup,
    /// AuthorizationSetup.
    AuthorizationSetup,
    /// An old session goes on: its parameters, or all again.
    Joined,
    /// Authorization, for the first time, or a certificate before it.
    Authorization,
    /// It was answered: again, or on.
    Authorized,
    /// What is on offer? After a renegotiation.
    ServiceDiscovery,
    /// What is wanted of it.
    Selection,
    /// The parameters, for the first time.
    Selected,
    /// They were answered.
    Parameters,
    /// ScheduleExchange was answered, alternating current.
    AcSchedule,
    /// The same, direct current.
    DcSchedule,
    /// DC_CableCheck was answered.
    CableCheck,
    /// DC_PreCharge was answered.
    PreCharge,
    /// Energy may flow.
    Charging,
    /// The car waits, connected.
    Standby,
    /// Alternating current may flow no more.
    AcStopped,
    /// Direct current may flow no more.
    DcStopped,
    /// SessionStop was answered.
    Ended,
}

impl State {
    pub(super) const fn allows(self, request: E) -> bool {
        if matches!(request, E::Other) {
            return !matches!(self, Self::Ended);
        }
        match self {
            Self::Unknown => true,
            Self::SessionSetup => matches!(request, E::SessionSetup),
            Self::AuthorizationSetup => matches!(request, E::AuthorizationSetup | E::SessionStop),
            Self::Joined => {
                matches!(request, E::AuthorizationSetup | E::ChargeParameterDiscovery | E::SessionStop)
            }
            Self::Authorization => {
                matches!(request, E::CertificateInstallation | E::Authorization | E::SessionStop)
            }
            Self::Authorized => matches!(request, E::Authorization | E::ServiceDiscovery | E::SessionStop),
            Self::ServiceDiscovery => matches!(request, E::ServiceDiscovery | E::SessionStop),
            Self::Selection => matches!(request, E::ServiceDetail | E::ServiceSelection | E::SessionStop),
            Self::Selected => matches!(request, E::ChargeParameterDiscovery | E::SessionStop),
            Self::Parameters => {
                matches!(request, E::ChargeParameterDiscovery | E::ScheduleExchange | E::SessionStop)
            }
            Self::AcSchedule => matches!(
                request,
                E::ScheduleExchange | E::PowerDelivery(P::Start | P::Stop | P::Standby) | E::SessionStop
            ),
            Self::DcSchedule => matches!(
                request,
                E::ScheduleExchange | E::CableCheck | E::PowerDelivery(P::Start | P::Stop) | E::SessionStop
            ),
            Self::CableCheck => {
                matches!(request, E::CableCheck | E::PreCharge | E::PowerDelivery(P::Stop) | E::SessionStop)
            }
            Self::PreCharge => {
                matches!(request, E::PreCharge | E::PowerDelivery(P::Start | P::Stop) | E::SessionStop)
            }
            // PowerDelivery(Start) is repeated while the car says Ongoing.
            Self::Charging => {
                matches!(request, E::ChargeLoop | E::MeteringConfirmation | E::PowerDelivery(_))
            }
            Self::Standby => matches!(request, E::PowerDelivery(_) | E::ChargeLoop),
            Self::AcStopped => matches!(request, E::SessionStop),
            Self::DcStopped => matches!(request, E::WeldingDetection | E::SessionStop),
            Self::Ended => false,
        }
    }

    /// After a request that was answered well. A request that may not come leads where it would have.
    pub(super) const fn after(self, request: E, facts: Facts) -> Self {
        match request {
            E::SessionSetup if facts.joined => Self::Joined,
            E::SessionSetup => Self::AuthorizationSetup,
            E::AuthorizationSetup | E::CertificateInstallation => Self::Authorization,
            E::Authorization => Self::Authorized,
            E::ServiceDiscovery | E::ServiceDetail => Self::Selection,
            E::ServiceSelection => Self::Selected,
            E::ChargeParameterDiscovery => Self::Parameters,
            E::ScheduleExchange if facts.dc => Self::DcSchedule,
            E::ScheduleExchange => Self::AcSchedule,
            E::CableCheck => Self::CableCheck,
            E::PreCharge => Self::PreCharge,
            E::PowerDelivery(P::Start) | E::ChargeLoop => Self::Charging,
            E::PowerDelivery(P::Standby) => Self::Standby,
            // The schedule is exchanged again, as after the parameters.
            E::PowerDelivery(P::Renegotiate) => Self::Parameters,
            E::PowerDelivery(P::Stop) if facts.dc => Self::DcStopped,
            E::PowerDelivery(P::Stop) => Self::AcStopped,
            E::WeldingDetection => Self::DcStopped,
            E::SessionStop if facts.service_renegotiation => Self::ServiceDiscovery,
            E::SessionStop => Self::Ended,
            E::MeteringConfirmation
            | E::PaymentSelection
            | E::CertificateUpdate
            | E::PaymentDetails
            | E::ChargingStatus
            | E::CurrentDemand
            | E::MeteringReceipt
            | E::Other => self,
        }
    }
}
