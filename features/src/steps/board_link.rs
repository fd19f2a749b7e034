//! The wire to the power board: what it damages, and what the charger counts of it.

use cucumber::{given, then, when};
use hardware::{LinkFault, Noise};
use twin::{Action, Device, Vocabulary};

use crate::lookout::Lookout;
use crate::parameters::{Count, Percent, Time};
use crate::stage::Stage;

fn noise(stage: &mut Stage, noise: Noise) {
    stage.act(Action::Link(Device::Board, LinkFault::Noise(noise)));
}

/// It says only what Tux-EVSE has words for, gives a sign of life each 3 s, and does not watch its host.
#[given(expr = "a power board with the plain firmware of Tux-EVSE")]
fn plain(stage: &mut Stage) {
    stage.cause(Action::BoardFirmware(Vocabulary::TuxEvse));
    stage.cause(Action::BoardReset);
}

/// Only the next message; then the wire is in order.
#[when(expr = "one byte from the power board is damaged")]
fn one_from(stage: &mut Stage) {
    noise(stage, Noise::OneFromDevice);
}

/// Only the next message; then the wire is in order.
#[when(expr = "one byte to the power board is damaged")]
fn one_to(stage: &mut Stage) {
    noise(stage, Noise::OneToDevice);
}

/// Spread evenly, until the power board is back.
#[when(expr = "{count} of {count} messages from the power board are damaged")]
#[given(expr = "{count} of {count} messages from the power board are damaged")]
fn some(stage: &mut Stage, damaged: Count, of: Count) {
    let (Ok(damaged), Ok(of)) = (u8::try_from(damaged.0), u8::try_from(of.0)) else {
        stage.misstated("at most 255 messages are counted through".into());
    };
    if of == 0 || damaged > of {
        stage.misstated(format!("{damaged} of {of}: expected from 0 of 1 to all of them"));
    }
    stage.cause(Action::Link(Device::Board, LinkFault::Noise(Noise::Messages { damaged, of })));
}

/// On a serial line, in both directions, until the power board is back. One of eight bits of a percent is a byte of a hundred.
#[when(expr = "{percent} of the bits on the line of the power board are wrong")]
fn bits(stage: &mut Stage, share: Percent) {
    noise(stage, Noise::Bits((share.0 * 10_000.0).round() as u32));
}

/// Messages of the power board that arrived damaged, since the last action or within that time.
#[then(expr = "within {duration} damaged messages of the power board are counted")]
fn counted(stage: &mut Stage, limit: Time) {
    let mut lookout = Lookout::from(stage.mark_position());
    stage.within(
        limit.0,
        |rig| lookout.event(rig.log(), |event| event.is("board", "damaged")),
        |_| "none was counted".into(),
    );
}
