//! V2GTP: the header before each message (DIN 70121 clause 9.2, ISO 15118-2 clause 7.8, ISO 15118-20 clause 7.8).
//!
//! ```text
//!   01 | FE | payload type 2, big endian | length of the payload 4, big endian | payload
//! ```

use std::fmt;

/// The octets of a header.
pub const HEADER: usize = 8;

/// A payload may have this many octets. Real ones have some thousands; a length beyond it ends the connection.
pub const LONGEST: usize = 1 << 20;

const VERSION: u8 = 0x01;

/// What a payload is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PayloadType(pub u16);

impl PayloadType {
    /// SAP in each generation, and all messages of DIN 70121 and ISO 15118-2.
    pub const EXI: Self = Self(0x8001);
    /// ISO 15118-20, common messages.
    pub const ISO20_MESSAGES: Self = Self(0x8002);
    /// ISO 15118-20, alternating current.
    pub const ISO20_AC: Self = Self(0x8003);
    /// ISO 15118-20, direct current.
    pub const ISO20_DC: Self = Self(0x8004);
    /// ISO 15118-20, pantograph.
    pub const ISO20_ACDP: Self = Self(0x8005);
    /// ISO 15118-20, wireless.
    pub const ISO20_WPT: Self = Self(0x8006);
    /// ISO 15118-20: a schedule is negotiated again, beside the charge loop.
    pub const SCHEDULE_RENEGOTIATION: Self = Self(0x8101);
    /// ISO 15118-20: a meter reading is confirmed, beside the charge loop.
    pub const METERING_CONFIRMATION: Self = Self(0x8102);
    /// ISO 15118-20: the state of a pantograph.
    pub const ACDP_SYSTEM_STATUS: Self = Self(0x8103);
    /// ISO 15118-20: a vehicle parks.
    pub const PARKING_STATUS: Self = Self(0x8104);
    /// SDP: who is the charger?
    pub const SDP_REQUEST: Self = Self(0x9000);
    /// SDP: the charger.
    pub const SDP_RESPONSE: Self = Self(0x9001);
    /// SDP over a wireless link: who is the charger?
    pub const SDP_REQUEST_WIRELESS: Self = Self(0x9002);
    /// SDP over a wireless link: the charger.
    pub const SDP_RESPONSE_WIRELESS: Self = Self(0x9003);

    /// Whether manufacturers give it a meaning: A000 and above.
    #[must_use]
    pub const fn is_of_manufacturer(self) -> bool {
        self.0 >= 0xa000
    }
}

impl fmt::Display for PayloadType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match *self {
            Self::EXI => "EXI",
            Self::ISO20_MESSAGES => "-20 common",
            Self::ISO20_AC => "-20 AC",
            Self::ISO20_DC => "-20 DC",
            Self::ISO20_ACDP => "-20 ACDP",
            Self::ISO20_WPT => "-20 WPT",
            Self::SCHEDULE_RENEGOTIATION => "-20 schedule renegotiation",
            Self::METERING_CONFIRMATION => "-20 metering confirmation",
            Self::ACDP_SYSTEM_STATUS => "-20 ACDP system status",
            Self::PARKING_STATUS => "-20 parking status",
            Self::SDP_REQUEST => "SDP request",
            Self::SDP_RESPONSE => "SDP response",
            Self::SDP_REQUEST_WIRELESS => "SDP request, wireless",
            Self::SDP_RESPONSE_WIRELESS => "SDP response, wireless",
            other if other.is_of_manufacturer() => "of a manufacturer",
            _ => "reserved",
        };
        write!(f, "{:#06x} ({name})", self.0)
    }
}

/// A header that is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HeaderError {
    /// Another version, or the two octets do not go together.
    #[error("V2GTP begins with {0:02x} {1:02x}: expected 01 fe")]
    Version(u8, u8),
    /// A payload longer than any message.
    #[error("a V2GTP payload of {0} octets: at most {LONGEST} are read")]
    Length(u32),
}

/// A payload and what it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    /// What it is.
    pub payload_type: PayloadType,
    /// The octets.
    pub payload: Vec<u8>,
}

impl Frame {
    /// Header and payload.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let length = u32::try_from(self.payload.len()).unwrap_or(u32::MAX);
        let mut octets = Vec::with_capacity(HEADER + self.payload.len());
        octets.extend([VERSION, !VERSION]);
        octets.extend(self.payload_type.0.to_be_bytes());
        octets.extend(length.to_be_bytes());
        octets.extend(&self.payload);
        octets
    }

    /// Whether a frame may begin here: its first two octets are those of V2GTP.
    #[must_use]
    pub const fn may_begin(octets: &[u8]) -> bool {
        matches!(octets, [VERSION, second, ..] if *second == !VERSION)
    }

    /// The frame at the start of these octets, and how many it has; `None` if more have to come.
    ///
    /// # Errors
    ///
    /// No header, or a length beyond [`LONGEST`].
    pub fn decode(octets: &[u8]) -> Result<Option<(Self, usize)>, HeaderError> {
        // What cannot become a header is told before all of it is there.
        match *octets {
            [] => return Ok(None),
            [first] if first == VERSION => return Ok(None),
            [first] => return Err(HeaderError::Version(first, 0)),
            [first, second, ..] if first != VERSION || second != !VERSION => {
                return Err(HeaderError::Version(first, second));
            }
            _ => {}
        }
        let Some((header, rest)) = octets.split_first_chunk::<HEADER>() else { return Ok(None) };
        let [_, _, kind @ .., a, b, c, d] = *header;
        let length = u32::from_be_bytes([a, b, c, d]);
        let Some(count) = usize::try_from(length).ok().filter(|count| *count <= LONGEST) else {
            return Err(HeaderError::Length(length));
        };
        let frame =
            |payload: &[u8]| Self { payload_type: PayloadType(u16::from_be_bytes(kind)), payload: payload.to_vec() };
        Ok(rest.get(..count).map(|payload| (frame(payload), HEADER + count)))
    }
}

/// Cuts a stream of octets into frames.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    waiting: Vec<u8>,
}

impl Frames {
    /// Octets that came.
    pub fn push(&mut self, octets: &[u8]) {
        self.waiting.extend(octets);
    }

    /// The next frame; `None` until more octets come.
    ///
    /// # Errors
    ///
    /// What stands there is no header. What waited is gone: the stream has no marks at which one could begin again.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, HeaderError> {
        match Frame::decode(&self.waiting) {
            Ok(Some((frame, count))) => {
                self.waiting.drain(..count);
                Ok(Some(frame))
            }
            Ok(None) => Ok(None),
            Err(error) => {
                self.waiting.clear();
                Err(error)
            }
        }
    }

    /// The rest of what waits will not come: how many octets wait, and how many there should be if their header says so. Nothing
    /// waits afterwards; `None` when nothing did.
    pub fn give_up(&mut self) -> Option<(usize, Option<usize>)> {
        let waiting = std::mem::take(&mut self.waiting);
        let expected = waiting.first_chunk::<HEADER>().map(|header| {
            let [.., a, b, c, d] = *header;
            HEADER + u32::from_be_bytes([a, b, c, d]) as usize
        });
        (!waiting.is_empty()).then_some((waiting.len(), expected))
    }

    /// How many octets wait for the rest of their frame.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_is_a_header_and_a_payload() {
        let frame = Frame { payload_type: PayloadType::EXI, payload: vec![0x80, 0x40, 0x00, 0x40] };
        let octets = [0x01, 0xfe, 0x80, 0x01, 0, 0, 0, 4, 0x80, 0x40, 0x00, 0x40];
        assert_eq!(frame.encode(), octets);
        assert_eq!(Frame::decode(&octets), Ok(Some((frame, 12))));
        assert_eq!(Frame::decode(&octets[..11]), Ok(None));
    }

    #[test]
    fn what_cannot_be_a_header_is_told_at_once() {
        assert_eq!(Frame::decode(&[0x02]), Err(HeaderError::Version(2, 0)));
        assert_eq!(Frame::decode(&[0x01, 0x01]), Err(HeaderError::Version(1, 1)));
        let longest = [0x01, 0xfe, 0x80, 0x01, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Frame::decode(&longest), Err(HeaderError::Length(u32::MAX)));
        let error = HeaderError::Length(u32::MAX).to_string();
        assert_eq!(error, "a V2GTP payload of 4294967295 octets: at most 1048576 are read");
    }

    proptest! {
        #[test]
        fn any_cut_of_a_stream_gives_its_frames(
            frames in prop::collection::vec((any::<u16>(), prop::collection::vec(any::<u8>(), 0..40)), 0..5),
            cuts in prop::collection::vec(1usize..20, 0..80),
        ) {
            let frames: Vec<Frame> = frames.into_iter().map(|(kind, payload)| Frame { payload_type: PayloadType(kind), payload }).collect();
            let stream: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
            let (mut reader, mut read, mut rest) = (Frames::default(), Vec::new(), &stream[..]);
            for cut in cuts.into_iter().chain([stream.len()]) {
                let (now, later) = rest.split_at(cut.min(rest.len()));
                reader.push(now);
                while let Some(frame) = reader.next_frame().unwrap() { read.push(frame); }
                rest = later;
            }
            prop_assert_eq!(read, frames);
            prop_assert_eq!(reader.waiting(), 0);
        }

        #[test]
        fn whatever_comes_is_read_or_told(octets in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = Frame::decode(&octets);
        }
    }
}
