//! What drivers and cars do.

use std::time::Duration;

use cucumber::{given, then, when};
use hardware::Token;
use iec61851::Command;
use twin::{Action, HostAction, Signal};
use vehicle_model::{Action as Car, Cable};

use crate::parameters::{Current, Resistance, Time};
use crate::stage::Stage;

/// The plug goes in, with a 32 A cable.
#[when(expr = "the driver plugs in")]
#[given(expr = "the driver plugs in")]
fn plug(stage: &mut Stage) {
    stage.act(Action::Car(Car::PlugIn(Cable::rated(32))));
}

/// The plug goes in, with a cable of 13, 20, 32 or 63 A.
#[when(expr = "the driver plugs in with a {current} cable")]
fn plug_with(stage: &mut Stage, current: Current) {
    stage.act(Action::Car(Car::PlugIn(Cable::rated(current.0.0 / 1000))));
}

/// The plug goes in, with a cable whose PP resistor is this.
#[when(expr = "the driver plugs in with a PP resistor of {resistance}")]
fn plug_resistor(stage: &mut Stage, ohms: Resistance) {
    stage.act(Action::Car(Car::PlugIn(Cable { proximity: Some(ohms.0) })));
}

/// The plug goes out, whatever the car is doing.
#[when(expr = "the driver unplugs")]
fn unplug(stage: &mut Stage) {
    stage.act(Action::Car(Car::Unplug));
}

/// A card is held against the reader.
#[when(expr = "the card {word} is held to the reader")]
#[given(expr = "the card {word} is held to the reader")]
fn badge(stage: &mut Stage, card: String) {
    stage.act(Action::Badge(Token::card(&card)));
}

/// A car is plugged in with a 32 A cable, 04CA2D01 is shown where a token is needed, and power has settled.
#[given(expr = "a car is charging")]
fn charging(stage: &mut Stage) {
    charge(stage);
}

/// As `a car is charging`, and from then on it draws whatever the pilot says.
#[given(expr = "a car is charging that ignores the PWM")]
fn stubborn(stage: &mut Stage) {
    charge(stage);
    stage.act(Action::Car(Car::IgnorePilot(true)));
}

/// As `a car is charging`, but power need not flow: the contacts have closed, whatever is behind them.
#[given(expr = "a car is connected and the contactor is closed")]
fn connected(stage: &mut Stage) {
    connect(stage);
    stage.within(
        Duration::from_secs(60),
        |rig| rig.probe(Signal::Contactor) > 0.0,
        |rig| format!("the contactor does not close: pilot {}", rig.pilot_state()),
    );
    stage.pass(Duration::from_secs(2));
    stage.mark();
}

fn connect(stage: &mut Stage) {
    stage.act(Action::Car(Car::PlugIn(Cable::rated(32))));
    stage.pass(Duration::from_secs(1));
    if stage.needs_token() {
        stage.act(Action::Badge(Token::card("04CA2D01")));
    }
}

fn charge(stage: &mut Stage) {
    connect(stage);
    stage.within(
        Duration::from_secs(60),
        |rig| rig.probe(Signal::CarPower) > 500.0,
        |rig| format!("the car does not charge: pilot {}, offer {} A", rig.pilot_state(), rig.probe(Signal::Limit)),
    );
    stage.settle(Duration::from_secs(10));
    stage.mark();
}

/// It closes S2 when it is offered current.
#[when(expr = "the car asks for energy")]
fn ask(stage: &mut Stage) {
    stage.act(Action::Car(Car::RequestEnergy(true)));
}

/// It stops drawing and opens S2.
#[when(expr = "the car stops asking for energy")]
fn stop(stage: &mut Stage) {
    stage.act(Action::Car(Car::RequestEnergy(false)));
}

/// S2 opens and closes again so often; both positions are held for that time.
#[when(expr = "the car pauses and asks again {int} times, {duration} each")]
fn toggle(stage: &mut Stage, times: u32, each: Time) {
    stage.rig();
    let mark = stage.marker();
    for asks in (0..times).flat_map(|_| [false, true]) {
        stage.act(Action::Car(Car::RequestEnergy(asks)));
        stage.pass(each.0);
    }
    stage.mark_from(mark);
}

/// S2 closes for so long, and nothing is drawn.
#[when(expr = "the car pulses C for {duration}")]
fn pulse(stage: &mut Stage, lasting: Time) {
    stage.act(Action::Car(Car::PulseC(lasting.0)));
}

/// It needs state D.
#[when(expr = "the car asks for ventilation")]
fn ventilation(stage: &mut Stage) {
    stage.act(Action::Car(Car::RequestVentilation(true)));
}

/// It is content with state C again.
#[when(expr = "the car no longer asks for ventilation")]
fn no_ventilation(stage: &mut Stage) {
    stage.act(Action::Car(Car::RequestVentilation(false)));
}

/// It draws this on each line, whatever is offered.
#[when(expr = "the car draws {current} whatever is offered")]
fn fixed(stage: &mut Stage, current: Current) {
    stage.act(Action::Car(Car::DrawFixed(Some(current.0))));
}

/// It draws what it should again.
#[when(expr = "the car draws what is offered")]
fn not_fixed(stage: &mut Stage) {
    stage.act(Action::Car(Car::DrawFixed(None)));
}

/// The computer that runs the charger's services dies without a word.
#[when(expr = "the charger's host dies")]
#[given(expr = "the charger's host is dead")]
fn kill(stage: &mut Stage) {
    stage.act(Action::Host(HostAction::Kill));
}

/// It starts (again).
#[when(expr = "the charger's host starts again")]
fn start(stage: &mut Stage) {
    stage.act(Action::Host(HostAction::Start));
}

/// It is told to end, and leaves everything safe.
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

/// Within 0.3 A on the fullest line.
#[then(expr = "within {duration} the car draws {current}")]
fn draws(stage: &mut Stage, limit: Time, current: Current) {
    let wanted = current.0.amps();
    stage.within(
        limit.0,
        |rig| (rig.probe(Signal::CarCurrent) - wanted).abs() <= 0.3,
        |rig| format!("the car draws {} A, expected {wanted} A", rig.probe(Signal::CarCurrent)),
    );
}

/// On the fullest line, at every instant.
#[then(expr = "for {duration} the car draws at most {current}")]
fn draws_at_most(stage: &mut Stage, time: Time, current: Current) {
    let most = current.0.amps() + 0.05;
    stage.throughout(
        time.0,
        |rig| rig.probe(Signal::CarCurrent) <= most,
        |rig| format!("the car draws {} A", rig.probe(Signal::CarCurrent)),
    );
}

/// On the fullest line, at every instant.
#[then(expr = "for {duration} the car draws at least {current}")]
fn draws_at_least(stage: &mut Stage, time: Time, current: Current) {
    let least = current.0.amps();
    stage.throughout(
        time.0,
        |rig| rig.probe(Signal::CarCurrent) >= least,
        |rig| format!("the car draws {} A", rig.probe(Signal::CarCurrent)),
    );
}
