//! Frames of the PN532.

use std::fmt;

/// The most bytes of data in a frame; the chip's extended frames, for more, are not spoken here.
pub const MAX_DATA: usize = 254;

/// The longest frame: preamble, start code, length and its check, identifier, data, check, postamble.
const MAX_FRAME: usize = 3 + 2 + 1 + MAX_DATA + 2;

const START: [u8; 2] = [0x00, 0xff];
/// Identifier of the frame with which the chip refuses a command it cannot read.
const SYNTAX_ERROR: u8 = 0x7f;

/// Who sends an information frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// The host: a command.
    ToChip,
    /// The chip: an answer.
    FromChip,
}

impl Direction {
    const fn identifier(self) -> u8 {
        match self {
            Self::ToChip => 0xd4,
            Self::FromChip => 0xd5,
        }
    }
}

/// One frame.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Frame {
    /// The last frame has arrived. From the host also: give up the running command.
    Ack,
    /// The last frame was damaged: send it again.
    Nack,
    /// The chip cannot read the command.
    SyntaxError,
    /// A command or an answer.
    Information {
        /// Who sends it.
        direction: Direction,
        /// At most [`MAX_DATA`] bytes.
        data: Vec<u8>,
    },
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ack => f.write_str("an ACK"),
            Self::Nack => f.write_str("a NACK"),
            Self::SyntaxError => f.write_str("an error frame"),
            Self::Information { data, .. } => write!(f, "an information frame of {} bytes", data.len()),
        }
    }
}

/// Bytes that are no frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FrameError {
    /// No start code, or the frame ends early.
    #[error("the frame is cut short: expected 00 FF, a length, and as many bytes")]
    Short,
    /// The length does not agree with its check.
    #[error("length {length:#04x} with check {check:#04x}: their sum must be zero")]
    Length {
        /// As received.
        length: u8,
        /// As received.
        check: u8,
    },
    /// The data do not agree with their check.
    #[error("data check {got:#04x}: expected {expected:#04x}")]
    Checksum {
        /// What the data give.
        expected: u8,
        /// As received.
        got: u8,
    },
    /// Neither a command nor an answer.
    #[error("frame identifier {0:#04x}: expected d4 or d5")]
    Identifier(u8),
}

impl Frame {
    /// The bytes of this frame; `None` when there are more than [`MAX_DATA`] bytes of data.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        let (direction, data) = match self {
            Self::Ack => return Some(vec![0x00, 0x00, 0xff, 0x00, 0xff, 0x00]),
            Self::Nack => return Some(vec![0x00, 0x00, 0xff, 0xff, 0x00, 0x00]),
            Self::SyntaxError => return Some(vec![0x00, 0x00, 0xff, 0x01, 0xff, SYNTAX_ERROR, 0x81, 0x00]),
            Self::Information { direction, data } => (direction, data),
        };
        if data.len() > MAX_DATA {
            return None;
        }
        let length = data.len() as u8 + 1;
        let mut bytes = vec![0x00, 0x00, 0xff, length, length.wrapping_neg(), direction.identifier()];
        bytes.extend_from_slice(data);
        bytes.extend([check(&bytes[5..]), 0x00]);
        Some(bytes)
    }
}

/// The byte that makes a sum zero.
fn check(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)).wrapping_neg()
}

/// What a buffer that begins with a start code holds.
enum Found {
    /// Not all of it yet.
    Part,
    /// A frame, and how many bytes it takes; the postamble is not waited for.
    Whole(Frame, usize),
    /// No frame begins here.
    Wrong(FrameError),
}

fn at_start(bytes: &[u8]) -> Found {
    let (length, lcs) = match bytes.get(2..4) {
        Some([0x00, 0xff]) => return Found::Whole(Frame::Ack, 4),
        Some([0xff, 0x00]) => return Found::Whole(Frame::Nack, 4),
        Some(&[length, lcs]) => (length, lcs),
        _ => return Found::Part,
    };
    if length.wrapping_add(lcs) != 0 {
        return Found::Wrong(FrameError::Length { length, check: lcs });
    }
    let end = 4 + usize::from(length);
    let (Some(body), Some(&got)) = (bytes.get(4..end), bytes.get(end)) else { return Found::Part };
    let expected = check(body);
    if got != expected {
        return Found::Wrong(FrameError::Checksum { expected, got });
    }
    let frame = match body {
        [SYNTAX_ERROR] => Frame::SyntaxError,
        [0xd4, data @ ..] => Frame::Information { direction: Direction::ToChip, data: data.to_vec() },
        [0xd5, data @ ..] => Frame::Information { direction: Direction::FromChip, data: data.to_vec() },
        [other, ..] => return Found::Wrong(FrameError::Identifier(*other)),
        // A length of zero has a check of zero, so it is no ACK.
        [] => return Found::Wrong(FrameError::Length { length, check: lcs }),
    };
    Found::Whole(frame, end + 1)
}

fn start_code(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair == START)
}

/// The first frame in bytes that were read as a whole; what follows it is padding.
///
/// # Errors
/// There is none.
pub fn decode(bytes: &[u8]) -> Result<Frame, FrameError> {
    let start = start_code(bytes).ok_or(FrameError::Short)?;
    match at_start(&bytes[start..]) {
        Found::Part => Err(FrameError::Short),
        Found::Whole(frame, _) => Ok(frame),
        Found::Wrong(error) => Err(error),
    }
}

/// What a read over I2C brought; `None` while the chip has nothing to say. The first byte tells: bit 0 means ready.
///
/// # Errors
/// The chip is ready and what follows is no frame.
pub fn decode_i2c(read: &[u8]) -> Result<Option<Frame>, FrameError> {
    match read {
        [status, frame @ ..] if status & 1 == 1 => decode(frame).map(Some),
        _ => Ok(None),
    }
}

/// Fills the buffer of a read over I2C as the chip does: ready and a frame, or not ready.
pub fn encode_i2c(frame: Option<&[u8]>, buffer: &mut [u8]) {
    buffer.fill(0);
    let (Some(frame), Some((status, rest))) = (frame, buffer.split_first_mut()) else { return };
    *status = 1;
    let length = frame.len().min(rest.len());
    rest[..length].copy_from_slice(&frame[..length]);
}

/// Finds frames in a stream. After noise or damage it goes on at the next start code, even one inside of what looked like a
/// frame; it never holds more than the longest frame.
#[derive(Clone, Debug, Default)]
pub struct Parser {
    buffer: Vec<u8>,
}

impl Parser {
    /// Nothing has arrived yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: Vec::new() }
    }

    /// Takes bytes, cut anywhere; gives the frames that are now complete, and what looked like one and was none.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Result<Frame, FrameError>> {
        let mut found = Vec::new();
        for byte in bytes {
            self.buffer.push(*byte);
            while let Some(result) = self.step() {
                found.push(result);
            }
            debug_assert!(self.buffer.len() <= MAX_FRAME);
        }
        found
    }

    fn step(&mut self) -> Option<Result<Frame, FrameError>> {
        let Some(start) = start_code(&self.buffer) else {
            // All noise; only a last 00 may be half of a start code.
            let keep = usize::from(self.buffer.last() == Some(&START[0]));
            self.buffer.drain(..self.buffer.len() - keep);
            return None;
        };
        self.buffer.drain(..start);
        match at_start(&self.buffer) {
            Found::Part => None,
            Found::Whole(frame, length) => {
                self.buffer.drain(..length);
                Some(Ok(frame))
            }
            Found::Wrong(error) => {
                self.buffer.drain(..START.len());
                Some(Err(error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIRMWARE: [u8; 13] = [0x00, 0x00, 0xff, 0x06, 0xfa, 0xd5, 0x03, 0x32, 0x01, 0x06, 0x07, 0xe8, 0x00];

    fn from_chip(data: &[u8]) -> Frame {
        Frame::Information { direction: Direction::FromChip, data: data.to_vec() }
    }

    #[test]
    fn frames_are_those_of_the_chip() {
        let ask = Frame::Information { direction: Direction::ToChip, data: vec![0x02] };
        assert_eq!(ask.encode(), Some(vec![0x00, 0x00, 0xff, 0x02, 0xfe, 0xd4, 0x02, 0x2a, 0x00]));
        assert_eq!(from_chip(&[0x03, 0x32, 0x01, 0x06, 0x07]).encode(), Some(FIRMWARE.to_vec()));
        assert_eq!(decode(&[0x00, 0x00, 0xff, 0x00, 0xff, 0x00]), Ok(Frame::Ack));
        assert_eq!(decode(&[0x00, 0x00, 0xff, 0xff, 0x00, 0x00]), Ok(Frame::Nack));
        assert_eq!(decode(&[0x00, 0x00, 0xff, 0x01, 0xff, 0x7f, 0x81, 0x00]), Ok(Frame::SyntaxError));
        assert_eq!(from_chip(&[0; MAX_DATA + 1]).encode(), None);
    }

    #[test]
    fn damage_is_told_by_what_is_damaged() {
        let mut bytes = FIRMWARE;
        bytes[11] = 0;
        assert_eq!(decode(&bytes), Err(FrameError::Checksum { expected: 0xe8, got: 0 }));
        bytes[4] = 0xfb;
        assert_eq!(decode(&bytes), Err(FrameError::Length { length: 6, check: 0xfb }));
        assert_eq!(decode(&FIRMWARE[..11]), Err(FrameError::Short));
        assert_eq!(decode(&[]), Err(FrameError::Short));
        assert_eq!(decode(&[0x00, 0xff, 0x01, 0xff, 0x11, 0xef]), Err(FrameError::Identifier(0x11)));
    }

    #[test]
    fn over_i2c_a_byte_says_whether_there_is_anything() {
        let mut buffer = [0xaa; 8];
        encode_i2c(None, &mut buffer);
        assert_eq!((buffer, decode_i2c(&buffer)), ([0; 8], Ok(None)));
        encode_i2c(Some(&[0x00, 0x00, 0xff, 0x00, 0xff, 0x00]), &mut buffer);
        assert_eq!((buffer, decode_i2c(&buffer)), ([1, 0, 0, 0xff, 0, 0xff, 0, 0], Ok(Some(Frame::Ack))));
        assert_eq!(decode_i2c(&[]), Ok(None));
    }

    #[test]
    fn the_parser_goes_on_after_a_damaged_length_that_swallowed_a_frame() {
        // A false start that promises six bytes, with an ACK inside.
        let mut stream = vec![0x13, 0x00, 0xff, 0x06, 0xfa];
        stream.extend([0x00, 0x00, 0xff, 0x00, 0xff, 0x00]);
        stream.extend(FIRMWARE);
        let found = Parser::new().push(&stream);
        let frames: Vec<_> = found.into_iter().flatten().collect();
        assert_eq!(frames, [Frame::Ack, from_chip(&[0x03, 0x32, 0x01, 0x06, 0x07])]);
    }

    fn frame() -> impl Strategy<Value = Frame> {
        let direction = prop_oneof![Just(Direction::ToChip), Just(Direction::FromChip)];
        prop_oneof![
            Just(Frame::Ack),
            Just(Frame::Nack),
            Just(Frame::SyntaxError),
            (direction, prop::collection::vec(any::<u8>(), 0..=MAX_DATA))
                .prop_map(|(direction, data)| Frame::Information { direction, data }),
        ]
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in_however_they_are_cut(
            frames in prop::collection::vec(frame(), 1..5),
            cut in 1usize..300,
        ) {
            let stream: Vec<u8> = frames.iter().filter_map(Frame::encode).flatten().collect();
            let mut parser = Parser::new();
            let found: Result<Vec<Frame>, FrameError> = stream.chunks(cut).flat_map(|part| parser.push(part)).collect();
            prop_assert_eq!(found, Ok(frames));
        }

        #[test]
        fn any_stream_is_survived_in_bounded_memory(stream in prop::collection::vec(any::<u8>(), 0..2000)) {
            let mut parser = Parser::new();
            parser.push(&stream);
            prop_assert!(parser.buffer.len() <= MAX_FRAME);
            let _ = (decode(&stream), decode_i2c(&stream));
        }

        #[test]
        fn streams_of_start_codes_are_survived(
            words in prop::collection::vec(prop_oneof![Just(0x00u8), Just(0xff), any::<u8>()], 0..2000),
        ) {
            let mut parser = Parser::new();
            parser.push(&words);
            // Whatever was in it, a long enough silence of zeros and a frame: the frame is found.
            parser.push(&[0; MAX_FRAME]);
            let found = parser.push(&FIRMWARE);
            prop_assert_eq!(found.last(), Some(&Ok(from_chip(&[0x03, 0x32, 0x01, 0x06, 0x07]))));
        }
    }
}
