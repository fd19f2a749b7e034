//! The end of a run: reports, totals, exit code.

use event_log::{RunFolder, output};
use report::{Cause, Verdict};
use serde_json::json;

use super::outcome::Outcome;
use crate::case::Case;
use crate::interrupt::is_interrupted;
use crate::options::Options;
use crate::print;
use crate::wall::Wall;

/// A run that is over.
pub(super) struct Ended<'a> {
    pub(super) options: &'a Options,
    pub(super) rig: &'a str,
    pub(super) cases: &'a [Case],
    /// One for each case; those that were not run have none.
    pub(super) outcomes: &'a [Option<Outcome>],
    /// Why the rig was not ready for any of them.
    pub(super) refused: Option<&'a str>,
    /// Whether everything that was held for the run was given back.
    pub(super) released: Result<(), String>,
    pub(super) wall: Wall,
}

impl Ended<'_> {
    fn count(&self, is: impl Fn((Verdict, Cause)) -> bool) -> usize {
        self.ends().filter(|end| is(*end)).count()
    }

    fn ends(&self) -> impl Iterator<Item = (Verdict, Cause)> {
        self.outcomes.iter().map(|one| one.as_ref().map_or((Verdict::Error, Cause::NotRun), Outcome::end))
    }

    fn not_run(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.is_none()).count()
    }

    /// Why scenarios were not run, if any were not.
    fn stopped(&self) -> Option<&'static str> {
        let why = match self.refused {
            Some(_) => "the rig was not ready",
            None if is_interrupted() => "the run was interrupted",
            None => "--fail-fast ended the run",
        };
        (self.not_run() > 0).then_some(why)
    }

    fn virtual_s(&self) -> f64 {
        self.outcomes.iter().flatten().map(|outcome| outcome.virtual_s).sum()
    }

    /// How long the chargers took to come up, in seconds.
    fn boots(&self) -> Vec<f64> {
        self.outcomes.iter().flatten().filter_map(|outcome| outcome.booted).map(|micros| micros as f64 / 1e6).collect()
    }

    fn exit_code(&self) -> i32 {
        report::exit_code(self.ends(), self.released.is_err())
    }
}

/// Writes the reports, prints the totals, answers the exit code.
pub(super) fn conclude(run: &Ended<'_>, folder: Option<&RunFolder>) -> i32 {
    let wall_s = run.wall.micros() as f64 / 1e6;
    print::line(format_args!(
        "\n{} scenarios: {:.0} virtual seconds in {wall_s:.2} s of wall time, seed {}",
        run.cases.len(),
        run.virtual_s(),
        run.options.seed
    ));
    let boots = run.boots();
    let mean_boot_s = if boots.is_empty() { 0.0 } else { boots.iter().sum::<f64>() / boots.len() as f64 };
    if !boots.is_empty() {
        let longest = boots.iter().copied().fold(0.0, f64::max);
        print::line(format_args!(
            "{} boots to the first step: {mean_boot_s:.2} s on average, {longest:.2} s at most",
            boots.len()
        ));
    }
    if let Some(folder) = folder
        && let Err(why) = write(run, folder, wall_s, mean_boot_s)
    {
        print::complain(format_args!(
            "the report could not be written: {why}; what was recorded stays in {}",
            folder.path().display()
        ));
        totals(run);
        // Whoever wanted a report has none: that is no success.
        return run.exit_code().max(1);
    }
    totals(run);
    run.exit_code()
}

fn write(run: &Ended<'_>, folder: &RunFolder, wall_s: f64, mean_boot_s: f64) -> Result<(), String> {
    let dir = folder.path();
    let released = run.released.as_ref().err().map(String::as_str);
    let troubles: Vec<&str> = released.into_iter().chain(run.refused).collect();
    let about = json!({ "version": env!("CARGO_PKG_VERSION"), "seed": run.options.seed, "rig": run.rig,
        "virtual_s": run.virtual_s(), "wall_s": wall_s, "mean_boot_s": mean_boot_s, "stopped": run.stopped(),
        "troubles": troubles });
    let path = dir.join("run.json");
    output::replace_durably(&path, format!("{about:#}\n").as_bytes())
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let written = report::write_all(dir).map_err(|error| error.to_string())?;
    print::line(format_args!("report: {}", dir.join("report.html").display()));
    if std::env::var_os("GITHUB_ACTIONS").is_some() {
        print::print(format_args!("{}", report::github(&written)));
    }
    Ok(())
}

fn totals(run: &Ended<'_>) {
    if let Some(why) = run.stopped() {
        for (case, _) in run.cases.iter().zip(run.outcomes).filter(|(_, outcome)| outcome.is_none()) {
            print::line(format_args!("error   {} ({}): not run", case.name, case.place()));
        }
        print::line(format_args!("{} not run: {why}", run.not_run()));
    }
    let skipped = run.count(|(verdict, _)| verdict == Verdict::Skipped);
    if skipped > 0 {
        print::line(format_args!("{skipped} skipped: the rig {} lacks what they need", run.rig));
    }
    let invalid = run.count(|end| end == (Verdict::Error, Cause::Invalid));
    if invalid > 0 {
        print::line(format_args!(
            "{invalid} invalid: the charger's computer stood still, and what was seen then counts for nothing"
        ));
    }
    let passed = run.count(|(verdict, _)| verdict == Verdict::Passed);
    let broken = run.count(|(verdict, _)| matches!(verdict, Verdict::Failed | Verdict::Error));
    let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
    let not_run = if run.not_run() > 0 { format!(" ({} of them not run)", run.not_run()) } else { String::new() };
    print::line(format_args!("{passed} passed, {broken} failed{not_run}{skipped}"));
    if passed + broken == 0 {
        print::line(format_args!("nothing was run: that is no success"));
    }
}
