//! What the program is told: the command line, `charger.toml` and `board.toml`, checked against each other.

use std::fmt;
use std::path::{Path, PathBuf};

use hil::{DeviceTable, Devices, EvseDevices};
use ocpp::Tcp;
use station::{Config, OutletKind, Owner, Service};

use crate::board_file::BoardFile;
use crate::control::Place;
use crate::isolation::Level;
use crate::options::Options;
use crate::settings_error::{SettingsError, read};

/// Everything the program is told.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The charger.
    pub(crate) config: Config,
    /// Where its devices are.
    pub(crate) devices: Devices,
    /// The one folder it writes to.
    pub(crate) state: PathBuf,
    /// The CSMS, and its port.
    pub(crate) csms: Option<Csms>,
    /// Where the event log goes.
    pub(crate) events: Option<PathBuf>,
    /// Where test rigs speak to it.
    pub(crate) control: Option<Place>,
    /// Whether what passes on the wires is recorded.
    pub(crate) frames: bool,
    /// How its rights are cut down.
    pub(crate) isolation: Level,
    /// What looks like a slip and need not be one.
    pub(crate) hints: Vec<String>,
}

/// Where the CSMS is.
#[derive(Clone, Debug)]
pub(crate) struct Csms {
    /// Makes connections.
    pub(crate) tcp: Tcp,
    /// The TCP port of its URL.
    pub(crate) port: u16,
}

impl Settings {
    /// Reads both files and the command line.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub(crate) fn read(options: Options) -> Result<Self, Vec<SettingsError>> {
        let file = options.config.display().to_string();
        let mut wrong = Vec::new();
        let mut told = |error| wrong.push(error);
        let config = read(&options.config).and_then(|text| {
            Config::from_toml(&file, &text).map_err(|error| SettingsError::new(error.file, error.key, error.expected))
        });
        let config = config.map_err(&mut told).ok();
        let board_file = BoardFile::read(&options.board);
        let board = options.board.display().to_string();
        let mut devices = board_file.devices();
        let hints = board_file.hints;
        board_file.wrong.into_iter().for_each(&mut told);
        if let (Some(config), Some(devices)) = (&config, &mut devices) {
            agree(config, &file, devices, &board).into_iter().for_each(&mut told);
            for (evse, told) in devices.evses.iter_mut().zip(config.evses.iter()) {
                if told.outlet.kind == OutletKind::Tethered && evse.lock.take().is_some() {
                    let table = evse.table;
                    tracing::warn!("{board}: {table}.lock: not used, because {file} says outlet.kind = \"tethered\"");
                }
            }
        }
        let identity = config.as_ref().map_or("", |config| config.station.id.as_str());
        let csms = options.csms.and_then(|url| csms(&url, identity).map_err(&mut told).ok());
        let control = options.control.as_deref().map(Place::at);
        if control == Some(Place::Stdio) && options.events.as_deref() == Some(Path::new("-")) {
            told(SettingsError::new("command line", "--events", "a file: stdout belongs to --control stdio:"));
        }
        match (config, devices) {
            (Some(config), Some(devices)) if wrong.is_empty() => Ok(Self {
                config,
                devices,
                state: options.state,
                csms,
                events: options.events,
                control,
                frames: options.frames,
                isolation: options.isolation,
                hints,
            }),
            _ => Err(wrong),
        }
    }
}

/// What neither file can know alone.
fn agree(config: &Config, file: &str, devices: &Devices, board: &str) -> Vec<SettingsError> {
    let mut wrong = Vec::new();
    let (told, there) = (usize::from(config.evses.count()), devices.evses.len());
    if told != there {
        let expected = format!("expected as many EVSEs as {file} has: {told}, and here are {there}");
        wrong.push(SettingsError::new(board, "evse", expected));
    }
    for (evse, told) in devices.evses.iter().zip(config.evses.iter()) {
        if told.outlet.kind == OutletKind::Socket && evse.lock.is_none() {
            let expected =
                format!("expected an endpoint: {file} says outlet.kind = \"socket\", and a socket holds the plug");
            wrong.push(SettingsError::new(board, format!("{}.lock", evse.table), expected));
        }
    }
    let station = &devices.station;
    let shared = [
        (
            "reader",
            "token_reader",
            station.token_reader.is_some(),
            config.evses.iter().map(|evse| evse.reader).collect(),
        ),
        ("panel", "panel", station.panel.is_some(), config.evses.iter().map(|evse| evse.panel).collect::<Vec<_>>()),
    ];
    for (key, name, of_station, owners) in shared {
        if owners.contains(&Owner::Station) && devices.evses.iter().any(|evse| evse.table == DeviceTable::Devices) {
            let expected = format!(
                "expected a table [[evse]]: {file} says {key} = \"station\", and without one [devices] is the EVSE's"
            );
            wrong.push(SettingsError::new(board, "evse", expected));
            continue;
        }
        let own = devices.evses.iter().map(|evse| match name {
            "panel" => (evse.table, evse.panel.is_some()),
            _ => (evse.table, evse.token_reader.is_some()),
        });
        for ((table, own), owner) in own.zip(&owners) {
            if own && *owner == Owner::Station {
                let expected = format!("nothing expected: {file} says {key} = \"station\" for this EVSE");
                wrong.push(SettingsError::new(board, format!("{table}.{name}"), expected));
            }
        }
        let used = owners.contains(&Owner::Station);
        if used != of_station {
            let expected = if used {
                format!("expected an endpoint: {file} says {key} = \"station\" for an EVSE")
            } else {
                format!("nothing expected: {file} says {key} = \"station\" for no EVSE")
            };
            wrong.push(SettingsError::new(board, format!("devices.{name}"), expected));
        }
    }
    let any = |there: fn(&EvseDevices) -> bool| devices.evses.iter().any(there);
    let owners = [
        (Service::Power, "power_board", true),
        (Service::Lock, "connector_lock", any(|evse| evse.lock.is_some())),
        (Service::Meter, "meter", true),
        (Service::House, "grid_meter", station.grid_meter.is_some()),
        (Service::Auth, "token_reader", true),
        (Service::Panel, "panel", true),
        (Service::Supply, "power_supply", any(|evse| evse.power_supply.is_some())),
        (Service::Insulation, "insulation_monitor", any(|evse| evse.insulation_monitor.is_some())),
        (Service::Hlc, "plc", any(|evse| evse.plc.is_some())),
        (Service::Hlc, "v2g", any(|evse| evse.v2g.is_some())),
    ];
    for (service, hardware, there) in owners {
        if there && !config.owns(service, hardware) {
            let expected = format!("expected \"{hardware}\" among them");
            wrong.push(SettingsError::new(file, format!("service.{service}.uses"), expected));
        }
    }
    wrong
}

fn csms(url: &str, identity: &str) -> Result<Csms, SettingsError> {
    let tcp = Tcp::new(url, identity).map_err(|why| SettingsError::new("command line", "--csms", why))?;
    // `Tcp` has checked the form.
    let authority = url.trim_start_matches("ws://").split('/').next().unwrap_or_default();
    let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80);
    Ok(Csms { tcp, port })
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let station = &self.config.station;
        writeln!(f, "station             {} ({} {})", station.id, station.vendor, station.model)?;
        for (key, endpoint) in self.devices.named() {
            writeln!(f, "{:<19} {endpoint}", key.label())?;
        }
        if let Some(csms) = &self.csms {
            writeln!(f, "csms                {}", ocpp::Connect::url(&csms.tcp))?;
        }
        writeln!(f, "state               {}", self.state.display())?;
        self.hints.iter().try_for_each(|hint| writeln!(f, "look again          {hint}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with these two files together.
    fn disagree(charger: &str, board: &str) -> Vec<String> {
        let config = Config::from_toml("charger.toml", charger).expect("a charger");
        let file = BoardFile::parse("board.toml", board);
        assert_eq!(file.wrong, []);
        let devices = file.devices().expect("devices");
        agree(&config, "charger.toml", &devices, "board.toml").iter().map(ToString::to_string).collect()
    }

    /// Tables for two EVSEs, with what each has besides.
    fn two(first: &str, second: &str) -> String {
        let evse = |unit: u8, more: &str| {
            format!(
                "[[evse]]\npower_board = \"uart:/dev/none-{unit}\"\n\
                 meter = \"modbus:/dev/none-485?map=eastron-sdm230&unit={unit}\"\n{more}"
            )
        };
        evse(1, first) + &evse(2, second)
    }

    const TETHERED: &str = "[outlet]\nkind = \"tethered\"\n";

    #[test]
    fn both_files_have_the_same_evses() {
        let one = "[devices]\npower_board = \"uart:/dev/none-1\"\nmeter = \"tic:/dev/none-2?mode=standard\"\n";
        assert_eq!(disagree(TETHERED, one), [""; 0]);
        assert_eq!(disagree(&format!("{TETHERED}[[evse]]\n[[evse]]\n"), &two("", "")), [""; 0]);
        assert_eq!(
            disagree(&format!("{TETHERED}[[evse]]\n[[evse]]\n"), one),
            ["board.toml: evse: expected as many EVSEs as charger.toml has: 2, and here are 1"]
        );
        assert_eq!(
            disagree(TETHERED, &two("", "")),
            ["board.toml: evse: expected as many EVSEs as charger.toml has: 1, and here are 2"]
        );
        assert_eq!(
            disagree("[[evse]]\n[[evse]]\noutlet = { kind = \"tethered\" }\n", &two("", "")),
            [
                "board.toml: evse[0].lock: expected an endpoint: charger.toml says outlet.kind = \"socket\", and a socket holds \
              the plug"
            ]
        );
    }

    #[test]
    fn both_files_say_the_same_of_whose_reader_and_panel_it_is() {
        let charger = format!("{TETHERED}[[evse]]\nreader = \"station\"\n[[evse]]\nreader = \"station\"\n");
        let shared = "[devices]\ntoken_reader = \"pn532:/dev/none-nfc\"\n";
        assert_eq!(disagree(&charger, &format!("{shared}{}", two("", "panel = \"none:\"\n"))), [""; 0]);
        assert_eq!(
            disagree(&charger, &two("", "token_reader = \"pn532:/dev/none-nfc\"\n")),
            [
                "board.toml: evse[1].token_reader: nothing expected: charger.toml says reader = \"station\" for this EVSE",
                "board.toml: devices.token_reader: expected an endpoint: charger.toml says reader = \"station\" for an EVSE"
            ]
        );
        let apart = format!("{TETHERED}[[evse]]\n[[evse]]\n");
        assert_eq!(
            disagree(&apart, &format!("[devices]\npanel = \"fb:/dev/none\"\n{}", two("", ""))),
            ["board.toml: devices.panel: nothing expected: charger.toml says panel = \"station\" for no EVSE"]
        );
        let one = "[devices]\npower_board = \"uart:/dev/none-1\"\nmeter = \"tic:/dev/none-2?mode=standard\"\npanel = \"none:\"\n";
        assert_eq!(
            disagree(&format!("{TETHERED}[[evse]]\npanel = \"station\"\n"), one),
            [
                "board.toml: evse: expected a table [[evse]]: charger.toml says panel = \"station\", and without one [devices] is \
              the EVSE's"
            ]
        );
    }

    #[test]
    fn the_port_of_a_csms_is_that_of_its_url() {
        let port = |url: &str| csms(url, "PF-0001").map(|csms| csms.port).map_err(|error| error.to_string());
        assert_eq!(port("ws://csms.example/ocpp"), Ok(80));
        assert_eq!(port("ws://csms.example:9000/ocpp"), Ok(9000));
        assert_eq!(port("ws://[::1]:9001"), Ok(9001));
        assert!(port("http://csms.example").expect_err("refused").starts_with("command line: --csms: http://"));
    }
}
