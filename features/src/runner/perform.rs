//! Performs one scenario.

use std::any::Any;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use cucumber::World as _;
use event_log::Log;
use futures_util::FutureExt as _;
use gherkin::Step;
use serde_json::json;

use super::quiet;
use crate::case::Case;
use crate::phrases::Phrases;
use crate::rig::Rigs;
use crate::stage::{Broken, NotReady, Stage, Unable};
use crate::wall::Wall;
use hil_rig::Decision;
use hil_rig::evidence::About;
use twin::TwinError;

/// How a scenario ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Something but the charger is not in order: an undefined step, a panic, a broken world.
    Error,
    /// An assertion did not hold.
    Failed,
    /// All held.
    Passed,
    /// The rig lacks something that it needs.
    Skipped,
}

impl Verdict {
    /// As reports name it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Failed => "failed",
            Self::Passed => "passed",
            Self::Skipped => "skipped",
        }
    }
}

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub verdict: Verdict,
    /// The step and what was wrong; empty when nothing was.
    pub message: String,
    /// Whether the feature file is to blame: an undefined or ambiguous step.
    pub feature_error: bool,
    /// The charger's computer stood still: an error, and nothing can be said of the charger, neither good nor bad.
    pub invalid: bool,
    /// How much time passed in its world.
    pub virtual_s: f64,
    /// How long a charger on wires took to come up, in microseconds; `None` in the twin.
    pub booted: Option<u64>,
}

impl Outcome {
    const fn new(verdict: Verdict, message: String) -> Self {
        Self { verdict, message, feature_error: false, invalid: false, virtual_s: 0.0, booted: None }
    }
}

/// Why a scenario goes no further.
struct Stop {
    verdict: Verdict,
    status: &'static str,
    message: String,
    feature_error: bool,
}

/// How deep phrases may stand for phrases.
const DEPTH: u32 = 5;

/// Performs one scenario in a world of its own; its log is streamed into `folder`.
#[must_use]
pub fn perform(case: &Case, seed: u64, folder: Option<&Path>, phrases: &Phrases, rigs: &Arc<dyn Rigs>) -> Outcome {
    let log = match open_log(folder) {
        Ok(log) => log,
        Err(message) => return Outcome::new(Verdict::Error, message),
    };
    let wall = Wall::start();
    log.set_wall(move || wall.micros());
    log.record(
        "run",
        "begin",
        json!({ "scenario": case.place(), "feature": case.file(), "line": case.line, "name": case.name,
            "tags": case.tags, "seed": seed }),
    );
    let began_micros = hil_rig::wall::now_micros();
    let folder = folder.map(Path::to_path_buf);
    let mut stage = Stage::new(seed, case.hash(), log.clone(), case.name.clone(), Arc::clone(rigs), folder.clone());
    let stop = match rigs.decide(&case.tags) {
        Decision::Run => {
            let stop = play(&mut stage, &case.steps, &log, phrases);
            let all = rigs.flags().require_all;
            let stop = stop.or_else(|| stage.not_measured(all).map(Stop::skip));
            stop.map(|stop| if all { stop.required() } else { stop })
        }
        Decision::Skip(why) => Some(Stop::skip(why)),
        Decision::Refuse(why) => Some(Stop::not_ready(why)),
    };
    let ended = quiet::catch(|| {
        stage.running().map(|rig| {
            rig.finish();
            (rig.health(), rig.now())
        })
    });
    let mut outcome = match stop {
        None => Outcome::new(Verdict::Passed, String::new()),
        Some(Stop { verdict, message, feature_error, .. }) => {
            Outcome { feature_error, ..Outcome::new(verdict, message) }
        }
    };
    outcome.booted = stage.booted;
    match ended {
        Ok(Some((health, now))) => {
            outcome.virtual_s = now.as_secs_f64();
            let stalled = matches!(health, Err(TwinError::Stalled { .. }));
            outcome.invalid = stalled && outcome.verdict != Verdict::Skipped;
            // A scenario that was skipped says nothing about the charger; that its host stood still spoils nothing.
            let told = |error: &TwinError| match outcome.verdict {
                Verdict::Passed | Verdict::Failed => true,
                Verdict::Skipped => !matches!(error, TwinError::Stalled { .. }),
                Verdict::Error => false,
            };
            if let Some(error) = health.err().filter(told) {
                outcome.verdict = Verdict::Error;
                outcome.message = error.to_string();
            }
        }
        Ok(None) => {}
        Err((payload, place)) => {
            outcome.verdict = Verdict::Error;
            outcome.message = format!("the world panicked at its end: {} at {place}", text(&*payload));
        }
    }
    // What the rig kept is there once it is gone.
    drop(stage);
    // A later log that could not be written is no reason to lose the verdict, and every reason to tell.
    if let Some(error) = log.error() {
        outcome.verdict = Verdict::Error;
        outcome.message = format!("the recording is incomplete: {error}");
    }
    log.record(
        "run",
        "end",
        json!({ "verdict": outcome.verdict.word(), "message": outcome.message, "virtual_s": outcome.virtual_s }),
    );
    if let Some(folder) = &folder {
        let about = About {
            rig: rigs.name().into(),
            caps: rigs.caps(),
            versions: [("plugfest".to_owned(), env!("CARGO_PKG_VERSION").to_owned())].into(),
            git: rigs.git(),
            began_micros,
        };
        // The log itself is there already; its views are a convenience.
        if let Err(error) = hil_rig::evidence::write_from_log(folder, &about) {
            eprintln!("{error}");
        }
    }
    outcome
}

impl Stop {
    /// The rig lacks something.
    const fn skip(message: String) -> Self {
        Self { verdict: Verdict::Skipped, status: "skipped", message, feature_error: false }
    }

    /// The same, where nothing may be skipped.
    fn required(self) -> Self {
        match self.verdict {
            Verdict::Skipped => Self::not_ready(format!("{} (--require-all)", self.message)),
            Verdict::Error | Verdict::Failed | Verdict::Passed => self,
        }
    }

    /// The rig is not in order, or must not run this.
    const fn not_ready(message: String) -> Self {
        Self { verdict: Verdict::Error, status: "failed", message, feature_error: false }
    }
}

fn open_log(folder: Option<&Path>) -> Result<Log, String> {
    let Some(folder) = folder else { return Ok(Log::memory()) };
    let file = folder.join("events.ndjson");
    fs::create_dir_all(folder)
        .and_then(|()| File::create(&file))
        .map(|file| Log::to_writer(Box::new(file)))
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// Plays the steps; those after a broken one are told as skipped.
fn play(stage: &mut Stage, steps: &[Step], log: &Log, phrases: &Phrases) -> Option<Stop> {
    let mut stop: Option<Stop> = None;
    for step in steps {
        let begin = json!({ "keyword": step.keyword.trim(), "text": step.value, "line": step.position.line });
        log.record("step", "begin", &begin);
        let (status, message) = if stop.is_some() {
            ("skipped", String::new())
        } else {
            match play_one(stage, step, phrases, 0) {
                Ok(()) => ("passed", String::new()),
                Err(broken) if broken.verdict == Verdict::Skipped => {
                    let told = (broken.status, broken.message.clone());
                    stop = Some(broken);
                    told
                }
                Err(broken) => {
                    let told = (broken.status, broken.message.clone());
                    let place = format!("{} {} (line {})", step.keyword.trim(), step.value, step.position.line);
                    stop = Some(Stop { message: format!("{place}\n{}", broken.message), ..broken });
                    told
                }
            }
        };
        log.record("step", "end", json!({ "text": step.value, "status": status, "message": message }));
    }
    stop
}

fn play_one(stage: &mut Stage, step: &Step, phrases: &Phrases, depth: u32) -> Result<(), Stop> {
    let of_feature = |status, message| Stop { verdict: Verdict::Error, status, message, feature_error: true };
    thread_local! {
        static STEPS: cucumber::step::Collection<Stage> = Stage::collection();
    }
    let found = STEPS.with(|steps| match steps.find(step) {
        Ok(Some((run, _, _, context))) => Ok(Some((*run, context))),
        Ok(None) => Ok(None),
        Err(ambiguous) => Err(of_feature("failed", format!("the step is ambiguous: {ambiguous}"))),
    })?;
    let Some((run, context)) = found else {
        return match phrases.expand(step) {
            Some(steps) if depth < DEPTH => steps.iter().try_for_each(|step| play_one(stage, step, phrases, depth + 1)),
            Some(_) => Err(of_feature("failed", "phrases stand for phrases too deeply".into())),
            None => Err(of_feature("undefined", "no step has this sentence; see `plugfest steps`".into())),
        };
    };
    // Steps are plain functions: their futures are ready at once.
    let result = quiet::catch(|| run(stage, context).now_or_never());
    if let Err((payload, place)) = result {
        // A world that is not in order says nothing about the charger, whatever the step saw.
        if let Some(Err(error)) = quiet::catch(|| stage.running().map(|rig| rig.health())).ok().flatten() {
            return Err(Stop::not_ready(error.to_string()));
        }
        if let Some(Unable(why)) = payload.downcast_ref() {
            return Err(Stop::skip(why.clone()));
        }
        if let Some(NotReady(why)) = payload.downcast_ref() {
            return Err(Stop::not_ready(why.clone()));
        }
        return Err(match payload.downcast_ref::<Broken>() {
            Some(Broken(why)) => {
                Stop { verdict: Verdict::Failed, status: "failed", message: why.clone(), feature_error: false }
            }
            None => Stop {
                verdict: Verdict::Error,
                status: "failed",
                message: format!("panicked: {} at {place}", text(&*payload)),
                feature_error: false,
            },
        });
    }
    match stage.running().map(|rig| rig.health()) {
        Some(Err(error)) => {
            Err(Stop { verdict: Verdict::Error, status: "failed", message: error.to_string(), feature_error: false })
        }
        Some(Ok(())) | None => Ok(()),
    }
}

fn text(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .or_else(|| payload.downcast_ref::<Broken>().map(|broken| broken.0.clone()))
        .unwrap_or_else(|| "a panic without words".into())
}
