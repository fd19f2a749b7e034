//! What can be done to a charger that is not in this process.

use hardware::{LinkFault, Noise};
use hil::Endpoint;
use twin::{Action, Device, MeterAt};
use units::EvseId;
use wire::card::CardUid;

use crate::rig_devices::RigDevices;

/// Why nobody sees what such a charger shows.
pub(crate) const NO_PANEL: &str = "this rig has no panel whose pixels could be read";

/// The key of a device in a rig file.
const fn key(device: Device) -> &'static str {
    match device {
        Device::Board => "power_board",
        Device::HouseMeter => "grid_meter",
        Device::Insulation => "insulation_monitor",
        Device::Lock => "lock",
        Device::Meter => "meter",
        Device::Panel => "panel",
        Device::Plc => "plc",
        Device::Reader => "token_reader",
        Device::Supply => "power_supply",
    }
}

/// Whether a rig with these devices can do that at that EVSE.
///
/// # Errors
/// Why not.
pub(crate) fn can(evse: EvseId, action: &Action, devices: &RigDevices<Endpoint>) -> Result<(), String> {
    let board = devices.get(evse, key(Device::Board));
    let bare = board.is_some_and(|endpoint| endpoint.scheme() == "gpio");
    let is_serial = board.is_some_and(|endpoint| endpoint.scheme() == "uart");
    let there = |device| devices.get(evse, key(device)).is_some();
    match action {
        Action::Badge(token) if !there(Device::Reader) => Err(format!("there is no card reader for {token}")),
        Action::Badge(token) if token.id.parse::<CardUid>().is_err() => {
            Err(format!("{token} is no serial number that a card can have"))
        }
        Action::BoardCommand(_) | Action::BoardFirmware(_) | Action::BoardReset | Action::ChargerPower(_) if bare => {
            Err("the power board of this rig has no firmware: the charger runs its safety machine".into())
        }
        Action::Link(Device::Board, fault)
            if bare && !matches!(fault, LinkFault::Gone | LinkFault::Nack | LinkFault::None | LinkFault::StuckBus) =>
        {
            Err(format!("chips and lines cannot break so: {fault}"))
        }
        Action::Link(Device::Board, LinkFault::Noise(Noise::Bits(_))) if !is_serial => {
            Err("only a serial line has wrong bits: the messages to this board are in memory".into())
        }
        Action::Link(device, LinkFault::Noise(_)) if *device != Device::Board => {
            Err("the models put noise on the wire of the power board only".into())
        }
        Action::Link(device, _) if !there(*device) => Err(format!("this rig has no {}", key(*device))),
        Action::Link(Device::Panel, fault) if !matches!(fault, LinkFault::Gone | LinkFault::None) => {
            Err(format!("the panel of this rig cannot break so: {fault}"))
        }
        Action::Meter(MeterAt::House, _) if !there(Device::HouseMeter) => Err("this rig has no house meter".into()),
        Action::Meter(MeterAt::Outlet, _) if !there(Device::Meter) => Err("this rig has no meter".into()),
        Action::Lock(_) if !there(Device::Lock) => Err("this rig has no lock".into()),
        Action::Line(_) if !there(Device::Plc) => Err("this rig has no modem".into()),
        Action::Rogue { .. } => Err("the charger's bus is in another process".into()),
        Action::Store(_) => Err("the charger's disk is that of its computer".into()),
        Action::Badge(_)
        | Action::Bench(_)
        | Action::BoardCommand(_)
        | Action::BoardFirmware(_)
        | Action::BoardReset
        | Action::Car(_)
        | Action::ChargerPower(_)
        | Action::Contactor(_)
        | Action::Csms(_)
        | Action::CsmsPolicy(_)
        | Action::DcLines(_)
        | Action::Grid(_)
        | Action::Host(_)
        | Action::Link(..)
        | Action::Lock(_)
        | Action::Meter(..)
        | Action::Pilot(_)
        | Action::ResidualMonitor(_)
        | Action::Line(_) => Ok(()),
    }
}
