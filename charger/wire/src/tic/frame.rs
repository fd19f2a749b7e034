//! Frames out of a stream of bytes.

use super::group::{CR, LF};
use super::{Group, GroupError, MAX_GROUP_BYTES, Mode};

/// The most groups of one frame; a three-phase meter in standard mode sends about 75.
pub const MAX_GROUPS: usize = 128;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
/// The meter breaks off: someone talks to it on its wired port.
const EOT: u8 = 0x04;

/// What stood between STX and ETX.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Frame {
    /// The groups that could be read, in their order.
    pub groups: Vec<Group>,
    /// Groups with a bad checksum.
    pub bad_checksums: u32,
    /// Groups that are none, and bytes outside of groups.
    pub malformed: u32,
}

impl Frame {
    /// A frame of these groups.
    #[must_use]
    pub const fn new(groups: Vec<Group>) -> Self {
        Self { groups, bad_checksums: 0, malformed: 0 }
    }

    /// Nothing of it was lost.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.bad_checksums == 0 && self.malformed == 0 && !self.groups.is_empty()
    }

    /// The first group of that label.
    #[must_use]
    pub fn group(&self, label: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.label == label)
    }

    /// The value of the first group of that label.
    #[must_use]
    pub fn value(&self, label: &str) -> Option<&str> {
        self.group(label).map(|group| group.value.as_str())
    }

    /// The frame as the meter sends it, from STX to ETX.
    #[must_use]
    pub fn encode(&self, mode: Mode) -> Vec<u8> {
        let mut bytes = vec![STX];
        for group in &self.groups {
            bytes.extend(group.encode(mode));
        }
        bytes.push(ETX);
        bytes
    }
}

/// What came so far. Numbers stop at their highest value.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counters {
    /// Bytes.
    pub bytes: u64,
    /// Frames that were whole.
    pub whole: u64,
    /// Frames of which something was lost.
    pub damaged: u64,
    /// Frames that did not end: the line was cut, or the meter broke off.
    pub truncated: u64,
    /// Those of them that the meter broke off, with EOT.
    pub broken_off: u64,
    /// Groups with a bad checksum.
    pub bad_checksums: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Before STX: a reader begins in the midst of a frame.
    Outside,
    /// Between two groups.
    Between,
    /// In a group.
    Inside,
    /// In a group that is too long.
    Overlong,
}

/// Takes bytes as they come, cut anywhere, and gives frames. It holds at most one frame of [`MAX_GROUPS`] groups of
/// [`MAX_GROUP_BYTES`] bytes, whatever comes, and finds its way again at the next STX.
#[derive(Clone, Debug)]
pub struct FrameReader {
    mode: Mode,
    state: State,
    frame: Frame,
    group: Vec<u8>,
    counters: Counters,
}

impl FrameReader {
    /// Nothing has come yet.
    #[must_use]
    pub const fn new(mode: Mode) -> Self {
        let frame = Frame { groups: Vec::new(), bad_checksums: 0, malformed: 0 };
        let counters = Counters { bytes: 0, whole: 0, damaged: 0, truncated: 0, broken_off: 0, bad_checksums: 0 };
        Self { mode, state: State::Outside, frame, group: Vec::new(), counters }
    }

    /// What came so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Takes a byte; answers with the frame it ends, whole or not. The eighth bit is dropped: where a port cannot do seven
    /// bits, the parity arrives there.
    pub fn push(&mut self, byte: u8) -> Option<Frame> {
        count(&mut self.counters.bytes);
        match (self.state, byte & 0x7f) {
            (state, STX) => {
                if state != State::Outside {
                    count(&mut self.counters.truncated);
                }
                self.begin(State::Between);
                None
            }
            (State::Outside, _) => None,
            (_, EOT) => {
                count(&mut self.counters.truncated);
                count(&mut self.counters.broken_off);
                self.begin(State::Outside);
                None
            }
            (state, ETX) => {
                if state != State::Between {
                    self.malformed();
                }
                Some(self.end())
            }
            (State::Between, LF) => {
                self.state = State::Inside;
                None
            }
            (State::Between, _) => {
                self.malformed();
                None
            }
            (State::Inside | State::Overlong, LF) => {
                self.malformed();
                self.group.clear();
                self.state = State::Inside;
                None
            }
            (State::Inside, CR) => {
                self.end_group();
                None
            }
            (State::Overlong, CR) => {
                self.malformed();
                self.state = State::Between;
                None
            }
            (State::Inside, byte) => {
                if self.group.len() < MAX_GROUP_BYTES {
                    self.group.push(byte);
                } else {
                    self.group.clear();
                    self.state = State::Overlong;
                }
                None
            }
            (State::Overlong, _) => None,
        }
    }

    fn begin(&mut self, state: State) {
        self.frame = Frame::default();
        self.group.clear();
        self.state = state;
    }

    fn end_group(&mut self) {
        match Group::decode(self.mode, &self.group) {
            Ok(group) if self.frame.groups.len() < MAX_GROUPS => self.frame.groups.push(group),
            Ok(_) | Err(GroupError::Malformed { .. }) => self.malformed(),
            Err(GroupError::Checksum { .. }) => {
                self.frame.bad_checksums = self.frame.bad_checksums.saturating_add(1);
                count(&mut self.counters.bad_checksums);
            }
        }
        self.group.clear();
        self.state = State::Between;
    }

    fn end(&mut self) -> Frame {
        let frame = std::mem::take(&mut self.frame);
        count(if frame.is_whole() { &mut self.counters.whole } else { &mut self.counters.damaged });
        self.begin(State::Outside);
        frame
    }

    fn malformed(&mut self) {
        self.frame.malformed = self.frame.malformed.saturating_add(1);
    }
}

fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(reader: &mut FrameReader, bytes: &[u8]) -> Vec<Frame> {
        bytes.iter().filter_map(|byte| reader.push(*byte)).collect()
    }

    fn small() -> Frame {
        Frame::new(vec![Group::new("ADSC", "041776199277"), Group::new("EAST", "000111111")])
    }

    #[test]
    fn a_reader_that_begins_in_the_midst_waits_for_the_next_frame() {
        let wire = small().encode(Mode::Standard);
        let mut reader = FrameReader::new(Mode::Standard);
        let mut bytes = wire[7..].to_vec();
        bytes.extend(&wire);
        assert_eq!(read(&mut reader, &bytes), [small()]);
        assert_eq!((reader.counters().whole, reader.counters().truncated), (1, 0));
    }

    #[test]
    fn a_bad_checksum_damages_its_frame_and_no_other() {
        let good = small().encode(Mode::Standard);
        let mut bad = good.clone();
        bad[10] ^= 1;
        let mut reader = FrameReader::new(Mode::Standard);
        let frames = read(&mut reader, &[bad, good].concat());
        assert_eq!(frames[0].bad_checksums, 1);
        assert_eq!(frames[0].groups, [Group::new("EAST", "000111111")]);
        assert!(!frames[0].is_whole() && frames[1].is_whole());
        assert_eq!((reader.counters().whole, reader.counters().damaged, reader.counters().bad_checksums), (1, 1, 1));
    }

    #[test]
    fn a_frame_that_breaks_off_is_dropped_and_the_next_one_read() {
        let wire = small().encode(Mode::Standard);
        let mut reader = FrameReader::new(Mode::Standard);
        assert_eq!(read(&mut reader, &[&wire[..20], &wire[..]].concat()), [small()]);
        assert_eq!(read(&mut reader, &[&wire[..20], &[EOT], &wire[..]].concat()), [small()]);
        assert_eq!((reader.counters().whole, reader.counters().truncated, reader.counters().broken_off), (2, 2, 1));
    }

    #[test]
    fn eight_bits_are_as_good_as_seven_and_parity() {
        let mut wire = small().encode(Mode::Standard);
        for byte in &mut wire {
            *byte |= ((byte.count_ones() as u8) & 1) << 7;
        }
        assert_eq!(read(&mut FrameReader::new(Mode::Standard), &wire), [small()]);
    }

    #[test]
    fn a_group_and_a_frame_without_end_hold_no_more_than_they_may() {
        let mut reader = FrameReader::new(Mode::Standard);
        assert!(read(&mut reader, &[STX, LF]).is_empty());
        assert!(read(&mut reader, &vec![b'A'; 100_000]).is_empty());
        assert!(reader.group.capacity() <= 2 * MAX_GROUP_BYTES);
        let group = Group::new("EAST", "000111111").encode(Mode::Standard);
        assert!(read(&mut reader, &group.repeat(10_000)).is_empty());
        assert_eq!(reader.frame.groups.len(), MAX_GROUPS);
        assert!(read(&mut reader, &[ETX]).iter().all(|frame| !frame.is_whole()));
        assert_eq!(read(&mut reader, &small().encode(Mode::Standard)), [small()]);
    }

    fn any_group() -> impl Strategy<Value = Group> {
        ("[A-Z0-9+-]{1,9}", "[ -~]{0,98}").prop_map(|(label, value)| Group::new(&label, value))
    }

    proptest! {
        #[test]
        fn any_frame_survives_the_wire_in_any_pieces(
            groups in prop::collection::vec(any_group(), 1..20),
            historic in any::<bool>(),
        ) {
            let mode = if historic { Mode::Historic } else { Mode::Standard };
            let frame = Frame::new(groups);
            prop_assert_eq!(read(&mut FrameReader::new(mode), &frame.encode(mode)), [frame]);
        }

        #[test]
        fn any_bytes_never_panic_and_hold_a_bounded_buffer(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(vec![STX, ETX, EOT, LF, CR, b'\t', b' '])], 0..4000),
            historic in any::<bool>(),
        ) {
            let mode = if historic { Mode::Historic } else { Mode::Standard };
            let mut reader = FrameReader::new(mode);
            for byte in bytes {
                if let Some(frame) = reader.push(byte) {
                    let _ = super::super::TicReading::new(mode, &frame);
                }
                prop_assert!(reader.group.len() <= MAX_GROUP_BYTES && reader.frame.groups.len() <= MAX_GROUPS);
            }
        }
    }
}
