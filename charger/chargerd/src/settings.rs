//! What the program is told: the command line, `charger.toml` and `board.toml`, checked against each other.

use std::fmt;
use std::path::{Path, PathBuf};

use hil::Devices;
use ocpp::Tcp;
use station::{Config, OutletKind, Service};

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
            if config.evses.first().outlet.kind == OutletKind::Tethered && devices.lock.take().is_some() {
                tracing::warn!("{board}: devices.lock: not used, because {file} says outlet.kind = \"tethered\"");
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
    if config.evses.first().outlet.kind == OutletKind::Socket && devices.lock.is_none() {
        let expected =
            format!("expected an endpoint: {file} says outlet.kind = \"socket\", and a socket holds the plug");
        wrong.push(SettingsError::new(board, "devices.lock", expected));
    }
    let owners = [
        (Service::Power, "power_board", true),
        (Service::Lock, "connector_lock", devices.lock.is_some()),
        (Service::Meter, "meter", true),
        (Service::House, "grid_meter", devices.grid_meter.is_some()),
        (Service::Auth, "token_reader", true),
        (Service::Panel, "panel", true),
        (Service::Supply, "power_supply", devices.power_supply.is_some()),
        (Service::Insulation, "insulation_monitor", devices.insulation_monitor.is_some()),
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
            writeln!(f, "{key:<19} {endpoint}")?;
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

    #[test]
    fn the_port_of_a_csms_is_that_of_its_url() {
        let port = |url: &str| csms(url, "PF-0001").map(|csms| csms.port).map_err(|error| error.to_string());
        assert_eq!(port("ws://csms.example/ocpp"), Ok(80));
        assert_eq!(port("ws://csms.example:9000/ocpp"), Ok(9000));
        assert_eq!(port("ws://[::1]:9001"), Ok(9001));
        assert!(port("http://csms.example").expect_err("refused").starts_with("command line: --csms: http://"));
    }
}
