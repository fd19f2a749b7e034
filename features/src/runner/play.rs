//! Plays the steps of a scenario.

use event_log::Log;
use futures_util::FutureExt as _;
use gherkin::Step;
use report::Cause;
use serde_json::json;
use units::EvseId;

use crate::phrases::Phrases;
use crate::place;
use crate::quiet;
use crate::rehearsal::{DEPTH, TOO_DEEP};
use crate::stage::Stage;
use crate::stop::Stop;
use crate::vocabulary::{Meaning, mean};

/// Plays the steps; those after a broken one are told as skipped. Answers why it went no further.
pub(super) fn play(stage: &mut Stage, steps: &[Step], log: &Log, phrases: &Phrases) -> Option<Stop> {
    let mut stop: Option<Stop> = None;
    for step in steps {
        let begin = json!({ "keyword": step.keyword.trim(), "text": step.value, "line": step.position.line });
        log.record("step", "begin", &begin);
        let (status, message) = if stop.is_some() {
            ("skipped", String::new())
        } else {
            match play_one(stage, step, phrases, EvseId::FIRST, 0) {
                Ok(()) => ("passed", String::new()),
                Err(ended) => {
                    let told = (ended.status(), ended.message().to_owned());
                    stop = Some(placed(ended, step));
                    told
                }
            }
        };
        log.record("step", "end", json!({ "text": step.value, "status": status, "message": message }));
    }
    stop
}

/// With the step that broke. What the rig lacks has no place.
fn placed(stop: Stop, step: &Step) -> Stop {
    stop.at(&format!("{} {} (line {})", step.keyword.trim(), step.value, step.position.line))
}

/// Plays one step, which is about that EVSE unless it says another one.
fn play_one(stage: &mut Stage, step: &Step, phrases: &Phrases, evse: EvseId, depth: u32) -> Result<(), Stop> {
    let (step, named) = place::placed(step).map_err(Stop::Undefined)?;
    let evse = named.unwrap_or(evse);
    let (run, context) = match mean(&step, phrases).map_err(Stop::Undefined)? {
        Meaning::Sentence { run, context, .. } => (run, context),
        Meaning::Steps { .. } if depth >= DEPTH => return Err(Stop::Undefined(TOO_DEEP.into())),
        Meaning::Steps { steps, rounds } => {
            return (1..=rounds).try_for_each(|round| {
                let round = if rounds == 1 { String::new() } else { format!("in round {round} of {rounds}: ") };
                steps.iter().try_for_each(|step| {
                    play_one(stage, step, phrases, evse, depth + 1)
                        .map_err(|stop| stop.at(&format!("{round}{} {}", step.keyword.trim(), step.value)))
                })
            });
        }
    };
    stage.look_at(evse).map_err(Stop::Undefined)?;
    // Steps are plain functions: their futures are ready at once.
    let result = quiet::catch(|| run(stage, context).now_or_never());
    // A feature that says what cannot be is to blame, whatever the world.
    if let Err((payload, _)) = &result
        && let Some(stop @ Stop::Undefined(_)) = payload.downcast_ref()
    {
        return Err(stop.clone());
    }
    // A world that is not in order says nothing about the charger, whatever the step saw.
    let health = quiet::catch(|| stage.running().map_or(Ok(()), |rig| rig.health()));
    if let Ok(Err(error)) = health {
        return Err(error.into());
    }
    match result.and(health) {
        Ok(_) => Ok(()),
        Err((payload, place)) => Err(match payload.downcast::<Stop>() {
            Ok(stop) => *stop,
            Err(payload) => Stop::Error(Cause::Broken, format!("panicked: {} at {place}", quiet::text(&*payload))),
        }),
    }
}
