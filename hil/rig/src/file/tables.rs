//! The tables of a rig file, as they stand in the file.

use std::path::PathBuf;
use std::time::Duration;

use hil_endpoint::Endpoint;
use serde::Deserialize;
use units::{Milliamps, Millivolts};

/// What does the things that happen to the charger: plugs in, presents a card, draws current.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum World {
    /// A person at the bench, told what to do.
    Operator,
    /// The models of the twin, in real time.
    Twin,
}

/// The machine that holds the devices.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Host {
    /// This one.
    Local,
    /// A User-Mode Linux guest that is started for the run. Its clock may stall, so no time limit is judged on it.
    Uml,
}

/// Which rig it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RigTable {
    /// Its name: lower-case letters, digits, `-`, `_` and `.`. One rig, one name: a reservation goes by it.
    pub id: String,
    /// Where it stands, for people.
    pub place: String,
    /// What does the things that happen to the charger.
    pub world: World,
    /// The machine that holds the devices.
    #[serde(default = "local")]
    pub host: Host,
}

const fn local() -> Host {
    Host::Local
}

/// What the rig may do.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SafetyTable {
    /// The highest voltage that can appear anywhere on it, in volts; 0 where all energy is in a model.
    pub max_v: u32,
    /// The highest current that can flow, in amperes.
    pub max_a: u32,
    /// Whether it may be energised at all; a run has to ask for it as well.
    #[serde(default)]
    pub energised: bool,
    /// Must read closed before anything is energised, such as `gpio:/dev/gpiochip0@INTERLOCK`.
    #[serde(default)]
    pub interlock: Option<Endpoint>,
}

impl SafetyTable {
    /// The highest voltage.
    #[must_use]
    pub fn max_voltage(&self) -> Millivolts {
        Millivolts(thousandfold(self.max_v))
    }

    /// The highest current.
    #[must_use]
    pub fn max_current(&self) -> Milliamps {
        Milliamps(thousandfold(self.max_a))
    }

    /// Whether there is any real energy to be afraid of.
    #[must_use]
    pub const fn is_real(&self) -> bool {
        self.max_v > 0
    }
}

fn thousandfold(value: u32) -> i32 {
    i32::try_from(u64::from(value) * 1000).unwrap_or(i32::MAX)
}

/// What the rig has to offer.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CapsTable {
    /// Words a scenario may ask for with `@requires:WORD`; `rfid.pn532` offers `rfid` as well.
    pub provides: Vec<String>,
}

/// Where each device of a rig with one EVSE is; where there is a table for each EVSE, those of the station: a house meter, and the
/// reader and the panel of chargers whose EVSEs share one. What is not there is left out.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DevicesTable {
    /// The meter at the house connection, such as a Linky TIC.
    pub grid_meter: Option<Endpoint>,
    /// Watches the insulation of the DC lines.
    pub insulation_monitor: Option<Endpoint>,
    /// Holds the plug in the socket.
    pub lock: Option<Endpoint>,
    /// Measures what the car takes.
    pub meter: Option<Endpoint>,
    /// What the driver sees.
    pub panel: Option<Endpoint>,
    /// The modem to the car.
    pub plc: Option<Endpoint>,
    /// The board that runs control pilot, contactor and safety.
    pub power_board: Option<Endpoint>,
    /// The rectifiers of a DC charger.
    pub power_supply: Option<Endpoint>,
    /// Reads cards.
    pub token_reader: Option<Endpoint>,
    /// The network to the car behind the modem.
    pub v2g: Option<Endpoint>,
}

/// The devices a rig file can name, in the order of [`DevicesTable::all`].
pub const DEVICES: [&str; 10] = [
    "grid_meter",
    "insulation_monitor",
    "lock",
    "meter",
    "panel",
    "plc",
    "power_board",
    "power_supply",
    "token_reader",
    "v2g",
];

impl DevicesTable {
    /// The device of that name, if the rig has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Endpoint> {
        match name {
            "grid_meter" => self.grid_meter.as_ref(),
            "insulation_monitor" => self.insulation_monitor.as_ref(),
            "lock" => self.lock.as_ref(),
            "meter" => self.meter.as_ref(),
            "panel" => self.panel.as_ref(),
            "plc" => self.plc.as_ref(),
            "power_board" => self.power_board.as_ref(),
            "power_supply" => self.power_supply.as_ref(),
            "token_reader" => self.token_reader.as_ref(),
            "v2g" => self.v2g.as_ref(),
            _ => None,
        }
    }

    /// All that are there, by name.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Endpoint)> {
        DEVICES.into_iter().filter_map(|name| Some((name, self.get(name)?)))
    }
}

// The fields of `DevicesTable` again, without the house meter: serde cannot flatten a table that refuses unknown keys, and both the
// parser and the schema must refuse a house meter at an EVSE.

/// Where each device of one EVSE is, in the order of their numbers. What is not there is left out.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct EvseTable {
    /// Watches the insulation of the DC lines.
    pub insulation_monitor: Option<Endpoint>,
    /// Holds the plug in the socket.
    pub lock: Option<Endpoint>,
    /// Measures what the car takes.
    pub meter: Option<Endpoint>,
    /// What the driver sees.
    pub panel: Option<Endpoint>,
    /// The modem to the car.
    pub plc: Option<Endpoint>,
    /// The board that runs control pilot, contactor and safety.
    pub power_board: Option<Endpoint>,
    /// The rectifiers of a DC charger.
    pub power_supply: Option<Endpoint>,
    /// Reads cards.
    pub token_reader: Option<Endpoint>,
    /// The network to the car behind the modem.
    pub v2g: Option<Endpoint>,
}

impl EvseTable {
    /// The device of that name, if the EVSE has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Endpoint> {
        match name {
            "insulation_monitor" => self.insulation_monitor.as_ref(),
            "lock" => self.lock.as_ref(),
            "meter" => self.meter.as_ref(),
            "panel" => self.panel.as_ref(),
            "plc" => self.plc.as_ref(),
            "power_board" => self.power_board.as_ref(),
            "power_supply" => self.power_supply.as_ref(),
            "token_reader" => self.token_reader.as_ref(),
            "v2g" => self.v2g.as_ref(),
            _ => None,
        }
    }

    /// All that are there, by name.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Endpoint)> {
        DEVICES.into_iter().filter_map(|name| Some((name, self.get(name)?)))
    }
}

/// How exactly the rig can tell time.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TimingTable {
    /// A time that was measured is right to so many milliseconds: limits are judged with that much room.
    pub resolution_ms: u32,
    /// When the host itself stood still for so many milliseconds, the scenario is invalid, whatever it saw.
    pub stall_ms: u32,
}

impl Default for TimingTable {
    fn default() -> Self {
        Self { resolution_ms: 100, stall_ms: 250 }
    }
}

impl TimingTable {
    /// A time that was measured is right to this.
    #[must_use]
    pub const fn resolution(&self) -> Duration {
        Duration::from_millis(self.resolution_ms as u64)
    }

    /// A host that stood still for so long has spoiled the scenario.
    #[must_use]
    pub const fn stall(&self) -> Duration {
        Duration::from_millis(self.stall_ms as u64)
    }
}

/// How the rig is kept for one user at a time.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ReservationTable {
    /// A labgrid coordinator, `HOST:PORT`; without one a lock file keeps others away.
    pub labgrid: Option<String>,
    /// The place at the coordinator; the rig's id where it is left out.
    pub place: Option<String>,
    /// A folder for the lock file that all users of the machine can write to; without one each user has an own.
    pub folder: Option<PathBuf>,
}

/// Instruments that record beside the run.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct EvidenceTable {
    /// An interface whose frames are captured, such as `packet:eth2`.
    pub pcap: Option<Endpoint>,
    /// A scope or logic analyser at the control pilot, such as `sigrok:fx2lafw`.
    pub scope: Option<Endpoint>,
}

/// The charger at the rig.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ChargerTable {
    /// Its `charger.toml`, relative to the rig file; the standard charger where it is left out.
    pub file: Option<PathBuf>,
}
