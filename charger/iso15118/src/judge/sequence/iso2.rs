//! The order of ISO 15118-2.

use super::super::exchange::{Exchange as E, Progress as P};
use super::super::rule::{ISO2, Kind, Rule};
use super::Facts;

static SETUP: Rule =
    Rule::car("I2-SEQ-SESSION-SETUP", Kind::Sequence, ISO2, "SessionSetup comes first, and once", "SessionSetupReq");
static DISCOVERY: Rule = Rule::car(
    "I2-SEQ-SERVICE-DISCOVERY",
    Kind::Sequence,
    ISO2,
    "ServiceDiscovery follows SessionSetup",
    "ServiceDiscoveryReq",
);
static DETAIL: Rule = Rule::car(
    "I2-SEQ-SERVICE-DETAIL",
    Kind::Sequence,
    ISO2,
    "ServiceDetail stands between ServiceDiscovery and PaymentServiceSelection",
    "ServiceDetailReq",
);
static SELECTION: Rule = Rule::car(
    "I2-SEQ-PAYMENT-SERVICE-SELECTION",
    Kind::Sequence,
    ISO2,
    "PaymentServiceSelection follows ServiceDiscovery or ServiceDetail",
    "PaymentServiceSelectionReq",
);
static INSTALLATION: Rule = Rule::car(
    "I2-SEQ-CERTIFICATE-INSTALLATION",
    Kind::Sequence,
    ISO2,
    "CertificateInstallation follows PaymentServiceSelection with a contract",
    "CertificateInstallationReq",
);
static UPDATE: Rule = Rule::car(
    "I2-SEQ-CERTIFICATE-UPDATE",
    Kind::Sequence,
    ISO2,
    "CertificateUpdate follows PaymentServiceSelection with a contract",
    "CertificateUpdateReq",
);
static DETAILS: Rule = Rule::car(
    "I2-SEQ-PAYMENT-DETAILS",
    Kind::Sequence,
    ISO2,
    "PaymentDetails follows PaymentServiceSelection with a contract, or its certificate",
    "PaymentDetailsReq",
);
static AUTHORIZATION: Rule = Rule::car(
    "I2-SEQ-AUTHORIZATION",
    Kind::Sequence,
    ISO2,
    "Authorization follows PaymentServiceSelection, with a contract PaymentDetails",
    "AuthorizationReq",
);
static PARAMETERS: Rule = Rule::car(
    "I2-SEQ-CHARGE-PARAMETER-DISCOVERY",
    Kind::Sequence,
    ISO2,
    "ChargeParameterDiscovery follows Authorization or PowerDelivery(Renegotiate)",
    "ChargeParameterDiscoveryReq",
);
static CABLE_CHECK: Rule = Rule::car(
    "I2-SEQ-CABLE-CHECK",
    Kind::Sequence,
    ISO2,
    "CableCheck follows ChargeParameterDiscovery with direct current",
    "CableCheckReq",
);
static PRE_CHARGE: Rule =
    Rule::car("I2-SEQ-PRE-CHARGE", Kind::Sequence, ISO2, "PreCharge follows CableCheck", "PreChargeReq");
static START: Rule = Rule::car(
    "I2-SEQ-POWER-DELIVERY-START",
    Kind::Sequence,
    ISO2,
    "PowerDelivery(Start) follows ChargeParameterDiscovery, with direct current PreCharge",
    "PowerDeliveryReq(Start)",
);
static RENEGOTIATE: Rule = Rule::car(
    "I2-SEQ-POWER-DELIVERY-RENEGOTIATE",
    Kind::Sequence,
    ISO2,
    "PowerDelivery(Renegotiate) comes while energy may flow",
    "PowerDeliveryReq(Renegotiate)",
);
static STATUS: Rule = Rule::car(
    "I2-SEQ-CHARGING-STATUS",
    Kind::Sequence,
    ISO2,
    "ChargingStatus comes while alternating current may flow",
    "ChargingStatusReq",
);
static DEMAND: Rule = Rule::car(
    "I2-SEQ-CURRENT-DEMAND",
    Kind::Sequence,
    ISO2,
    "CurrentDemand comes while direct current may flow",
    "CurrentDemandReq",
);
static RECEIPT: Rule = Rule::car(
    "I2-SEQ-METERING-RECEIPT",
    Kind::Sequence,
    ISO2,
    "MeteringReceipt comes while energy may flow",
    "MeteringReceiptReq",
);
static STOP: Rule = Rule::car(
    "I2-SEQ-POWER-DELIVERY-STOP",
    Kind::Sequence,
    ISO2,
    "PowerDelivery(Stop) ends what was begun, after ChargeParameterDiscovery",
    "PowerDeliveryReq(Stop)",
);
static WELDING: Rule = Rule::car(
    "I2-SEQ-WELDING-DETECTION",
    Kind::Sequence,
    ISO2,
    "WeldingDetection follows PowerDelivery(Stop) with direct current",
    "WeldingDetectionReq",
);
static SESSION_STOP: Rule = Rule::car(
    "I2-SEQ-SESSION-STOP",
    Kind::Sequence,
    ISO2,
    "SessionStop comes when no energy flows, and once",
    "SessionStopReq",
);
pub(super) static RULES: &[&Rule] = &[
    &SETUP,
    &DISCOVERY,
    &DETAIL,
    &SELECTION,
    &INSTALLATION,
    &UPDATE,
    &DETAILS,
    &AUTHORIZATION,
    &PARAMETERS,
    &CABLE_CHECK,
    &PRE_CHARGE,
    &START,
    &RENEGOTIATE,
    &STATUS,
    &DEMAND,
    &RECEIPT,
    &STOP,
    &WELDING,
    &SESSION_STOP,
];

/// The rule for a request; `None` for those of another generation, which cannot be read in this one.
pub(super) const fn rule(request: E) -> Option<&'static Rule> {
    Some(match request {
        E::SessionSetup => &SETUP,
        E::ServiceDiscovery => &DISCOVERY,
        E::ServiceDetail => &DETAIL,
        E::PaymentSelection => &SELECTION,
        E::CertificateInstallation => &INSTALLATION,
        E::CertificateUpdate => &UPDATE,
        E::PaymentDetails => &DETAILS,
        E::Authorization => &AUTHORIZATION,
        E::ChargeParameterDiscovery => &PARAMETERS,
        E::CableCheck => &CABLE_CHECK,
        E::PreCharge => &PRE_CHARGE,
        E::PowerDelivery(P::Start) => &START,
        E::PowerDelivery(P::Stop) => &STOP,
        E::PowerDelivery(P::Renegotiate) => &RENEGOTIATE,
        E::ChargingStatus => &STATUS,
        E::CurrentDemand => &DEMAND,
        E::MeteringReceipt => &RECEIPT,
        E::WeldingDetection => &WELDING,
        E::SessionStop => &SESSION_STOP,
        E::PowerDelivery(P::Standby)
        | E::ServiceSelection
        | E::AuthorizationSetup
        | E::ScheduleExchange
        | E::ChargeLoop
        | E::MeteringConfirmation
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
    /// What is on offer?
    ServiceDiscovery,
    /// What is wanted of it.
    Selection,
    /// A contract was chosen: its certificate, or what is in it.
    Payment,
    /// Authorization, for the first time.
    Authorization,
    /// It was answered: again, or on.
    Authorized,
    /// ChargeParameterDiscovery was answered, alternating current.
    AcParameters,
    /// The same, direct current.
    DcParameters,
    /// CableCheck was answered.
    CableCheck,
    /// PreCharge was answered.
    PreCharge,
    /// Alternating current may flow.
    AcCharging,
    /// Direct current may flow.
    DcCharging,
    /// PowerDelivery(Renegotiate) was answered.
    Renegotiating,
    /// Alternating current may flow no more.
    AcStopped,
    /// Direct current may flow no more.
    DcStopped,
    /// SessionStop was answered.
    Ended,
}

impl State {
    pub(super) const fn allows(self, request: E) -> bool {
        match self {
            Self::Unknown => true,
            Self::SessionSetup => matches!(request, E::SessionSetup),
            Self::ServiceDiscovery => matches!(request, E::ServiceDiscovery | E::SessionStop),
            Self::Selection => matches!(request, E::ServiceDetail | E::PaymentSelection | E::SessionStop),
            Self::Payment => matches!(
                request,
                E::CertificateInstallation | E::CertificateUpdate | E::PaymentDetails | E::SessionStop
            ),
            Self::Authorization => matches!(request, E::Authorization | E::SessionStop),
            Self::Authorized => matches!(request, E::Authorization | E::ChargeParameterDiscovery | E::SessionStop),
            Self::AcParameters => {
                matches!(request, E::ChargeParameterDiscovery | E::PowerDelivery(P::Start | P::Stop) | E::SessionStop)
            }
            Self::DcParameters => matches!(
                request,
                E::ChargeParameterDiscovery | E::CableCheck | E::PowerDelivery(P::Stop) | E::SessionStop
            ),
            Self::CableCheck => {
                matches!(request, E::CableCheck | E::PreCharge | E::PowerDelivery(P::Stop) | E::SessionStop)
            }
            Self::PreCharge => {
                matches!(request, E::PreCharge | E::PowerDelivery(P::Start | P::Stop) | E::SessionStop)
            }
            Self::AcCharging => {
                matches!(request, E::ChargingStatus | E::MeteringReceipt | E::PowerDelivery(P::Stop | P::Renegotiate))
            }
            Self::DcCharging => {
                matches!(request, E::CurrentDemand | E::MeteringReceipt | E::PowerDelivery(P::Stop | P::Renegotiate))
            }
            Self::Renegotiating => matches!(request, E::ChargeParameterDiscovery | E::PowerDelivery(P::Stop)),
            Self::AcStopped => matches!(request, E::SessionStop),
            Self::DcStopped => matches!(request, E::WeldingDetection | E::SessionStop),
            Self::Ended => false,
        }
    }

    /// After a request that was answered well. A request that may not come leads where it would have.
    pub(super) const fn after(self, request: E, facts: Facts) -> Self {
        match request {
            E::SessionSetup => Self::ServiceDiscovery,
            E::ServiceDiscovery | E::ServiceDetail => Self::Selection,
            E::PaymentSelection if facts.contract => Self::Payment,
            E::PaymentSelection | E::PaymentDetails => Self::Authorization,
            E::CertificateInstallation | E::CertificateUpdate => Self::Payment,
            E::Authorization => Self::Authorized,
            E::ChargeParameterDiscovery if facts.dc => Self::DcParameters,
            E::ChargeParameterDiscovery => Self::AcParameters,
            E::CableCheck => Self::CableCheck,
            E::PreCharge => Self::PreCharge,
            E::PowerDelivery(P::Start) if facts.dc => Self::DcCharging,
            E::PowerDelivery(P::Start) | E::ChargingStatus => Self::AcCharging,
            E::CurrentDemand => Self::DcCharging,
            E::PowerDelivery(P::Renegotiate) => Self::Renegotiating,
            E::PowerDelivery(P::Stop) if facts.dc => Self::DcStopped,
            E::PowerDelivery(P::Stop) => Self::AcStopped,
            E::WeldingDetection => Self::DcStopped,
            E::SessionStop => Self::Ended,
            E::MeteringReceipt
            | E::PowerDelivery(P::Standby)
            | E::ServiceSelection
            | E::AuthorizationSetup
            | E::ScheduleExchange
            | E::ChargeLoop
            | E::MeteringConfirmation
            | E::Other => self,
        }
    }
}
