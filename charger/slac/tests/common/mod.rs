//! Captures of real cars at real chargers. Their folder is named by `PLUGFEST_CAPTURES`; without it there is nothing to do.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

/// A frame of a capture.
pub(crate) struct Captured<'a> {
    /// When, in microseconds since 1970.
    pub(crate) at: u64,
    pub(crate) bytes: &'a [u8],
}

/// The frames of a classic capture file with microseconds, and whether it ends as it should. Some end in the middle of their last record; one is
/// damaged: behind some point its record headers are no headers any more.
pub(crate) fn frames(bytes: &[u8]) -> (Vec<Captured<'_>>, bool) {
    const MAGICS: [([u8; 4], u64); 2] = [([0xd4, 0xc3, 0xb2, 0xa1], 1), ([0x4d, 0x3c, 0xb2, 0xa1], 1_000)];
    let (mut frames, mut at) = (Vec::new(), 24);
    let format = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic));
    let (_, per_us) = format.expect("a classic capture of a small machine");
    while let Some(header) = bytes.get(at..at + 16) {
        let number =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]) as usize;
        let (captured, length) = (number(8), number(12));
        let Some(frame) = bytes.get(at + 16..at + 16 + captured) else { return (frames, false) };
        if captured != length {
            return (frames, false);
        }
        let at_us = number(0) as u64 * 1_000_000 + number(4) as u64 / per_us;
        frames.push(Captured { at: at_us, bytes: frame });
        at += 16 + captured;
    }
    (frames, at == bytes.len())
}

/// All captures by name, `None` where there are none.
pub(crate) fn captures() -> Option<BTreeMap<String, Vec<u8>>> {
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
