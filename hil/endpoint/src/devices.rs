//! Which devices a charger has, and under which key of a board file each of them is named.
//!
//! A charger with one EVSE has one table:
//!
//! ```toml
//! [devices]
//! power_board = "rpmsg:rpmsg_tuxevse@14"
//! lock = "i2c:/dev/i2c-0@0x20"
//! meter = "modbus:/dev/ttyUSB_RS485?unit=1"
//! ```
//!
//! One with several has a table for each of them, in the order of their numbers, and `[devices]` is what belongs to the station:
//!
//! ```toml
//! [devices]
//! grid_meter = "tic:/dev/ttyUSB_TIC?mode=standard"
//! token_reader = "pcsc:ACR122"                   # the reader of all EVSEs that have none of their own; likewise panel
//!
//! [[evse]]
//! power_board = "rpmsg:rpmsg_tuxevse@14"
//! meter = "modbus:/dev/ttyUSB_RS485?unit=1"      # meters may share a line
//!
//! [[evse]]
//! power_board = "uart:/dev/ttyS1"
//! meter = "modbus:/dev/ttyUSB_RS485?unit=2"
//! ```

use std::fmt;

use crate::Endpoint;

/// The table of a file in which a device is named.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum DeviceTable {
    /// `[devices]`: all devices of a charger with one EVSE, those of the station where there is a table for each EVSE.
    Devices,
    /// `[[evse]]`, counted from 0 on as in every key.
    Evse(usize),
}

/// A device, as a file names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DeviceKey {
    /// In which table.
    pub table: DeviceTable,
    /// Under which name, such as `lock`.
    pub name: &'static str,
}

impl DeviceKey {
    /// A device of that table.
    #[must_use]
    pub const fn new(table: DeviceTable, name: &'static str) -> Self {
        Self { table, name }
    }

    /// What it is called where nothing else is spoken of than devices: `lock`, `evse[1].lock`.
    #[must_use]
    pub fn label(&self) -> String {
        match self.table {
            DeviceTable::Devices => self.name.to_owned(),
            DeviceTable::Evse(_) => self.to_string(),
        }
    }
}

impl fmt::Display for DeviceTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Devices => f.write_str("devices"),
            Self::Evse(place) => write!(f, "evse[{place}]"),
        }
    }
}

/// The whole key: `devices.lock`, `evse[1].lock`.
impl fmt::Display for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.name)
    }
}

/// Where the devices of one EVSE are. What is not named is not there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EvseDevices {
    /// Where they are named.
    pub table: DeviceTable,
    /// Runs the safety machine.
    pub power_board: Endpoint,
    /// Holds the plug; a socket needs one.
    pub lock: Option<Endpoint>,
    /// At the outlet.
    pub meter: Endpoint,
    /// Reads cards.
    pub token_reader: Option<Endpoint>,
    /// Shows the driver what happens.
    pub panel: Option<Endpoint>,
    /// The DC power supply.
    pub power_supply: Option<Endpoint>,
    /// Between the DC lines and earth.
    pub insulation_monitor: Option<Endpoint>,
    /// The PLC modem, as the Ethernet interface that it is.
    pub plc: Option<Endpoint>,
    /// The network to the car behind the modem: the same interface, as the kernel's IPv6 has it.
    pub v2g: Option<Endpoint>,
}

impl EvseDevices {
    /// The names of all devices that an EVSE can have, in their order.
    pub const NAMES: [&'static str; 9] =
        ["power_board", "lock", "meter", "token_reader", "panel", "power_supply", "insulation_monitor", "plc", "v2g"];

    /// Every device that is named, under its key.
    pub fn named(&self) -> impl Iterator<Item = (DeviceKey, &Endpoint)> {
        let each = [
            Some(&self.power_board),
            self.lock.as_ref(),
            Some(&self.meter),
            self.token_reader.as_ref(),
            self.panel.as_ref(),
            self.power_supply.as_ref(),
            self.insulation_monitor.as_ref(),
            self.plc.as_ref(),
            self.v2g.as_ref(),
        ];
        let keys = Self::NAMES.map(|name| DeviceKey::new(self.table, name));
        keys.into_iter().zip(each).filter_map(|(key, endpoint)| Some((key, endpoint?)))
    }
}

/// Where the devices of a station are that no EVSE has for itself. What is not named is not there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StationDevices {
    /// At the house connection.
    pub grid_meter: Option<Endpoint>,
    /// Reads cards for every EVSE that has no reader of its own.
    pub token_reader: Option<Endpoint>,
    /// Shows what happens at every EVSE that has no panel of its own.
    pub panel: Option<Endpoint>,
}

impl StationDevices {
    /// The names of all devices that a station can have, in their order.
    pub const NAMES: [&'static str; 3] = ["grid_meter", "token_reader", "panel"];

    /// Every device that is named, under its key.
    pub fn named(&self) -> impl Iterator<Item = (DeviceKey, &Endpoint)> {
        let each = [self.grid_meter.as_ref(), self.token_reader.as_ref(), self.panel.as_ref()];
        let keys = Self::NAMES.map(|name| DeviceKey::new(DeviceTable::Devices, name));
        keys.into_iter().zip(each).filter_map(|(key, endpoint)| Some((key, endpoint?)))
    }
}

/// Where the devices of one charger are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Devices {
    /// Those of the station.
    pub station: StationDevices,
    /// Those of each EVSE, in the order of their numbers.
    pub evses: Vec<EvseDevices>,
}

impl Devices {
    /// The names of the devices of a charger with one EVSE, in their order.
    pub const NAMES: [&'static str; 10] = [
        "power_board",
        "lock",
        "meter",
        "grid_meter",
        "token_reader",
        "panel",
        "power_supply",
        "insulation_monitor",
        "plc",
        "v2g",
    ];

    /// Every device that is named, under its key: those of the station, then those of each EVSE.
    pub fn named(&self) -> impl Iterator<Item = (DeviceKey, &Endpoint)> {
        self.station.named().chain(self.evses.iter().flat_map(EvseDevices::named))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Endpoint {
        text.parse().expect("an endpoint")
    }

    fn evse(table: DeviceTable) -> EvseDevices {
        EvseDevices {
            table,
            power_board: endpoint("rpmsg:rpmsg_tuxevse@14"),
            lock: Some(endpoint("i2c:/dev/i2c-0@0x20")),
            meter: endpoint("modbus:/dev/ttyUSB0?unit=1"),
            token_reader: None,
            panel: None,
            power_supply: None,
            insulation_monitor: None,
            plc: Some(endpoint("packet:eth2")),
            v2g: None,
        }
    }

    #[test]
    fn what_is_named_is_walked_in_order_under_the_key_that_the_file_has() {
        let grid_meter = Some(endpoint("tic:/dev/ttyS3?mode=standard"));
        let one = Devices {
            station: StationDevices { grid_meter, ..StationDevices::default() },
            evses: vec![evse(DeviceTable::Devices)],
        };
        let keys = |devices: &Devices| devices.named().map(|(key, _)| key.to_string()).collect::<Vec<_>>();
        assert_eq!(
            keys(&one),
            ["devices.grid_meter", "devices.power_board", "devices.lock", "devices.meter", "devices.plc"]
        );
        let two = Devices { evses: [0, 1].map(|place| evse(DeviceTable::Evse(place))).into(), ..one };
        assert_eq!(keys(&two)[0], "devices.grid_meter");
        assert_eq!(keys(&two)[4..6], ["evse[0].plc", "evse[1].power_board"]);
        let labels: Vec<_> = two.named().map(|(key, _)| key.label()).collect();
        assert_eq!([&labels[0], &labels[8]], ["grid_meter", "evse[1].plc"]);
    }

    #[test]
    fn every_device_of_a_station_or_an_evse_is_one_of_a_charger_with_one_evse() {
        for name in EvseDevices::NAMES.iter().chain(&StationDevices::NAMES) {
            assert!(Devices::NAMES.contains(name), "{name}");
        }
        assert_eq!(Devices::NAMES.len(), EvseDevices::NAMES.len() + 1, "the house meter is the station's alone");
    }
}
