//! The command line of Plugfest: charge a virtual car, run Gherkin suites, list the steps, render reports, look at
//! rigs, read and write EXI.

// What is printed goes through `features::print`, which survives a reader that goes away.
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod charge;
mod cli;
mod exi;
mod line;
mod rig;
mod signals;
mod wire;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use event_log::RunFolder;
use features::print;

use cli::{Arguments, RigVerb, Verb};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let code = match arguments.verb {
        None => charge::charge(&arguments.charge),
        Some(Verb::Charge(options)) => charge::charge(&options),
        Some(Verb::Cable(options)) => line::cable(&options),
        Some(Verb::Decode(options)) => wire::decode(&options),
        Some(Verb::Judge(options)) => wire::judge(&options),
        Some(Verb::Profile(options)) => wire::profile(&options),
        Some(Verb::Modem(options)) => line::modem(&options),
        Some(Verb::Station(options)) => line::station(&options),
        Some(Verb::Vehicle(options)) => line::vehicle(&options),
        Some(Verb::Exi(verb)) => exi::exi(&verb),
        Some(Verb::Report { folder }) => report(&folder),
        Some(Verb::Rig(RigVerb::BringUp(options))) => rig::bring_up(options.with_rig()),
        Some(Verb::Rig(RigVerb::Check { rig, folders })) => rig::check(&rig, &folders),
        Some(Verb::Rig(RigVerb::List(folders))) => rig::list(&folders),
        Some(Verb::Rig(RigVerb::Serve(options))) => rig::serve(&options),
        Some(Verb::Rig(RigVerb::Verify { folder, trusted })) => rig::verify(&folder, trusted.as_deref()),
        Some(Verb::RigWatchdog(options)) => rig::watchdog(&options),
        Some(Verb::Steps) => {
            features::print_steps();
            0
        }
        Some(Verb::Test(options)) => rig::test(options).code(),
    };
    ExitCode::from(u8::try_from(print::finish(code)).unwrap_or(1))
}

/// Renders the reports of a run once more, of one that was killed too; answers the exit code of the run.
fn report(folder: &Path) -> i32 {
    let held = RunFolder::reopen(folder).map_err(|error| error.to_string());
    match held.and_then(|_held| report::write_all(folder).map_err(|error| error.to_string())) {
        Ok(run) => {
            print::print(format_args!("{}", report::summary(&run)));
            print::line(format_args!("report: {}", folder.join("report.html").display()));
            if std::env::var_os("GITHUB_ACTIONS").is_some() {
                print::print(format_args!("{}", report::github(&run)));
            }
            run.exit_code()
        }
        Err(error) => {
            print::complain(format_args!("{error}"));
            2
        }
    }
}
