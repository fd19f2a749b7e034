//! What the program is told: the command line, `charger.toml` and `board.toml`, checked against each other.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use hil::Devices;
use ocpp::Tcp;
use serde::Deserialize;
use station::{Config, OutletKind, Service};

use crate::cli::Options;
use crate::control::Place;
use crate::isolation::Level;

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
}

/// Where the CSMS is.
#[derive(Clone, Debug)]
pub(crate) struct Csms {
    /// Makes connections.
    pub(crate) tcp: Tcp,
    /// The TCP port of its URL.
    pub(crate) port: u16,
}

/// What is wrong: which file (or option), which key, what was expected there.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}: {key}: {expected}")]
pub(crate) struct SettingsError {
    file: String,
    key: String,
    expected: String,
}

impl SettingsError {
    fn new(file: impl Into<String>, key: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { file: file.into(), key: key.into(), expected: expected.into() }
    }
}

/// The whole of `board.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BoardFile {
    devices: Devices,
}

impl Settings {
    /// Reads both files.
    pub(crate) fn read(options: Options) -> Result<Self, SettingsError> {
        let file = options.config.display().to_string();
        let config = Config::from_toml(&file, &read(&options.config)?)
            .map_err(|error| SettingsError::new(error.file, error.key, error.expected))?;
        let mut devices = read_board(&options.board)?;
        let board = options.board.display().to_string();
        agree(&config, &file, &devices, &board)?;
        if config.outlet.kind == OutletKind::Tethered && devices.lock.take().is_some() {
            tracing::warn!("{board}: devices.lock: not used, because {file} says outlet.kind = \"tethered\"");
        }
        let csms = options.csms.map(|url| csms(&url, &config.station.id)).transpose()?;
        let control = options.control.as_deref().map(Place::at);
        if control == Some(Place::Stdio) && options.events.as_deref() == Some(Path::new("-")) {
            return Err(SettingsError::new("command line", "--events", "a file: stdout belongs to --control stdio:"));
        }
        Ok(Self {
            config,
            devices,
            state: options.state,
            csms,
            events: options.events,
            control,
            frames: options.frames,
            isolation: options.isolation,
        })
    }
}

/// Reads a board file.
pub(crate) fn read_board(path: &Path) -> Result<Devices, SettingsError> {
    parse_board(&path.display().to_string(), &read(path)?)
}

fn read(path: &Path) -> Result<String, SettingsError> {
    fs::read_to_string(path)
        .map_err(|error| SettingsError::new(path.display().to_string(), "the file", format!("cannot be read: {error}")))
}

fn parse_board(file: &str, text: &str) -> Result<Devices, SettingsError> {
    let table = text.parse::<toml::Table>().map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        SettingsError::new(file, format!("line {line}"), error.message())
    })?;
    let parsed: BoardFile = serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|error| {
        let path = error.path().to_string();
        let key = if path == "." { "the file".to_owned() } else { path };
        SettingsError::new(file, key, error.inner().message())
    })?;
    crate::devices::check(&parsed.devices)
        .map_err(|(key, expected)| SettingsError::new(file, format!("devices.{key}"), expected))?;
    Ok(parsed.devices)
}

/// What neither file can know alone.
fn agree(config: &Config, file: &str, devices: &Devices, board: &str) -> Result<(), SettingsError> {
    if config.outlet.kind == OutletKind::Socket && devices.lock.is_none() {
        return Err(SettingsError::new(
            board,
            "devices.lock",
            format!("expected an endpoint: {file} says outlet.kind = \"socket\", and a socket holds the plug"),
        ));
    }
    let owners = [
        (Service::Power, "power_board", true),
        (Service::Lock, "connector_lock", devices.lock.is_some()),
        (Service::Meter, "meter", true),
        (Service::Meter, "grid_meter", devices.grid_meter.is_some()),
        (Service::Auth, "token_reader", true),
        (Service::Panel, "panel", true),
        (Service::Dc, "power_supply", devices.power_supply.is_some()),
        (Service::Dc, "insulation_monitor", devices.insulation_monitor.is_some()),
    ];
    for (service, hardware, there) in owners {
        if there && !config.owns(service, hardware) {
            return Err(SettingsError::new(
                file,
                format!("service.{service}.uses"),
                format!("expected \"{hardware}\" among them"),
            ));
        }
    }
    Ok(())
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
            writeln!(f, "{key:<19} {endpoint}")?;
        }
        if let Some(csms) = &self.csms {
            writeln!(f, "csms                {}", ocpp::Connect::url(&csms.tcp))?;
        }
        writeln!(f, "state               {}", self.state.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse_board("board.toml", text).expect_err("it is wrong").to_string()
    }

    #[test]
    fn an_error_of_the_board_file_names_the_file_the_key_and_what_was_expected() {
        assert_eq!(refused(""), "board.toml: the file: missing field `devices`");
        assert!(refused("[devices\n").starts_with("board.toml: line 1: "));
        assert_eq!(
            refused("[devices]\npower_board = 5\n"),
            "board.toml: devices.power_board: invalid type: integer `5`, expected a string"
        );
        assert_eq!(
            refused("[devices]\npower_board = \"m4\"\n"),
            "board.toml: devices.power_board: m4: expected SCHEME:TARGET[?OPTION[&OPTION]], such as i2c:/dev/i2c-0@0x20"
        );
        assert!(
            refused("[devices]\nlocks = \"i2c:/dev/i2c-0@0x20\"\n").contains("devices.locks: unknown field `locks`")
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
