//! What of a capture was lost or cannot be read, while the rest can.

use std::fmt;

use crate::packet::LinkType;

/// Something that was lost or unreadable; the reading goes on behind it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remark {
    /// The packet that it is about, or the last one before it; 0 when there was none.
    pub packet: u64,
    /// Nanoseconds since 1970 (UTC): when that packet was captured.
    pub time: u64,
    /// What it is.
    pub trouble: Trouble,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "packet {}: {}", self.packet, self.trouble)
    }
}

impl Trouble {
    /// Whether something that was on the wire is not given; else it is only told how it is read.
    #[must_use]
    pub const fn loses(&self) -> bool {
        !matches!(self, Self::NoTime | Self::Twice)
    }
}

/// What was lost or unreadable, and what was expected.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// An interface of a pcapng file whose packets cannot be read. Told with each of them.
    #[error(
        "interface {interface} has link type {found}, its packets are skipped; expected {known}", known = LinkType::KNOWN
    )]
    LinkType {
        /// The interface's place in its section, from 0.
        interface: u32,
        /// The number of its link type.
        found: u16,
    },
    /// A packet of a pcapng file whose interface was not described.
    #[error("it is of interface {interface}, and {described} are described; the packet is skipped")]
    Interface {
        /// The interface that it names, from 0.
        interface: u32,
        /// How many there are.
        described: usize,
    },
    /// Options of an interface of a pcapng file that cannot be read; its times are taken as microseconds unless said before.
    #[error(
        "the options of interface {interface} cannot be read from byte {at} on; expected a code, a length and as many bytes"
    )]
    InterfaceOptions {
        /// The interface's place in its section, from 0.
        interface: u32,
        /// Where in the options.
        at: usize,
    },
    /// Packets of a pcapng file that have no time; they get that of the packet before. Told once in a section.
    #[error("simple packets have no time of their own; they get that of the packet before")]
    NoTime,
    /// Secrets that are no TLS key log, or too long a one.
    #[error(
        "secrets of kind {kind:08x} with {length} bytes are skipped; expected a TLS key log (544c534b) of at most {limit} bytes"
    )]
    Secrets {
        /// What kind they are.
        kind: u32,
        /// How long they are.
        length: u32,
        /// How long they may be.
        limit: u32,
    },
    /// The packet ends before the link's header does.
    #[error("{length} bytes of {link}; expected a header of {expected}")]
    ShortLink {
        /// What link it is.
        link: LinkType,
        /// How many bytes there are where the header should be.
        length: usize,
        /// How many its header has.
        expected: usize,
    },
    /// The packet of a link that carries IP alone is none.
    #[error("{link} with {found:#x} where the protocol stands; expected that of IPv4 or IPv6")]
    NotIp {
        /// What link it is.
        link: LinkType,
        /// The version, or the number of the address family.
        found: u32,
    },
    /// An IP header that cannot be read.
    #[error("IP: {0}")]
    Ip(String),
    /// The header of UDP or TCP cannot be read.
    #[error("{protocol}: {reason}")]
    Transport {
        /// Which.
        protocol: &'static str,
        /// What was found and expected.
        reason: String,
    },
    /// The capture has only the beginning of a frame, and that is not enough to read it.
    #[error("a frame of which {captured} of {length} bytes were captured; expected all of it")]
    CutFrame {
        /// How many bytes of it are there.
        captured: usize,
        /// How many there were.
        length: usize,
    },
    /// A packet that is there twice at nearly the same time, as a mirror port or two interfaces write it. Told with the first.
    #[error("it is there twice within 10 ms, as a mirror port writes it; what is there twice counts once")]
    Twice,
    /// The capture has only the beginning of a datagram, so it is not given.
    #[error("a UDP datagram of which {captured} of {length} bytes were captured; expected all of it")]
    CutDatagram {
        /// How many bytes of its payload are there.
        captured: usize,
        /// How many there were.
        length: usize,
    },
    /// The capture has only the beginning of a segment; what is missing will be told as a gap.
    #[error(
        "a TCP segment that was cut when it was captured: {captured} bytes of its payload are there; expected all of it"
    )]
    CutSegment {
        /// How many bytes of its payload are there.
        captured: usize,
    },
    /// A fragment of an IP packet that does not fit to the others.
    #[error("an IP fragment: {0}; all of its packet is dropped")]
    Fragment(String),
    /// An IP packet of which fragments are missing.
    #[error("an IP packet of which only some fragments came, the last in packet {last}; it is dropped")]
    FragmentsLost {
        /// The packet of the last fragment that came.
        last: u64,
    },
    /// Bytes of a stream before the first that was seen; they are dropped.
    #[error("bytes of a TCP connection from before its first segment that was seen are dropped")]
    BeforeStart {
        /// Which.
        connection: u64,
    },
    /// Bytes of a stream behind its end; they are dropped. Told once for a connection.
    #[error("bytes of a TCP connection behind its end are dropped")]
    AfterEnd {
        /// Which.
        connection: u64,
    },
}
