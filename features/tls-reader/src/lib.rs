//! Reads a TLS connection that somebody recorded, with the help of its key log.
//!
//! A [`TlsReader`] is told what both sides sent, in pieces as they come, and a [`KeyLog`] of the secrets. It gives back what was
//! agreed (version, cipher suite, names, certificates), what went wrong (alerts), and what was said (application data), each
//! with its place in what its side sent. It does no I/O, and it knows nothing of what TLS carries.
//!
//! | read | not read, and told |
//! |---|---|
//! | TLS 1.2: `0xc023`, `0xc025`, `0xc02b`, `0xc02c`; MAC inside or outside ([RFC 7366]), abbreviated handshakes | other suites, compression, truncated MACs, renegotiation |
//! | TLS 1.3: `0x1301`, `0x1302`, `0x1303`; retried hellos, pre-shared keys, new keys, tickets, dummy ChangeCipherSpec | early data, compressed certificates |
//!
//! A recording may be hostile. Application data comes out only of records whose MAC or tag fits; at the first that does not fit
//! the connection is given up in words ([`Trouble`]). What is held is bounded: one record and one handshake message of each
//! side, and [`MAX_WAITING`] bytes that wait for a secret or for the other side's hello. Events wait until [`TlsReader::poll`]
//! takes them.
//!
//! [RFC 7366]: https://www.rfc-editor.org/rfc/rfc7366

mod alert;
mod connection;
mod direction;
mod event;
mod fields;
mod handshake;
mod key_log;
mod protection;
mod reader;
mod record;
mod side;
mod suite;
mod trouble;

pub use alert::Alert;
pub use event::{ClientHello, Event, PassedOver, ServerHello, Stopped, Version, What};
pub use key_log::{Complaint, KeyLog, Label, MAX_LINES, WrongLine};
pub use reader::{MAX_WAITING, TlsReader, looks_like_tls, who_sent};
pub use side::Side;
pub use suite::CipherSuite;
pub use trouble::{Malformed, NotRead, Trouble};
