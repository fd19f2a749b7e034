//! Whether the endpoints of a charger are right: each by itself, and all of them together. Nothing is opened.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::board::AnyBoard;
use crate::holder::{Holder, holders, lock_holders};
use crate::i2c::ChipPlace;
use crate::insulation::{self, IsoCha425};
use crate::lock::I2cLock;
use crate::meter::{self, AnyMeter};
use crate::modbus::{ModbusSettings, Place};
use crate::options::Options;
use crate::panel::AnyPanel;
use crate::plc::PacketLink;
use crate::reader::AnyReader;
use crate::supply::CanSupply;
use crate::v2g_network::KernelV2gNetwork;
use crate::{DeviceKey, Endpoint, EndpointError, Open};

/// What was found, each under the key of its device.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Checked {
    /// What is wrong.
    pub wrong: Vec<(DeviceKey, EndpointError)>,
    /// What looks like a slip and need not be one.
    pub hints: Vec<(DeviceKey, String)>,
}

/// Which kinds of links lead to which device.
const SCHEMES: [(&str, &[&str]); 10] = [
    ("power_board", &["rpmsg", "uart", "gpio"]),
    ("lock", &["i2c"]),
    ("meter", &["modbus", "tic"]),
    ("grid_meter", &["modbus", "tic"]),
    ("token_reader", if cfg!(feature = "pcsc") { &["pn532", "pcsc"] } else { &["pn532"] }),
    ("panel", &["fb", "none"]),
    ("power_supply", &["can"]),
    ("insulation_monitor", &["isocha425"]),
    ("plc", &["packet"]),
    ("v2g", &["interface"]),
];

/// Reads every endpoint under its key, and looks which of them cannot be there together.
#[must_use]
pub fn check<'a>(devices: impl IntoIterator<Item = (DeviceKey, &'a Endpoint)>) -> Checked {
    let mut checked = Checked::default();
    let mut used: Vec<(DeviceKey, Use)> = Vec::new();
    for (key, endpoint) in devices {
        if let Err(error) = one(key.name, endpoint) {
            checked.wrong.push((key, error));
            continue;
        }
        if let Ok(("modbus", (_, map))) = meter::modbus_settings(endpoint).map(|settings| (endpoint.scheme(), settings))
        {
            checked.hints.extend(map.hints().into_iter().map(|hint| (key, format!("{endpoint}: {hint}"))));
        }
        let Some(wanted) = Use::of(endpoint) else { continue };
        let disputed = used.iter().find_map(|(other, taken)| wanted.dispute(taken, &other.label()));
        if let Some(why) = disputed {
            checked.wrong.push((key, endpoint.wrong(why)));
        }
        used.push((key, wanted));
    }
    checked
}

/// Who else has the serial line of an endpoint open now, as far as can be told; empty where an endpoint is on none.
#[must_use]
pub fn line_holders(endpoint: &Endpoint) -> Vec<Holder> {
    match Use::of(endpoint) {
        Some(Use::Line(path)) => line_holders_of(&path),
        Some(Use::Unit(Place::Line { path, .. }, _)) => line_holders_of(Path::new(&path)),
        Some(
            Use::Unit(Place::Gateway(_), _)
            | Use::Chip(_)
            | Use::Datagrams(_)
            | Use::Module(..)
            | Use::Outputs(..)
            | Use::Whole(_),
        )
        | None => Vec::new(),
    }
}

/// A pseudo terminal is open in the program at its other end as well, which does not keep it from anybody; who has locked it does.
fn line_holders_of(path: &Path) -> Vec<Holder> {
    if path.starts_with("/dev/pts") { lock_holders(path) } else { holders(path) }
}

/// One endpoint by itself.
fn one(key: &str, endpoint: &Endpoint) -> Result<(), EndpointError> {
    let schemes = SCHEMES.iter().find(|(device, _)| *device == key).map_or(&[][..], |(_, schemes)| schemes);
    if !schemes.contains(&endpoint.scheme()) {
        return Err(endpoint.wrong(format!("expected {}:", schemes.join(": or "))));
    }
    match key {
        "power_board" => AnyBoard::check(endpoint),
        "lock" => I2cLock::check(endpoint),
        "meter" | "grid_meter" => AnyMeter::check(endpoint),
        "token_reader" => AnyReader::check(endpoint),
        "panel" => AnyPanel::check(endpoint),
        "power_supply" => CanSupply::check(endpoint),
        "insulation_monitor" => IsoCha425::check(endpoint),
        "v2g" => KernelV2gNetwork::check(endpoint),
        _ => PacketLink::check(endpoint),
    }
}

/// What a device has for itself, or shares.
#[derive(Debug)]
enum Use {
    /// One unit of several on a line, or behind a gateway.
    Unit(Place, u8),
    /// A serial line alone.
    Line(PathBuf),
    /// A chip on a bus of several.
    Chip(ChipPlace),
    /// Datagrams to one address.
    Datagrams(SocketAddr),
    /// One module of several on a CAN bus.
    Module(String, u8),
    /// What a power board without firmware drives: its contactor's line, and its pilot's channel.
    Outputs([String; 2]),
    /// All of it: a firmware's endpoint, a screen, a network interface, a reader.
    Whole(String),
}

impl Use {
    /// What an endpoint uses that another one may want; it has been read without an error.
    fn of(endpoint: &Endpoint) -> Option<Self> {
        let unit = |settings: ModbusSettings| Self::Unit(settings.place.canonical(), settings.unit);
        let target = endpoint.target();
        let line = || Self::Line(fs::canonicalize(target).unwrap_or_else(|_| target.into()));
        match endpoint.scheme() {
            "modbus" => meter::modbus_settings(endpoint).ok().map(|(settings, _)| unit(settings)),
            "isocha425" => insulation::settings(endpoint).ok().map(unit),
            "i2c" => Some(Self::Chip(ChipPlace::of(&mut Options::of(endpoint), target).canonical())),
            "pn532" => Some(match target.strip_prefix("i2c:") {
                Some(place) => Self::Chip(ChipPlace::of(&mut Options::of(endpoint), place).canonical()),
                None => line(),
            }),
            "tic" => match target.strip_prefix("udp:") {
                Some(address) => address.parse().ok().map(Self::Datagrams),
                None => Some(line()),
            },
            "uart" => Some(line()),
            "can" => Some(Self::Module(target.into(), endpoint.number("module").ok().flatten().unwrap_or(0))),
            "gpio" => {
                let driven = |option: &str| endpoint.option(option).unwrap_or_default().to_owned();
                Some(Self::Outputs([format!("{target} {}", driven("contactor")), driven("pwm")]))
            }
            "fb" | "interface" | "packet" | "pcsc" | "rpmsg" => {
                Some(Self::Whole(format!("{}:{target}", endpoint.scheme())))
            }
            _ => None,
        }
    }

    /// Why both cannot be, or `None` when they can.
    fn dispute(&self, taken: &Self, by: &str) -> Option<String> {
        match (self, taken) {
            (Self::Unit(place, unit), Self::Unit(other, theirs)) if place.is_same(other) => match (place, other) {
                (Place::Line { line, .. }, Place::Line { line: wanted, .. }) if line != wanted => {
                    Some(format!("the line is {line} here and {wanted} for {by}: one line has one setting"))
                }
                _ if unit == theirs => Some(format!("unit {unit} at that place is {by} already")),
                _ => None,
            },
            (Self::Unit(Place::Line { path, .. }, _), Self::Line(line))
            | (Self::Line(line), Self::Unit(Place::Line { path, .. }, _))
                if line.to_str() == Some(path) =>
            {
                Some(format!("the line is {by}'s already: only devices on Modbus share one"))
            }
            (Self::Line(line), Self::Line(other)) if line == other => {
                Some(format!("the line is {by}'s already: only devices on Modbus share one"))
            }
            (Self::Chip(chip), Self::Chip(other)) if chip == other => {
                Some(format!("the chip at that address is {by}'s already"))
            }
            (Self::Datagrams(address), Self::Datagrams(other)) if address == other => {
                Some(format!("what is sent to that address is {by}'s already"))
            }
            (Self::Module(bus, module), Self::Module(other, theirs)) if (bus, module) == (other, theirs) => {
                Some(format!("module {module} at that bus is {by} already"))
            }
            (Self::Outputs(own), Self::Outputs(other)) if own.iter().zip(other).any(|(own, other)| own == other) => {
                Some(format!("its contactor's line or its pilot's channel is {by}'s already"))
            }
            (Self::Whole(own), Self::Whole(other)) if own == other => Some(format!("it is {by} already")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeviceTable, Devices};

    /// The devices of a charger with one EVSE, and after each line `[[evse]]` those of another one.
    fn named(text: &str) -> Vec<(DeviceKey, Endpoint)> {
        let (mut table, mut named) = (DeviceTable::Devices, Vec::new());
        for line in text.lines() {
            if line == "[[evse]]" {
                table = if let DeviceTable::Evse(place) = table {
                    DeviceTable::Evse(place + 1)
                } else {
                    DeviceTable::Evse(0)
                };
            } else if let Some((name, endpoint)) = line.split_once(" = ") {
                let place = Devices::NAMES.iter().position(|known| *known == name.trim()).expect("a device");
                let endpoint = endpoint.trim_matches('"').parse().expect("an endpoint");
                named.push((DeviceKey::new(table, Devices::NAMES[place]), endpoint));
            }
        }
        named.sort_by_key(|(key, _)| (key.table, Devices::NAMES.iter().position(|known| *known == key.name)));
        named
    }

    fn checked(text: &str) -> Checked {
        check(named(text).iter().map(|(key, endpoint)| (*key, endpoint)))
    }

    fn wrong(text: &str) -> Vec<String> {
        checked(text).wrong.into_iter().map(|(key, error)| format!("{}: {error}", key.label())).collect()
    }

    const METER: &str = "meter = \"modbus:/dev/none-485?map=eastron-sdm230&unit=1\"\n";
    const BOARD: &str = "power_board = \"uart:/dev/none-board\"\n";

    #[test]
    fn each_device_has_its_own_kinds_of_links() {
        for more in [
            "",
            "lock = \"i2c:/dev/i2c-0@0x20\"\n",
            "panel = \"none:\"\nplc = \"packet:eth2\"\nv2g = \"interface:eth2\"\n",
            "power_supply = \"can:can0?proto=infypower\"\ninsulation_monitor = \"isocha425:/dev/ttyUSB1?unit=3\"\n",
            "token_reader = \"pn532:i2c:/dev/i2c-0@0x24\"\ngrid_meter = \"tic:udp:0.0.0.0:2000?mode=standard\"\n",
        ] {
            assert_eq!(wrong(&format!("{BOARD}{METER}{more}")), [""; 0], "{more}");
        }
        assert_eq!(
            wrong(&format!("{BOARD}{METER}lock = \"can:can0\"\npower_supply = \"modbus:/dev/ttyS1\"\n")),
            ["lock: can:can0: expected i2c:", "power_supply: modbus:/dev/ttyS1: expected can:"]
        );
    }

    #[test]
    fn every_slip_of_every_endpoint_is_told_at_once() {
        let table = "power_board = \"uart:/dev/x?115201x\"\nmeter = \"modbus:/dev/y?map=eastron-sdm230&unit=999&9600q1\"\n\
            lock = \"i2c:/dev/i2c-0@0x99\"\ntoken_reader = \"pn532:ttyS1?poll_ms=0\"\ngrid_meter = \"tic:udp:house:2000\"\n\
            panel = \"fb:/dev/fb0?bpp=16\"\npower_supply = \"can:can0?proto=infypower&module=99\"\n\
            insulation_monitor = \"isocha425:tcp:192.0.2.8:http\"\nplc = \"packet:/dev/eth2\"\nv2g = \"packet:eth2\"\n";
        let wrong = wrong(table);
        for (index, expected) in [
            "power_board: uart:/dev/x?115201x: 115201x: expected a speed such as 115200, or a line such as 115200n1",
            "lock: i2c:/dev/i2c-0@0x99: expected PATH@ADDRESS, such as /dev/i2c-0@0x20, with an address from 0x03 to 0x77",
            "meter: modbus:/dev/y?map=eastron-sdm230&unit=999&9600q1: 9600q1: expected a line such as 9600n1 or 1200-8n1; \
             unit: expected 1 to 247, got \"999\"",
            "grid_meter: tic:udp:house:2000: expected udp:ADDRESS:PORT",
            "token_reader: pn532:ttyS1?poll_ms=0: expected a path such as /dev/ttyS1, got \"ttyS1\"; poll_ms: expected 1 to",
            "panel: fb:/dev/fb0?bpp=16: bpp: only a plain file is told its pixels, so size is missing",
            "power_supply: can:can0?proto=infypower&module=99: module: expected 0 to 62, got \"99\"",
            "insulation_monitor: isocha425:tcp:192.0.2.8:http: expected tcp:HOST[:PORT], and \"http\" is no port",
            "plc: packet:/dev/eth2: expected the name of an interface such as eth2, got \"/dev/eth2\"",
            "v2g: packet:eth2: expected interface:",
        ]
        .iter()
        .enumerate()
        {
            assert!(wrong[index].starts_with(expected), "{}\n{expected}", wrong[index]);
        }
    }

    #[test]
    fn devices_on_modbus_share_a_line_if_they_agree_about_it() {
        let with = |more: &str| wrong(&format!("{BOARD}{METER}{more}\n"));
        assert_eq!(
            with(
                "grid_meter = \"modbus:/dev/none-485?map=eastron-sdm630-v2&unit=3\"\n\
                 insulation_monitor = \"isocha425:/dev/none-485?9600n1&unit=2\""
            ),
            [""; 0]
        );
        for (more, expected) in [
            (
                "insulation_monitor = \"isocha425:/dev/none-485?unit=2\"",
                "the line is 19200-8e1 here and 9600-8n1 for meter: one line has one setting",
            ),
            (
                "insulation_monitor = \"isocha425:/dev/none-485?9600n1&unit=2&rs485\"",
                "the line is 9600-8n1 with rs485 here and 9600-8n1 for meter: one line has one setting",
            ),
            ("insulation_monitor = \"isocha425:/dev/none-485?9600n1&unit=1\"", "unit 1 at that place is meter already"),
            ("grid_meter = \"tic:/dev/none-485?mode=standard\"", "the line is meter's already"),
            ("token_reader = \"pn532:/dev/none-board\"", "the line is power_board's already"),
            (
                "lock = \"i2c:/dev/i2c-9@0x24\"\ntoken_reader = \"pn532:i2c:/dev/i2c-9@36\"",
                "the chip at that address is lock's already",
            ),
        ] {
            let wrong = with(more);
            assert!(wrong.len() == 1 && wrong[0].contains(expected), "{more}: {wrong:?}");
        }
    }

    #[test]
    fn two_evses_share_a_line_of_meters_and_nothing_that_is_one_devices_alone() {
        let with = |first: &str, second: &str| wrong(&format!("[[evse]]\n{first}\n[[evse]]\n{second}\n"));
        let one = "meter = \"modbus:/dev/none-485?map=eastron-sdm230&unit=1\"";
        for second in [
            "meter = \"modbus:/dev/none-485?map=eastron-sdm230&unit=2\"",
            "meter = \"modbus:/dev/none-486?map=eastron-sdm230&unit=1\"",
        ] {
            assert_eq!(with(one, second), [""; 0], "{second}");
        }
        assert_eq!(
            with(one, one),
            [
                "evse[1].meter: modbus:/dev/none-485?map=eastron-sdm230&unit=1: unit 1 at that place is evse[0].meter already"
            ]
        );
        let gpio = |pins: &str| {
            format!("power_board = \"gpio:/dev/gpiochip0?{pins}&cp_adc=iio:adc/voltage0&pp_adc=iio:adc/voltage1\"")
        };
        let (k1, k2) = (gpio("contactor=K1&pwm=pwmchip0/pwm0"), gpio("contactor=K2&pwm=pwmchip0/pwm0"));
        for (first, second, expected) in [
            (
                "power_board = \"rpmsg:rpmsg_tuxevse@14\"",
                "power_board = \"rpmsg:rpmsg_tuxevse@14\"",
                "it is evse[0].power_board already",
            ),
            ("panel = \"fb:/dev/fb0\"", "panel = \"fb:/dev/fb0\"", "it is evse[0].panel already"),
            ("plc = \"packet:eth2\"", "plc = \"packet:eth2\"", "it is evse[0].plc already"),
            ("v2g = \"interface:eth2\"", "v2g = \"interface:eth2\"", "it is evse[0].v2g already"),
            (
                "power_supply = \"can:can0?proto=infypower&module=1\"",
                "power_supply = \"can:can0?proto=infypower&module=1\"",
                "module 1 at that bus is evse[0].power_supply already",
            ),
            (
                "power_board = \"uart:/dev/none-b\"",
                "power_board = \"uart:/dev/none-b\"",
                "the line is evse[0].power_board's already",
            ),
            (&k1, &k2, "its contactor's line or its pilot's channel is evse[0].power_board's already"),
        ] {
            let wrong = with(first, second);
            assert!(
                wrong.len() == 1 && wrong[0].ends_with(expected) || wrong[0].contains(expected),
                "{second}: {wrong:?}"
            );
        }
        for (first, second) in [
            ("power_board = \"rpmsg:rpmsg_tuxevse@14\"", "power_board = \"rpmsg:rpmsg_tuxevse@15\""),
            (
                "power_supply = \"can:can0?proto=infypower&module=1\"",
                "power_supply = \"can:can0?proto=infypower&module=2\"",
            ),
            ("panel = \"none:\"", "panel = \"none:\""),
            (&k1, &gpio("contactor=K2&pwm=pwmchip0/pwm1")),
        ] {
            assert_eq!(with(first, second), [""; 0], "{second}");
        }
    }

    #[test]
    fn two_names_of_one_line_are_one_line() {
        let folder = std::env::temp_dir().join(format!("plugfest-names-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let (node, link) = (folder.join("ttyUSB0"), folder.join("by-id"));
        fs::write(&node, "").expect("a file");
        std::os::unix::fs::symlink(&node, &link).expect("a link");
        let wrong = wrong(&format!(
            "{BOARD}meter = \"modbus:{}?map=eastron-sdm230\"\ninsulation_monitor = \"isocha425:{}?unit=2\"\n",
            node.display(),
            link.display()
        ));
        fs::remove_dir_all(&folder).expect("it is there");
        assert!(wrong[0].contains("one line has one setting"), "{wrong:?}");
    }

    #[test]
    fn an_address_of_a_manual_is_a_hint_and_no_error() {
        let path = std::env::temp_dir().join(format!("plugfest-hint-{}.toml", std::process::id()));
        let map = "quantities.voltage_l1 = { address = 0 }\nquantities.current_l1 = { address = 6 }\n\
            quantities.power = { address = 52 }\nquantities.import = { address = 30073 }\n";
        fs::write(&path, map).expect("a file");
        let checked = checked(&format!("{BOARD}meter = \"modbus:/dev/none-485?map={}\"\n", path.display()));
        fs::remove_file(&path).expect("it is there");
        assert_eq!(checked.wrong, []);
        assert!(checked.hints[0].1.ends_with("what a manual calls 30073 is input register 72 here"), "{checked:?}");
    }
}
