//! The PLC modem.

use cucumber::{given, then};
use event_log::Event;

use crate::parameters::Time;
use crate::rig::Rig;
use crate::stage::Stage;

/// A charger with a modem to the car.
#[given(expr = "a charger with a PLC modem")]
fn with_modem(stage: &mut Stage) {
    stage.at_evse().plc = true;
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

/// The last that the charger noted of its modem.
fn last(rig: &mut dyn Rig) -> Option<Event> {
    let noted =
        ["modem", "lost"].into_iter().filter_map(|kind| rig.log().latest("plc", kind, |event| Some(event.clone())));
    noted.max_by_key(|event| event.seq)
}
