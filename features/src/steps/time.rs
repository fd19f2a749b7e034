//! Time.

use cucumber::{then, when};

use crate::parameters::Time;
use crate::stage::Stage;

/// Virtual time; on a rig, real time.
#[when(expr = "{duration} pass")]
fn pass(stage: &mut Stage, time: Time) {
    stage.rig();
    stage.mark();
    stage.pass(time.0);
}

/// A window in which only the other checks of the scenario count.
#[then(expr = "{duration} later")]
fn later(stage: &mut Stage, time: Time) {
    stage.pass(time.0);
}
