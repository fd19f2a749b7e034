//! What an operator reads: lines on stderr.

use std::io;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::say::complain;

/// What the lines on stderr look like.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Begins to write what happens to stderr. RUST_LOG chooses; without it, everything from `info` on.
pub(crate) fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A line that nobody reads any more is lost, and no reason for another one: that would be a panic.
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).log_internal_errors(false);
    let started = match format {
        // Colour only where somebody looks; the journal keeps the bytes as they are.
        LogFormat::Text => lines.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    if let Err(error) = started {
        complain(format_args!("no log on stderr: {error}"));
    }
}
