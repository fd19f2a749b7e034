//! Every frame of management in captures of real cars at real chargers is read and written back byte for byte.
//!
//! The folder of captures is named by `PLUGFEST_CAPTURES`; without it there is nothing to do.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use slac::{ETHER_TYPE, Frame, Message, Nid, Padding};

/// The frames of a classic capture file, and whether it ends as it should. Some end in the middle of their last record; one is
/// damaged: behind some point its record headers are no headers any more.
fn frames(bytes: &[u8]) -> (Vec<&[u8]>, bool) {
    const MAGICS: [[u8; 4]; 2] = [[0xd4, 0xc3, 0xb2, 0xa1], [0x4d, 0x3c, 0xb2, 0xa1]];
    let (mut frames, mut at) = (Vec::new(), 24);
    assert!(MAGICS.iter().any(|magic| bytes.starts_with(magic)), "no classic capture of a small machine");
    while let Some(header) = bytes.get(at..at + 16) {
        let number =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]) as usize;
        let (captured, length) = (number(8), number(12));
        let Some(frame) = bytes.get(at + 16..at + 16 + captured) else { return (frames, false) };
        if captured != length {
            return (frames, false);
        }
        frames.push(frame);
        at += 16 + captured;
    }
    (frames, at == bytes.len())
}

/// All captures by name, `None` where there are none.
fn captures() -> Option<BTreeMap<String, Vec<u8>>> {
    let Some(folder) = std::env::var_os("PLUGFEST_CAPTURES").map(PathBuf::from) else {
        eprintln!("not applicable: PLUGFEST_CAPTURES names no folder of captures");
        return None;
    };
    let mut captures = BTreeMap::new();
    for entry in fs::read_dir(&folder).expect("the folder of PLUGFEST_CAPTURES") {
        let path = entry.expect("an entry").path();
        if ["dump", "pcap"].iter().any(|extension| path.extension() == Some(OsStr::new(extension))) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            captures.insert(name, fs::read(&path).expect("a capture"));
        }
    }
    Some(captures)
}

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
        for bytes in frames.into_iter().filter(|frame| frame.get(12..14) == Some(&ETHER_TYPE.to_be_bytes())) {
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
        for frame in frames(bytes).0.into_iter().filter_map(|bytes| Frame::decode(bytes).ok()) {
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
