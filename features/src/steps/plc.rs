//! The PLC modem.

use cucumber::{given, then, when};
use event_log::Event;
use twin::{Action, Device, LineAction};

use crate::parameters::Time;
use crate::rig::Rig;
use crate::stage::Stage;

/// A charger with a modem to the car.
#[given(expr = "a charger with a PLC modem")]
fn with_modem(stage: &mut Stage) {
    stage.at_evse().plc = true;
}

/// Somebody gives both modems the same key: they are one network as soon as a cable joins them. Who takes no direct current has no
/// modem.
#[given(expr = "the modems of charger and car share a key")]
#[when(expr = "the modems of charger and car are given the same key")]
fn share_key(stage: &mut Stage) {
    stage.act(Action::Line(LineAction::ShareKey));
}

/// The charger has found another modem in its network: it looks each 10 s. Now or within that time.
#[then(expr = "within {duration} the PLC modem is linked to the car")]
fn linked(stage: &mut Stage, time: Time) {
    stage.has_modems();
    is_linked(stage, time, true);
}

/// The charger has found no other modem in its network: it looks each 10 s. Now or within that time.
#[then(expr = "within {duration} the PLC modem is linked to nobody")]
fn not_linked(stage: &mut Stage, time: Time) {
    stage.has(Device::Plc);
    is_linked(stage, time, false);
}

fn is_linked(stage: &mut Stage, time: Time, linked: bool) {
    stage.within(
        time.0,
        |rig| last(rig).is_some_and(|event| event.kind == "modem" && event.data["linked"] == linked),
        |rig| match last(rig) {
            Some(event) => format!("the last that is known: {}", event.data),
            None => "nothing is known of it".into(),
        },
    );
}

/// Its address and its software, in the log of the charger: the last that is known of it, now or within that time.
#[then(expr = "within {duration} the PLC modem has said who it is")]
fn said(stage: &mut Stage, time: Time) {
    last_is(stage, time, "modem");
}

/// It does not answer any more, and the charger knows: now or within that time.
#[then(expr = "within {duration} the PLC modem is missed")]
fn missed(stage: &mut Stage, time: Time) {
    last_is(stage, time, "lost");
}

fn last_is(stage: &mut Stage, time: Time, kind: &'static str) {
    stage.within(
        time.0,
        |rig| last(rig).is_some_and(|event| event.kind == kind),
        |rig| match last(rig) {
            Some(event) => format!("the last that is known: {}", event.data),
            None => "nothing is known of it".into(),
        },
    );
}

/// The last that the charger noted of its modem in its present life: one that is dead, or has just begun, knows nothing.
fn last(rig: &mut dyn Rig) -> Option<Event> {
    let of_host = |event: &Event| {
        let what = event.text("what");
        (what.starts_with("Host(") || what.starts_with("ChargerPower(")).then_some(event.seq)
    };
    let begun =
        [rig.log().latest("world", "action", of_host), rig.log().latest("session", "reset", |event| Some(event.seq))];
    let begun = begun.into_iter().flatten().max().unwrap_or(0);
    let noted =
        ["modem", "lost"].into_iter().filter_map(|kind| rig.log().latest("plc", kind, |event| Some(event.clone())));
    noted.filter(|event| event.seq > begun).max_by_key(|event| event.seq)
}
