//! What was seen on the wire between a car and a station, in order: in a capture, or beside a session while it runs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use exi::{Facets, Tree};
use serde::Serialize;

use crate::v2gtp::{HeaderError, PayloadType};
use crate::{MessageError, Protocol, sdp};

/// Who speaks.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Side {
    /// The car, EVCC.
    Car,
    /// The station, SECC.
    Station,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Car => Self::Station,
            Self::Station => Self::Car,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Car => "car",
            Self::Station => "station",
        })
    }
}

/// Something that was seen.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The number of its frame or packet, counted from 1: where in a capture it stands.
    pub packet: u64,
    /// When, from the first packet on.
    pub at: Duration,
    /// What.
    pub what: What,
}

/// What was seen.
#[derive(Clone, Debug)]
pub enum What {
    /// A management frame of the power line: matching, keys, modems.
    Slac(Box<slac::Frame>),
    /// A frame of the power line that cannot be read.
    UnreadableSlac(slac::FrameError),
    /// SDP: the car looks for the station, and is answered.
    Sdp(sdp::Message),
    /// A datagram to or from the port of SDP that says nothing of SDP.
    UnreadableSdp(String),
    /// A TCP connection begins.
    Opened {
        /// Its beginning was seen; else the capture starts in its middle.
        from_the_start: bool,
    },
    /// The connection is protected, and what is known of it is this.
    Tls(String),
    /// The protection ends what can be read.
    TlsStopped {
        /// Whose octets are not read any longer; `None` for both.
        from: Option<Side>,
        /// Why.
        why: String,
    },
    /// A message.
    Message(Box<SeenMessage>),
    /// A payload that carries no message: of a manufacturer, or reserved.
    OtherPayload {
        /// Who sent it.
        from: Side,
        /// Its type.
        payload_type: PayloadType,
        /// How many octets.
        octets: usize,
    },
    /// What stands there is no V2GTP: nothing more of this side can be read, until it begins a frame again.
    NoFrame {
        /// Who sent it.
        from: Side,
        /// What stands there.
        error: HeaderError,
    },
    /// A frame whose rest does not come: the other side speaks as if it had read all of it, or its sender closes the connection.
    Unfinished {
        /// Who sent it.
        from: Side,
        /// How many octets came, its header included.
        octets: usize,
        /// How many there should be by its header; `None` when not even that came.
        expected: Option<usize>,
    },
    /// Octets behind what is no V2GTP were passed over, up to where a frame begins or the connection ends.
    Skipped {
        /// Who sent them.
        from: Side,
        /// How many.
        octets: u64,
    },
    /// Octets of the stream are missing in the capture.
    Lost {
        /// Who sent them.
        from: Side,
        /// How many.
        octets: u64,
    },
    /// A side has sent its last octet, or the connection was torn down.
    Closed {
        /// Who did it; `None` when the capture ends first.
        by: Option<Side>,
        /// By force: RST.
        reset: bool,
    },
}

/// A message that was seen.
#[derive(Clone, Debug)]
pub struct SeenMessage {
    /// Who sent it.
    pub from: Side,
    /// Under which type.
    pub payload_type: PayloadType,
    /// The generation in which it was read; `None` for SAP.
    pub protocol: Option<Protocol>,
    /// The octets of its payload.
    pub payload: Vec<u8>,
    /// What it says, or why it cannot be read. In a loop many say the same.
    pub content: Result<Arc<Tree>, MessageError>,
    /// Written again it is the same, octet for octet.
    pub identical: bool,
}

/// How the octets of a message differ from those that are written of what it says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Difference {
    /// So many octets of zero stand behind it.
    ZeroOctets(usize),
    /// From this octet on, counted from 0, there are others.
    From(usize),
    /// What it says cannot be written.
    NotWritten,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZeroOctets(1) => f.write_str("1 zero octet too many"),
            Self::ZeroOctets(count) => write!(f, "{count} zero octets too many"),
            Self::From(octet) => write!(f, "other octets when written again, from octet {octet} on"),
            Self::NotWritten => f.write_str("it cannot be written again"),
        }
    }
}

impl SeenMessage {
    fn tree(&self) -> Option<&Tree> {
        self.content.as_deref().ok()
    }

    /// Its name: `SessionSetupReq`. Empty for one that cannot be read.
    #[must_use]
    pub fn name(&self) -> &str {
        self.tree().map_or("", crate::name_of)
    }

    /// What stands in its body.
    #[must_use]
    pub fn body(&self) -> Option<&Tree> {
        self.tree().and_then(crate::content_of)
    }

    /// What stands at a path in its body: `DC_EVSEStatus/EVSEStatusCode`.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Tree> {
        self.body()?.at(path)
    }

    /// The session it belongs to, hexadecimal; SAP has none.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.tree().and_then(crate::session_of)
    }

    /// What is different when it is written again; `None` for one that is the same, and for one that cannot be read.
    #[must_use]
    pub fn difference(&self) -> Option<Difference> {
        let (false, Ok(tree)) = (self.identical, &self.content) else { return None };
        let mut written = Vec::new();
        let set = crate::set_of(self.protocol, self.payload_type);
        if set.is_none_or(|set| exi::tree_to_document(set, tree, Facets::Off, &mut written).is_err()) {
            return Some(Difference::NotWritten);
        }
        if let Some(more) = self.payload.strip_prefix(&written[..])
            && more.iter().all(|octet| *octet == 0)
            && !more.is_empty()
        {
            return Some(Difference::ZeroOctets(more.len()));
        }
        let same = self.payload.iter().zip(&written).take_while(|(there, again)| there == again).count();
        Some(Difference::From(same))
    }

    /// How it went, in a response.
    #[must_use]
    pub fn response_code(&self) -> Option<&str> {
        self.at("ResponseCode")?.as_text()
    }
}

/// The value of a PhysicalValue or RationalNumber, in thousandths of its unit.
#[must_use]
pub fn milli(tree: &Tree) -> Option<i64> {
    let value = i16::try_from(tree.get("Value")?.as_whole()?).ok()?;
    let power = tree.get("Multiplier").or_else(|| tree.get("Exponent"))?.as_whole()?;
    Some(crate::messages::decimal::milli(value, i8::try_from(power).ok()?))
}
