//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use rustix::fs::Mode;
use rustix::process::umask;

use crate::board_file::BoardFile;
use crate::ending::Ending;
use crate::isolation::opener;
use crate::logging::LogFormat;
use crate::options::Options;
use crate::safe_state::Dangerous;
use crate::say::{Output, complain};
use crate::settings::Settings;
use crate::settings_error::SettingsError;
use crate::{daemon, escape, isolation, logging, panics, safe_state};

const EXIT_CODES: &str = "\
Exit codes:
    0  it was told to end and the outlet is safe; with --check: both files are right
    1  what was asked for could not be written to standard output
    2  the command line, charger.toml or board.toml is wrong
    3  rights are missing, or the isolation that was asked for cannot be applied
    4  the station could not start
  101  it panicked; the safe state was tried";

/// The production charger: opens its devices, drops its rights, runs the station.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Opens power board and power supply anew, withdraws the permission and switches off: for use after a crash.
    SafeState {
        /// The board file.
        #[arg(long, value_name = "FILE", default_value = "/etc/chargerd/board.toml")]
        board: PathBuf,
        /// How long it may take, in seconds.
        #[arg(long, value_name = "SECONDS", default_value_t = 5)]
        within: u64,
        /// What the lines on stderr look like.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        log_format: LogFormat,
    },
    /// Opens device nodes for a charger that has given up its rights; started by it, never by hand.
    #[command(hide = true)]
    OpenNodes(opener::List),
    /// Applies the isolation of this configuration to itself, tries to break out, and prints what was refused.
    #[command(hide = true)]
    EscapeTest(Options),
}

/// Does what the command line says.
pub(crate) fn run() -> Ending {
    let cli = Cli::parse();
    // Cards, transactions and what the CSMS said are in what it writes: its user's alone, whoever starts it.
    umask(Mode::RWXG | Mode::RWXO);
    match cli.verb {
        None => start(cli.options, daemon::run),
        Some(Verb::EscapeTest(options)) => start(options, escape::run),
        Some(Verb::OpenNodes(list)) => opener::run(list),
        Some(Verb::SafeState { board, within, log_format }) => {
            logging::start(log_format);
            let file = BoardFile::read(&board);
            // What is wrong with the others does not keep these two from being made safe.
            for error in &file.wrong {
                tracing::warn!("{error}");
            }
            match Dangerous::of(&file) {
                Some(devices) => safe_state::run(&devices, std::time::Duration::from_secs(within)),
                None => refuse(&file.wrong),
            }
        }
    }
}

/// What both long verbs have in common: the files, and `--check`.
fn start(options: Options, verb: impl FnOnce(Settings) -> Ending) -> Ending {
    logging::start(options.log_format);
    panics::install();
    let check = options.check;
    match Settings::read(options) {
        Ok(settings) if check => {
            let mut output = Output::default();
            output.print(format_args!("{settings}{}", isolation::Plan::of(&settings)));
            output.end(Ending::Orderly)
        }
        Ok(settings) => verb(settings),
        Err(errors) => refuse(&errors),
    }
}

fn refuse(errors: &[SettingsError]) -> Ending {
    for error in errors {
        complain(format_args!("{error}"));
    }
    Ending::Configuration
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isolation::Level;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_verb_takes_its_own_options_only() {
        let cli = Cli::try_parse_from(["chargerd", "safe-state", "--board", "b.toml"]).expect("it is right");
        assert!(matches!(cli.verb, Some(Verb::SafeState { board, within: 5, .. }) if board.ends_with("b.toml")));
        let cli = Cli::try_parse_from(["chargerd", "--isolation", "strict"]).expect("it is right");
        assert_eq!(cli.options.isolation, Level::Strict);
        assert!(Cli::try_parse_from(["chargerd", "safe-state", "--csms", "ws://x"]).is_err());
    }
}
