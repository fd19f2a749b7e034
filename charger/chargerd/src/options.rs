//! What the charger is told on its command line when it starts.

use std::path::PathBuf;

use clap::Args;

use crate::isolation::Level;
use crate::logging::LogFormat;

/// What the charger is told when it starts.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The charger on one page.
    #[arg(long, value_name = "FILE", default_value = "/etc/chargerd/charger.toml")]
    pub(crate) config: PathBuf,
    /// Where its devices are.
    #[arg(long, value_name = "FILE", default_value = "/etc/chargerd/board.toml")]
    pub(crate) board: PathBuf,
    /// The one folder it writes to: the durable queue for the CSMS.
    #[arg(long, value_name = "FOLDER", default_value = "/var/lib/chargerd")]
    pub(crate) state: PathBuf,
    /// The CSMS, ws://HOST[:PORT]/PATH; the station's identity is added. None: it charges alone.
    #[arg(long, value_name = "URL")]
    pub(crate) csms: Option<String>,
    /// Writes the event log there, one JSON object a line; `-` is stdout.
    #[arg(long, value_name = "FILE|-")]
    pub(crate) events: Option<PathBuf>,
    /// Serves the line protocol of test rigs there: `stdio:`, a terminal such as /dev/ttyS0, or a unix socket to make.
    #[arg(long, value_name = "PATH")]
    pub(crate) control: Option<PathBuf>,
    /// Writes what passes on the wires of the devices into the event log as well: for test rigs.
    #[arg(long)]
    pub(crate) frames: bool,
    /// What the lines on stderr look like. RUST_LOG says which are written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
    /// How its own rights are cut down. `strict` ends with exit code 3 where the kernel cannot do all of it; `audit` lets
    /// system calls pass and has the kernel log those that would be refused.
    #[arg(long, value_name = "LEVEL", default_value = "best-effort")]
    pub(crate) isolation: Level,
    /// Checks both files, prints what would be opened, and ends.
    #[arg(long)]
    pub(crate) check: bool,
}
