//! RTU framing: a unit, a PDU and a checksum on a serial line.
//!
//! The standard ends a frame with a silence. Operating systems cut and merge what a line carries, so the reader goes by the
//! length that each request implies; the silence serves to drop a frame that never ends.

use super::Adu;

/// The longest frame.
pub const MAX_FRAME: usize = 256;

/// The checksum of RTU: CRC-16 with the polynomial A001h (reflected) and all ones to begin with.
#[must_use]
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xa001 } else { crc >> 1 })
    })
}

/// The frame of a PDU.
#[must_use]
pub fn encode(adu: &Adu) -> Vec<u8> {
    let mut frame = vec![adu.unit];
    frame.extend(&adu.pdu);
    frame.extend(crc16(&frame).to_le_bytes());
    frame
}

/// Reads one whole frame; `None` when it is too short or its checksum is wrong.
#[must_use]
pub fn decode(frame: &[u8]) -> Option<Adu> {
    let (body, crc) = frame.split_last_chunk::<2>()?;
    let (unit, pdu) = body.split_first()?;
    (!pdu.is_empty() && crc16(body) == u16::from_le_bytes(*crc)).then(|| Adu { unit: *unit, pdu: pdu.to_vec() })
}

/// What a line has carried and nobody has read yet: no more than two frames, for older bytes cannot begin one that ends.
#[derive(Clone, Debug, Default)]
struct Carried(Vec<u8>);

impl Carried {
    fn push(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        if self.0.len() > 2 * MAX_FRAME {
            self.0.drain(..self.0.len() - 2 * MAX_FRAME);
        }
    }
}

/// Finds requests in what a line carries, as a server does. What is no request is skipped byte by byte until one begins.
#[derive(Clone, Debug, Default)]
pub struct RequestReader {
    buffer: Carried,
}

impl RequestReader {
    /// Nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: Carried(Vec::new()) }
    }

    /// Bytes came, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.push(bytes);
    }

    /// The line was silent: what is under way ends here.
    pub fn silence(&mut self) {
        self.buffer.0.clear();
    }

    /// The next request; `None` until it is complete. Functions that this codec does not know are found too where their
    /// length is known, so that a server can refuse them.
    pub fn next_request(&mut self) -> Option<Adu> {
        while !self.buffer.0.is_empty() {
            match request_length(&self.buffer.0) {
                Length::Unknown if self.buffer.0.len() < 2 => return None,
                Length::MoreNeeded => return None,
                Length::Is(length) if self.buffer.0.len() < length => return None,
                Length::Is(length) => {
                    if let Some(adu) = decode(&self.buffer.0[..length]) {
                        self.buffer.0.drain(..length);
                        return Some(adu);
                    }
                }
                Length::Unknown => {}
            }
            self.buffer.0.remove(0);
        }
        None
    }
}

/// Finds responses in what a line carries, as a client does. A line brings noise, the late answer of another unit, and with
/// some adapters an echo of the request: a response is found wherever it begins, and what is around it is passed over.
#[derive(Clone, Debug, Default)]
pub struct ResponseReader {
    buffer: Carried,
}

impl ResponseReader {
    /// Nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: Carried(Vec::new()) }
    }

    /// Bytes came, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.push(bytes);
    }

    /// What is under way is forgotten.
    pub fn clear(&mut self) {
        self.buffer.0.clear();
    }

    /// The next response that is whole; what came before it is passed over.
    pub fn next_response(&mut self) -> Option<Adu> {
        // Noise may look like the beginning of a long frame: a whole one behind it does not wait for its end.
        let (adu, end) = (0..self.buffer.0.len()).find_map(|start| {
            let rest = &self.buffer.0[start..];
            let length = response_length(rest)?;
            Some((decode(rest.get(..length)?)?, start + length))
        })?;
        self.buffer.0.drain(..end);
        Some(adu)
    }
}

/// How long the response at the beginning is, checksum included; `None` where none begins, or too little of it is there.
fn response_length(frame: &[u8]) -> Option<usize> {
    match frame {
        [_, 1..=4, bytes, ..] => Some(5 + usize::from(*bytes)),
        [_, 5 | 6 | 15 | 16, ..] => Some(8),
        [_, 0x80..=0xff, ..] => Some(5),
        _ => None,
    }
}

/// How long the request at the beginning is, checksum included.
enum Length {
    Is(usize),
    /// More bytes are needed to tell.
    MoreNeeded,
    Unknown,
}

fn request_length(frame: &[u8]) -> Length {
    match frame {
        [_, 1..=6, ..] => Length::Is(8),
        [_, 7 | 11 | 12 | 17, ..] => Length::Is(4),
        [_, 15 | 16, _, _, _, _, bytes, ..] => Length::Is(9 + usize::from(*bytes)),
        [_, 15 | 16, ..] => Length::MoreNeeded,
        _ => Length::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_checksum_is_the_one_of_modbus() {
        assert_eq!(crc16(b"123456789"), 0x4b37, "the check value of CRC-16/MODBUS");
        let read = Adu { unit: 1, pdu: vec![4, 0, 0, 0, 2] };
        assert_eq!(encode(&read), [1, 4, 0, 0, 0, 2, 0x71, 0xcb]);
        assert_eq!(decode(&encode(&read)), Some(read));
        assert_eq!(decode(&[1, 4, 0, 0, 0, 2, 0x71, 0xcc]), None);
    }

    #[test]
    fn requests_are_found_however_they_are_cut_and_after_noise() {
        let read = Adu { unit: 3, pdu: vec![3, 0x03, 0xe8, 0, 4] };
        let write = Adu { unit: 3, pdu: vec![16, 0x1f, 0x45, 0, 1, 2, 0x54, 0x45] };
        let mut reader = RequestReader::new();
        for byte in [&[0xff][..], &encode(&read)].concat() {
            assert_eq!(reader.next_request(), None);
            reader.push(&[byte]);
        }
        reader.push(&encode(&write));
        assert_eq!([reader.next_request(), reader.next_request()], [Some(read), Some(write)]);
        assert_eq!(reader.next_request(), None);
        reader.push(&[3, 3, 0]);
        reader.silence();
        reader.push(&[1, 4, 0, 0, 0, 2, 0x71, 0xcb]);
        assert_eq!(reader.next_request().map(|adu| adu.unit), Some(1));
    }

    #[test]
    fn responses_are_found_between_noise_echoes_and_half_frames() {
        let answer = |unit, value| encode(&Adu { unit, pdu: vec![4, 2, 0, value] });
        let read = encode(&Adu { unit: 1, pdu: vec![4, 0, 0, 0, 1] });
        let refusal = encode(&Adu { unit: 3, pdu: vec![0x83, 2] });
        // A long frame seems to begin in the noise.
        let noise = [1, 4, 0xf0, 7];
        let mut reader = ResponseReader::new();
        for byte in [&noise[..], &read, &answer(1, 7), &answer(2, 8)[..4], &answer(2, 9), &refusal].concat() {
            reader.push(&[byte]);
        }
        let found: Vec<_> = std::iter::from_fn(|| reader.next_response()).map(|adu| (adu.unit, adu.pdu)).collect();
        assert_eq!(found, [(1, vec![4, 2, 0, 7]), (2, vec![4, 2, 0, 9]), (3, vec![0x83, 2])]);
        reader.push(&answer(1, 7)[..5]);
        assert_eq!(reader.next_response(), None);
        reader.clear();
        reader.push(&answer(1, 7)[5..]);
        assert_eq!(reader.next_response(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_a_bounded_buffer_of_a_client(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..8)) {
            let mut reader = ResponseReader::new();
            for chunk in chunks {
                reader.push(&chunk);
                while let Some(adu) = reader.next_response() {
                    prop_assert!(!adu.pdu.is_empty());
                }
                prop_assert!(reader.buffer.0.len() <= 2 * MAX_FRAME);
            }
        }

        #[test]
        fn any_bytes_end_in_a_bounded_buffer(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..8)) {
            let mut reader = RequestReader::new();
            for chunk in chunks {
                reader.push(&chunk);
                while let Some(adu) = reader.next_request() {
                    prop_assert!(!adu.pdu.is_empty());
                }
                prop_assert!(reader.buffer.0.len() <= 2 * MAX_FRAME);
            }
        }
    }
}
