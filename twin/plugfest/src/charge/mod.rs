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
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::cli::Charge;
use live::Live;
use options::Plan;
use pace::Pacer;
use plain::Plain;
use story::{End, Story};

/// What watches a session.
trait View {
    /// Something may have changed.
    fn update(&mut self, story: &mut Story);
    /// The session is over.
    fn close(&mut self);
}

/// Charges; answers the exit code: 0 charged, 1 not charged or not recorded, 2 usage, 130 ended by Ctrl-C.
pub(crate) fn charge(options: &Charge) -> i32 {
    match try_charge(options) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            2
        }
    }
}

fn try_charge(options: &Charge) -> Result<i32, String> {
    let on_terminal = std::io::stdout().is_terminal();
    let plan = Plan::new(options, on_terminal)?;
    let interrupted = listen()?;
    let mut story = Story::begin(&plan)?;
    let pacer = Pacer::start(plan.speed);
    let mut view: Box<dyn View> =
        if on_terminal { Box::new(Live::open(plan.virtual_s)) } else { Box::new(Plain::open(&mut story)) };
    // A terminal is drawn some twenty times a second; lines are told as they come.
    let look_every = if on_terminal { 0.05 } else { 0.0 };
    let mut next_look = 0.0;
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
        }
        pacer.keep_up(story.now());
    };
    story.finish();
    view.update(&mut story);
    view.close();
    let recorded = story.record_error();
    print!("{}", summary::summary(&mut story, &plan, &end, pacer.wall_s()));
    if let Some(error) = recorded {
        eprintln!("the record is incomplete: {error}");
        return Ok(1);
    }
    Ok(match end {
        End::Charged => 0,
        End::Interrupted => 130,
        End::Nothing(why) => {
            eprintln!("the car was not charged: {why}");
            1
        }
    })
}

/// Ctrl-C once ends the session cleanly, twice at once.
fn listen() -> Result<Arc<AtomicBool>, String> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let (flag, times) = (Arc::clone(&interrupted), AtomicU32::new(0));
    ctrlc::set_handler(move || {
        flag.store(true, Ordering::Relaxed);
        if times.fetch_add(1, Ordering::Relaxed) > 0 {
            std::process::exit(130);
        }
    })
    .map_err(|error| format!("Ctrl-C cannot be listened to: {error}"))?;
    Ok(interrupted)
}
