//! TCP framing: the MBAP header, and the unit behind a gateway.

use super::Adu;

/// The longest PDU.
pub const MAX_PDU: usize = 253;

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

/// Finds frames in a stream.
#[derive(Clone, Debug, Default)]
pub struct FrameReader {
    buffer: Vec<u8>,
}

impl FrameReader {
    /// Nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: Vec::new() }
    }

    /// Bytes came, cut anywhere. They are held until [`Self::next_frame`] takes them.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend(bytes);
    }

    /// The next frame; `None` until it is complete.
    ///
    /// # Errors
    /// It is no Modbus; everything held is dropped.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, NoModbus> {
        let Some(&[t1, t2, p1, p2, l1, l2]) = self.buffer.first_chunk::<6>() else { return Ok(None) };
        let (protocol, length) = (u16::from_be_bytes([p1, p2]), u16::from_be_bytes([l1, l2]));
        if protocol != 0 || !(2..=MAX_PDU as u16 + 1).contains(&length) {
            self.buffer.clear();
            return Err(NoModbus { protocol, length });
        }
        let end = 6 + usize::from(length);
        let Some(body) = self.buffer.get(6..end) else { return Ok(None) };
        let frame =
            Frame { transaction: u16::from_be_bytes([t1, t2]), adu: Adu { unit: body[0], pdu: body[1..].to_vec() } };
        self.buffer.drain(..end);
        Ok(Some(frame))
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
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut reader = FrameReader::new();
            reader.push(&bytes);
            while let Ok(Some(frame)) = reader.next_frame() {
                prop_assert!(!frame.adu.pdu.is_empty());
            }
            prop_assert!(reader.buffer.len() < 6 + 1 + MAX_PDU);
        }
    }
}
