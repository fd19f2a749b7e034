//! The rig file: one bench on one page.
//!
//! ```toml
//! [rig]
//! id = "bench-3"
//! place = "lab 2, left bench"
//! world = "operator"
//!
//! [safety]
//! max_v = 400
//! max_a = 16
//!
//! [caps]
//! provides = ["ac", "board", "rfid.pn532"]
//!
//! [devices]
//! power_board = "rpmsg:rpmsg_tuxevse@14"
//! token_reader = "i2c:/dev/i2c-0@0x24"
//! ```
//!
//! A rig with several EVSEs names the devices of each in a table of its own, as a board file does:
//!
//! ```toml
//! [devices]                                 # the station's
//! grid_meter = "tic:udp:world?mode=standard"
//!
//! [[evse]]
//! power_board = "uart:pty?115200"
//! meter = "modbus:pty:rs485?unit=1&map=eastron-sdm630-v2"   # pseudo terminals of one name are one line
//!
//! [[evse]]
//! power_board = "uart:pty?115200"
//! meter = "modbus:pty:rs485?unit=2&map=eastron-sdm630-v2"
//! ```

mod check;
#[cfg(test)]
mod house;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use hil_endpoint::{DeviceKey, DeviceTable, Endpoint};
use serde::Deserialize;

pub use tables::{
    CapsTable, ChargerTable, DEVICES, DevicesTable, EvidenceTable, EvseTable, Host, ReservationTable, RigTable,
    SafetyTable, TimingTable, World,
};

/// Everything that is known of a rig.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RigFile {
    /// Which rig it is.
    pub rig: RigTable,
    /// What it may do.
    pub safety: SafetyTable,
    /// What it has to offer.
    pub caps: CapsTable,
    /// Where its devices are.
    #[serde(default)]
    pub devices: DevicesTable,
    /// Where those of each EVSE are, in the order of their numbers; without it `devices` are those of one.
    #[serde(default)]
    pub evse: Vec<EvseTable>,
    /// How exactly it can tell time.
    #[serde(default)]
    pub timing: TimingTable,
    /// How it is kept for one user at a time.
    #[serde(default)]
    pub reservation: ReservationTable,
    /// Instruments that record beside a run.
    #[serde(default)]
    pub evidence: EvidenceTable,
    /// The charger at it.
    #[serde(default)]
    pub charger: ChargerTable,
    /// The file it was read from.
    #[serde(skip)]
    path: PathBuf,
}

/// A rig file that cannot be used: which file, which key, and what was expected there.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}: {key}: {expected}")]
pub struct RigFileError {
    /// The file.
    pub file: String,
    /// The key, as a dotted path; `line N` when the file is not TOML at all, `the file` when it cannot be read.
    pub key: String,
    /// What was expected.
    pub expected: String,
}

impl RigFile {
    /// A rig file longer than this is none.
    const LONGEST: u64 = 1 << 20;

    /// Reads a rig file.
    ///
    /// # Errors
    /// The file, the key and what was expected there.
    pub fn read(path: &Path) -> Result<Self, RigFileError> {
        let wrong =
            |expected: String| RigFileError { file: path.display().to_string(), key: "the file".into(), expected };
        let length = fs::metadata(path).map_err(|error| wrong(format!("cannot be read: {error}")))?.len();
        if length > Self::LONGEST {
            return Err(wrong(format!("at most {} bytes, it has {length}", Self::LONGEST)));
        }
        let text = fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        Self::from_toml(path, &text)
    }

    /// Reads the text of a rig file that lies, or would lie, at `path`.
    ///
    /// # Errors
    /// The file, the key and what was expected there.
    pub fn from_toml(path: &Path, text: &str) -> Result<Self, RigFileError> {
        let wrong = |key: String, expected: String| RigFileError { file: path.display().to_string(), key, expected };
        let table = text.parse::<toml::Table>().map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            wrong(format!("line {line}"), error.message().into())
        })?;
        let mut file: Self = serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|error| {
            let path = error.path().to_string();
            let key = if path == "." { "the whole file".into() } else { path };
            wrong(key, error.inner().message().trim_end().into())
        })?;
        check::check(&file).map_err(|(key, expected)| wrong(key, expected))?;
        file.path = path.into();
        Ok(file)
    }

    /// The file it was read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many EVSEs it has devices for.
    #[must_use]
    pub fn evse_count(&self) -> usize {
        self.evse.len().max(1)
    }

    /// Every device that is named, under its key.
    pub fn named(&self) -> impl Iterator<Item = (DeviceKey, &Endpoint)> {
        let key = |table| move |(name, endpoint)| (DeviceKey::new(table, name), endpoint);
        let each = self.evse.iter().enumerate();
        let evses = each.flat_map(move |(place, evse)| evse.all().map(key(DeviceTable::Evse(place))));
        self.devices.all().map(key(DeviceTable::Devices)).chain(evses)
    }

    /// The device of that name that sentences about the first EVSE are about, if there is one: its own, or the station's.
    #[must_use]
    pub fn device(&self, name: &str) -> Option<&Endpoint> {
        self.evse.first().and_then(|evse| evse.get(name)).or_else(|| self.devices.get(name))
    }

    /// The `charger.toml` of the rig, if it has one of its own.
    #[must_use]
    pub fn charger_file(&self) -> Option<PathBuf> {
        let file = self.charger.file.as_ref()?;
        Some(self.path.parent().unwrap_or(Path::new("")).join(file))
    }

    /// The place at the labgrid coordinator.
    #[must_use]
    pub fn labgrid_place(&self) -> &str {
        self.reservation.place.as_deref().unwrap_or(&self.rig.id)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A rig for tests: `head` stands before the tables of a small but complete file.
    pub(crate) fn bench(world: &str, more: &str) -> Result<RigFile, RigFileError> {
        let text = format!(
            "[rig]\nid = \"bench-3\"\nplace = \"lab 2\"\nworld = \"{world}\"\n[caps]\nprovides = [\"board\", \"plc\", \
             \"rfid.pn532\"]\n[devices]\npower_board = \"rpmsg:rpmsg_tuxevse@14\"\nplc = \"packet:eth2\"\n\
             token_reader = \"i2c:/dev/i2c-0@0x24\"\n{more}"
        );
        RigFile::from_toml(Path::new("lab/mine.toml"), &text)
    }

    const SAFE: &str = "[safety]\nmax_v = 400\nmax_a = 16\n";

    fn refused(more: &str) -> String {
        bench("operator", &format!("{more}{SAFE}")).expect_err("it is wrong").to_string()
    }

    #[test]
    fn a_small_file_has_the_rest_by_default() {
        let file = bench("operator", &format!("{SAFE}[charger]\nfile = \"charger.toml\"\n")).expect("a rig");
        assert_eq!((file.rig.host, file.rig.world, file.safety.energised), (Host::Local, World::Operator, false));
        assert_eq!((file.timing.resolution().as_millis(), file.timing.stall().as_millis()), (100, 250));
        assert_eq!(file.charger_file(), Some(Path::new("lab").join("charger.toml")));
        assert_eq!(file.labgrid_place(), "bench-3");
        assert_eq!(file.safety.max_voltage(), units::Millivolts(400_000));
        let devices: Vec<_> = file.devices.all().map(|(name, at)| (name, at.to_string())).collect();
        assert_eq!(
            devices,
            [
                ("plc", "packet:eth2".to_owned()),
                ("power_board", "rpmsg:rpmsg_tuxevse@14".into()),
                ("token_reader", "i2c:/dev/i2c-0@0x24".into())
            ]
        );
    }

    #[test]
    fn every_device_of_the_list_can_be_named() {
        let devices: String = DEVICES.iter().map(|name| format!("{name} = \"sim:{name}\"\n")).collect();
        let text = format!(
            "[rig]\nid = \"all\"\nplace = \"here\"\nworld = \"twin\"\n[caps]\nprovides = []\n[safety]\nmax_v = 0\nmax_a = 0\n\
             [devices]\n{devices}"
        );
        let file = RigFile::from_toml(Path::new("all.toml"), &text).expect("a rig");
        assert_eq!(
            file.devices.all().map(|(name, at)| (name, at.target())).collect::<Vec<_>>(),
            DEVICES.map(|d| (d, d))
        );
    }

    #[test]
    fn an_error_names_the_file_the_key_and_what_was_expected() {
        let file = Path::new("lab/mine.toml").display().to_string();
        assert_eq!(
            refused("lock = \"i2c\"\n"),
            format!("{file}: devices.lock: i2c: expected SCHEME:TARGET[?OPTION[&OPTION]], such as i2c:/dev/i2c-0@0x20")
        );
        let unknown = refused("motor = \"sim:motor\"\n");
        assert!(
            unknown.starts_with(&format!("{file}: devices.motor: unknown field `motor`, expected one of `grid_meter`")),
            "{unknown}"
        );
        let world = bench("robot", SAFE).expect_err("no such world").to_string();
        assert_eq!(world, format!("{file}: rig.world: unknown variant `robot`, expected `operator` or `twin`"));
        let missing = bench("twin", "").expect_err("no safety").to_string();
        assert_eq!(missing, format!("{file}: the whole file: missing field `safety`"));
        let torn = RigFile::from_toml(Path::new("x.toml"), "[rig]\nid = \n").expect_err("no TOML").to_string();
        assert!(torn.starts_with("x.toml: line 2: "), "{torn}");
        let gone = RigFile::read(Path::new("no/such.toml")).expect_err("no file").to_string();
        assert!(gone.contains("such.toml: the file: cannot be read: "), "{gone}");
    }

    #[test]
    fn what_the_types_do_not_say_is_checked() {
        let wrong = |more: &str, text: &str| {
            let error = refused(more);
            assert!(error.ends_with(text), "{error}");
        };
        wrong("[timing]\nstall_ms = 0\n", "timing.stall_ms: from 1 to 60000 ms");
        wrong("[reservation]\nlabgrid = \"-x:1\"\n", "HOST:PORT of the coordinator, such as coordinator:20408");
        wrong(
            "[reservation]\nplace = \"bench\"\n",
            "reservation.place: nothing without reservation.labgrid: a lock file goes by the rig's id",
        );
        let with = |from: &str, to: &str| {
            let text = "[rig]\nid = \"b\"\nplace = \"here\"\nworld = \"operator\"\n[safety]\nmax_v = 0\nmax_a = 0\n\
                        [caps]\nprovides = [\"lock\", \"strange.thing\"]\n[devices]\nlock = \"i2c:/dev/i2c-0@0x20\"\n";
            assert!(RigFile::from_toml(Path::new("b.toml"), text).is_ok());
            let text = text.replacen(from, to, 1);
            RigFile::from_toml(Path::new("b.toml"), &text).expect_err("it is wrong").to_string()
        };
        assert_eq!(
            with("max_a = 0", "max_a = 0\nenergised = true"),
            "b.toml: safety.energised: false where max_v is 0: nothing can be energised there"
        );
        assert_eq!(
            with("max_a = 0", "max_a = 0\ninterlock = \"can:can0\""),
            "b.toml: safety.interlock: a line, such as gpio:/dev/gpiochip0@INTERLOCK"
        );
        assert_eq!(
            with("id = \"b\"", "id = \"../b\""),
            "b.toml: rig.id: from 1 to 48 of a-z, 0-9, '-', '_' and '.', the first a letter or a digit"
        );
        assert_eq!(with("\"lock\"", "\"plc\""), "b.toml: caps.provides[0]: a device for plc: devices.plc is missing");
        assert_eq!(
            with("i2c:/dev/i2c-0@0x20\"", "none:\"\nmeter = \"modbus:/dev/ttyUSB0\""),
            "b.toml: caps.provides[0]: a device for lock: devices.lock is missing"
        );
        assert_eq!(with("strange.thing", "lock"), "b.toml: caps.provides[1]: lock once, it is there twice");
        assert_eq!(
            with("strange.thing", "Big"),
            "b.toml: caps.provides[1]: a word such as plc or rfid.pn532, got \"Big\""
        );
        assert_eq!(
            with("i2c:/dev/i2c-0@0x20", "sim:lock"),
            "b.toml: devices: at least one real device where the world is an operator"
        );
        assert_eq!(with("max_v = 0", "max_v = 40000").split(": ").nth(1), Some("safety.max_v"));
        assert_eq!(
            with("max_v = 0\nmax_a = 0", "max_v = 400\nmax_a = 16\nenergised = true"),
            "b.toml: safety.interlock: a line that reads closed while it is safe: nothing is energised without one"
        );
    }

    /// A rig on this machine with these tables.
    fn several(provides: &str, tables: &str) -> Result<RigFile, String> {
        let text = format!(
            "[rig]\nid = \"b\"\nplace = \"here\"\nworld = \"twin\"\n[safety]\nmax_v = 0\nmax_a = 0\n[caps]\n\
             provides = [{provides}]\n{tables}"
        );
        RigFile::from_toml(Path::new("b.toml"), &text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_rig_with_several_evses_has_a_table_for_each() {
        let two = "[devices]\ngrid_meter = \"tic:udp:world?mode=standard\"\n[[evse]]\npower_board = \"uart:pty\"\n\
            meter = \"modbus:pty:rs485?unit=1\"\n[[evse]]\npower_board = \"uart:pty\"\nmeter = \"modbus:pty:rs485?unit=2\"\n";
        let file = several("\"ac\", \"evses\", \"grid\", \"meter\"", two).expect("a rig");
        assert_eq!(file.evse_count(), 2);
        let keys: Vec<_> = file.named().map(|(key, _)| key.to_string()).collect();
        assert_eq!(
            keys,
            ["devices.grid_meter", "evse[0].meter", "evse[0].power_board", "evse[1].meter", "evse[1].power_board"]
        );
        assert_eq!(file.device("meter").map(Endpoint::target), Some("pty:rs485"));
        let wrong = |provides: &str, tables: &str| several(provides, tables).expect_err("it is wrong");
        assert_eq!(wrong("\"lock\"", two), "b.toml: caps.provides[0]: a device for lock: evse[0].lock is missing");
        assert_eq!(
            wrong("\"evses\"", "[devices]\npower_board = \"uart:pty\"\n"),
            "b.toml: caps.provides[0]: devices for several EVSEs, each under an [[evse]] of its own"
        );
        assert_eq!(
            wrong("", "[devices]\nlock = \"sim:lock\"\n[[evse]]\n"),
            "b.toml: devices.lock: under [[evse]]: each EVSE has its own"
        );
        assert_eq!(
            wrong("", "[[evse]]\n[[evse]]\nmeter = \"modbus:/dev/ttyUSB0\"\n"),
            "b.toml: evse[1].meter: a model (pty, world, sim: or none:) where the world is a twin, got modbus:/dev/ttyUSB0"
        );
        for line in
            ["power_board = \"uart:pty:rs485\"", "meter = \"modbus:pty:../x?unit=1\"", "meter = \"modbus:pty:?unit=1\""]
        {
            let error = wrong("", &format!("[[evse]]\n{line}\n"));
            assert!(error.contains(": pty, or pty:NAME where it shares a line of that name"), "{line}: {error}");
        }
        assert!(
            wrong("", "[[evse]]\ngrid_meter = \"sim:x\"\n").contains("evse[0].grid_meter: unknown field `grid_meter`")
        );
    }

    #[test]
    fn a_twin_on_this_machine_has_models_and_no_energy() {
        let rig = |max_v: u32, host: &str, lock: &str| {
            let text = format!(
                "[rig]\nid = \"b\"\nplace = \"here\"\nworld = \"twin\"\nhost = \"{host}\"\n[safety]\nmax_v = {max_v}\n\
                 max_a = 0\n[caps]\nprovides = []\n[devices]\nlock = \"{lock}\"\n"
            );
            RigFile::from_toml(Path::new("b.toml"), &text).map(drop).map_err(|error| error.to_string())
        };
        for lock in ["sim:lock", "none:", "pn532:pty?115200", "tic:udp:world?mode=standard", "fb:world"] {
            assert_eq!(rig(0, "local", lock), Ok(()));
        }
        assert_eq!(rig(0, "uml", "i2c:/dev/i2c-0@0x20"), Ok(()));
        for lock in ["i2c:/dev/i2c-0@0x20", "can:can0?bitrate=125000&proto=infypower", "modbus:tcp:10.0.0.7:502?unit=1"]
        {
            assert_eq!(
                rig(0, "local", lock),
                Err(format!(
                    "b.toml: devices.lock: a model (pty, world, sim: or none:) where the world is a twin, got {lock}"
                ))
            );
        }
        assert_eq!(
            rig(400, "uml", "sim:lock"),
            Err("b.toml: safety.max_v: 0 where the world is a twin: all energy is in its models".into())
        );
    }
}
