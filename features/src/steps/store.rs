//! The charger's durable store, and the disk under it.

use cucumber::{given, then, when};
use twin::{Action, StoreFault};

use crate::lookout::Lookout;
use crate::parameters::Time;
use crate::stage::Stage;
use crate::steps::csms_checks::quoted;

/// Another program holds the file for writing: whoever else writes waits.
/// Of the whole station.
#[when(expr = "another program holds the charger's store")]
#[given(expr = "another program holds the charger's store")]
fn held(stage: &mut Stage) {
    stage.act(Action::Store(StoreFault::Held));
}

/// Nothing can be written; what is there can be read.
/// Of the whole station.
#[when(expr = "the charger's disk is full")]
#[given(expr = "the charger's disk is full")]
fn full(stage: &mut Stage) {
    stage.act(Action::Store(StoreFault::Full));
}

/// It can be written again: the other program has let go, or there is room.
/// Of the whole station.
#[when(expr = "the charger's store can be written again")]
fn mended(stage: &mut Stage) {
    stage.act(Action::Store(StoreFault::None));
}

/// In the whole scenario or within that time, for a person; not as a fault of the CSMS.
/// Of the whole station.
#[then(expr = "within {duration} the charger says that the store {string}")]
fn says(stage: &mut Stage, limit: Time, words: String) {
    let mut lookout = Lookout::from(0);
    stage.within(
        limit.0,
        |rig| lookout.event(rig.log(), |event| event.is("ocpp", "store") && event.text("text").contains(&words)),
        |rig| {
            let said: Vec<String> = rig.log().with(0, |events| {
                events.filter(|event| event.is("ocpp", "store")).map(|event| event.text("text").into()).collect()
            });
            format!("it says {}", quoted(&said))
        },
    );
}
