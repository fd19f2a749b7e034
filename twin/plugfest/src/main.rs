//! The command line of Plugfest: charge a virtual car, run Gherkin suites, list the steps, render reports, look at
//! rigs.

mod charge;
mod cli;
mod rig;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Arguments, RigVerb, Verb};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let code = match arguments.verb {
        None => charge::charge(&arguments.charge),
        Some(Verb::Charge(options)) => charge::charge(&options),
        Some(Verb::Report { folder }) => report(&folder),
        Some(Verb::Rig(RigVerb::BringUp(options))) => rig::bring_up(options.with_rig()),
        Some(Verb::Rig(RigVerb::Check { rig, folders })) => rig::check(&rig, &folders),
        Some(Verb::Rig(RigVerb::List(folders))) => rig::list(&folders),
        Some(Verb::Rig(RigVerb::Verify { folder, trusted })) => rig::verify(&folder, trusted.as_deref()),
        Some(Verb::RigWatchdog(options)) => rig::watchdog(&options),
        Some(Verb::Steps) => {
            features::print_steps();
            0
        }
        Some(Verb::Test(options)) => rig::test(options),
    };
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Renders the reports of a run anew, of one that was killed too.
fn report(folder: &std::path::Path) -> i32 {
    let run = report::write_all(folder).and_then(|()| report::load(folder));
    match run {
        Ok(run) => {
            print!("{}", report::summary(&run));
            println!("report: {}", folder.join("report.html").display());
            0
        }
        Err(error) => {
            eprintln!("{error}");
            2
        }
    }
}
