//! Whatever arrives is read or refused: frames that are cut anywhere, mutated frames, any bytes. `PLUGFEST_MUTATIONS` says how many
//! frames are mutated, where the usual number is not enough.

mod samples;

use proptest::prelude::*;
use samples::samples;
use slac::{Frame, FrameError, Message};

/// Numbers that follow from a seed (xorshift64*).
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end.max(1)
    }
}

#[test]
fn a_frame_that_is_cut_anywhere_says_what_is_missing() {
    for sample in samples() {
        let whole = &sample.bytes;
        for cut in 0..whole.len() {
            let error = Frame::decode(&whole[..cut]).expect_err("a part of it");
            let FrameError::Short { length, part, field, end } = error else { panic!("{}: {error}", sample.name) };
            assert!(length == cut && cut < end && end <= whole.len(), "{}: {error}", sample.name);
            assert!(!field.is_empty());
            let header = if cut < 14 { "the Ethernet header" } else { "the management header" };
            let expected = [header, "the header of a vendor's message", sample.name];
            assert!(expected.contains(&part), "{}: {error}", sample.name);
        }
    }
}

#[test]
fn mutated_frames_are_read_or_refused() {
    const USUAL: usize = 250_000;
    let count =
        std::env::var("PLUGFEST_MUTATIONS").ok().map_or(USUAL, |count| count.parse().expect("a number of frames"));
    let seeds: Vec<_> = samples().into_iter().map(|sample| sample.frame.encode()).collect();
    let mut random = Seeded(0x0051_ac00_88e1);
    let (mut read, mut known) = (0, 0);
    let mut bytes = Vec::new();
    for _ in 0..count {
        bytes.clone_from(&seeds[random.below(seeds.len())]);
        for _ in 0..=random.below(4) {
            mutate(&mut bytes, &seeds, &mut random);
        }
        if let Ok(frame) = Frame::decode(&bytes) {
            read += 1;
            known += usize::from(!matches!(frame.message, Message::Other(_)));
            assert_eq!(frame.encode(), bytes, "{frame:?}");
        }
    }
    eprintln!("{count} mutated frames: {read} were read, {known} of them as a known message");
    assert!(count < 1000 || (known > count / 4 && read < count), "the mutations do not reach anything");
}

/// Changes a frame in one way: a byte, its length, a piece of another frame in it.
fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Seeded) {
    const LONGEST: usize = 1514;
    let at = random.below(bytes.len());
    match random.below(6) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = [0x00, 0xff, 0x7f, 0x80, random.next() as u8][random.below(5)];
            }
        }
        2 => bytes.truncate(at),
        3 => {
            let more = random.below(40);
            bytes.extend((0..more).map(|_| random.next() as u8));
        }
        4 => {
            // Another type, so that its fields are looked for in bytes that are not theirs.
            let other = &seeds[random.below(seeds.len())];
            if let (Some(here), Some(there)) = (bytes.get_mut(14..22), other.get(14..22)) {
                here.copy_from_slice(there);
            }
        }
        _ => {
            let other = &seeds[random.below(seeds.len())];
            bytes.truncate(at);
            bytes.extend_from_slice(&other[random.below(other.len())..]);
        }
    }
    bytes.truncate(LONGEST);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(
        mut bytes in prop::collection::vec(any::<u8>(), 0..400),
        ours: bool,
        which in any::<prop::sample::Index>(),
    ) {
        let seeds = samples();
        let header = &which.get(&seeds).bytes[12..20];
        if let (true, Some(own)) = (ours, bytes.get_mut(12..20)) {
            own.copy_from_slice(header);
        }
        if let Ok(frame) = Frame::decode(&bytes) {
            prop_assert_eq!(frame.encode(), bytes);
        }
    }
}
