//! Good sessions of which a part was not captured, or cannot be read: that alone breaks no rule.

use std::collections::BTreeSet;

use super::shot::{Shot, Shots, Thing, broken};
use super::values::receipt;
use super::{FIELD, GOOD, Named, sessions};
use crate::v2gtp::{HeaderError, PayloadType};
use crate::wire::{Side, What};

fn paused(session: fn() -> Shots) -> Shots {
    let mut shots = session();
    shots.set("SessionStopReq", "ChargingSession", "\"Pause\"");
    shots
}

/// Receipts are for contracts, of which this session has none: that is broken with a hole and without.
fn with_a_receipt() -> Shots {
    let mut shots = sessions::iso2_ac();
    shots.set_nth("ChargingStatusRes", 0, "ReceiptRequired", "true");
    shots.insert("ChargingStatusRes", receipt("M1"));
    shots
}

/// What good sessions leave out.
const OTHERS: [Named; 3] = [
    ("ISO 15118-2 DC, paused", || paused(sessions::iso2_dc)),
    ("ISO 15118-20 DC, paused", || paused(sessions::iso20_dc)),
    ("ISO 15118-2 AC, with a receipt", with_a_receipt),
];

fn ids(shots: &Shots) -> BTreeSet<&'static str> {
    broken(&shots.verdicts(FIELD)).into_iter().map(|(id, _)| id).collect()
}

/// Every message of every session in turn, with what is done to it; the rules that this alone breaks, and who sent it.
fn each_message(
    change: impl Fn(&Shots, usize, Side) -> Option<Shots>,
    expected: impl Fn(Side) -> &'static [&'static str],
) {
    let mut wrong = Vec::new();
    for (name, session) in GOOD.into_iter().chain(OTHERS) {
        let shots = session();
        let whole = ids(&shots);
        let mut changed = 0;
        for at in 0..shots.0.len() {
            // What stands before the connection has a beginning of its own.
            let Thing::Message(sent) = &shots.0[at].what else { continue };
            let Some(shots) = change(&shots, at, sent.from) else { continue };
            changed += 1;
            let found: Vec<&str> = ids(&shots).difference(&whole).copied().collect();
            if found != expected(sent.from) {
                let all = broken(&shots.verdicts(FIELD));
                wrong.push(format!("{name}, {} (number {at}): {found:?} of {all:?}", sent.name()));
            }
        }
        assert!(changed > 12, "{name}: {changed} messages");
    }
    assert!(wrong.is_empty(), "{} of them: {}", wrong.len(), wrong.join("\n"));
}

const fn header_of(side: Side) -> &'static [&'static str] {
    match side {
        Side::Car => &["V2GTP-HEADER-CAR"],
        Side::Station => &["V2GTP-HEADER-STATION"],
    }
}

/// Something else in the place of a message, told when the next thing is seen.
fn instead(shots: &Shots, at: usize, what: What) -> Option<Shots> {
    let mut shots = shots.clone();
    let ms = shots.0.get(at + 1)?.ms;
    shots.0[at] = Shot { ms, what: Thing::Other(what) };
    Some(shots)
}

#[test]
fn a_capture_may_begin_with_any_message() {
    let from = |shots: &Shots, first: usize, _| {
        let mut shots = shots.clone();
        shots.0.drain(..first);
        let ms = shots.0.first()?.ms;
        shots.0.insert(0, Shot { ms, what: Thing::Other(What::Opened { from_the_start: false }) });
        Some(shots)
    };
    each_message(from, |_| &[]);
}

#[test]
fn a_capture_may_begin_with_any_frame_of_the_matching_or_the_discovery() {
    for (name, session) in GOOD {
        let whole = session();
        let connection = whole.position(|what| matches!(what, What::Opened { .. }));
        for first in 0..connection {
            let mut shots = whole.clone();
            shots.0.drain(..first);
            assert_eq!(broken(&shots.verdicts(FIELD)), [], "{name}, from {first} on");
        }
    }
}

#[test]
fn any_message_may_be_lost() {
    each_message(|shots, at, from| instead(shots, at, What::Lost { from, octets: 30 }), |_| &[]);
}

#[test]
fn several_messages_may_be_lost_together() {
    for count in [2, 3, 6] {
        let lose = |shots: &Shots, at: usize, from| {
            let mut shots = instead(shots, at + count - 1, What::Lost { from, octets: 300 })?;
            shots.0.drain(at..at + count - 1);
            Some(shots)
        };
        each_message(lose, |_| &[]);
    }
}

#[test]
fn any_message_may_have_no_header_or_no_end() {
    let no_frame = |from| What::NoFrame { from, error: HeaderError::Version(2, 1) };
    let unfinished = |from| What::Unfinished { from, octets: 12, expected: Some(40) };
    each_message(|shots, at, from| instead(shots, at, no_frame(from)), header_of);
    each_message(|shots, at, from| instead(shots, at, unfinished(from)), header_of);
}

#[test]
fn a_payload_of_another_type_blames_nobody_but_its_sender() {
    let other = |from| What::OtherPayload { from, payload_type: PayloadType(0x0000), octets: 14 };
    each_message(
        |shots, at, from| instead(shots, at, other(from)),
        |side| match side {
            Side::Car => &["V2GTP-TYPE-CAR"],
            Side::Station => &["V2GTP-TYPE-STATION"],
        },
    );
    // A manufacturer may use its own.
    let own = |from| What::OtherPayload { from, payload_type: PayloadType(0xa000), octets: 14 };
    each_message(|shots, at, from| instead(shots, at, own(from)), |_| &[]);
}

#[test]
fn any_message_may_be_unreadable() {
    let unreadable = |shots: &Shots, at: usize, _| {
        let mut shots = shots.clone();
        let Thing::Message(sent) = &mut shots.0[at].what else { return None };
        sent.octets = Some(vec![0x80]);
        Some(shots)
    };
    each_message(unreadable, |side| match side {
        Side::Car => &["EXI-READABLE-CAR"],
        Side::Station => &["EXI-READABLE-STATION"],
    });
}

#[test]
fn a_refusal_for_the_order_is_not_judged_where_the_order_is_not_known() {
    let mut shots = sessions::iso2_ac();
    let at = shots.find("ChargingStatusRes", 1);
    shots.set_nth("ChargingStatusRes", 2, "ResponseCode", "\"FAILED_SequenceError\"");
    assert!(ids(&shots).contains("SEQ-ERROR-TRUE"));
    // The response before was lost.
    let lost = instead(&shots, at, What::Lost { from: Side::Station, octets: 30 }).expect("more follows");
    assert!(!ids(&lost).contains("SEQ-ERROR-TRUE"));
}

#[test]
fn the_protection_may_end_what_can_be_read() {
    for from in [None, Some(Side::Car), Some(Side::Station)] {
        let stopped = |shots: &Shots, at: usize, of| {
            let why = "the key log is of another connection".to_owned();
            let mut shots = instead(shots, at, What::TlsStopped { from, why })?;
            let tail = shots.0.split_off(at + 1);
            let is_read =
                |shot: &Shot| !matches!(&shot.what, Thing::Message(sent) if from.is_none_or(|from| sent.from == from));
            shots.0.extend(tail.into_iter().filter(is_read));
            // What is lost with it is a message of that side.
            (from.is_none_or(|from| from == of)).then_some(shots)
        };
        each_message(stopped, |_| &[]);
    }
}

#[test]
fn a_side_may_be_unreadable_from_any_message_on() {
    let unreadable = |shots: &Shots, at: usize, from| {
        let mut shots = instead(shots, at, What::NoFrame { from, error: HeaderError::Version(2, 1) })?;
        let tail = shots.0.split_off(at + 1);
        shots
            .0
            .extend(tail.into_iter().filter(|shot| !matches!(&shot.what, Thing::Message(sent) if sent.from == from)));
        Some(shots)
    };
    each_message(unreadable, header_of);
}
