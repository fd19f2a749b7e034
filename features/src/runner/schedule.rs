//! Runs the scenarios, several at a time, and tells each result as soon as those before it are told.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use event_log::RunFolder;
use report::{Cause, Verdict};

use super::folder_name;
use super::order::longest_first;
use super::outcome::Outcome;
use super::perform::perform;
use crate::case::Case;
use crate::interrupt::is_interrupted;
use crate::options::Options;
use crate::phrases::Phrases;
use crate::print;
use crate::rig::Rigs;

/// Runs the cases on as many threads as asked for. What has no outcome was not run.
pub(super) fn run_all(
    options: &Options,
    cases: &[Case],
    folder: Option<&RunFolder>,
    phrases: &Phrases,
    rigs: &Arc<dyn Rigs>,
) -> Vec<Option<Outcome>> {
    let jobs = rigs.jobs(options.jobs).clamp(1, cases.len().max(1));
    // One after the other they take as long in any order. And whoever stops at the first failure reads the results down to it:
    // everything before it has been run.
    let in_order = jobs == 1 || options.fail_fast;
    let order = if in_order { (0..cases.len()).collect() } else { longest_first(cases) };
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let results: Mutex<Vec<Option<Outcome>>> = Mutex::new(vec![None; cases.len()]);
    let (done, told) = mpsc::channel::<usize>();
    thread::scope(|scope| {
        for _ in 0..jobs {
            let done = done.clone();
            let (order, next, stop, results) = (&order, &next, &stop, &results);
            scope.spawn(move || {
                loop {
                    let place = order.get(next.fetch_add(1, Ordering::Relaxed));
                    let Some(&number) = place.filter(|_| !stop.load(Ordering::Relaxed) && !is_interrupted()) else {
                        return;
                    };
                    let case = &cases[number];
                    let outcome = perform_in(folder, number, case, options, phrases, rigs);
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

fn perform_in(
    folder: Option<&RunFolder>,
    number: usize,
    case: &Case,
    options: &Options,
    phrases: &Phrases,
    rigs: &Arc<dyn Rigs>,
) -> Outcome {
    let own = match folder.map(|folder| folder.scenario(&folder_name(number, case))).transpose() {
        Ok(own) => own,
        Err(error) => return Outcome::error(Cause::Broken, error.to_string()),
    };
    perform(case, options.conditions(), own.as_deref(), phrases, rigs)
}

fn show(case: &Case, outcome: &Outcome) {
    print::line(format_args!("{:<7} {} ({})", outcome.verdict.word(), case.name, case.place()));
    if outcome.verdict != Verdict::Passed {
        for line in outcome.message.lines() {
            print::line(format_args!("        {line}"));
        }
    }
}
