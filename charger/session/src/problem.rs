//! What the CSMS is told of parts that have a problem. The status says that an outlet is out of order; this says why, and it
//! says also what only makes a charger worse.

use crate::words::{Component, Problem};
use iec61851::Fault;
use units::Instant;

use super::accessory::Accessory;
use super::trouble::Trouble;
use super::{Coordinator, Output, SessionEvent};

impl Coordinator {
    /// A device without which the outlet still charges works (again), or it is lost.
    pub(super) fn accessory(&mut self, now: Instant, accessory: Accessory, state: Result<(), String>) {
        match state {
            Ok(()) => {
                if self.outlet.lost.remove(&accessory).is_some() {
                    self.problem(now, accessory.component(), accessory.name(), None);
                    self.event(SessionEvent::AccessoryFound { accessory });
                }
            }
            Err(why) => {
                if self.outlet.lost.insert(accessory, why.clone()).is_none() {
                    self.problem(now, accessory.component(), accessory.name(), Some(why.clone()));
                    self.event(SessionEvent::AccessoryLost { accessory, why });
                }
            }
        }
    }

    /// Tells the CSMS that a part has a problem, or not any more.
    pub(super) fn problem(&mut self, now: Instant, component: Component, code: &'static str, detail: Option<String>) {
        self.emit(Output::Problem(Problem { evse: self.evse, component, code, detail, at: now }));
    }

    /// What a driver should know of lost devices, if anything.
    pub(super) fn note_of_the_lost(&self) -> Option<&'static str> {
        self.outlet.lost.contains_key(&Accessory::TokenReader).then_some("the card reader does not work")
    }
}

impl Trouble {
    /// The part that it is a problem of.
    pub(super) const fn component(self) -> Component {
        match self {
            Self::Board(fault) => match fault {
                Fault::ContactorFailedToClose
                | Fault::ContactorOpenedByItself
                | Fault::ContactorOverused
                | Fault::ContactorWelded => Component::PowerContactor,
                Fault::DiodeFault | Fault::PilotLost | Fault::PilotShort => Component::CpPwmController,
                Fault::HostSilent | Fault::NoSample => Component::Controller,
                Fault::OverCurrent => Component::OverCurrentProtection,
                Fault::ProximityFault => Component::Connector,
                Fault::ResidualCurrent | Fault::ResidualMonitorFailed => Component::Rcd,
                Fault::VentilationNotAvailable => Component::AreaVentilation,
            },
            Self::BoardLost | Self::BoardRefused => Component::Controller,
            Self::InsulationFault | Self::InsulationMonitorLost => Component::GroundIsolationProtection,
            Self::LockFailed => Component::ConnectorPlugRetentionLock,
            Self::MeterImplausible | Self::MeterLost => Component::FiscalMetering,
            Self::OverCurrent => Component::OverCurrentProtection,
            Self::SupplyLost => Component::AcDcConverter,
        }
    }
}

impl Accessory {
    const fn component(self) -> Component {
        match self {
            Self::HouseMeter => Component::ControlMetering,
            Self::Modem => Component::Modem,
            Self::Panel => Component::Display,
            Self::TokenReader => Component::TokenReader,
        }
    }

    /// What is told of it.
    const fn name(self) -> &'static str {
        match self {
            Self::HouseMeter => "HouseMeterLost",
            Self::Modem => "ModemLost",
            Self::Panel => "PanelLost",
            Self::TokenReader => "TokenReaderLost",
        }
    }
}
