//! What can be done to a world: by a person, by physics, by a broken part. Causes, never verdicts.

use std::time::Duration;

use devices::plc_cable::{Condition, End};
use devices::plc_modem::ModemFault;
use hardware::{LinkFault, Token};
use serde_json::Value;
use station::Call as _;

use crate::csms::{FloodFrame, Misbehaviour, Policy};
use crate::device::Device;
use crate::ports::LockFault;
use crate::store::StoreFault;
use crate::vocabulary::Vocabulary;
use crate::world::{ContactorFault, MonitorFault, PilotFault};

/// What is put between the lines of the DC supply, or between one of them and earth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DcLineAction {
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

/// What happens to the power line between the modems of charger and car, or to one of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LineAction {
    /// The line does this to frames from now on.
    Condition(Condition),
    /// What is said on the other cables of the station arrives here, sounds so much weaker than they were sent; `None`: nothing
    /// does.
    Crosstalk(Option<u8>),
    /// A modem breaks, or is mended.
    Modem(End, ModemFault),
    /// A modem takes so long to change its key.
    KeyTime(End, Duration),
    /// Somebody gives both modems the same key behind their hosts' backs: they are one network.
    ShareKey,
}

/// Which meter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MeterAt {
    /// At the house connection.
    House,
    /// At the outlet.
    Outlet,
}

/// The power of the whole charger: mains, power board and host at once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChargerPower {
    /// It is there (again): board and host start.
    Back,
    /// It is gone.
    Lost {
        /// For so long; `None`: until it is back.
        lasting: Option<Duration>,
    },
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
    /// It sends so many frames within that time, whatever is answered to them.
    Flood {
        /// What is in each of them.
        frame: FloodFrame,
        /// How many.
        times: u32,
        /// Within that time.
        lasting: Duration,
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
    /// The board gets a firmware that speaks so, as soon as it starts again.
    BoardFirmware(Vocabulary),
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
    /// The whole charger loses its power, or has it again.
    ChargerPower(ChargerPower),
    /// The CSMS answers otherwise from now on.
    CsmsPolicy(Box<dyn FnOnce(&mut Policy)>),
    /// To the lines of the DC supply.
    DcLines(DcLineAction),
    /// To the power line between charger and car, or to a modem at one of its ends.
    Line(LineAction),
    /// On the grid, or in the house.
    Grid(grid_model::GridEvent),
    /// To the host.
    Host(HostAction),
    /// To the link of a device.
    Link(Device, LinkFault),
    /// To the bolt.
    Lock(LockFault),
    /// To a meter.
    Meter(MeterAt, grid_model::MeterEvent),
    /// To the output stage of the control pilot.
    Pilot(PilotFault),
    /// To the monitor of residual direct current.
    ResidualMonitor(MonitorFault),
    /// To the disk under the charger's durable store.
    Store(StoreFault),
    /// A service asks for something on the bus, as a broken or captured one might.
    Rogue {
        /// The identity it has.
        caller: station::Service,
        /// What it asks of the power board.
        call: station::PowerCall,
    },
}

impl std::fmt::Debug for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Badge(token) => write!(f, "Badge({token})"),
            Self::Bench(command) => write!(f, "Bench({command:?})"),
            Self::BoardCommand(command) => write!(f, "BoardCommand({command:?})"),
            Self::BoardFirmware(speaks) => write!(f, "BoardFirmware({speaks})"),
            Self::BoardReset => write!(f, "BoardReset"),
            Self::Car(action) => write!(f, "{action:?}"),
            Self::Contactor(fault) => write!(f, "Contactor({fault:?})"),
            Self::Csms(CsmsAction::Call { action, .. }) => write!(f, "CsmsCall({action})"),
            Self::Csms(CsmsAction::Flood { times, .. }) => write!(f, "CsmsFlood({times})"),
            Self::Csms(CsmsAction::Misbehave(how)) => write!(f, "CsmsMisbehaves({how:?})"),
            Self::ChargerPower(power) => write!(f, "ChargerPower({power:?})"),
            Self::CsmsPolicy(_) => write!(f, "CsmsPolicy"),
            Self::DcLines(action) => write!(f, "DcLines({action:?})"),
            Self::Grid(event) => write!(f, "{event:?}"),
            Self::Host(action) => write!(f, "Host({action:?})"),
            Self::Link(device, fault) => write!(f, "Link({device:?}, {fault:?})"),
            Self::Lock(fault) => write!(f, "Lock({fault:?})"),
            Self::Meter(place, event) => write!(f, "Meter({place:?}, {event:?})"),
            Self::Pilot(fault) => write!(f, "Pilot({fault:?})"),
            Self::Line(action) => write!(f, "Line({action:?})"),
            Self::Store(fault) => write!(f, "Store({fault:?})"),
            Self::ResidualMonitor(fault) => write!(f, "ResidualMonitor({fault:?})"),
            Self::Rogue { caller, call } => write!(f, "Rogue({caller}, {})", call.verb()),
        }
    }
}
