//! TCP framing: the MBAP header, and the unit behind a gateway.

use std::collections::VecDeque;

use super::Adu;

/// The longest PDU.
pub const MAX_PDU: usize = 253;

/// So many frames wait at most for whoever takes them.
pub const MAX_WAITING: usize = 64;

/// Transaction, protocol and length: what tells where a frame ends.
const HEADER: usize = 6;

/// A PDU and the number that ties an answer to its request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    /// Repeated in the answer.
    pub transaction: u16,
    /// Unit and PDU.
    pub adu: Adu,
}

/// What follows is no Modbus, or no longer: the connection cannot be used any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no header of Modbus TCP: protocol {protocol}, length {length}")]
pub struct NoModbus {
    /// 0 is expected.
    pub protocol: u16,
    /// 2 to 254 is expected.
    pub length: u16,
}

/// The bytes of a frame. A PDU longer than [`MAX_PDU`] is cut off there.
#[must_use]
pub fn encode(frame: &Frame) -> Vec<u8> {
    let pdu = &frame.adu.pdu[..frame.adu.pdu.len().min(MAX_PDU)];
    let mut bytes = Vec::with_capacity(7 + pdu.len());
    bytes.extend(frame.transaction.to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend((pdu.len() as u16 + 1).to_be_bytes());
    bytes.push(frame.adu.unit);
    bytes.extend(pdu);
    bytes
}

/// Finds frames in a stream. It holds one frame that is not complete and [`MAX_WAITING`] that are, whatever comes.
#[derive(Clone, Debug, Default)]
pub struct FrameReader {
    /// The frame that is under way; never more than one.
    buffer: Vec<u8>,
    found: VecDeque<Result<Frame, NoModbus>>,
}

impl FrameReader {
    /// Nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: Vec::new(), found: VecDeque::new() }
    }

    /// Bytes came, cut anywhere. Frames wait until [`Self::next_frame`] takes them; of more than [`MAX_WAITING`] the oldest
    /// are lost.
    pub fn push(&mut self, mut bytes: &[u8]) {
        // What is held is sound, so its end is known.
        while let (false, Ok(end)) = (bytes.is_empty(), self.end()) {
            let (taken, rest) = bytes.split_at((end - self.buffer.len()).min(bytes.len()));
            self.buffer.extend(taken);
            bytes = rest;
            match self.end() {
                Ok(end) if end == self.buffer.len() => self.complete(),
                Ok(_) => {}
                Err(error) => {
                    // Where the next frame begins, nobody knows: all that came is of no use.
                    self.buffer.clear();
                    self.keep(Err(error));
                    return;
                }
            }
        }
    }

    /// The next frame; `None` until it is complete.
    ///
    /// # Errors
    /// What came is no Modbus; what came together with it is dropped.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, NoModbus> {
        self.found.pop_front().transpose()
    }

    /// How long the frame is, as far as that is known yet: its header first.
    fn end(&self) -> Result<usize, NoModbus> {
        let Some(&[_, _, p1, p2, l1, l2]) = self.buffer.first_chunk::<HEADER>() else { return Ok(HEADER) };
        let (protocol, length) = (u16::from_be_bytes([p1, p2]), u16::from_be_bytes([l1, l2]));
        if protocol == 0 && (2..=MAX_PDU as u16 + 1).contains(&length) {
            Ok(HEADER + usize::from(length))
        } else {
            Err(NoModbus { protocol, length })
        }
    }

    /// Takes the frame out of the buffer: all of it is there.
    fn complete(&mut self) {
        let frame = Frame {
            transaction: u16::from_be_bytes([self.buffer[0], self.buffer[1]]),
            adu: Adu { unit: self.buffer[HEADER], pdu: self.buffer[HEADER + 1..].to_vec() },
        };
        self.buffer.clear();
        self.keep(Ok(frame));
    }

    fn keep(&mut self, found: Result<Frame, NoModbus>) {
        if self.found.len() == MAX_WAITING {
            self.found.pop_front();
        }
        self.found.push_back(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_frame_has_a_header_and_is_found_again() {
        let frame = Frame { transaction: 0x0102, adu: Adu { unit: 3, pdu: vec![3, 0x03, 0xe8, 0, 4] } };
        let bytes = encode(&frame);
        assert_eq!(bytes, [1, 2, 0, 0, 0, 6, 3, 3, 0x03, 0xe8, 0, 4]);
        let mut reader = FrameReader::new();
        reader.push(&bytes[..7]);
        assert_eq!(reader.next_frame(), Ok(None));
        reader.push(&bytes[7..]);
        reader.push(&bytes);
        assert_eq!(reader.next_frame(), Ok(Some(frame.clone())));
        assert_eq!(reader.next_frame(), Ok(Some(frame)));
        assert_eq!(reader.next_frame(), Ok(None));
    }

    #[test]
    fn what_is_no_modbus_is_told() {
        let mut reader = FrameReader::new();
        reader.push(b"GET / HTTP/1.1\r\n");
        assert_eq!(reader.next_frame(), Err(NoModbus { protocol: 0x5420, length: 0x2f20 }));
        assert_eq!(reader.next_frame(), Ok(None));
        // A header that ends in the next piece is looked at then.
        reader.push(b"GET / ");
        reader.push(b"HTTP");
        assert_eq!(reader.next_frame(), Err(NoModbus { protocol: 0x5420, length: 0x2f20 }));
    }

    #[test]
    fn frames_that_nobody_takes_do_not_pile_up() {
        let longest = encode(&Frame { transaction: 1, adu: Adu { unit: 1, pdu: vec![0; MAX_PDU] } });
        let mut reader = FrameReader::new();
        for _ in 0..100 {
            reader.push(&longest.repeat(100));
            reader.push(&longest[..100]);
            reader.push(&longest[100..]);
            assert!(reader.found.len() <= MAX_WAITING && reader.found.capacity() <= 2 * MAX_WAITING);
            assert!(reader.buffer.capacity() <= 2 * longest.len());
        }
        let last = Frame { transaction: 2, adu: Adu { unit: 1, pdu: vec![3] } };
        reader.push(&encode(&last));
        let taken: Vec<_> = std::iter::from_fn(|| reader.next_frame().expect("Modbus")).collect();
        assert_eq!((taken.len(), taken.last()), (MAX_WAITING, Some(&last)), "the newest is there");
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut reader = FrameReader::new();
            reader.push(&bytes);
            while let Ok(Some(frame)) = reader.next_frame() {
                prop_assert!(!frame.adu.pdu.is_empty());
            }
            prop_assert!(reader.buffer.len() < HEADER + 1 + MAX_PDU);
        }
    }
}
