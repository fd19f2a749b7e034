//! The devices of a charger, and something for each of them.

/// A device of the charger whose link can break.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Device {
    /// The power board.
    Board,
    /// The meter at the house connection.
    HouseMeter,
    /// The insulation monitor.
    Insulation,
    /// The connector lock.
    Lock,
    /// The meter at the outlet.
    Meter,
    /// The panel.
    Panel,
    /// The PLC modem.
    Plc,
    /// The token reader.
    Reader,
    /// The DC supply.
    Supply,
}

/// One of something for each device, such as what is broken on the way to it.
#[derive(Clone, Debug, Default)]
pub struct PerDevice<T> {
    /// That of the power board.
    pub board: T,
    /// That of the meter at the house connection.
    pub house_meter: T,
    /// That of the insulation monitor.
    pub insulation: T,
    /// That of the connector lock.
    pub lock: T,
    /// That of the meter at the outlet.
    pub meter: T,
    /// That of the panel.
    pub panel: T,
    /// That of the PLC modem.
    pub plc: T,
    /// That of the token reader.
    pub reader: T,
    /// That of the DC supply.
    pub supply: T,
}

/// One of something for each device of a station, and for those of each of its EVSEs, in order of their numbers.
#[derive(Clone, Debug, Default)]
pub struct PerStation<T> {
    /// Those of the station.
    pub station: PerDevice<T>,
    /// Those of the EVSEs.
    pub evses: Vec<PerDevice<T>>,
}

impl<T> PerDevice<T> {
    /// That of this device.
    pub const fn of(&self, device: Device) -> &T {
        match device {
            Device::Board => &self.board,
            Device::HouseMeter => &self.house_meter,
            Device::Insulation => &self.insulation,
            Device::Lock => &self.lock,
            Device::Meter => &self.meter,
            Device::Panel => &self.panel,
            Device::Plc => &self.plc,
            Device::Reader => &self.reader,
            Device::Supply => &self.supply,
        }
    }
}
