//! What the charger of a rig is told: `charger.toml` and `board.toml` of one scenario.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use event_log::output;
use station::{Config, Owner};

use crate::rig_devices::{Named, RigDevices};

/// Writes both files into the folder of the scenario.
///
/// # Errors
/// The folder cannot be written, or the configuration cannot be said in TOML.
pub(crate) fn write(folder: &Path, charger: &Config, devices: &RigDevices<String>) -> io::Result<()> {
    output::folder(folder)?;
    let board = board(charger, devices);
    let charger = charger.to_toml().map_err(io::Error::other)?;
    output::replace(&folder.join("charger.toml"), charger.as_bytes())?;
    output::replace(&folder.join("board.toml"), board.as_bytes())
}

/// A board file with these devices: one table where the charger has one EVSE with devices of its own.
pub(crate) fn board(charger: &Config, devices: &RigDevices<String>) -> String {
    let mut board = String::from("[devices]\n");
    put(&mut board, &devices.station);
    let told = charger.evses.first();
    let is_one = charger.evses.count() == 1 && (told.reader, told.panel) == (Owner::Evse, Owner::Evse);
    for own in &devices.evses {
        if !is_one {
            board += "\n[[evse]]\n";
        }
        put(&mut board, own);
    }
    board
}

fn put(board: &mut String, devices: &[Named<String>]) {
    for (name, endpoint) in devices {
        // A String takes everything; an endpoint of a rig file has neither quotes nor backslashes in it.
        let _ = writeln!(board, "{name} = '{endpoint}'");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_evse_is_one_table_and_several_have_one_each() {
        let station = vec![("grid_meter", "tic:a".to_owned())];
        let evse = || vec![("power_board", "uart:b".to_owned())];
        let written = |charger: &str, count: usize| {
            let charger = Config::from_toml("charger.toml", charger).expect("a charger");
            let devices = RigDevices { station: station.clone(), evses: (0..count).map(|_| evse()).collect() };
            board(&charger, &devices)
        };
        assert_eq!(written("", 1), "[devices]\ngrid_meter = 'tic:a'\npower_board = 'uart:b'\n");
        let two = "[devices]\ngrid_meter = 'tic:a'\n\n[[evse]]\npower_board = 'uart:b'\n\n[[evse]]\n\
            power_board = 'uart:b'\n";
        assert_eq!(written("[[evse]]\n[[evse]]\n", 2), two);
        let shared = "[devices]\ngrid_meter = 'tic:a'\n\n[[evse]]\npower_board = 'uart:b'\n";
        assert_eq!(written("[[evse]]\npanel = \"station\"\n", 1), shared);
    }
}
