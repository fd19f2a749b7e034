//! `board.toml`: where the devices of one charger are. All that is wrong with it is told at once.
//!
//! `[devices]` alone is a charger with one EVSE. Where there is a table `[[evse]]` for each EVSE, `[devices]` is what belongs to the
//! station, and everything else is in those tables.

use std::path::Path;

use hil::{DeviceKey, DeviceTable, Devices, Endpoint, EvseDevices, StationDevices};

use crate::settings_error::{SettingsError, read};

/// Names that an EVSE cannot do without.
const NEEDED: [&str; 2] = ["power_board", "meter"];

/// A board file as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct BoardFile {
    endpoints: Vec<(DeviceKey, Endpoint)>,
    /// How many tables `[[evse]]` there are; `None`: all devices of the one EVSE are in `[devices]`.
    tables: Option<usize>,
    /// What is wrong with it.
    pub(crate) wrong: Vec<SettingsError>,
    /// What looks like a slip and need not be one.
    pub(crate) hints: Vec<String>,
}

impl BoardFile {
    /// Reads the file at that path.
    pub(crate) fn read(path: &Path) -> Self {
        match read(path) {
            Ok(text) => Self::parse(&path.display().to_string(), &text),
            Err(error) => Self { wrong: vec![error], ..Self::default() },
        }
    }

    /// Reads a text; `file` is for errors.
    pub(crate) fn parse(file: &str, text: &str) -> Self {
        let mut board = Self::default();
        let mut file_table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
                board.wrong.push(SettingsError::new(file, format!("line {line}"), error.message()));
                return board;
            }
        };
        let (devices, evses) = (file_table.remove("devices"), file_table.remove("evse"));
        for key in file_table.keys() {
            let expected = format!("unknown field `{key}`, expected `devices` or `evse`");
            board.wrong.push(SettingsError::new(file, key, expected));
        }
        match (devices, evses) {
            (None, None) => board.wrong.push(SettingsError::new(file, "the file", "missing field `devices`")),
            (Some(devices), None) => board.table(file, DeviceTable::Devices, &devices, &Devices::NAMES, &NEEDED),
            (devices, Some(evses)) => {
                if let Some(devices) = devices {
                    board.table(file, DeviceTable::Devices, &devices, &StationDevices::NAMES, &[]);
                }
                match evses.as_array() {
                    Some(evses) if !evses.is_empty() => {
                        board.tables = Some(evses.len());
                        for (place, evse) in evses.iter().enumerate() {
                            board.table(file, DeviceTable::Evse(place), evse, &EvseDevices::NAMES, &NEEDED);
                        }
                    }
                    _ => board.wrong.push(SettingsError::new(file, "evse", "expected a table [[evse]] for each EVSE")),
                }
            }
        }
        // In the order of the devices, as everywhere.
        board.endpoints.sort_by_key(|(key, _)| (key.table, Devices::NAMES.iter().position(|name| *name == key.name)));
        let checked = hil::check(board.endpoints.iter().map(|(key, endpoint)| (*key, endpoint)));
        for (key, error) in checked.wrong {
            board.wrong.push(SettingsError::new(file, key.to_string(), error.to_string()));
        }
        board.hints = checked.hints.into_iter().map(|(key, hint)| format!("{file}: {key}: {hint}")).collect();
        board
    }

    /// Reads one table, in which these names may be and some must.
    fn table(
        &mut self,
        file: &str,
        table: DeviceTable,
        value: &toml::Value,
        names: &[&'static str],
        needed: &[&'static str],
    ) {
        let mut wrong = |key: String, expected: String| self.wrong.push(SettingsError::new(file, key, expected));
        let Some(devices) = value.as_table() else {
            wrong(table.to_string(), format!("expected a table, got a {}", value.type_str()));
            return;
        };
        for (name, value) in devices {
            match read_one(table, name, value, names) {
                Ok(named) => self.endpoints.push(named),
                Err(expected) => wrong(format!("{table}.{name}"), expected),
            }
        }
        for name in needed.iter().filter(|name| !devices.contains_key(**name)) {
            wrong(table.to_string(), format!("missing field `{name}`"));
        }
    }

    /// The device under that key, if it is named and its endpoint is one.
    fn endpoint(&self, table: DeviceTable, name: &str) -> Option<&Endpoint> {
        let is_it = |key: &DeviceKey| key.table == table && key.name == name;
        self.endpoints.iter().find(|(key, _)| is_it(key)).map(|(_, endpoint)| endpoint)
    }

    /// The table of each EVSE, and what can put power on its outlet: its board and its supply, as far as they are named and their
    /// endpoints are some.
    pub(crate) fn dangerous(&self) -> impl Iterator<Item = (DeviceTable, Option<&Endpoint>, Option<&Endpoint>)> {
        let named = |table, name| self.endpoint(table, name);
        self.evses().map(move |table| (table, named(table, "power_board"), named(table, "power_supply")))
    }

    /// The table of each EVSE.
    fn evses(&self) -> impl Iterator<Item = DeviceTable> + use<> {
        let alone = self.tables.is_none().then_some(DeviceTable::Devices);
        alone.into_iter().chain((0..self.tables.unwrap_or(0)).map(DeviceTable::Evse))
    }

    /// All devices; `None` when one that is needed is missing.
    pub(crate) fn devices(&self) -> Option<Devices> {
        let of_station = |name| self.endpoint(DeviceTable::Devices, name).cloned();
        let mut station = StationDevices { grid_meter: of_station("grid_meter"), ..StationDevices::default() };
        if self.tables.is_some() {
            // Where everything is in one table they are those of its EVSE.
            station.token_reader = of_station("token_reader");
            station.panel = of_station("panel");
        }
        let evses = self.evses().map(|table| self.evse(table)).collect::<Option<_>>()?;
        Some(Devices { station, evses })
    }

    fn evse(&self, table: DeviceTable) -> Option<EvseDevices> {
        let named = |name| self.endpoint(table, name).cloned();
        Some(EvseDevices {
            table,
            power_board: named("power_board")?,
            lock: named("lock"),
            meter: named("meter")?,
            token_reader: named("token_reader"),
            panel: named("panel"),
            power_supply: named("power_supply"),
            insulation_monitor: named("insulation_monitor"),
            plc: named("plc"),
            v2g: named("v2g"),
        })
    }
}

/// One device: its key, and its endpoint as far as the form goes.
fn read_one(
    table: DeviceTable,
    name: &str,
    value: &toml::Value,
    names: &[&'static str],
) -> Result<(DeviceKey, Endpoint), String> {
    let Some(known) = names.iter().find(|known| **known == name) else {
        if table == DeviceTable::Devices && EvseDevices::NAMES.contains(&name) {
            return Err("expected under [[evse]]: each EVSE has its own".into());
        }
        if name == "grid_meter" {
            return Err("expected under [devices]: it is the station's".into());
        }
        return Err(format!("unknown field `{name}`, expected one of {}", names.join(", ")));
    };
    let Some(text) = value.as_str() else {
        return Err(format!("invalid type: {} `{value}`, expected a string", value.type_str()));
    };
    text.parse()
        .map(|endpoint| (DeviceKey::new(table, known), endpoint))
        .map_err(|error: hil::EndpointError| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Vec<String> {
        BoardFile::parse("board.toml", text).wrong.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_error_of_the_board_file_names_the_file_the_key_and_what_was_expected() {
        assert_eq!(refused(""), ["board.toml: the file: missing field `devices`"]);
        assert!(refused("[devices\n")[0].starts_with("board.toml: line 1: "));
        assert_eq!(
            refused("[devices]\npower_board = 5\n"),
            [
                "board.toml: devices.power_board: invalid type: integer `5`, expected a string",
                "board.toml: devices: missing field `meter`"
            ]
        );
        assert_eq!(
            refused("[devices]\npower_board = \"m4\"\n")[0],
            "board.toml: devices.power_board: m4: expected SCHEME:TARGET[?OPTION[&OPTION]], such as i2c:/dev/i2c-0@0x20"
        );
        assert!(
            refused("[devices]\nlocks = \"i2c:/dev/i2c-0@0x20\"\n")[0]
                .starts_with("board.toml: devices.locks: unknown field `locks`, expected one of power_board, lock,")
        );
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let wrong = refused(
            "colour = 1\n[devices]\npower_board = \"uart:/dev/ttyS1?115201x\"\nmeter = \"modbus\"\nlock = 7\n\
             insulation_monitor = \"isocha425:/dev/ttyUSB0?unit=999&9600q1\"\n",
        );
        for expected in [
            "board.toml: colour: unknown field",
            "board.toml: devices.lock: invalid type: integer `7`",
            "board.toml: devices.meter: modbus: expected SCHEME:TARGET",
            "board.toml: devices.power_board: uart:/dev/ttyS1?115201x: 115201x: expected a speed",
            "board.toml: devices.insulation_monitor: isocha425:/dev/ttyUSB0?unit=999&9600q1: 9600q1: expected a line such \
             as 9600n1 or 1200-8n1; unit: expected 1 to 247, got \"999\"",
        ] {
            assert!(wrong.iter().any(|line| line.starts_with(expected)), "{expected}\n{wrong:#?}");
        }
        assert_eq!(wrong.len(), 5, "{wrong:#?}");
    }
    const TWO: &str = "[devices]\ngrid_meter = \"tic:/dev/none-tic?mode=standard\"\ntoken_reader = \"pn532:/dev/none-nfc\"\n\
        [[evse]]\npower_board = \"uart:/dev/none-1\"\nmeter = \"modbus:/dev/none-485?map=eastron-sdm230&unit=1\"\n\
        [[evse]]\npower_board = \"uart:/dev/none-2\"\nmeter = \"modbus:/dev/none-485?map=eastron-sdm230&unit=2\"\n\
        panel = \"fb:/dev/none-fb\"\n";

    #[test]
    fn a_table_for_each_evse_names_its_own_devices_and_the_rest_is_the_stations() {
        let file = BoardFile::parse("board.toml", TWO);
        assert_eq!(file.wrong, []);
        let devices = file.devices().expect("all is there");
        let named: Vec<_> = devices.named().map(|(key, _)| key.to_string()).collect();
        assert_eq!(
            named,
            [
                "devices.grid_meter",
                "devices.token_reader",
                "evse[0].power_board",
                "evse[0].meter",
                "evse[1].power_board",
                "evse[1].meter",
                "evse[1].panel"
            ]
        );
    }

    #[test]
    fn a_file_without_a_table_for_an_evse_has_one() {
        let text = "[devices]\npower_board = \"uart:/dev/none-1\"\nmeter = \"tic:/dev/none-2?mode=standard\"\n\
            token_reader = \"pn532:/dev/none-nfc\"\ngrid_meter = \"tic:/dev/none-3?mode=standard\"\n";
        let devices = BoardFile::parse("board.toml", text).devices().expect("all is there");
        assert_eq!(devices.evses.len(), 1);
        assert!(devices.evses[0].token_reader.is_some() && devices.station.token_reader.is_none());
        assert!(devices.station.grid_meter.is_some());
    }

    #[test]
    fn an_error_names_the_evse_and_all_are_told_at_once() {
        assert_eq!(
            refused(
                "[devices]\nlock = \"i2c:/dev/i2c-0@0x20\"\n[[evse]]\npower_board = \"uart:/dev/none-1\"\nmeter = \"m4\"\n\
                 [[evse]]\npower_board = \"uart:/dev/none-1\"\ngrid_meter = \"tic:/dev/none-3?mode=standard\"\n\
                 motor = \"sim:motor\"\n"
            ),
            [
                "board.toml: devices.lock: expected under [[evse]]: each EVSE has its own",
                "board.toml: evse[0].meter: m4: expected SCHEME:TARGET[?OPTION[&OPTION]], such as i2c:/dev/i2c-0@0x20",
                "board.toml: evse[1].grid_meter: expected under [devices]: it is the station's",
                "board.toml: evse[1].motor: unknown field `motor`, expected one of power_board, lock, meter, token_reader, \
                 panel, power_supply, insulation_monitor, plc, v2g",
                "board.toml: evse[1]: missing field `meter`",
                "board.toml: evse[1].power_board: uart:/dev/none-1: the line is evse[0].power_board's already: only devices \
                 on Modbus share one",
            ]
        );
        assert_eq!(refused("evse = 2\n"), ["board.toml: evse: expected a table [[evse]] for each EVSE"]);
        assert_eq!(refused("evse = []\n"), ["board.toml: evse: expected a table [[evse]] for each EVSE"]);
        assert_eq!(refused("evse = [2]\n"), ["board.toml: evse[0]: expected a table, got a integer"]);
    }

    #[test]
    fn what_is_dangerous_is_known_of_every_evse_whatever_else_is_wrong() {
        let text = "[[evse]]\npower_board = \"uart:/dev/none-1\"\nmeter = 7\n[[evse]]\npower_board = 5\n\
            power_supply = \"can:can0?proto=infypower\"\n";
        let file = BoardFile::parse("board.toml", text);
        let known: Vec<_> =
            file.dangerous().map(|(table, board, supply)| (table, board.is_some(), supply.is_some())).collect();
        assert_eq!(known, [(DeviceTable::Evse(0), true, false), (DeviceTable::Evse(1), false, true)]);
        assert_eq!(BoardFile::parse("board.toml", "").dangerous().count(), 1, "the file that was meant has one");
    }
}
