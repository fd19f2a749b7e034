//! `board.toml`: where the devices of one charger are. All that is wrong with it is told at once.

use std::path::Path;

use hil::{Devices, Endpoint};

use crate::settings_error::{SettingsError, read};

/// Keys that a charger cannot do without.
const NEEDED: [&str; 2] = ["power_board", "meter"];

/// A board file as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct BoardFile {
    endpoints: Vec<(&'static str, Endpoint)>,
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
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
                board.wrong.push(SettingsError::new(file, format!("line {line}"), error.message()));
                return board;
            }
        };
        let mut wrong = |key: &str, expected: String| board.wrong.push(SettingsError::new(file, key, expected));
        for key in table.keys().filter(|key| *key != "devices") {
            wrong(key, format!("unknown field `{key}`, expected `devices`"));
        }
        match table.get("devices") {
            None => wrong("the file", "missing field `devices`".into()),
            Some(toml::Value::Table(devices)) => {
                for (key, value) in devices {
                    match read_one(key, value) {
                        Ok(named) => board.endpoints.push(named),
                        Err(expected) => wrong(&format!("devices.{key}"), expected),
                    }
                }
                for key in NEEDED.iter().filter(|key| !devices.contains_key(**key)) {
                    wrong("devices", format!("missing field `{key}`"));
                }
            }
            Some(other) => wrong("devices", format!("expected a table, got a {}", other.type_str())),
        }
        // In the order of the devices, as everywhere.
        board.endpoints.sort_by_key(|(key, _)| Devices::KEYS.iter().position(|known| known == key));
        let checked = hil::check(board.endpoints.iter().map(|(key, endpoint)| (*key, endpoint)));
        for (key, error) in checked.wrong {
            board.wrong.push(SettingsError::new(file, format!("devices.{key}"), error.to_string()));
        }
        board.hints = checked.hints.into_iter().map(|(key, hint)| format!("{file}: devices.{key}: {hint}")).collect();
        board
    }

    /// The device under that key, if it is named and its endpoint is one.
    pub(crate) fn endpoint(&self, key: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|(own, _)| *own == key).map(|(_, endpoint)| endpoint)
    }

    /// All devices; `None` when one that is needed is missing.
    pub(crate) fn devices(&self) -> Option<Devices> {
        let named = |key| self.endpoint(key).cloned();
        Some(Devices {
            power_board: named("power_board")?,
            lock: named("lock"),
            meter: named("meter")?,
            grid_meter: named("grid_meter"),
            token_reader: named("token_reader"),
            panel: named("panel"),
            power_supply: named("power_supply"),
            insulation_monitor: named("insulation_monitor"),
            plc: named("plc"),
        })
    }
}

/// One device: its key, and its endpoint as far as the form goes.
fn read_one(key: &str, value: &toml::Value) -> Result<(&'static str, Endpoint), String> {
    let Some(known) = Devices::KEYS.iter().find(|known| **known == key) else {
        return Err(format!("unknown field `{key}`, expected one of {}", Devices::KEYS.join(", ")));
    };
    let Some(text) = value.as_str() else {
        return Err(format!("invalid type: {} `{value}`, expected a string", value.type_str()));
    };
    text.parse().map(|endpoint| (*known, endpoint)).map_err(|error: hil::EndpointError| error.to_string())
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
}
