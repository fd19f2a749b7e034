//! The power line between the modems of charger and car, and what becomes of frames on it.

use cucumber::{given, when};
use iso15118::wire::Side;
use twin::{Action, CableConditions, CableEnd, Condition, LineAction, ModemFault};

use crate::parameters::{Count, Percent, SideName, Time};
use crate::stage::Stage;

fn condition(stage: &mut Stage, condition: Condition) {
    match condition {
        Condition::Lost(1..) | Condition::Doubled(1..) | Condition::Late(1..) | Condition::Damaged(1..) => {
            stage.line_is_bad();
        }
        Condition::Signal(db) if CableConditions::GOOD.with_signal_above_noise(db).lost > 0 => stage.line_is_bad(),
        Condition::Good
        | Condition::Attenuation(_)
        | Condition::Delay(_)
        | Condition::Jitter(_)
        | Condition::Lost(0)
        | Condition::Doubled(0)
        | Condition::Late(0)
        | Condition::Damaged(0)
        | Condition::Signal(_)
        | Condition::JoinTime(_) => {}
    }
    stage.cause(Action::Line(LineAction::Condition(condition)));
}

/// Of a share in per cent.
fn thousandths(share: Percent) -> u16 {
    (share.0 * 10.0).round() as u16
}

fn decibels(stage: &Stage, count: Count) -> u8 {
    u8::try_from(count.0).unwrap_or_else(|_| stage.misstated(format!("{} dB: modems tell 255 dB at most", count.0)))
}

/// Frames are lost by lot, each with the same chance; 0 % is none.
#[given(expr = "the power line loses {percent} of all frames")]
#[when(expr = "the power line loses {percent} of all frames")]
fn loses(stage: &mut Stage, share: Percent) {
    let share = thousandths(share);
    condition(stage, Condition::Lost(share));
}

/// Frames arrive twice, by lot.
#[given(expr = "the power line doubles {percent} of all frames")]
#[when(expr = "the power line doubles {percent} of all frames")]
fn doubles(stage: &mut Stage, share: Percent) {
    let share = thousandths(share);
    condition(stage, Condition::Doubled(share));
}

/// Frames arrive behind those that were sent after them, by lot.
#[given(expr = "the power line is late with {percent} of all frames")]
#[when(expr = "the power line is late with {percent} of all frames")]
fn is_late(stage: &mut Stage, share: Percent) {
    let share = thousandths(share);
    condition(stage, Condition::Late(share));
}

/// Frames arrive with a bit turned, by lot.
#[given(expr = "the power line damages {percent} of all frames")]
#[when(expr = "the power line damages {percent} of all frames")]
fn damages(stage: &mut Stage, share: Percent) {
    let share = thousandths(share);
    condition(stage, Condition::Damaged(share));
}

/// From one end to the other; a good one takes 2 ms.
#[given(expr = "the power line takes {duration} for a frame")]
#[when(expr = "the power line takes {duration} for a frame")]
fn takes(stage: &mut Stage, delay: Time) {
    condition(stage, Condition::Delay(delay.0));
}

/// Frames take longer by lot, and stay in their order.
#[given(expr = "the power line takes up to {duration} longer for some frames")]
#[when(expr = "the power line takes up to {duration} longer for some frames")]
fn jitters(stage: &mut Stage, jitter: Time) {
    condition(stage, Condition::Jitter(jitter.0));
}

/// Near the noise frames are lost: at 10 dB one in a thousand, at 3 dB half of them, at 0 dB all.
#[given(expr = "the signal on the power line is {count} dB above the noise")]
#[when(expr = "the signal on the power line is {count} dB above the noise")]
fn signal(stage: &mut Stage, count: Count) {
    let db = decibels(stage, count);
    condition(stage, Condition::Signal(db));
}

/// So much weaker than they were sent the car's sounds arrive at the charger; 12 dB on a good cable.
#[given(expr = "sounds arrive {count} dB weaker")]
#[when(expr = "sounds arrive {count} dB weaker")]
fn attenuation(stage: &mut Stage, count: Count) {
    let db = decibels(stage, count);
    condition(stage, Condition::Attenuation(db));
}

/// From two modems with one key to their link; 300 ms on a good cable.
#[given(expr = "the modems take {duration} to find each other")]
fn join_time(stage: &mut Stage, time: Time) {
    condition(stage, Condition::JoinTime(time.0));
}

/// As a good cable.
#[when(expr = "the power line is good again")]
fn good(stage: &mut Stage) {
    condition(stage, Condition::Good);
}

/// Matching on the other cables of the station is heard here, and its sounds arrive so much weaker than they were sent.
#[given(expr = "sounds of other cables arrive here {count} dB weaker")]
#[when(expr = "sounds of other cables arrive here {count} dB weaker")]
fn crosstalk(stage: &mut Stage, count: Count) {
    let db = decibels(stage, count);
    stage.cause(Action::Line(LineAction::Crosstalk(Some(db))));
}

const fn end(side: SideName) -> CableEnd {
    match side.0 {
        Side::Car => CableEnd::Car,
        Side::Station => CableEnd::Evse,
    }
}

fn modem(stage: &mut Stage, side: SideName, fault: ModemFault) {
    stage.cause(Action::Line(LineAction::Modem(end(side), fault)));
}

/// It does not tell its host how weak sounds arrive, as one that was not made for chargers.
#[given(expr = "the modem of the {side} tells no attenuation")]
#[when(expr = "the modem of the {side} tells no attenuation")]
fn no_profiles(stage: &mut Stage, side: SideName) {
    modem(stage, side, ModemFault::NoProfiles);
}

/// It does not answer CM_SET_KEY.REQ, and keeps the key that it has.
#[given(expr = "the modem of the {side} takes no key")]
#[when(expr = "the modem of the {side} takes no key")]
fn no_key(stage: &mut Stage, side: SideName) {
    modem(stage, side, ModemFault::NoKey);
}

/// It answers nothing and carries nothing.
#[given(expr = "the modem of the {side} hangs")]
#[when(expr = "the modem of the {side} hangs")]
fn hangs(stage: &mut Stage, side: SideName) {
    modem(stage, side, ModemFault::Mute);
}

/// It does what a modem does.
#[when(expr = "the modem of the {side} is in order again")]
fn mended(stage: &mut Stage, side: SideName) {
    modem(stage, side, ModemFault::None);
}

/// Until then it hears nothing of the line.
#[given(expr = "the modem of the {side} takes {duration} to change its key")]
#[when(expr = "the modem of the {side} takes {duration} to change its key")]
fn key_time(stage: &mut Stage, side: SideName, time: Time) {
    stage.cause(Action::Line(LineAction::KeyTime(end(side), time.0)));
}
