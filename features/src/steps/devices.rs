//! Devices without which an outlet still charges: that they are lost is told, and that they are there again.

use cucumber::{given, then};
use event_log::Event;

use crate::lookout::Lookout;
use crate::parameters::{AccessoryName, Count, Time};
use crate::rig::Rig;
use crate::stage::{Stage, told};

/// As the Tux-EVSE firmware and boards without a microcontroller: who takes too much is seen by the charger's meter only.
#[given(expr = "the power board has no ammeter")]
fn no_ammeter(stage: &mut Stage) {
    stage.at_evse().ammeter = false;
}

fn tells(kind: &'static str, device: &AccessoryName) -> impl Fn(&Event) -> bool + use<> {
    let name = device.0.clone();
    move |event| event.is("device", kind) && event.text("what") == name
}

/// What the charger has told of such devices from there on, and when.
fn all(rig: &mut dyn Rig, from: usize) -> String {
    told(rig, from, |event| (event.source == "device").then(|| event.text("what")))
}

/// Since the last action or within that time.
#[then(expr = "within {duration} the charger tells that the {accessory} is lost")]
fn lost(stage: &mut Stage, limit: Time, device: AccessoryName) {
    let (mark, tells) = (stage.mark_position(), tells("lost", &device));
    let mut lookout = Lookout::from(mark);
    stage.within(
        limit.0,
        |rig| lookout.event(rig.log(), &tells),
        |rig| format!("it does not; lost or found were {}", all(rig, mark)),
    );
}

/// After it was lost; since the last action or within that time.
#[then(expr = "within {duration} the charger tells that the {accessory} is found")]
fn found(stage: &mut Stage, limit: Time, device: AccessoryName) {
    let (mark, tells) = (stage.mark_position(), tells("found", &device));
    let mut lookout = Lookout::from(mark);
    stage.within(
        limit.0,
        |rig| lookout.event(rig.log(), &tells),
        |rig| format!("it does not; lost or found were {}", all(rig, mark)),
    );
}

/// In the whole scenario, however often the device was tried and whatever it said.
#[then(expr = "the loss of the {accessory} was told {count} time(s)")]
fn told_times(stage: &mut Stage, device: AccessoryName, times: Count) {
    let tells = tells("lost", &device);
    let wanted = times.0 as usize;
    let count = stage.count(wanted, &tells);
    let when = told(stage.rig(), 0, |event| tells(event).then(|| event.text("what")));
    stage.check(count == wanted, || format!("it was told {count} times: {when}"));
}
