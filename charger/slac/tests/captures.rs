//! Every frame of management in captures of real cars at real chargers is read and written back byte for byte.
//!
//! The folder of captures is named by `PLUGFEST_CAPTURES`; without it there is nothing to do.

mod common;

use std::collections::BTreeMap;

use common::{captures, frames};
use slac::{ETHER_TYPE, Frame, Message, Nid, Padding};

#[test]
fn every_frame_comes_back_byte_for_byte() {
    let Some(captures) = captures() else { return };
    let (mut kinds, mut padded): (BTreeMap<String, usize>, _) = (BTreeMap::new(), 0);
    let (mut all, mut torn) = (0, Vec::new());
    for (name, bytes) in &captures {
        let (frames, is_whole) = frames(bytes);
        if !is_whole {
            torn.push(name);
        }
        for bytes in frames
            .into_iter()
            .map(|frame| frame.bytes)
            .filter(|frame| frame.get(12..14) == Some(&ETHER_TYPE.to_be_bytes()))
        {
            all += 1;
            let frame = Frame::decode(bytes).unwrap_or_else(|error| panic!("{name}: {error}: {bytes:02x?}"));
            assert_eq!(frame.encode(), bytes, "{name}: {frame:?}");
            assert!(!matches!(frame.message, Message::Other(_)), "{name}: nobody knows {frame:?}");
            padded += usize::from(frame.padding != Padding::Shortest);
            *kinds.entry(frame.message.name().into_owned()).or_default() += 1;
        }
    }
    assert!(all > 0, "there is no frame of management in {} captures", captures.len());
    eprintln!("{all} frames of management in {} captures, {padded} with bytes behind their message:", captures.len());
    kinds.iter().for_each(|(name, count)| eprintln!("{count:6} {name}"));
    eprintln!("captures that end in the middle of a record: {torn:?}");
}

/// Every charger in the captures makes its identifier of its key as [`Nid::of`] does.
#[test]
fn every_captured_network_has_the_identifier_of_its_key() {
    let Some(captures) = captures() else { return };
    let mut networks = 0;
    for (name, bytes) in &captures {
        for frame in frames(bytes).0.into_iter().filter_map(|frame| Frame::decode(frame.bytes).ok()) {
            let (nid, nmk) = match frame.message {
                Message::SetKeyReq(request) => (request.nid, request.nmk),
                Message::SlacMatchCnf(confirm) => (confirm.nid, confirm.nmk),
                _ => continue,
            };
            assert_eq!(Nid::of(&nmk, nid.level()), nid, "{name}");
            networks += 1;
        }
    }
    eprintln!("{networks} identifiers follow from their keys");
}
