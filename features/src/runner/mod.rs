//! Runs scenarios: each in a world of its own, several at a time, the results in order.

mod conclude;
mod order;
mod outcome;
mod perform;
mod play;
mod schedule;

use std::path::PathBuf;
use std::sync::Arc;

use event_log::{RunFolder, RunKind};
use report::{Plan, Planned, PlannedStep};

use crate::case::{Case, discover};
use crate::options::Options;
use crate::phrases::Phrases;
use crate::print;
use crate::rehearsal::rehearse;
use crate::rig::{Rigs, Twins};
use crate::wall::Wall;

pub use order::longest_first;
pub use outcome::Outcome;
pub use perform::perform;

/// What became of a run, with its exit code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RunEnd {
    /// Nothing was begun: a usage or feature error (2), or the rig is not ready (3).
    Refused(i32),
    /// Scenarios were begun: [`report::exit_code`].
    Ran(i32),
}

impl RunEnd {
    /// The exit code.
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            Self::Refused(code) | Self::Ran(code) => code,
        }
    }
}

/// A usage or feature error.
const USAGE: i32 = 2;

/// The rig is not ready.
const NOT_READY: i32 = 3;

/// Runs what the options select, each scenario in a twin of its own, and prints the results; answers the exit code.
#[must_use]
pub fn run(options: &Options) -> i32 {
    run_on(options, &(Arc::new(Twins::default()) as Arc<dyn Rigs>)).code()
}

/// As [`run`], on these rigs.
#[must_use]
pub fn run_on(options: &Options, rigs: &Arc<dyn Rigs>) -> RunEnd {
    match try_run(options, rigs) {
        Ok(code) => RunEnd::Ran(code),
        Err((code, why)) => {
            print::complain(format_args!("{why}"));
            // What was taken for the run is given back.
            if let Err(why) = rigs.release() {
                print::complain(format_args!("{why}"));
            }
            RunEnd::Refused(code)
        }
    }
}

/// Answers the exit code of a run; or the exit code and why there was none.
fn try_run(options: &Options, rigs: &Arc<dyn Rigs>) -> Result<i32, (i32, String)> {
    options.check(rigs.name()).map_err(|why| (USAGE, why))?;
    let cases = discover(options).map_err(|error| (USAGE, error.to_string()))?;
    let places = options.paths.iter().map(PathBuf::as_path).filter(|path| path.exists());
    let phrases = Phrases::find(places.chain(cases.iter().map(|case| case.path.as_path())))
        .map_err(|error| (USAGE, error.to_string()))?;
    let wrong = rehearse(&cases, &phrases);
    if !wrong.is_empty() {
        let each: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        return Err((USAGE, format!("{}\nerrors in the features: {}; nothing was run", each.join("\n"), wrong.len())));
    }
    let folder = match &options.report {
        Some(dir) => {
            Some(prepare(dir, options, rigs.name(), &cases).map_err(|why| (USAGE, format!("--report {why}")))?)
        }
        None => None,
    };
    let wall = Wall::start();
    if let Err(why) = rigs.ready() {
        if let Some(folder) = &folder {
            let outcomes = vec![None; cases.len()];
            let (rig, refused) = (rigs.name(), Some(&*why));
            let run =
                conclude::Ended { options, rig, cases: &cases, outcomes: &outcomes, refused, released: Ok(()), wall };
            conclude::conclude(&run, Some(folder));
        }
        return Err((NOT_READY, why));
    }
    let outcomes = schedule::run_all(options, &cases, folder.as_ref(), &phrases, rigs);
    let released = rigs.release();
    if let Err(why) = &released {
        print::complain(format_args!("{why}"));
    }
    let rig = rigs.name();
    let run = conclude::Ended { options, rig, cases: &cases, outcomes: &outcomes, refused: None, released, wall };
    Ok(conclude::conclude(&run, folder.as_ref()))
}

/// The folder of this run, in which nothing is left of an earlier one, with the plan on the disk before anything begins.
fn prepare(dir: &std::path::Path, options: &Options, rig: &str, cases: &[Case]) -> Result<RunFolder, String> {
    let folder = RunFolder::claim(dir, RunKind::Test).map_err(|error| error.to_string())?;
    let plan = Plan {
        v: Plan::VERSION,
        version: env!("CARGO_PKG_VERSION").into(),
        rig: rig.into(),
        seed: options.seed,
        scenarios: cases.iter().enumerate().map(|(number, case)| planned(number, case)).collect(),
    };
    plan.write(folder.path()).map_err(|error| error.to_string())?;
    Ok(folder)
}

fn planned(number: usize, case: &Case) -> Planned {
    let step = |step: &gherkin::Step| PlannedStep {
        keyword: step.keyword.trim().into(),
        text: step.value.clone(),
        line: step.position.line as u64,
    };
    Planned {
        folder: folder_name(number, case),
        feature: case.file(),
        line: case.line as u64,
        name: case.name.clone(),
        tags: case.tags.clone(),
        steps: case.steps.iter().map(step).collect(),
    }
}

/// The name of a scenario's folder: `0012-a-car-charges`.
fn folder_name(number: usize, case: &Case) -> String {
    let slug: String = case
        .name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .take(60)
        .collect();
    format!("{:04}-{slug}", number + 1)
}
