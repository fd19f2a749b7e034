//! Performs one scenario.

use std::path::Path;
use std::sync::Arc;

use event_log::{Log, output};
use hil_rig::Decision;
use hil_rig::evidence::About;
use report::{Cause, Verdict};
use serde_json::{Value, json};
use twin::TwinError;

use super::outcome::Outcome;
use super::play::play;
use crate::case::Case;
use crate::options::Conditions;
use crate::phrases::Phrases;
use crate::quiet;
use crate::rig::Rigs;
use crate::stage::Stage;
use crate::stop::Stop;
use crate::wall::Wall;

/// Performs one scenario in a world of its own; its log is streamed into `folder`.
#[must_use]
pub fn perform(
    case: &Case,
    conditions: Conditions,
    folder: Option<&Path>,
    phrases: &Phrases,
    rigs: &Arc<dyn Rigs>,
) -> Outcome {
    let log = match open_log(folder) {
        Ok(log) => log,
        Err(message) => return Outcome::error(Cause::Broken, message),
    };
    let wall = Wall::start();
    log.set_wall(move || wall.micros());
    log.record(
        "run",
        "begin",
        json!({ "scenario": case.place(), "feature": case.file(), "line": case.line, "name": case.name,
            "tags": case.tags, "seed": conditions.seed }),
    );
    let began_micros = hil_rig::wall::now_micros();
    let own = folder.map(Path::to_path_buf);
    let mut stage = Stage::new(conditions, case, log.clone(), Arc::clone(rigs), own);
    let mut outcome = Outcome::from(run_in(&mut stage, case, &log, phrases, rigs));
    end_world(&mut stage, &mut outcome);
    outcome.booted = stage.booted;
    // What the rig kept is there once it is gone.
    drop(stage);
    // A later log that could not be written is no reason to lose the verdict, and every reason to tell.
    if let Some(error) = log.error() {
        outcome.break_with(Cause::Broken, format!("the recording is incomplete: {error}"));
    }
    record_end(&log, &outcome);
    if let Some(folder) = folder {
        let about = About {
            rig: rigs.name().into(),
            caps: rigs.caps(),
            versions: [("plugfest".to_owned(), env!("CARGO_PKG_VERSION").to_owned())].into(),
            git: rigs.git(),
            began_micros,
        };
        // The log itself is there already, and says from now on that its views are not.
        if let Err(error) = hil_rig::evidence::write_from_log(folder, &about) {
            outcome.break_with(Cause::Broken, format!("the evidence is incomplete: {error}"));
            record_end(&log, &outcome);
        }
    }
    outcome
}

/// Plays the scenario, where the rig can do it; answers why it went no further.
fn run_in(stage: &mut Stage, case: &Case, log: &Log, phrases: &Phrases, rigs: &Arc<dyn Rigs>) -> Option<Stop> {
    match rigs.decide(&case.tags) {
        Decision::Run => {
            let all = rigs.flags().require_all;
            let stop = play(stage, &case.steps, log, phrases);
            let stop = stop.or_else(|| stage.not_measured(all).map(Stop::Unable));
            stop.map(|stop| if all { stop.required() } else { stop })
        }
        Decision::Skip(why) => Some(Stop::Unable(why)),
        Decision::Refuse(why) => Some(Stop::Error(Cause::NotReady, why)),
    }
}

/// Leaves everything safe. What is not in order counts, whether it was so before the end or comes with it: once the charger is
/// told to end, nothing more can be said of how it lived.
fn end_world(stage: &mut Stage, outcome: &mut Outcome) {
    let ended = quiet::catch(|| {
        stage.running().map(|rig| {
            let before = rig.health();
            rig.finish();
            (before.and_then(|()| rig.health()), rig.now())
        })
    });
    match ended {
        Ok(Some((health, now))) => {
            outcome.virtual_s = now.as_secs_f64();
            // A scenario that was skipped says nothing about the charger; that its host stood still spoils nothing.
            let told = |error: &TwinError| match outcome.verdict {
                Verdict::Passed | Verdict::Failed => true,
                Verdict::Skipped => !matches!(error, TwinError::Stalled { .. }),
                Verdict::Error => false,
            };
            if let Some(error) = health.err().filter(told) {
                let stop = Stop::from(error);
                outcome.break_with(stop.cause(), stop.message());
            }
        }
        Ok(None) => {}
        Err((payload, place)) => {
            outcome.break_with(
                Cause::Broken,
                format!("the world panicked at its end: {} at {place}", quiet::text(&*payload)),
            );
        }
    }
    match stage.judge_power_lines() {
        Ok(broken) if outcome.verdict == Verdict::Passed && !broken.is_empty() => outcome.fail_with(broken.join("\n")),
        Ok(_) => {}
        Err(why) => outcome.break_with(Cause::Broken, format!("the recording is incomplete: {why}")),
    }
}

/// The verdict in the log; the last one counts.
fn record_end(log: &Log, outcome: &Outcome) {
    let mut end =
        json!({ "verdict": outcome.verdict.word(), "message": outcome.message, "virtual_s": outcome.virtual_s });
    if outcome.verdict == Verdict::Error {
        end["cause"] = Value::from(outcome.cause.word());
    }
    log.record("run", "end", end);
}

fn open_log(folder: Option<&Path>) -> Result<Log, String> {
    let Some(folder) = folder else { return Ok(Log::memory()) };
    let file = folder.join("events.ndjson");
    output::folder(folder)
        .and_then(|()| output::create(&file))
        .map(|file| Log::to_writer(Box::new(file)))
        .map_err(|error| format!("{}: {error}", file.display()))
}
