//! The charger's own computers, and its power.

use cucumber::{given, when};
use iec61851::Command;
use twin::{Action, ChargerPower, HostAction};

use crate::parameters::Time;
use crate::stage::Stage;

/// The computer that runs the charger's services dies without a word.
/// Of the whole station.
#[when(expr = "the charger's host dies")]
#[given(expr = "the charger's host is dead")]
fn kill(stage: &mut Stage) {
    stage.act(Action::Host(HostAction::Kill));
}

/// It starts (again).
/// Of the whole station.
#[when(expr = "the charger's host starts again")]
fn start(stage: &mut Stage) {
    stage.act(Action::Host(HostAction::Start));
}

/// It is told to end, and leaves everything safe.
/// Of the whole station.
#[when(expr = "the charger's host is told to end")]
fn shut_down(stage: &mut Stage) {
    stage.act(Action::Host(HostAction::Shutdown));
}

/// Its firmware is told to disable the outlet, behind the host's back.
#[when(expr = "the power board is disabled")]
fn disable(stage: &mut Stage) {
    stage.act(Action::BoardCommand(Command::Disable));
}

/// Its firmware starts anew, as after a brown-out.
#[when(expr = "the power board starts anew")]
fn reset(stage: &mut Stage) {
    stage.act(Action::BoardReset);
}

/// Mains, power board and host at once, as when its breaker trips; then all three are back.
#[when(expr = "the whole charger loses its power for {duration}")]
fn outage(stage: &mut Stage, lasting: Time) {
    stage.act(Action::ChargerPower(ChargerPower::Lost { lasting: Some(lasting.0) }));
}

/// Mains, power board and host at once, until it has power again.
#[when(expr = "the whole charger loses its power")]
fn power_lost(stage: &mut Stage) {
    stage.act(Action::ChargerPower(ChargerPower::Lost { lasting: None }));
}

/// Mains are there; board and host start.
#[when(expr = "the whole charger has power again")]
fn power_back(stage: &mut Stage) {
    stage.act(Action::ChargerPower(ChargerPower::Back));
}
