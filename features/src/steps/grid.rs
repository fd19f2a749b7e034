//! What happens on the grid and in the house.

use cucumber::{given, when};
use grid_model::GridEvent;
use twin::Action;
use units::PerPhase;

use crate::parameters::{Frequency, Level, Line, Power, Time};
use crate::stage::Stage;

fn grid(stage: &mut Stage, event: GridEvent) {
    stage.act(Action::Grid(event));
}

/// Of the nominal voltage, for so long: a sag or a swell.
/// Of the whole station.
#[when(expr = "the voltage goes to {level} for {duration}")]
fn voltage(stage: &mut Stage, level: Level, lasting: Time) {
    grid(stage, GridEvent::Voltage { permille: (level.0 * 10.0) as u16, lasting: Some(lasting.0) });
}

/// For so long.
/// Of the whole station.
#[when(expr = "the mains are gone for {duration}")]
fn blackout(stage: &mut Stage, lasting: Time) {
    grid(stage, GridEvent::Blackout { lasting: Some(lasting.0) });
}

/// A line of the house connection, for so long.
/// Of the whole station.
#[when(expr = "the line {line} is lost for {duration}")]
fn line_step(stage: &mut Stage, line: Line, lasting: Time) {
    grid(stage, GridEvent::PhaseLoss { phase: line.0, lasting: Some(lasting.0) });
}

/// For so long.
/// Of the whole station.
#[when(expr = "the frequency goes to {frequency} for {duration}")]
fn frequency(stage: &mut Stage, to: Frequency, lasting: Time) {
    grid(stage, GridEvent::Frequency { to: to.0, lasting: Some(lasting.0) });
}

/// The house takes this much besides the charger from now on; with a minus it feeds in.
/// Of the whole station.
#[when(expr = "the house begins to take {power} on each line")]
fn house(stage: &mut Stage, power: Power) {
    grid(stage, GridEvent::HouseLoad(Some(PerPhase::all(power.0))));
}

/// On that line of the house; on the others it goes on as it did.
/// Of the whole station.
#[when(expr = "the house takes {power} on {line}")]
#[given(expr = "the house takes {power} on {line}")]
fn house_line(stage: &mut Stage, power: Power, line: Line) {
    stage.cause(Action::Grid(GridEvent::LineLoad { phase: line.0, power: power.0 }));
}
