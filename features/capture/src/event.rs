//! What a reader finds.

use std::net::SocketAddr;
use std::ops::Range;

use crate::packet::LinkType;
use crate::remark::Remark;

/// Something that was found in a capture.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// A frame that carries no IP, as HomePlug's.
    Frame(Frame),
    /// A UDP datagram.
    Datagram(Datagram),
    /// Something happened to a TCP connection.
    Tcp {
        /// Which, from 0, in the order in which they were seen.
        connection: u64,
        /// What.
        event: TcpEvent,
    },
    /// Keys of TLS that the file carries.
    Secrets(Secrets),
    /// Something was lost or cannot be read.
    Remark(Remark),
}

/// A frame that carries no IP.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    /// The packet's number, from 1.
    pub packet: u64,
    /// Nanoseconds since 1970 (UTC).
    pub time: u64,
    /// What `bytes` begin with.
    pub link: LinkType,
    /// The MAC address of the sender, where the link has one.
    pub source: Option<[u8; 6]>,
    /// The MAC address of the receiver, where the link has one; Linux cooked says no more than that it is for everybody.
    pub destination: Option<[u8; 6]>,
    /// The VLANs of its tags, outermost first.
    pub vlans: Vec<u16>,
    /// What the payload is, as IEEE 802 numbers it; up to 1500 it is the length of an IEEE 802.3 frame instead.
    pub ether_type: u16,
    /// The whole frame as captured.
    pub bytes: Vec<u8>,
    /// How many bytes more it had on the wire.
    pub uncaptured: usize,
    /// Where in `bytes` the payload is: all behind the `EtherType`, padding included.
    pub payload: Range<usize>,
}

impl Frame {
    /// What follows the `EtherType`, padding included.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(self.payload.clone()).unwrap_or_default()
    }
}

/// A UDP datagram.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Datagram {
    /// The packet's number, from 1; of a fragmented one, that of the fragment that completed it.
    pub packet: u64,
    /// Nanoseconds since 1970 (UTC).
    pub time: u64,
    /// The MAC address of the sender, where the link has one.
    pub source: Option<[u8; 6]>,
    /// Who sent it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// What it says.
    pub payload: Vec<u8>,
}

/// Keys of TLS sessions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Secrets {
    /// The last packet before them; 0 when there was none.
    pub after: u64,
    /// The lines of a key log, as `SSLKEYLOGFILE` has them.
    pub text: String,
}

/// One of the two byte streams of a connection.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Direction {
    /// From who opened the connection. When its beginning was not seen: from who sent the first segment that was.
    Forward,
    /// To them.
    Backward,
}

impl Direction {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Forward, Self::Backward];

    /// The other one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Forward => Self::Backward,
            Self::Backward => Self::Forward,
        }
    }
}

/// What happens to a TCP connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TcpEvent {
    /// It was seen for the first time.
    Opened {
        /// Who opened it; see [`Direction::Forward`].
        from: SocketAddr,
        /// With whom.
        to: SocketAddr,
        /// Whether its SYN was seen, or the answer to it: its streams begin with their first bytes. Otherwise they begin with
        /// the first that were seen.
        seen_from_start: bool,
        /// The packet's number, from 1.
        packet: u64,
        /// Nanoseconds since 1970 (UTC).
        time: u64,
    },
    /// The next bytes of a stream.
    Data {
        /// Of which.
        direction: Direction,
        /// Where in the stream, from 0; gaps count.
        offset: u64,
        /// What it says.
        bytes: Vec<u8>,
        /// The packet that brought them. Behind a segment that came late it is smaller than that of the data before: the
        /// receiver had these bytes as soon as it had all before them, so at the greatest time so far.
        packet: u64,
        /// When that packet was captured, in nanoseconds since 1970 (UTC).
        time: u64,
    },
    /// Bytes of a stream that the capture does not have.
    Gap {
        /// Of which.
        direction: Direction,
        /// Where in the stream.
        offset: u64,
        /// How many.
        bytes: u64,
        /// The packet at which they were given up.
        packet: u64,
        /// Nanoseconds since 1970 (UTC).
        time: u64,
    },
    /// A segment that said again what was known; the first that said it counts.
    Duplicate {
        /// Of which stream.
        direction: Direction,
        /// How many bytes were known; none for SYN and FIN.
        bytes: u64,
        /// The packet's number.
        packet: u64,
        /// Nanoseconds since 1970 (UTC).
        time: u64,
    },
    /// One side has said that it will send no more (FIN), and all before that was given.
    Finished {
        /// Of which stream.
        direction: Direction,
        /// The packet at which this was known.
        packet: u64,
        /// Nanoseconds since 1970 (UTC).
        time: u64,
    },
    /// Nothing more will be told of it.
    Closed {
        /// What ended it.
        how: How,
        /// Whether the other side said anything but a refusal.
        answered: bool,
        /// What there was of each stream: forward, backward.
        totals: [Totals; 2],
        /// The packet at which it ended; at the end of the capture, its last.
        packet: u64,
        /// Nanoseconds since 1970 (UTC).
        time: u64,
    },
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum How {
    /// Both sides have finished.
    Fin,
    /// One side broke it off, or refused it.
    Reset {
        /// Whose segment did.
        by: Direction,
    },
    /// A new one began with the same addresses and ports.
    Replaced,
    /// Too many are open, and nothing was heard of it for the longest time.
    Forgotten,
    /// The capture ended first.
    EndOfCapture,
}

/// What there was of a stream.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Totals {
    /// Bytes that were given.
    pub bytes: u64,
    /// How often bytes were missing.
    pub gaps: u64,
    /// How many bytes were missing.
    pub lost: u64,
    /// Segments that said again, wholly or in part, what was known.
    pub duplicates: u64,
    /// How many bytes were said again.
    pub repeated: u64,
    /// Segments that came before an earlier one had come.
    pub out_of_order: u64,
}

impl Event {
    /// The number of the packet at which it was found, from 1; 0 for what stands before the first.
    #[must_use]
    pub const fn packet(&self) -> u64 {
        match self {
            Self::Frame(frame) => frame.packet,
            Self::Datagram(datagram) => datagram.packet,
            Self::Tcp { event, .. } => event.packet(),
            Self::Secrets(secrets) => secrets.after,
            Self::Remark(remark) => remark.packet,
        }
    }
}

impl TcpEvent {
    /// The number of its packet, from 1.
    #[must_use]
    pub const fn packet(&self) -> u64 {
        match self {
            Self::Opened { packet, .. }
            | Self::Data { packet, .. }
            | Self::Gap { packet, .. }
            | Self::Duplicate { packet, .. }
            | Self::Finished { packet, .. }
            | Self::Closed { packet, .. } => *packet,
        }
    }

    /// When its packet was captured, in nanoseconds since 1970 (UTC).
    #[must_use]
    pub const fn time(&self) -> u64 {
        match self {
            Self::Opened { time, .. }
            | Self::Data { time, .. }
            | Self::Gap { time, .. }
            | Self::Duplicate { time, .. }
            | Self::Finished { time, .. }
            | Self::Closed { time, .. } => *time,
        }
    }
}
