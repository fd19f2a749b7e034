//! From the bytes of a capture file, or of a pipe that is still being written, to frames, datagrams and ordered byte streams.
//!
//! [`Reader`] brings it together: it reads packets out of pcap or pcapng ([`container`]), takes off what the link put around
//! them ([`link`]), reads IP ([`ip`]) and puts the two byte streams of each TCP connection in order ([`tcp`]). What it finds are
//! [`Event`]s, in the order in which they became known. What is said inside of the streams is not its business.
//!
//! A capture is a stranger's file. Nothing in it makes the reader panic, hang or keep more than [`Limits`] says; what is lost or
//! unreadable is told as a [`Remark`] and the rest is still read. Checksums are not looked at: on the machine that sends,
//! captures show packets whose checksums the network card has yet to write.
//!
//! ```
//! use capture::testing::{Ends, Talk};
//! use capture::{Event, Reader, TcpEvent, writer::Pcap};
//!
//! let mut talk = Talk::new(Ends::v6(49152, 61341));
//! let mut file = Pcap::new();
//! for segment in [talk.open(), talk.client(b"hello"), talk.close()].concat() {
//!     file.packet(1_000_000, &capture::testing::ethernet(&segment));
//! }
//! let mut said = Vec::new();
//! for event in Reader::open(&file.into_bytes()[..]) {
//!     if let Event::Tcp { event: TcpEvent::Data { bytes, .. }, .. } = event.expect("a whole file") {
//!         said.extend(bytes);
//!     }
//! }
//! assert_eq!(said, b"hello");
//! ```

pub mod container;
mod error;
mod event;
pub mod ip;
mod limits;
pub mod link;
mod packet;
#[cfg(test)]
mod properties;
mod reader;
mod remark;
pub mod tcp;
pub mod testing;
mod twice;
mod unpacker;
pub mod writer;

pub use error::CaptureError;
pub use event::{Datagram, Direction, Event, Frame, How, Secrets, TcpEvent, Totals};
pub use limits::Limits;
pub use packet::{LinkType, Packet};
pub use reader::Reader;
pub use remark::{Remark, Trouble};
pub use unpacker::{Counts, Unpacker};
