//! What drivers and cars do.

use std::time::Duration;

use cucumber::{given, then, when};
use hardware::Token;
use twin::{Action, Signal};
use vehicle_model::{Action as Car, Cable, CableRating, Draw, S2};

use crate::parameters::{CableOf, Card, Current, Line, Resistance, Time, Times};
use crate::stage::Stage;

/// The plug goes in, with a 32 A cable.
#[when(expr = "the driver plugs in")]
#[given(expr = "the driver plugs in")]
fn plug(stage: &mut Stage) {
    stage.act(Action::Car(Car::PlugIn(Cable::rated(CableRating::A32))));
}

/// The plug goes in, with a cable of 13, 20, 32 or 63 A.
#[when(expr = "the driver plugs in with a {cable} cable")]
fn plug_with(stage: &mut Stage, cable: CableOf) {
    stage.act(Action::Car(Car::PlugIn(Cable::rated(cable.0))));
}

/// The plug goes in, with a cable whose PP resistor is this.
#[when(expr = "the driver plugs in with a PP resistor of {resistance}")]
fn plug_resistor(stage: &mut Stage, ohms: Resistance) {
    stage.act(Action::Car(Car::PlugIn(Cable { proximity: Some(ohms.0) })));
}

/// The plug comes out of the car, whatever the car is doing, and the cable stays in the socket: PP is still there.
#[when(expr = "the driver pulls the cable out of the car, and leaves it in the socket")]
fn pull_from_car(stage: &mut Stage) {
    stage.act(Action::Car(Car::PullFromCar));
}

/// The cable that was left in the socket goes into the car again.
#[when(expr = "the driver pushes the cable into the car again")]
fn push_into_car(stage: &mut Stage) {
    stage.act(Action::Car(Car::PushIntoCar));
}

/// The resistor between PP and earth in the cable that is plugged in has this value from now on.
#[when(expr = "the cable's resistor becomes {resistance}")]
fn cable_resistor(stage: &mut Stage, ohms: Resistance) {
    stage.act(Action::Car(Car::CableResistor(ohms.0)));
}

/// The plug goes out, whatever the car is doing.
#[when(expr = "the driver unplugs")]
fn unplug(stage: &mut Stage) {
    stage.act(Action::Car(Car::Unplug));
}

/// A card is held against the reader.
#[when(expr = "the card {card} is held to the reader")]
#[given(expr = "the card {card} is held to the reader")]
fn badge(stage: &mut Stage, card: Card) {
    stage.mention(&card);
    stage.act(Action::Badge(Token::card(&card.0)));
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
    stage.act(Action::Car(Car::PlugIn(Cable::rated(CableRating::A32))));
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

/// S2 opens and closes again so often, at once and whatever is offered; both positions are held for that time. Then the car
/// moves it again as it does otherwise. What the next checks look at begins with the first pause.
#[when(expr = "the car pauses and asks again {times} times, {duration} each")]
fn toggle(stage: &mut Stage, times: Times, each: Time) {
    stage.car();
    stage.rig();
    let mark = stage.marker();
    for position in (0..times.0).flat_map(|_| [S2::Open, S2::Closed]) {
        stage.act(Action::Car(Car::HoldS2(Some(position))));
        stage.pass(each.0);
    }
    stage.act(Action::Car(Car::HoldS2(None)));
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
    stage.act(Action::Car(Car::Draw(Draw::Fixed(current.0))));
}

/// It draws this on that line, whatever is offered; on the others it goes on as it did.
#[when(expr = "the car draws {current} on {line}")]
fn fixed_on(stage: &mut Stage, current: Current, line: Line) {
    stage.car_uses(line.0);
    stage.act(Action::Car(Car::DrawOn(line.0, Draw::Fixed(current.0))));
}

/// It draws what is offered, but no more than this on that line; on the others it goes on as it did.
#[when(expr = "the car draws at most {current} on {line}")]
fn at_most_on(stage: &mut Stage, current: Current, line: Line) {
    stage.car_uses(line.0);
    stage.act(Action::Car(Car::DrawOn(line.0, Draw::AtMost(current.0))));
}

/// It draws what it should again, on every line.
#[when(expr = "the car draws what is offered")]
fn not_fixed(stage: &mut Stage) {
    stage.act(Action::Car(Car::Draw(Draw::AsOffered)));
}

/// Within 0.3 A on the fullest line.
#[then(expr = "within {duration} the car draws {current}")]
fn draws(stage: &mut Stage, limit: Time, current: Current) {
    stage.car();
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
    stage.car();
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
    stage.car();
    let least = current.0.amps();
    stage.throughout(
        time.0,
        |rig| rig.probe(Signal::CarCurrent) >= least,
        |rig| format!("the car draws {} A", rig.probe(Signal::CarCurrent)),
    );
}
