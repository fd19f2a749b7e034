//! Frames on the line, and how they are found in whatever arrives.

use memchr::memchr;

use super::cobs;
use super::crc::crc32;
use crate::tux_evse::MAX_PACKET;

const CRC_LENGTH: usize = 4;

/// A frame is at most so long on the line, without its closing zero.
const LONGEST: usize = cobs::longest(MAX_PACKET + CRC_LENGTH);

/// Why a frame was thrown away.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FrameError {
    /// The checksum is wrong: bytes were changed, lost or added on the way.
    #[error("the CRC is wrong")]
    Crc,
    /// The byte stuffing is broken, or there is no room for a checksum.
    #[error("it is no frame")]
    Malformed,
    /// More bytes without an end than any frame has.
    #[error("it has no end")]
    TooLong,
}

/// What a line has seen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FrameCounters {
    /// Frames that were in order.
    pub good: u64,
    /// Frames with a wrong checksum.
    pub crc: u64,
    /// Frames that were none.
    pub malformed: u64,
    /// Runs of bytes without an end.
    pub too_long: u64,
}

/// Writes one message as a frame, closed by its zero.
#[must_use]
pub fn encode_frame(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    append_frame(message, &mut frame);
    frame
}

/// Writes one message as a frame, closed by its zero, behind what stands in `line`.
pub fn append_frame(message: &[u8], line: &mut Vec<u8>) {
    let begins = line.len();
    // With its zero.
    line.reserve(cobs::longest(message.len() + CRC_LENGTH) + 1);
    line.extend(message);
    line.extend(crc32(message).to_le_bytes());
    cobs::encode(line, begins);
    line.push(0);
}

/// Finds frames in bytes that arrive cut anywhere. It holds at most one frame; what is longer is thrown away up to the next
/// zero, and from there on it reads as if nothing had been.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    held: Vec<u8>,
    /// Nothing counts until the next zero.
    lost: bool,
    counters: FrameCounters,
}

impl FrameDecoder {
    /// At the beginning of a line.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads on until a frame is complete and answers its message; `None` when the input is used up. Call it again with the
    /// same input: one read may bring several frames.
    pub fn next_frame(&mut self, input: &mut &[u8]) -> Option<Result<Vec<u8>, FrameError>> {
        while !input.is_empty() {
            let zero = memchr(0, input);
            let (run, rest) = input.split_at(zero.unwrap_or(input.len()));
            if !self.lost {
                let (fits, over) = run.split_at(run.len().min(LONGEST - self.held.len()));
                self.held.extend(fits);
                if !over.is_empty() {
                    self.lost = true;
                    self.held.clear();
                    self.counters.too_long += 1;
                    *input = &input[fits.len() + 1..];
                    return Some(Err(FrameError::TooLong));
                }
            }
            *input = rest.get(1..).unwrap_or_default();
            match zero {
                None => {}
                // Zeros in a row only make sure that a frame begins here.
                Some(_) if self.lost || self.held.is_empty() => {
                    self.lost = false;
                    self.held.clear();
                }
                Some(_) => return Some(self.close()),
            }
        }
        None
    }

    /// Whether what comes next begins a frame: nothing of another one is held.
    #[must_use]
    pub const fn is_between_frames(&self) -> bool {
        self.held.is_empty() && !self.lost
    }

    /// What was seen so far.
    #[must_use]
    pub const fn counters(&self) -> FrameCounters {
        self.counters
    }

    fn close(&mut self) -> Result<Vec<u8>, FrameError> {
        let frame = cobs::decode(&self.held).filter(|frame| frame.len() > CRC_LENGTH);
        self.held.clear();
        let Some(mut frame) = frame else {
            self.counters.malformed += 1;
            return Err(FrameError::Malformed);
        };
        if crc32(&frame) != 0 {
            self.counters.crc += 1;
            return Err(FrameError::Crc);
        }
        frame.truncate(frame.len() - CRC_LENGTH);
        self.counters.good += 1;
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(decoder: &mut FrameDecoder, mut input: &[u8]) -> Vec<Result<Vec<u8>, FrameError>> {
        std::iter::from_fn(|| decoder.next_frame(&mut input)).collect()
    }

    #[test]
    fn a_frame_is_message_checksum_stuffing_and_a_zero() {
        // `heartbeat` and its checksum; the zero of the message is stuffed.
        let crc = crc32(&[0x2a, 0x00]).to_le_bytes();
        assert_eq!(encode_frame(&[0x2a, 0x00]), [&[2, 0x2a, 5][..], &crc, &[0]].concat());
        assert_eq!(read(&mut FrameDecoder::new(), &encode_frame(&[0x2a, 0x00])), [Ok(vec![0x2a, 0x00])]);
    }

    #[test]
    fn split_and_merged_reads_bring_the_same_frames() {
        let line = [encode_frame(&[0x08, 0x00]), encode_frame(&[0x12, 0x00]), encode_frame(&[0x08, 0x05])].concat();
        let whole = read(&mut FrameDecoder::new(), &line);
        assert_eq!(whole, [Ok(vec![0x08, 0x00]), Ok(vec![0x12, 0x00]), Ok(vec![0x08, 0x05])]);
        let mut decoder = FrameDecoder::new();
        let split: Vec<_> = line.iter().flat_map(|byte| read(&mut decoder, &[*byte])).collect();
        assert_eq!(split, whole);
    }

    #[test]
    fn a_broken_frame_is_counted_and_the_next_one_is_read() {
        let good = encode_frame(&[0x08, 0x02]);
        let mut flipped = good.clone();
        flipped[2] ^= 0x40;
        let mut short = good.clone();
        short.remove(3);
        let line = [&flipped[..], &good, &short, &good, &[0x55, 0], &good, &[0, 0], &good].concat();
        let mut decoder = FrameDecoder::new();
        let frames = read(&mut decoder, &line);
        assert_eq!(frames.iter().filter(|frame| frame.is_ok()).count(), 4);
        let counters = decoder.counters();
        assert_eq!((counters.good, counters.crc + counters.malformed, counters.too_long), (4, 3, 0));
        assert!(counters.crc >= 1);
    }

    #[test]
    fn a_line_that_never_ends_a_frame_fills_nothing() {
        let mut decoder = FrameDecoder::new();
        let noise = vec![0x55; 1 << 20];
        assert_eq!(read(&mut decoder, &noise), [Err(FrameError::TooLong)]);
        assert!(decoder.held.capacity() <= 2 * LONGEST);
        assert_eq!(read(&mut decoder, &[&[0][..], &encode_frame(&[1])].concat()), [Ok(vec![1])]);
    }

    proptest! {
        #[test]
        fn garbage_in_front_costs_at_most_the_frame_it_runs_into(
            garbage in prop::collection::vec(any::<u8>(), 0..1200),
            message in prop::collection::vec(any::<u8>(), 1..MAX_PACKET),
        ) {
            let frame = encode_frame(&message);
            let line = [&garbage[..], &frame, &frame].concat();
            let frames = read(&mut FrameDecoder::new(), &line);
            prop_assert_eq!(frames.last(), Some(&Ok(message)));
        }
    }
}
