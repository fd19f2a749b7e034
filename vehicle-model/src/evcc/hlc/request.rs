//! What the car asks, in words that DIN and -2 have in common.

use iso15118::Protocol;
use iso15118::messages::iso2::EnergyTransferMode;

use super::value::Quantity;

/// A request with all that it says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Request {
    SessionSetup {
        evcc_id: [u8; 6],
        /// DIN has room for more: zeros.
        octets: u8,
    },
    ServiceDiscovery {
        category: bool,
    },
    PaymentServiceSelection {
        service: u16,
    },
    Authorization,
    ChargeParameterDiscovery(Box<Parameters>),
    CableCheck(EvStatus),
    PreCharge {
        status: EvStatus,
        voltage: Quantity,
        current: Quantity,
    },
    PowerDelivery(Power),
    ChargingStatus,
    CurrentDemand(Box<Demand>),
    WeldingDetection(EvStatus),
    SessionStop {
        pause: bool,
    },
}

/// State of the car at direct current.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct EvStatus {
    pub(super) ready: bool,
    pub(super) soc: i8,
    /// DIN says as well whether cabin and battery are heated or cooled.
    pub(super) conditioning: bool,
}

/// What the car can do and needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Parameters {
    pub(super) transfer: EnergyTransferMode,
    pub(super) max_entries: Option<u16>,
    pub(super) departure_time: Option<u32>,
    pub(super) of: Kind,
}

/// What the car can do with one kind of current.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Ac {
        energy: Quantity,
        max_voltage: Quantity,
        max_current: Quantity,
        min_current: Quantity,
    },
    Dc {
        status: EvStatus,
        max_voltage: Quantity,
        max_current: Quantity,
        max_power: Option<Quantity>,
        energy_capacity: Option<Quantity>,
        energy_request: Option<Quantity>,
        full_soc: Option<i8>,
        bulk_soc: Option<i8>,
    },
}

/// Power on, off, or negotiate again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Power {
    pub(super) progress: Progress,
    pub(super) schedule: i16,
    /// From so many seconds on at most so many watts.
    pub(super) profile: Option<Vec<(u32, i64)>>,
    pub(super) dc: Option<DcPower>,
}

/// What PowerDelivery is to lead to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    Start,
    Stop,
    Renegotiate,
}

/// State of the car when it asks for power.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct DcPower {
    pub(super) status: EvStatus,
    pub(super) bulk_complete: Option<bool>,
    pub(super) complete: bool,
}

/// What the car wants to flow.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Demand {
    pub(super) status: EvStatus,
    pub(super) voltage: Quantity,
    pub(super) current: Quantity,
    pub(super) max_voltage: Option<Quantity>,
    pub(super) max_current: Option<Quantity>,
    pub(super) max_power: Option<Quantity>,
    pub(super) bulk_complete: Option<bool>,
    pub(super) complete: bool,
    pub(super) to_full: Option<Quantity>,
    pub(super) to_bulk: Option<Quantity>,
}

/// The kinds of requests, by which they are paced and answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kin {
    SessionSetup,
    ServiceDiscovery,
    PaymentServiceSelection,
    Authorization,
    ChargeParameterDiscovery,
    CableCheck,
    PreCharge,
    PowerDelivery(Progress),
    ChargingStatus,
    CurrentDemand,
    WeldingDetection,
    SessionStop,
}

impl Kin {
    /// Its name in the standard.
    pub(super) const fn name(self, protocol: Protocol) -> &'static str {
        match (self, protocol) {
            (Self::SessionSetup, _) => "SessionSetupReq",
            (Self::ServiceDiscovery, _) => "ServiceDiscoveryReq",
            (Self::PaymentServiceSelection, Protocol::Din) => "ServicePaymentSelectionReq",
            (Self::PaymentServiceSelection, _) => "PaymentServiceSelectionReq",
            (Self::Authorization, Protocol::Din) => "ContractAuthenticationReq",
            (Self::Authorization, _) => "AuthorizationReq",
            (Self::ChargeParameterDiscovery, _) => "ChargeParameterDiscoveryReq",
            (Self::CableCheck, _) => "CableCheckReq",
            (Self::PreCharge, _) => "PreChargeReq",
            (Self::PowerDelivery(_), _) => "PowerDeliveryReq",
            (Self::ChargingStatus, _) => "ChargingStatusReq",
            (Self::CurrentDemand, _) => "CurrentDemandReq",
            (Self::WeldingDetection, _) => "WeldingDetectionReq",
            (Self::SessionStop, _) => "SessionStopReq",
        }
    }

    /// Its name where pacing is measured: PowerDelivery is there three times.
    pub(super) const fn pace(self, protocol: Protocol) -> &'static str {
        match self {
            Self::PowerDelivery(Progress::Stop) => "PowerDeliveryReq-Stop",
            Self::PowerDelivery(Progress::Renegotiate) => "PowerDeliveryReq-Renegotiate",
            _ => self.name(protocol),
        }
    }
}
