//! One frame of management on Ethernet.
//!
//! ```text
//!   destination 6 │ source 6 │ 88 E1 │ version │ type 2, low byte first │ ...
//!     version 0:        (OUI 3) │ message │ padding
//!     version 1 and 2:  fragment 2 │ (OUI 3) │ message │ padding
//! ```
//!
//! The OUI is there when the type is a vendor's.

use serde::{Serialize, Serializer};

use crate::bytes::Reader;
use crate::error::FrameError;
use crate::ethernet::{ETHER_TYPE, MIN_FRAME, MacAddress};
use crate::message::Message;
use crate::mme::{Fragment, HeaderVersion, MmType};
use crate::octets::Hex;

/// One frame of management.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Frame {
    /// To whom.
    pub destination: MacAddress,
    /// From whom.
    pub source: MacAddress,
    /// The version of the header.
    pub version: HeaderVersion,
    /// Which piece of a longer message it is; not on the wire with [`HeaderVersion::V1_0`].
    pub fragment: Fragment,
    /// What it says. Of all pieces but the first it is [`Message::Other`].
    pub message: Message,
    /// What stands behind the message.
    pub padding: Padding,
}

/// What stands behind the last field of a message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Padding {
    /// Zeros up to the shortest length Ethernet takes, [`MIN_FRAME`]; nothing behind a longer message.
    #[default]
    Shortest,
    /// These bytes, of a frame that ends elsewhere or with something else: fields that are not known here, or what was in the
    /// sender's memory. One captured car adds 14 bytes to some of its messages.
    Bytes(Vec<u8>),
}

impl Padding {
    /// What these last bytes of a frame of this length are.
    fn seen(bytes: &[u8], frame: usize) -> Self {
        let is_shortest = frame == MIN_FRAME.max(frame - bytes.len());
        if is_shortest && bytes.iter().all(|byte| *byte == 0) { Self::Shortest } else { Self::Bytes(bytes.to_vec()) }
    }
}

impl Serialize for Padding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Shortest => serializer.serialize_none(),
            Self::Bytes(bytes) => serializer.collect_str(&Hex(bytes, "")),
        }
    }
}

impl Frame {
    /// A whole message with the header that is usual for it.
    #[must_use]
    pub fn new(destination: MacAddress, source: MacAddress, message: impl Into<Message>) -> Self {
        let message = message.into();
        let (version, fragment) = (message.header_version(), Fragment::default());
        Self { destination, source, version, fragment, message, padding: Padding::Shortest }
    }

    /// The bytes of the frame.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MIN_FRAME);
        bytes.extend(self.destination.0);
        bytes.extend(self.source.0);
        bytes.extend(ETHER_TYPE.to_be_bytes());
        bytes.push(self.version.number());
        bytes.extend(self.message.kind().0.to_le_bytes());
        if self.version.has_fragment() {
            bytes.extend(self.fragment.0);
        }
        self.message.encode(&mut bytes);
        match &self.padding {
            Padding::Shortest => bytes.resize(bytes.len().max(MIN_FRAME), 0),
            Padding::Bytes(padding) => bytes.extend(padding),
        }
        bytes
    }

    /// Reads a frame. [`Self::encode`] gives the same bytes again.
    ///
    /// # Errors
    /// It is too short for what it says, of another protocol, or of another version of this one.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::new(bytes, "the Ethernet header");
        let destination = MacAddress(reader.array("destination")?);
        let source = MacAddress(reader.array("source")?);
        let ether_type = u16::from_be_bytes(reader.array("EtherType")?);
        if ether_type != ETHER_TYPE {
            return Err(FrameError::EtherType(ether_type));
        }
        reader.begin("the management header");
        let number = reader.byte("version")?;
        let version = HeaderVersion::of(number).ok_or(FrameError::Version(number))?;
        let kind = MmType(reader.u16("message type")?);
        let fragment = Fragment(if version.has_fragment() { reader.array("fragment")? } else { [0; 2] });
        let message = match fragment.index() {
            0 => Message::decode(kind, &mut reader)?,
            _ => Message::other(kind, None, &mut reader),
        };
        let padding = Padding::seen(reader.rest(), bytes.len());
        Ok(Self { destination, source, version, fragment, message, padding })
    }
}
