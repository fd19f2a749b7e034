//! What happens on the grid and in the house.

use cucumber::when;
use grid_model::GridEvent;
use twin::Action;
use units::{Millihertz, PerPhase, Phase};

use crate::parameters::{Percent, Power, Time};
use crate::stage::Stage;

fn grid(stage: &mut Stage, event: GridEvent) {
    stage.act(Action::Grid(event));
}

/// Of the nominal voltage, for so long: a sag or a swell.
#[when(expr = "the voltage goes to {percent} for {duration}")]
fn voltage(stage: &mut Stage, percent: Percent, lasting: Time) {
    grid(stage, GridEvent::Voltage { permille: (percent.0 * 10.0) as u16, lasting: Some(lasting.0) });
}

/// For so long.
#[when(expr = "the mains are gone for {duration}")]
fn blackout(stage: &mut Stage, lasting: Time) {
    grid(stage, GridEvent::Blackout { lasting: Some(lasting.0) });
}

/// L1, L2 or L3, for so long.
#[when(expr = "the line {word} is lost for {duration}")]
fn line_step(stage: &mut Stage, line: String, lasting: Time) {
    let phase = match line.as_str() {
        "L1" => Phase::L1,
        "L2" => Phase::L2,
        "L3" => Phase::L3,
        other => stage.fail(format!("{other}: expected L1, L2 or L3")),
    };
    grid(stage, GridEvent::PhaseLoss { phase, lasting: Some(lasting.0) });
}

/// In hertz, for so long.
#[when(expr = "the frequency goes to {float} Hz for {duration}")]
fn frequency(stage: &mut Stage, hertz: f64, lasting: Time) {
    grid(stage, GridEvent::Frequency { to: Millihertz((hertz * 1000.0) as i32), lasting: Some(lasting.0) });
}

/// The house takes this much besides the charger from now on.
#[when(expr = "the house begins to take {power} on each line")]
fn house(stage: &mut Stage, power: Power) {
    grid(stage, GridEvent::HouseLoad(Some(PerPhase::all(power.0))));
}
