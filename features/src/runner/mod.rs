//! Runs scenarios: each in a world of its own, several at a time, the results in order.

mod perform;
mod quiet;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use serde_json::json;

use crate::case::{Case, discover};
use crate::interrupt::is_interrupted;
use crate::options::Options;
use crate::phrases::Phrases;
use crate::rig::{Rigs, Twins};
use crate::wall::Wall;

pub use perform::{Outcome, Verdict, perform};

/// Runs what the options select, each scenario in a twin of its own, and prints the results; answers the exit code:
///
/// | code | meaning |
/// |---|---|
/// | 0 | all passed |
/// | 1 | a scenario failed, or was not run |
/// | 2 | usage or feature error |
/// | 3 | the rig is not ready, or was not still: apart from invalid scenarios, all passed |
#[must_use]
pub fn run(options: &Options) -> i32 {
    run_on(options, &(Arc::new(Twins::default()) as Arc<dyn Rigs>))
}

/// As [`run`], on these rigs.
#[must_use]
pub fn run_on(options: &Options, rigs: &Arc<dyn Rigs>) -> i32 {
    let cases = match discover(options) {
        Ok(cases) => cases,
        Err(error) => {
            eprintln!("{error}");
            return 2;
        }
    };
    let places = options.paths.iter().map(PathBuf::as_path).filter(|path| path.exists());
    let phrases = match Phrases::find(places.chain(cases.iter().map(|case| case.path.as_path()))) {
        Ok(phrases) => phrases,
        Err(error) => {
            eprintln!("{error}");
            return 2;
        }
    };
    if let Some(dir) = &options.report
        && let Err(error) = prepare(dir)
    {
        eprintln!("--report {}: {error}", dir.display());
        return 2;
    }
    let wall = Wall::start();
    let outcomes = run_all(options, &cases, &phrases, rigs);
    let released = rigs.release().inspect_err(|why| eprintln!("{why}"));
    let code = conclude(options, rigs.name(), &cases, &outcomes, wall);
    if released.is_err() { code.max(1) } else { code }
}

/// An empty folder for this run: what an earlier run left there would be told as this one's, and its signed report would lie
/// beside evidence that it does not speak of.
fn prepare(dir: &Path) -> std::io::Result<()> {
    for part in ["bring-up", "scenarios"] {
        let part = dir.join(part);
        if part.exists() {
            fs::remove_dir_all(&part)?;
        }
    }
    fs::create_dir_all(dir.join("scenarios"))
}

/// Where the log of a scenario goes.
fn folder(options: &Options, number: usize, case: &Case) -> Option<PathBuf> {
    let slug: String = case
        .name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .take(60)
        .collect();
    options.report.as_ref().map(|dir| dir.join("scenarios").join(format!("{:04}-{slug}", number + 1)))
}

/// Runs the cases on as many threads as asked for; tells each result as soon as those before it are told.
fn run_all(options: &Options, cases: &[Case], phrases: &Phrases, rigs: &Arc<dyn Rigs>) -> Vec<Option<Outcome>> {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let results: Mutex<Vec<Option<Outcome>>> = Mutex::new(vec![None; cases.len()]);
    let (done, told) = mpsc::channel::<usize>();
    thread::scope(|scope| {
        for _ in 0..rigs.jobs(options.jobs).clamp(1, cases.len().max(1)) {
            let done = done.clone();
            let (next, stop, results) = (&next, &stop, &results);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(number).filter(|_| !stop.load(Ordering::Relaxed) && !is_interrupted())
                    else {
                        return;
                    };
                    let folder = folder(options, number, case);
                    let outcome = perform(case, options.seed, folder.as_deref(), phrases, rigs);
                    if options.fail_fast && matches!(outcome.verdict, Verdict::Failed | Verdict::Error) {
                        stop.store(true, Ordering::Relaxed);
                    }
                    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                    results[number] = Some(outcome);
                    drop(results);
                    // The main thread listens until every sender is gone.
                    let _ = done.send(number);
                }
            });
        }
        drop(done);
        let mut shown = 0;
        while told.recv().is_ok() {
            let results = results.lock().unwrap_or_else(PoisonError::into_inner);
            while let Some(Some(outcome)) = results.get(shown) {
                show(&cases[shown], outcome);
                shown += 1;
            }
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn show(case: &Case, outcome: &Outcome) {
    println!("{:<7} {} ({})", outcome.verdict.word(), case.name, case.place());
    if outcome.verdict != Verdict::Passed {
        for line in outcome.message.lines() {
            println!("        {line}");
        }
    }
}

/// Writes the reports, prints the totals, answers the exit code.
fn conclude(options: &Options, rig: &str, cases: &[Case], outcomes: &[Option<Outcome>], wall: Wall) -> i32 {
    let count = |verdict| outcomes.iter().flatten().filter(|outcome| outcome.verdict == verdict).count();
    let (passed, failed, errors) = (count(Verdict::Passed), count(Verdict::Failed), count(Verdict::Error));
    let skipped = count(Verdict::Skipped);
    let not_run = cases.len() - passed - failed - errors - skipped;
    let virtual_s: f64 = outcomes.iter().flatten().map(|outcome| outcome.virtual_s).sum();
    let wall_s = wall.micros() as f64 / 1e6;
    println!(
        "\n{} scenarios: {virtual_s:.0} virtual seconds in {wall_s:.2} s of wall time, seed {}",
        cases.len(),
        options.seed
    );
    if not_run > 0 {
        println!("{not_run} not run ({})", if is_interrupted() { "interrupted" } else { "--fail-fast" });
    }
    let boots: Vec<f64> =
        outcomes.iter().flatten().filter_map(|outcome| outcome.booted).map(|micros| micros as f64 / 1e6).collect();
    let mean_boot_s = if boots.is_empty() { 0.0 } else { boots.iter().sum::<f64>() / boots.len() as f64 };
    if !boots.is_empty() {
        let longest = boots.iter().copied().fold(0.0, f64::max);
        println!("{} boots to the first step: {mean_boot_s:.2} s on average, {longest:.2} s at most", boots.len());
    }
    if let Some(dir) = &options.report {
        let run = json!({ "version": env!("CARGO_PKG_VERSION"), "seed": options.seed, "rig": rig,
            "virtual_s": virtual_s, "wall_s": wall_s, "mean_boot_s": mean_boot_s });
        let written = fs::write(dir.join("run.json"), format!("{run:#}\n"))
            .map_err(|error| format!("{}: {error}", dir.join("run.json").display()))
            .and_then(|()| report::write_all(dir).map_err(|error| error.to_string()));
        match written {
            Ok(()) => println!("report: {}", dir.join("report.html").display()),
            Err(error) => {
                eprintln!("the report could not be written: {error}; what was recorded stays in {}", dir.display());
                return 2;
            }
        }
        if std::env::var_os("GITHUB_ACTIONS").is_some()
            && let Ok(run) = report::load(dir)
        {
            print!("{}", report::github(&run));
        }
    }
    if skipped > 0 {
        println!("{skipped} skipped: the rig {rig} lacks what they need");
    }
    let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
    let invalid = outcomes.iter().flatten().filter(|outcome| outcome.invalid).count();
    if invalid > 0 {
        println!("{invalid} invalid: the charger's computer stood still, and what was seen then counts for nothing");
    }
    println!("{passed} passed, {} failed{skipped}", failed + errors);
    let feature_error = outcomes.iter().flatten().any(|outcome| outcome.feature_error);
    match failed + errors + not_run {
        _ if feature_error => 2,
        0 => 0,
        broken if broken == invalid => 3,
        _ => 1,
    }
}
