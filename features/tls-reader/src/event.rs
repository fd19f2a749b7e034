//! What is learned of a connection.

use std::fmt;
use std::ops::Range;

use crate::{Alert, CipherSuite, Side, Trouble};

/// A version of TLS that is read here.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Version {
    /// TLS 1.2, RFC 5246: what ISO 15118-2 wants.
    Tls12,
    /// TLS 1.3, RFC 8446: what ISO 15118-20 wants.
    Tls13,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}

/// One thing that is learned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// Who sent what it is learned from.
    pub side: Side,
    /// The record that it stood in, or the records: from the first byte of the first header to behind the last byte, counted in
    /// what this side sent since the connection was opened.
    pub bytes: Range<u64>,
    /// What is learned.
    pub what: What,
}

/// What can be learned of a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum What {
    /// The client said what it can do. After [`Self::HelloRetryRequest`] it says it once more.
    ClientHello(ClientHello),
    /// The server wants another key share of the client (TLS 1.3).
    HelloRetryRequest {
        /// The group that it wants, by its number in the registry of IANA; `None` when it only hands out a cookie.
        group: Option<u16>,
    },
    /// The server chose.
    ServerHello(ServerHello),
    /// The server chose a protocol for what follows (ALPN, RFC 7301).
    ApplicationProtocol(String),
    /// The server's part of the handshake is over: did it ask the client for a certificate? Told once for each connection.
    ClientCertificate {
        /// It did.
        requested: bool,
    },
    /// A side showed its certificates, its own first, each as DER. A client that was asked and has none shows an empty list.
    Certificates(Vec<Vec<u8>>),
    /// A side finished its handshake: from here on it sends application data.
    Finished,
    /// The server gave out a ticket for later connections.
    SessionTicket,
    /// A side took new keys (TLS 1.3).
    KeyUpdate {
        /// It wants the other side to do the same.
        requested: bool,
    },
    /// A side said what is wrong, or that it has nothing more to say.
    Alert(Alert),
    /// Application data, as much as one record carries. Empty records are not told.
    Data(Vec<u8>),
    /// Something was there that is not read here; everything else still is.
    PassedOver(PassedOver),
    /// Nothing more is read of what this side sends; of the other side it is.
    Stopped(Stopped),
    /// Nothing more is read of the connection. The last event.
    GivenUp(Trouble),
}

/// What a client says first.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientHello {
    /// By which the key log finds the connection.
    pub random: [u8; 32],
    /// The versions that it offers, the one it likes best first: `0x0304` is TLS 1.3, `0x0303` is TLS 1.2.
    pub versions: Vec<u16>,
    /// The cipher suites that it offers, the one it likes best first.
    pub cipher_suites: Vec<CipherSuite>,
    /// Whom it wants to speak with (SNI, RFC 6066). What is no UTF-8 in it is replaced.
    pub server_name: Option<String>,
    /// The protocols that it offers for what follows (ALPN). What is no UTF-8 in them is replaced.
    pub application_protocols: Vec<String>,
}

/// What a server chose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ServerHello {
    /// The version.
    pub version: Version,
    /// The cipher suite.
    pub cipher_suite: CipherSuite,
    /// An earlier connection is taken up again, and nobody shows certificates.
    pub resumed: bool,
    /// The MAC is made of what is encrypted (RFC 7366). TLS 1.2 with CBC only.
    pub encrypt_then_mac: bool,
    /// The master secret depends on the whole handshake (RFC 7627). TLS 1.2 only; in TLS 1.3 it always does.
    pub extended_master_secret: bool,
}

/// What is not read here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PassedOver {
    /// What a client sends before the server has answered (0-RTT of TLS 1.3). Told at its first record; where nothing of the client
    /// follows, the secret of its handshake may be another connection's as well.
    EarlyData,
    /// A chain of certificates that is compressed (RFC 8879).
    CompressedCertificates,
}

/// Why nothing more is read of one side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stopped {
    /// Bytes are missing in the recording. Records cannot be found again, nor decrypted: they are counted.
    Gap,
    /// The recording ends within a record.
    WithinRecord,
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EarlyData => "early data (0-RTT), which is not read here",
            Self::CompressedCertificates => "compressed certificates, which are not read here",
        })
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gap => "bytes are missing in the recording",
            Self::WithinRecord => "the recording ends within a record",
        })
    }
}
