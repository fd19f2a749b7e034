//! Requests and responses by what they are for, whatever their generation calls them.

use std::time::Duration;

use exi::Tree;

use crate::wire::{self, SeenMessage};

/// What a request and its response are for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
// ScheduleExchange is the standard's word.
#[allow(clippy::enum_variant_names)]
pub(super) enum Exchange {
    SessionSetup,
    ServiceDiscovery,
    ServiceDetail,
    /// Payment and services in one: DIN, -2.
    PaymentSelection,
    /// -20.
    ServiceSelection,
    CertificateInstallation,
    CertificateUpdate,
    PaymentDetails,
    /// -20.
    AuthorizationSetup,
    /// ContractAuthentication in DIN.
    Authorization,
    ChargeParameterDiscovery,
    /// -20.
    ScheduleExchange,
    CableCheck,
    PreCharge,
    PowerDelivery(Progress),
    ChargingStatus,
    CurrentDemand,
    /// -20.
    ChargeLoop,
    MeteringReceipt,
    /// -20.
    MeteringConfirmation,
    WeldingDetection,
    SessionStop,
    /// Wireless, pantograph: their order is not pinned down.
    Other,
}

/// What PowerDelivery asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    Start,
    Stop,
    Renegotiate,
    Standby,
}

/// The names of requests without their last three letters.
const NAMES: [(&str, Exchange); 32] = [
    ("CurrentDemand", Exchange::CurrentDemand),
    ("ChargingStatus", Exchange::ChargingStatus),
    ("DC_ChargeLoop", Exchange::ChargeLoop),
    ("AC_ChargeLoop", Exchange::ChargeLoop),
    ("PreCharge", Exchange::PreCharge),
    ("CableCheck", Exchange::CableCheck),
    ("DC_PreCharge", Exchange::PreCharge),
    ("DC_CableCheck", Exchange::CableCheck),
    ("Authorization", Exchange::Authorization),
    ("ContractAuthentication", Exchange::Authorization),
    ("ChargeParameterDiscovery", Exchange::ChargeParameterDiscovery),
    ("AC_ChargeParameterDiscovery", Exchange::ChargeParameterDiscovery),
    ("DC_ChargeParameterDiscovery", Exchange::ChargeParameterDiscovery),
    ("WPT_ChargeParameterDiscovery", Exchange::ChargeParameterDiscovery),
    ("ScheduleExchange", Exchange::ScheduleExchange),
    ("PowerDelivery", Exchange::PowerDelivery(Progress::Start)),
    ("MeteringReceipt", Exchange::MeteringReceipt),
    ("MeteringConfirmation", Exchange::MeteringConfirmation),
    ("WeldingDetection", Exchange::WeldingDetection),
    ("DC_WeldingDetection", Exchange::WeldingDetection),
    ("SessionSetup", Exchange::SessionSetup),
    ("SessionStop", Exchange::SessionStop),
    ("ServiceDiscovery", Exchange::ServiceDiscovery),
    ("ServiceDetail", Exchange::ServiceDetail),
    ("ServicePaymentSelection", Exchange::PaymentSelection),
    ("PaymentServiceSelection", Exchange::PaymentSelection),
    ("ServiceSelection", Exchange::ServiceSelection),
    ("PaymentDetails", Exchange::PaymentDetails),
    ("AuthorizationSetup", Exchange::AuthorizationSetup),
    ("CertificateInstallation", Exchange::CertificateInstallation),
    ("CertificateUpdate", Exchange::CertificateUpdate),
    ("WPT_ChargeLoop", Exchange::ChargeLoop),
];

impl Exchange {
    /// What a message of that name is for, and the name without `Req` and `Res`. What PowerDelivery asks for is in its body.
    fn of(name: &str, body: &Tree) -> (Self, &'static str) {
        let stem = name.strip_suffix("Req").or_else(|| name.strip_suffix("Res")).unwrap_or(name);
        match NAMES.iter().find(|(known, _)| *known == stem) {
            Some((stem, Self::PowerDelivery(_))) => (Self::PowerDelivery(Progress::of(body)), stem),
            Some((stem, exchange)) => (*exchange, stem),
            None => (Self::Other, "another message"),
        }
    }

    /// Both are the same exchange; what a PowerDelivery asks for is not in its response.
    pub(super) fn is_answered_by(self, response: Self) -> bool {
        matches!((self, response), (Self::PowerDelivery(_), Self::PowerDelivery(_))) || self == response
    }

    /// The name in findings.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SessionSetup => "SessionSetup",
            Self::ServiceDiscovery => "ServiceDiscovery",
            Self::ServiceDetail => "ServiceDetail",
            Self::PaymentSelection => "PaymentServiceSelection",
            Self::ServiceSelection => "ServiceSelection",
            Self::CertificateInstallation => "CertificateInstallation",
            Self::CertificateUpdate => "CertificateUpdate",
            Self::PaymentDetails => "PaymentDetails",
            Self::AuthorizationSetup => "AuthorizationSetup",
            Self::Authorization => "Authorization",
            Self::ChargeParameterDiscovery => "ChargeParameterDiscovery",
            Self::ScheduleExchange => "ScheduleExchange",
            Self::CableCheck => "CableCheck",
            Self::PreCharge => "PreCharge",
            Self::PowerDelivery(Progress::Start) => "PowerDelivery(Start)",
            Self::PowerDelivery(Progress::Stop) => "PowerDelivery(Stop)",
            Self::PowerDelivery(Progress::Renegotiate) => "PowerDelivery(Renegotiate)",
            Self::PowerDelivery(Progress::Standby) => "PowerDelivery(Standby)",
            Self::ChargingStatus => "ChargingStatus",
            Self::CurrentDemand => "CurrentDemand",
            Self::ChargeLoop => "ChargeLoop",
            Self::MeteringReceipt => "MeteringReceipt",
            Self::MeteringConfirmation => "MeteringConfirmation",
            Self::WeldingDetection => "WeldingDetection",
            Self::SessionStop => "SessionStop",
            Self::Other => "another message",
        }
    }

    /// All that findings name as expected.
    pub(super) const ALL: [Self; 25] = [
        Self::SessionSetup,
        Self::ServiceDiscovery,
        Self::ServiceDetail,
        Self::PaymentSelection,
        Self::ServiceSelection,
        Self::CertificateInstallation,
        Self::CertificateUpdate,
        Self::PaymentDetails,
        Self::AuthorizationSetup,
        Self::Authorization,
        Self::ChargeParameterDiscovery,
        Self::ScheduleExchange,
        Self::CableCheck,
        Self::PreCharge,
        Self::PowerDelivery(Progress::Start),
        Self::PowerDelivery(Progress::Stop),
        Self::PowerDelivery(Progress::Renegotiate),
        Self::PowerDelivery(Progress::Standby),
        Self::ChargingStatus,
        Self::CurrentDemand,
        Self::ChargeLoop,
        Self::MeteringReceipt,
        Self::MeteringConfirmation,
        Self::WeldingDetection,
        Self::SessionStop,
    ];
}

impl Progress {
    fn of(body: &Tree) -> Self {
        match (body.get("ChargeProgress").and_then(Tree::as_text), body.get("ReadyToChargeState")) {
            (Some("Stop"), _) | (None, Some(Tree::Boolean(false))) => Self::Stop,
            (Some("Renegotiate" | "ScheduleRenegotiation"), _) => Self::Renegotiate,
            (Some("Standby"), _) => Self::Standby,
            _ => Self::Start,
        }
    }
}

/// A message that can be read, as checks see it.
pub(super) struct Seen<'a> {
    pub(super) packet: u64,
    pub(super) at: Duration,
    pub(super) message: &'a SeenMessage,
    pub(super) name: &'a str,
    /// The name without its last three letters.
    pub(super) stem: &'static str,
    pub(super) exchange: Exchange,
    pub(super) body: &'a Tree,
}

impl<'a> Seen<'a> {
    /// `None` for a message that cannot be read.
    pub(super) fn new(packet: u64, at: Duration, message: &'a SeenMessage) -> Option<Self> {
        let (name, body) = (message.name(), message.body()?);
        let (exchange, stem) = Exchange::of(name, body);
        Some(Self { packet, at, message, name, stem, exchange, body })
    }

    pub(super) fn text(&self, path: &str) -> Option<&'a str> {
        self.body.at(path)?.as_text()
    }

    pub(super) fn whole(&self, path: &str) -> Option<i128> {
        self.body.at(path)?.as_whole()
    }

    pub(super) fn flag(&self, path: &str) -> Option<bool> {
        match self.body.at(path)? {
            Tree::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// A PhysicalValue or RationalNumber, in thousandths of its unit.
    pub(super) fn milli(&self, path: &str) -> Option<i64> {
        wire::milli(self.body.at(path)?)
    }

    /// The elements of a list.
    pub(super) fn list(&self, path: &str) -> &'a [Tree] {
        match self.body.at(path) {
            Some(Tree::List(items)) => items,
            _ => &[],
        }
    }

    pub(super) fn code(&self) -> &'a str {
        self.text("ResponseCode").unwrap_or_default()
    }

    pub(super) fn is_failed(&self) -> bool {
        self.code().starts_with("FAILED")
    }

    /// `EVSEProcessing`, where there is one.
    pub(super) fn is_finished(&self) -> Option<bool> {
        self.text("EVSEProcessing").map(|processing| processing == "Finished")
    }
}

/// Thousandths as a number for people: `412.5`.
pub(super) fn shown(milli: i64) -> String {
    let (sign, size) = (if milli < 0 { "-" } else { "" }, milli.unsigned_abs());
    match size % 1000 {
        0 => format!("{sign}{}", size / 1000),
        rest => format!("{sign}{}.{}", size / 1000, format!("{rest:03}").trim_end_matches('0')),
    }
}
