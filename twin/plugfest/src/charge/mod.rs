//! `plugfest charge`: one session, from plug-in to unplug.

mod cost;
mod live;
mod options;
mod pace;
mod plain;
mod story;
mod summary;

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use event_log::{RunFolder, RunKind, output};
use features::print;
use serde_json::json;

use crate::cli::Charge;
use crate::signals;
use live::Live;
use options::Plan;
pub(crate) use options::load_car;
use pace::{Pacer, Speed};
use plain::Plain;
use story::{End, Story};

/// What watches a session.
trait View {
    /// Something may have changed.
    fn update(&mut self, story: &mut Story);
    /// The session is over.
    fn close(&mut self);
}

/// Charges; answers the exit code: 0 charged, 1 not charged or not recorded, 2 usage, 130 ended by Ctrl-C, 141 ended because nobody
/// reads on what it says.
pub(crate) fn charge(options: &Charge) -> i32 {
    match try_charge(options) {
        Ok(code) => code,
        Err(message) => {
            print::complain(format_args!("{message}"));
            2
        }
    }
}

/// As a shell tells a program that was ended by SIGPIPE.
const NOBODY_READS: i32 = 141;

fn try_charge(options: &Charge) -> Result<i32, String> {
    let on_terminal = std::io::stdout().is_terminal();
    let mut plan = Plan::new(options)?;
    if on_terminal && options.csms.is_none() {
        // The same seed at full speed tells how long it will take.
        plan.show(story::rehearse(&plan)?, options);
    }
    let interrupted = listen()?;
    let folder = plan.record.as_deref().map(|folder| RunFolder::claim(folder, RunKind::Charge)).transpose();
    let folder = folder.map_err(|error| format!("--record {error}"))?;
    let mut story = Story::begin(&plan, folder.as_ref())?;
    let pacer = Pacer::start(plan.speed);
    let mut view: Box<dyn View> =
        if on_terminal { Box::new(Live::open(plan.virtual_s)) } else { Box::new(Plain::open(&mut story)) };
    // A terminal is drawn some twenty times a second; lines are told as they come.
    let look_every = if on_terminal { 0.05 } else { 0.0 };
    let mut next_look = 0.0;
    let mut unread = false;
    let end = loop {
        if interrupted.load(Ordering::Relaxed) {
            break End::Interrupted;
        }
        if let Some(end) = story.advance() {
            break end;
        }
        if pacer.wall_s() >= next_look {
            view.update(&mut story);
            next_look = pacer.wall_s() + look_every;
            // A session in its own time, of which nobody will hear anything, need not go on.
            unread = folder.is_none() && plan.speed != Speed::Max && print::reader_is_gone();
            if unread {
                break End::Interrupted;
            }
        }
        pacer.keep_up(story.now());
    };
    story.finish(&end);
    view.update(&mut story);
    view.close();
    let recorded =
        story.record_error().map_or(Ok(()), Err).map_err(|error| format!("the record is incomplete: {error}"));
    let reported = folder.as_ref().map_or(Ok(()), |folder| report(folder, &plan, pacer.wall_s()));
    print::print(format_args!("{}", summary::summary(&mut story, &plan, &end, pacer.wall_s())));
    let broken = story.broken_rules();
    if let Err(why) = recorded.and(reported) {
        print::complain(format_args!("{why}"));
        return Ok(1);
    }
    let broken = broken.map_err(|why| format!("the record is incomplete: {why}"))?;
    for rule in &broken {
        print::complain(format_args!("{rule}"));
    }
    if !broken.is_empty() {
        return Ok(1);
    }
    Ok(match end {
        End::Charged => 0,
        End::Interrupted if unread => NOBODY_READS,
        End::Interrupted => signals::INTERRUPTED,
        End::Nothing(why) => {
            print::complain(format_args!("the car was not charged: {why}"));
            1
        }
    })
}

/// Writes the page of a recorded session.
fn report(folder: &RunFolder, plan: &Plan, wall_s: f64) -> Result<(), String> {
    let about = json!({ "version": env!("CARGO_PKG_VERSION"), "seed": plan.seed, "rig": "twin", "wall_s": wall_s });
    let path = folder.path().join("run.json");
    let written = output::replace(&path, format!("{about:#}\n").as_bytes())
        .map_err(|error| format!("{}: {error}", path.display()))
        .and_then(|()| report::write_all(folder.path()).map_err(|error| error.to_string()));
    written.map(drop).map_err(|why| format!("the report could not be written: {why}"))
}

/// Ctrl-C once ends the session cleanly.
fn listen() -> Result<Arc<AtomicBool>, String> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    signals::listen(move || flag.store(true, Ordering::Relaxed))?;
    Ok(interrupted)
}
