//! What the charger of a rig is told: `charger.toml` and `board.toml` of one scenario.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use station::Config;

/// Writes both files into the folder of the scenario.
///
/// # Errors
/// The folder cannot be written, or the configuration cannot be said in TOML.
pub(crate) fn write(folder: &Path, charger: &Config, devices: &[(&str, String)]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let charger = charger.to_toml().map_err(io::Error::other)?;
    std::fs::write(folder.join("charger.toml"), charger)?;
    let mut board = String::from("[devices]\n");
    for (key, endpoint) in devices {
        // A String takes everything; an endpoint of a rig file has neither quotes nor backslashes in it.
        let _ = writeln!(board, "{key} = '{endpoint}'");
    }
    std::fs::write(folder.join("board.toml"), board)
}
