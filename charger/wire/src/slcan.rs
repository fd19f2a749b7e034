//! The serial line of a USB-to-CAN adapter, as the kernel's slcan and cheap adapters speak it: one line of text a frame.
//!
//! ```text
//!   C  close    S4  125 kbit/s    O  open
//!   T029C00F0800061A80000186A0    a frame: T, eight digits of identifier, the length, the bytes
//!   t1232AABB                     the same with an 11-bit identifier; R and r ask for data and carry none
//! ```
//!
//! Every line ends with a carriage return; an adapter acknowledges with one, or refuses with a bell. A model on the far end of
//! a pty reads these lines with [`LineReader`] and writes frames with [`encode`].

use std::collections::VecDeque;

use crate::CanFrame;

/// An adapter's yes.
pub const ACKNOWLEDGE: u8 = b'\r';
/// An adapter's no.
pub const REFUSE: u8 = 0x07;

/// The longest line that means anything: a frame of eight bytes with a time stamp.
const MAX_LINE: usize = 32;

/// So many lines wait at most for whoever takes them.
pub const MAX_WAITING: usize = 512;

/// What a host says to an adapter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Line {
    /// `C`: closes the channel.
    Close,
    /// `O`: opens it.
    Open,
    /// `S0` to `S8`: the bit rate.
    BitRate(u8),
    /// `T`: a frame with a 29-bit identifier.
    Frame(CanFrame),
    /// Anything else: other frames, other settings, noise. An adapter that does not know it refuses.
    Other,
}

/// The line of a frame, carriage return included.
#[must_use]
pub fn encode(frame: &CanFrame) -> Vec<u8> {
    let mut line = format!("T{:08X}{}", frame.id(), frame.data().len()).into_bytes();
    line.extend(frame.data().iter().flat_map(|byte| format!("{byte:02X}").into_bytes()));
    line.push(b'\r');
    line
}

/// The bit rate of `S0` to `S8`, in bits a second.
#[must_use]
pub const fn bit_rate(code: u8) -> Option<u32> {
    Some(match code {
        0 => 10_000,
        1 => 20_000,
        2 => 50_000,
        3 => 100_000,
        4 => 125_000,
        5 => 250_000,
        6 => 500_000,
        7 => 800_000,
        8 => 1_000_000,
        _ => return None,
    })
}

/// Cuts what a serial line carries into lines. It holds one line that has not ended and [`MAX_WAITING`] that have, whatever
/// comes.
#[derive(Clone, Debug, Default)]
pub struct LineReader {
    line: Vec<u8>,
    lines: VecDeque<Line>,
}

impl LineReader {
    /// Nothing has come yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes came, cut anywhere. Lines wait until [`Self::next_line`] takes them; of more than [`MAX_WAITING`] the oldest
    /// are lost.
    pub fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\r' {
                if self.lines.len() == MAX_WAITING {
                    self.lines.pop_front();
                }
                self.lines.push_back(decode(&self.line));
                self.line.clear();
            } else if self.line.len() <= MAX_LINE {
                // One byte beyond the limit stays and tells that the line was too long.
                self.line.push(*byte);
            }
        }
    }

    /// The next line; `None` until one has ended.
    pub fn next_line(&mut self) -> Option<Line> {
        self.lines.pop_front()
    }
}

fn decode(line: &[u8]) -> Line {
    match line {
        b"C" => Line::Close,
        b"O" => Line::Open,
        [b'S', digit @ b'0'..=b'8'] => Line::BitRate(digit - b'0'),
        [b'T', rest @ ..] => frame(rest).map_or(Line::Other, Line::Frame),
        _ => Line::Other,
    }
}

fn frame(rest: &[u8]) -> Option<CanFrame> {
    let (id, rest) = rest.split_first_chunk::<8>()?;
    let (length, digits) = rest.split_first()?;
    let id = id.iter().try_fold(0u32, |id, digit| Some((id << 4) | hex(*digit)?))?;
    let length = usize::from(length.checked_sub(b'0').filter(|length| *length <= 8)?);
    // A time stamp of four digits may follow.
    if digits.len() != 2 * length && digits.len() != 2 * length + 4 {
        return None;
    }
    let data: Option<Vec<u8>> =
        digits[..2 * length].chunks_exact(2).map(|pair| Some((hex(pair[0])? << 4 | hex(pair[1])?) as u8)).collect();
    CanFrame::new(id, &data?)
}

fn hex(digit: u8) -> Option<u32> {
    char::from(digit).to_digit(16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(text: &[u8]) -> Vec<Line> {
        let mut reader = LineReader::new();
        reader.push(text);
        std::iter::from_fn(|| reader.next_line()).collect()
    }

    #[test]
    fn what_the_kernel_says_when_an_interface_comes_up_and_a_rectifier_is_set() {
        let set = CanFrame::new(0x029c_00f0, &[0, 0x06, 0x1a, 0x80, 0, 0x01, 0x86, 0xa0]).expect("a frame");
        assert_eq!(
            lines(b"C\rS4\rO\rT029C00F0800061A80000186A0\r"),
            [Line::Close, Line::BitRate(4), Line::Open, Line::Frame(set)]
        );
        assert_eq!(bit_rate(4), Some(125_000));
    }

    #[test]
    fn a_reply_is_injected_as_seen_on_a_real_line() {
        let reply = CanFrame::new(0x0283_f000, &[0x44, 0x7a, 0, 0, 0x42, 0xc8, 0, 0]).expect("a frame");
        assert_eq!(encode(&reply), b"T0283F0008447A000042C80000\r");
    }

    #[test]
    fn what_is_no_frame_is_other() {
        for line in [&b""[..], b"T", b"T029C00F09", b"T029C00F0211", b"TFFFFFFFF0", b"T029C00F01GG", b"t1230", b"V"] {
            assert_eq!(decode(line), Line::Other, "{line:?}");
        }
        let stamped = decode(b"T000000011AA1234");
        assert_eq!(stamped, Line::Frame(CanFrame::new(1, &[0xaa]).expect("a frame")), "with a time stamp");
        assert_eq!(lines(&[b"T".repeat(500), b"\r".to_vec()].concat()), [Line::Other]);
    }

    #[test]
    fn lines_that_nobody_takes_do_not_pile_up() {
        let mut reader = LineReader::new();
        for _ in 0..100 {
            reader.push(&[b'\r'; 100_000]);
            assert!(reader.lines.len() <= MAX_WAITING && reader.lines.capacity() <= 2 * MAX_WAITING);
        }
        reader.push(b"O\r");
        assert_eq!(std::iter::from_fn(|| reader.next_line()).last(), Some(Line::Open), "the newest is there");
        assert_eq!(reader.next_line(), None);
    }

    proptest! {
        #[test]
        fn a_frame_survives_the_line(id in 0..=CanFrame::MAX_ID, data in prop::collection::vec(any::<u8>(), 0..=8)) {
            let frame = CanFrame::new(id, &data).expect("a frame");
            prop_assert_eq!(lines(&encode(&frame)), [Line::Frame(frame)]);
        }

        #[test]
        fn any_bytes_end_in_a_bounded_line(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut reader = LineReader::new();
            reader.push(&bytes);
            prop_assert!(reader.line.len() <= MAX_LINE + 1);
        }
    }
}
