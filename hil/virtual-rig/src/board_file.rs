//! What the charger of a rig is told: `charger.toml` and `board.toml` of one scenario.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use event_log::output;
use station::Config;

/// Writes both files into the folder of the scenario.
///
/// # Errors
/// The folder cannot be written, or the configuration cannot be said in TOML.
pub(crate) fn write(folder: &Path, charger: &Config, devices: &[(&str, String)]) -> io::Result<()> {
    output::folder(folder)?;
    let charger = charger.to_toml().map_err(io::Error::other)?;
    output::replace(&folder.join("charger.toml"), charger.as_bytes())?;
    output::replace(&folder.join("board.toml"), board(devices).as_bytes())
}

/// The table of a board file with these devices.
pub(crate) fn board(devices: &[(&str, String)]) -> String {
    let mut board = String::from("[devices]\n");
    for (key, endpoint) in devices {
        // A String takes everything; an endpoint of a rig file has neither quotes nor backslashes in it.
        let _ = writeln!(board, "{key} = '{endpoint}'");
    }
    board
}
