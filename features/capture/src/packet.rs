//! A packet as the capture file has it.

use std::fmt;

/// A packet as captured, with what the file says of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Packet {
    /// Its place in the file, from 1, as Wireshark counts.
    pub number: u64,
    /// When it was captured, in nanoseconds since 1970 (UTC). A packet whose file has no time for it has that of the one before.
    pub time: u64,
    /// The file has a time for it.
    pub timed: bool,
    /// What its first bytes are.
    pub link: LinkType,
    /// How long it was on the wire, in bytes; more than `bytes` when the capture kept only the beginning.
    pub original_length: u32,
    /// What was captured of it.
    pub bytes: Vec<u8>,
}

/// What the first bytes of a packet are. The numbers are those of the tcpdump group's list of link-layer header types.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum LinkType {
    /// Four bytes of an address family, in the byte order of the capturing machine (`NULL`, 0).
    Null,
    /// An Ethernet frame without check sequence (`ETHERNET`, 1).
    Ethernet,
    /// An IP packet, version 4 or 6 (`RAW`, 101; also 12 and 14, which some systems wrote).
    Raw,
    /// Four bytes of an address family, in network order (`LOOP`, 108).
    Loop,
    /// Linux cooked, as `tcpdump -i any` writes (`LINUX_SLL`, 113).
    LinuxCooked,
    /// An IPv4 packet (`IPV4`, 228).
    Ipv4,
    /// An IPv6 packet (`IPV6`, 229).
    Ipv6,
    /// Linux cooked with the interface's number, as newer `tcpdump -i any` writes (`LINUX_SLL2`, 276).
    LinuxCooked2,
}

impl LinkType {
    /// What can be read, for errors.
    pub(crate) const KNOWN: &'static str = "0 (BSD loopback), 1 (Ethernet), 101 (raw IP), 108 (OpenBSD loopback), \
         113 or 276 (Linux cooked), 228 (IPv4) or 229 (IPv6)";

    /// The link type of a number; `None` for one that this crate cannot read.
    #[must_use]
    pub const fn from_number(number: u16) -> Option<Self> {
        Some(match number {
            0 => Self::Null,
            1 => Self::Ethernet,
            12 | 14 | 101 => Self::Raw,
            108 => Self::Loop,
            113 => Self::LinuxCooked,
            228 => Self::Ipv4,
            229 => Self::Ipv6,
            276 => Self::LinuxCooked2,
            _ => return None,
        })
    }

    /// Its number in a capture file.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Null => 0,
            Self::Ethernet => 1,
            Self::Raw => 101,
            Self::Loop => 108,
            Self::LinuxCooked => 113,
            Self::Ipv4 => 228,
            Self::Ipv6 => 229,
            Self::LinuxCooked2 => 276,
        }
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null | Self::Loop => "BSD loopback",
            Self::Ethernet => "Ethernet",
            Self::Raw => "raw IP",
            Self::LinuxCooked | Self::LinuxCooked2 => "Linux cooked",
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
        })
    }
}
