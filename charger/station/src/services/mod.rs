//! The services: thin shells between the bus and a device, a peer or a sans-IO core.
//!
//! Each owns its device and its place on the bus, waits for both in one biased `select!`, and holds nothing across a wait.
//! None of them ever ends by itself: a device that fails is reported and tried again. What can be asked of one stands in its file
//! `call.rs`.

mod auth;
mod changes;
mod complaint;
mod energy;
mod hlc;
mod house;
mod insulation;
mod link;
mod lock;
mod meter;
mod ocpp;
mod panel;
mod power;
mod reception;
mod session;
mod supply;
#[cfg(test)]
mod testing;

pub(crate) use auth::auth;
pub(crate) use energy::energy;
pub(crate) use hlc::{HlcSeat, hlc};
pub(crate) use house::house;
pub(crate) use insulation::{call::InsulationCall, insulation};
pub(crate) use lock::lock;
pub(crate) use meter::meter;
pub(crate) use ocpp::{Core, ocpp};
pub(crate) use panel::panel;
pub use power::call::PowerCall;
pub(crate) use power::power;
pub(crate) use reception::{Places, reception};
pub(crate) use session::{Seat, session};
pub(crate) use supply::{call::SupplyCall, supply};

use std::time::Duration;

use units::EvseId;

use crate::bus::{Call, Verb};

/// Every verb of every service, by service.
pub(crate) fn verbs() -> Vec<Verb> {
    let of_each = [
        energy::call::EnergyCall::VERBS,
        hlc::call::HlcCall::VERBS,
        InsulationCall::VERBS,
        lock::call::LockCall::VERBS,
        meter::call::MeterCall::VERBS,
        ocpp::call::OcppCall::VERBS,
        panel::call::PanelCall::VERBS,
        PowerCall::VERBS,
        reception::call::ReceptionCall::VERBS,
        session::call::SessionCall::VERBS,
        SupplyCall::VERBS,
    ];
    of_each.concat()
}

/// Whom a reader or a panel serves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Serves<'a> {
    /// The EVSE that has it.
    One(EvseId),
    /// Every EVSE of the station that has none of its own.
    Those(&'a [EvseId]),
}

impl Serves<'_> {
    /// All of them.
    pub(crate) fn evses(&self) -> &[EvseId] {
        match self {
            Self::One(evse) => std::slice::from_ref(evse),
            Self::Those(evses) => evses,
        }
    }
}

/// How long a service waits before it tries a failed device again.
const RETRY: Duration = Duration::from_secs(1);
