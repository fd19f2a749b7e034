//! The order of DIN 70121: direct current, paid for outside of the session.

use super::super::exchange::{Exchange as E, Progress as P};
use super::super::rule::{DIN, Kind, Rule};

static SETUP: Rule =
    Rule::car("DIN-SEQ-SESSION-SETUP", Kind::Sequence, DIN, "SessionSetup comes first, and once", "SessionSetupReq");
static DISCOVERY: Rule = Rule::car(
    "DIN-SEQ-SERVICE-DISCOVERY",
    Kind::Sequence,
    DIN,
    "ServiceDiscovery follows SessionSetup",
    "ServiceDiscoveryReq",
);
static DETAIL: Rule = Rule::car(
    "DIN-SEQ-SERVICE-DETAIL",
    Kind::Sequence,
    DIN,
    "ServiceDetail stands between ServiceDiscovery and ServicePaymentSelection",
    "ServiceDetailReq",
);
static SELECTION: Rule = Rule::car(
    "DIN-SEQ-SERVICE-PAYMENT-SELECTION",
    Kind::Sequence,
    DIN,
    "ServicePaymentSelection follows ServiceDiscovery or ServiceDetail",
    "ServicePaymentSelectionReq",
);
static AUTHENTICATION: Rule = Rule::car(
    "DIN-SEQ-CONTRACT-AUTHENTICATION",
    Kind::Sequence,
    DIN,
    "ContractAuthentication follows ServicePaymentSelection",
    "ContractAuthenticationReq",
);
static PARAMETERS: Rule = Rule::car(
    "DIN-SEQ-CHARGE-PARAMETER-DISCOVERY",
    Kind::Sequence,
    DIN,
    "ChargeParameterDiscovery follows ContractAuthentication",
    "ChargeParameterDiscoveryReq",
);
static CABLE_CHECK: Rule = Rule::car(
    "DIN-SEQ-CABLE-CHECK",
    Kind::Sequence,
    DIN,
    "CableCheck follows ChargeParameterDiscovery",
    "CableCheckReq",
);
static PRE_CHARGE: Rule =
    Rule::car("DIN-SEQ-PRE-CHARGE", Kind::Sequence, DIN, "PreCharge follows CableCheck", "PreChargeReq");
static START: Rule = Rule::car(
    "DIN-SEQ-POWER-DELIVERY-START",
    Kind::Sequence,
    DIN,
    "PowerDelivery with ReadyToChargeState true follows PreCharge",
    "PowerDeliveryReq with ReadyToChargeState true",
);
static DEMAND: Rule = Rule::car(
    "DIN-SEQ-CURRENT-DEMAND",
    Kind::Sequence,
    DIN,
    "CurrentDemand comes while energy may flow",
    "CurrentDemandReq",
);
static STOP: Rule = Rule::car(
    "DIN-SEQ-POWER-DELIVERY-STOP",
    Kind::Sequence,
    DIN,
    "PowerDelivery with ReadyToChargeState false ends what was begun, after ChargeParameterDiscovery",
    "PowerDeliveryReq with ReadyToChargeState false",
);
static WELDING: Rule = Rule::car(
    "DIN-SEQ-WELDING-DETECTION",
    Kind::Sequence,
    DIN,
    "WeldingDetection follows PowerDelivery with ReadyToChargeState false",
    "WeldingDetectionReq",
);
static SESSION_STOP: Rule = Rule::car(
    "DIN-SEQ-SESSION-STOP",
    Kind::Sequence,
    DIN,
    "SessionStop comes when no energy flows, and once",
    "SessionStopReq",
);
static UNUSED: Rule = Rule::car(
    "DIN-SEQ-UNUSED",
    Kind::Sequence,
    DIN,
    "the car asks for nothing that DIN 70121 does not use: certificates, AC, receipts",
    "a request that DIN 70121 does not use",
);
pub(super) static RULES: &[&Rule] = &[
    &SETUP,
    &DISCOVERY,
    &DETAIL,
    &SELECTION,
    &AUTHENTICATION,
    &PARAMETERS,
    &CABLE_CHECK,
    &PRE_CHARGE,
    &START,
    &DEMAND,
    &STOP,
    &WELDING,
    &SESSION_STOP,
    &UNUSED,
];

/// The rule for a request.
pub(super) const fn rule(request: E) -> Option<&'static Rule> {
    Some(match request {
        E::SessionSetup => &SETUP,
        E::ServiceDiscovery => &DISCOVERY,
        E::ServiceDetail => &DETAIL,
        E::PaymentSelection => &SELECTION,
        E::Authorization => &AUTHENTICATION,
        E::ChargeParameterDiscovery => &PARAMETERS,
        E::CableCheck => &CABLE_CHECK,
        E::PreCharge => &PRE_CHARGE,
        E::PowerDelivery(P::Start) => &START,
        E::PowerDelivery(P::Stop) => &STOP,
        E::CurrentDemand => &DEMAND,
        E::WeldingDetection => &WELDING,
        E::SessionStop => &SESSION_STOP,
        E::CertificateInstallation
        | E::CertificateUpdate
        | E::PaymentDetails
        | E::ChargingStatus
        | E::MeteringReceipt
        | E::PowerDelivery(P::Renegotiate | P::Standby)
        | E::ServiceSelection
        | E::AuthorizationSetup
        | E::ScheduleExchange
        | E::ChargeLoop
        | E::MeteringConfirmation
        | E::Other => &UNUSED,
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
    /// ContractAuthentication, for the first time.
    Authentication,
    /// It was answered: again, or on.
    Authenticated,
    /// ChargeParameterDiscovery was answered.
    Parameters,
    /// CableCheck was answered.
    CableCheck,
    /// PreCharge was answered.
    PreCharge,
    /// Energy may flow.
    Charging,
    /// It may no more.
    Stopped,
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
            Self::Authentication => matches!(request, E::Authorization | E::SessionStop),
            Self::Authenticated => {
                matches!(request, E::Authorization | E::ChargeParameterDiscovery | E::SessionStop)
            }
            Self::Parameters => matches!(
                request,
                E::ChargeParameterDiscovery | E::CableCheck | E::PowerDelivery(P::Stop) | E::SessionStop
            ),
            Self::CableCheck => {
                matches!(request, E::CableCheck | E::PreCharge | E::PowerDelivery(P::Stop) | E::SessionStop)
            }
            Self::PreCharge => {
                matches!(request, E::PreCharge | E::PowerDelivery(P::Start | P::Stop) | E::SessionStop)
            }
            Self::Charging => matches!(request, E::CurrentDemand | E::PowerDelivery(P::Stop)),
            Self::Stopped => matches!(request, E::WeldingDetection | E::SessionStop),
            Self::Ended => false,
        }
    }

    /// After a request that was answered well. A request that may not come leads where it would have.
    pub(super) const fn after(self, request: E) -> Self {
        match request {
            E::SessionSetup => Self::ServiceDiscovery,
            E::ServiceDiscovery | E::ServiceDetail => Self::Selection,
            E::PaymentSelection => Self::Authentication,
            E::Authorization => Self::Authenticated,
            E::ChargeParameterDiscovery => Self::Parameters,
            E::CableCheck => Self::CableCheck,
            E::PreCharge => Self::PreCharge,
            E::PowerDelivery(P::Start) | E::CurrentDemand => Self::Charging,
            E::PowerDelivery(P::Stop) | E::WeldingDetection => Self::Stopped,
            E::SessionStop => Self::Ended,
            E::CertificateInstallation
            | E::CertificateUpdate
            | E::PaymentDetails
            | E::ChargingStatus
            | E::MeteringReceipt
            | E::PowerDelivery(P::Renegotiate | P::Standby)
            | E::ServiceSelection
            | E::AuthorizationSetup
            | E::ScheduleExchange
            | E::ChargeLoop
            | E::MeteringConfirmation
            | E::Other => self,
        }
    }
}
