//! What can be done to a world: by a person, by physics, by a broken part. Causes, never verdicts.

use hardware::{LinkFault, Token};
use serde_json::Value;

use crate::csms::{Misbehaviour, Policy};
use crate::device::Device;
use crate::ports::LockFault;
use crate::world::{ContactorFault, PilotFault};

/// What happens on the DC side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DcAction {
    /// A battery behind the contactor, or none.
    Battery(Option<devices::dc::Battery>),
    /// So much leaks from plus and from minus to earth; `None` is nothing.
    Leakage {
        /// From plus.
        plus: Option<units::Ohms>,
        /// From minus.
        minus: Option<units::Ohms>,
    },
    /// A resistor across the output, or none.
    Load(Option<units::Ohms>),
}

/// What happens to the CSMS.
#[derive(Debug)]
pub enum CsmsAction {
    /// It sends a CALL.
    Call {
        /// The action.
        action: String,
        /// The payload.
        payload: Value,
    },
    /// It misbehaves from now on.
    Misbehave(Misbehaviour),
}

/// What happens to the host, the computer that runs the charger's services.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HostAction {
    /// It dies without a word.
    Kill,
    /// It is told to end, and ends in an orderly way.
    Shutdown,
    /// It starts.
    Start,
}

/// One thing that happens.
pub enum Action {
    /// A card is held against the reader.
    Badge(Token),
    /// Somebody at the bench asks the charger for something.
    Bench(station::BenchCommand),
    /// The firmware of the board speaks that version of the messages.
    BoardProtocol(u16),
    /// The firmware of the board starts anew.
    BoardReset,
    /// Somebody gives the firmware a command behind the host's back.
    BoardCommand(iec61851::Command),
    /// To the car, or by its driver.
    Car(vehicle_model::Action),
    /// To the contactor.
    Contactor(ContactorFault),
    /// To the CSMS.
    Csms(CsmsAction),
    /// The CSMS answers otherwise from now on.
    CsmsPolicy(Box<dyn FnOnce(&mut Policy)>),
    /// On the DC side.
    Dc(DcAction),
    /// On the grid, or in the house.
    Grid(grid_model::GridEvent),
    /// To the host.
    Host(HostAction),
    /// To the link of a device.
    Link(Device, LinkFault),
    /// To the bolt.
    Lock(LockFault),
    /// To the output stage of the control pilot.
    Pilot(PilotFault),
    /// A service asks for something on the bus, as a broken or captured one might.
    Rogue {
        /// The identity it has.
        caller: station::Service,
        /// What it asks.
        message: station::Message,
    },
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Badge(token) => write!(f, "Badge({token})"),
            Self::Bench(command) => write!(f, "Bench({command:?})"),
            Self::BoardCommand(command) => write!(f, "BoardCommand({command:?})"),
            Self::BoardProtocol(version) => write!(f, "BoardProtocol({version})"),
            Self::BoardReset => write!(f, "BoardReset"),
            Self::Car(action) => write!(f, "{action:?}"),
            Self::Contactor(fault) => write!(f, "Contactor({fault:?})"),
            Self::Csms(CsmsAction::Call { action, .. }) => write!(f, "CsmsCall({action})"),
            Self::Csms(CsmsAction::Misbehave(how)) => write!(f, "CsmsMisbehaves({how:?})"),
            Self::CsmsPolicy(_) => write!(f, "CsmsPolicy"),
            Self::Dc(action) => write!(f, "Dc({action:?})"),
            Self::Grid(event) => write!(f, "{event:?}"),
            Self::Host(action) => write!(f, "Host({action:?})"),
            Self::Link(device, fault) => write!(f, "Link({device:?}, {fault:?})"),
            Self::Lock(fault) => write!(f, "Lock({fault:?})"),
            Self::Pilot(fault) => write!(f, "Pilot({fault:?})"),
            Self::Rogue { caller, message } => write!(f, "Rogue({caller}, {})", message.verb()),
        }
    }
}
