//! Time.

use cucumber::{then, when};

use crate::parameters::Time;
use crate::stage::Stage;

/// Virtual time; on a rig, real time. That is no action: what the next checks look at still begins with the last one.
/// Of the whole station.
#[when(expr = "{duration} pass")]
fn pass(stage: &mut Stage, time: Time) {
    stage.pass(time.0);
}

/// What the next checks look at begins here, as after an action.
/// Of the whole station.
#[when(expr = "a new window begins")]
fn window(stage: &mut Stage) {
    stage.mark();
}

/// A window in which only the other checks of the scenario count.
/// Of the whole station.
#[then(expr = "{duration} later")]
fn later(stage: &mut Stage, time: Time) {
    stage.pass(time.0);
}
