//! What ends the reading of a capture.

use std::io;

use crate::packet::LinkType;

/// Why nothing more of a capture can be read. Everything before it was given. Offsets count bytes from the beginning of the
/// input, packets count from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// There is not one byte.
    #[error("the input is empty; expected a capture in pcap or pcapng format")]
    Empty,
    /// The first bytes are those of no capture.
    #[error(
        "the input begins with {found:02x?}; expected a capture: pcap (a1b2c3d4 or a1b23c4d in either byte order) or pcapng \
         (0a0d0d0a)"
    )]
    NotACapture {
        /// The first bytes, four at most.
        found: Vec<u8>,
    },
    /// A version of the file format that was never published.
    #[error("{format} of version {major}.{minor} at offset {offset}; expected {expected}")]
    Version {
        /// `pcap` or `pcapng`.
        format: &'static str,
        /// The version's first number.
        major: u16,
        /// The version's second number.
        minor: u16,
        /// Where it stands.
        offset: u64,
        /// Which would do.
        expected: &'static str,
    },
    /// All packets of the file begin with something that this crate cannot read.
    #[error("link type {found} at offset {offset}; expected {known}", known = LinkType::KNOWN)]
    LinkType {
        /// Its number.
        found: u16,
        /// Where it stands.
        offset: u64,
    },
    /// A packet that is longer than any that is captured; rather a broken length.
    #[error("packet {packet} at offset {offset} says that it has {length} bytes; expected at most {limit}")]
    TooLong {
        /// Which.
        packet: u64,
        /// Where its record begins.
        offset: u64,
        /// What it says.
        length: u32,
        /// What is accepted ([`crate::Limits::packet`]).
        limit: u32,
    },
    /// The input ends in the middle of a record.
    #[error(
        "the input ends in the middle of {what} at offset {offset}, after packet {after}: {present} of {wanted} bytes are there"
    )]
    Truncated {
        /// What of the file it is.
        what: &'static str,
        /// Where that begins.
        offset: u64,
        /// The last whole packet; 0 when there was none.
        after: u64,
        /// How many bytes of it are there.
        present: u64,
        /// How many it should have.
        wanted: u64,
    },
    /// The file contradicts itself, so that the beginning of the next record is not known.
    #[error("{what} at offset {offset}, after packet {after}: {found}; expected {expected}")]
    Malformed {
        /// What of the file it is.
        what: &'static str,
        /// Where that begins.
        offset: u64,
        /// The last whole packet; 0 when there was none.
        after: u64,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// The input cannot be read.
    #[error("reading at offset {offset}: {source}")]
    Io {
        /// How far it was read.
        offset: u64,
        /// Why.
        source: io::Error,
    },
}
