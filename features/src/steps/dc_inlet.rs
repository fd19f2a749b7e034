//! The car's inlet for direct current: what its contactors do, and what it finds out about them.

use cucumber::{then, when};
use event_log::Event;
use twin::{Action, Signal};
use vehicle_model::{Action as Car, DcAction, DcFault, Pole};

use crate::lookout::Lookout;
use crate::parameters::{Current, PoleName, Time, Voltage};
use crate::stage::Stage;
use crate::steps::dc::SAFE_V;

fn act(stage: &mut Stage, action: DcAction) {
    stage.act(Action::Car(Car::Dc(action)));
}

fn pole(name: &PoleName) -> Pole {
    if name.0 == "plus" { Pole::Plus } else { Pole::Minus }
}

/// They close as soon as the voltages on both sides are within 20 V. While the car looks for welded ones it does nothing.
#[when(expr = "the car closes its DC contactors")]
fn close(stage: &mut Stage) {
    act(stage, DcAction::Close);
}

/// At once, whatever flows.
#[when(expr = "the car opens its DC contactors")]
fn open(stage: &mut Stage) {
    act(stage, DcAction::Open);
}

/// Where both are closed it opens one after the other, for a second each, and looks whether the voltage falls. Where they are open it
/// closes none: it can only see that there is a voltage all the same. When they open, or the plug goes out, before it has done, it
/// finds nothing. They are open afterwards.
#[when(expr = "the car looks for welded DC contactors")]
fn detect(stage: &mut Stage) {
    act(stage, DcAction::DetectWelding);
}

/// It stays closed, whatever the car wants.
#[when(expr = "the DC contactor {pole} of the car welds")]
fn weld(stage: &mut Stage, name: PoleName) {
    act(stage, DcAction::Break(DcFault::Welded(pole(&name))));
}

/// It stays open, whatever the car wants.
#[when(expr = "the DC contactor {pole} of the car sticks open")]
fn stick(stage: &mut Stage, name: PoleName) {
    act(stage, DcAction::Break(DcFault::StaysOpen(pole(&name))));
}

/// It moves as the car wants.
#[when(expr = "the DC contactor {pole} of the car is mended")]
fn mend(stage: &mut Stage, name: PoleName) {
    act(stage, DcAction::Mend(DcFault::Welded(pole(&name))));
}

fn are_closed(stage: &mut Stage, time: Time, closed: bool) {
    stage.has_dc_inlet();
    stage.within(
        time.0,
        |rig| (rig.probe(Signal::CarDcContactors) > 0.5) == closed,
        |rig| format!("the car has {:.1} V at its DC pins", rig.probe(Signal::CarDcVoltage)),
    );
}

/// Both contacts are closed, whatever the car wants.
#[then(expr = "within {duration} the DC contactors of the car are closed")]
fn closed(stage: &mut Stage, time: Time) {
    are_closed(stage, time, true);
}

/// Not both contacts are closed, whatever the car wants.
#[then(expr = "within {duration} the DC contactors of the car are open")]
fn opened(stage: &mut Stage, time: Time) {
    are_closed(stage, time, false);
}

/// Not both contacts are closed, at any instant.
#[then(expr = "for {duration} the DC contactors of the car stay open")]
fn stay_open(stage: &mut Stage, time: Time) {
    stage.has_dc_inlet();
    stage.throughout(
        time.0,
        |rig| rig.probe(Signal::CarDcContactors) < 0.5,
        |rig| format!("they closed with {:.1} V at the pins", rig.probe(Signal::CarDcVoltage)),
    );
}

/// Into its battery, within 0.5 A.
#[then(expr = "within {duration} the car takes {current} of direct current")]
fn takes(stage: &mut Stage, time: Time, current: Current) {
    stage.has_dc_inlet();
    stage.within(
        time.0,
        |rig| (rig.probe(Signal::CarDcCurrent) - current.0.amps()).abs() <= 0.5,
        |rig| format!("it takes {:.2} A", rig.probe(Signal::CarDcCurrent)),
    );
}

/// Between its DC pins, within 5 V.
#[then(expr = "within {duration} the car sees {voltage} at its DC pins")]
fn sees(stage: &mut Stage, time: Time, voltage: Voltage) {
    stage.has_dc_inlet();
    stage.within(
        time.0,
        |rig| (rig.probe(Signal::CarDcVoltage) - voltage.0).abs() <= 5.0,
        |rig| format!("it sees {:.1} V", rig.probe(Signal::CarDcVoltage)),
    );
}

/// Less than 60 V between them, which is safe to touch.
#[then(expr = "within {duration} the DC pins of the car are dead")]
fn dead(stage: &mut Stage, time: Time) {
    stage.has_dc_inlet();
    stage.within(
        time.0,
        |rig| rig.probe(Signal::CarDcVoltage).abs() < SAFE_V,
        |rig| format!("there are still {:.1} V", rig.probe(Signal::CarDcVoltage)),
    );
}

/// What the car found since the last action, or finds within that time.
fn finds(stage: &mut Stage, time: Time, expected: &str) {
    stage.has_dc_inlet();
    fn found(event: &Event) -> Option<&str> {
        event.is("dc_inlet", "welding").then(|| event.text("found"))
    }
    let mut lookout = Lookout::from(stage.mark_position());
    stage.within(
        time.0,
        |rig| lookout.event(rig.log(), |event| found(event) == Some(expected)),
        |rig| match rig.log().snapshot().iter().filter_map(found).next_back() {
            Some(found) => {
                format!("nothing since the last action, or another thing; the last it found is: {}", in_words(found))
            }
            None => "it has not looked, or has not done looking".into(),
        },
    );
}

/// What it found, for a reader.
fn in_words(found: &str) -> String {
    match found {
        "none" => "both of them sound".into(),
        "both" => "both of them welded, or a supply that keeps its voltage".into(),
        "nothing to see" => "there was no voltage that could have fallen".into(),
        pole => format!("{pole} welded"),
    }
}

/// The voltage fell with each of them.
#[then(expr = "within {duration} the car has found its DC contactors sound")]
fn found_sound(stage: &mut Stage, time: Time) {
    finds(stage, time, "none");
}

/// The voltage did not fall when that one was opened, and fell with the other.
#[then(expr = "within {duration} the car has found its DC contactor {pole} welded")]
fn found_welded(stage: &mut Stage, time: Time, name: PoleName) {
    finds(stage, time, &name.0);
}

/// There was a voltage with both of them open; a supply that is on keeps it up as well.
#[then(expr = "within {duration} the car has found both of its DC contactors welded")]
fn found_both_welded(stage: &mut Stage, time: Time) {
    finds(stage, time, "both");
}
