//! Why a connection cannot be read.

use std::fmt::Write as _;

use crate::{CipherSuite, Label, Side};

/// Why nothing more is read of a connection. What, where, and what was expected.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// The key log does not have a secret that is needed.
    #[error("the key log has no line {label} for the client random {}", hex(client_random))]
    NoSecret {
        /// Which line was expected.
        label: Label,
        /// By which it would be found.
        client_random: [u8; 32],
    },
    /// The key log has a secret that is not as long as the hash of the cipher suite.
    #[error(
        "the key log has a secret of {got} bytes in its line {label} for the client random {}, and {cipher_suite} wants \
         {expected}",
        hex(client_random)
    )]
    SecretLength {
        /// Which line.
        label: Label,
        /// By which it was found.
        client_random: [u8; 32],
        /// The suite that was chosen.
        cipher_suite: CipherSuite,
        /// Its length, in bytes.
        got: usize,
        /// The length that the suite wants, in bytes.
        expected: usize,
    },
    /// A record does not fit its keys: the key log is of another connection, or the recording is damaged.
    #[error(
        "the {side}'s record at byte {at} does not fit the secret that the key log has in its line {label} for the client \
         random {}: the secret is another connection's, or the recording is damaged",
        hex(client_random)
    )]
    DoesNotFit {
        /// Who sent the record.
        side: Side,
        /// Where it begins in what this side sent.
        at: u64,
        /// Which line its keys are made of.
        label: Label,
        /// By which it was found.
        client_random: [u8; 32],
    },
    /// The connection uses something that is not read here.
    #[error("{0} is not read here")]
    NotRead(NotRead),
    /// What a side sends is no TLS.
    #[error("what the {side} sends is no TLS at byte {at}: {what}")]
    Malformed {
        /// Who sent it.
        side: Side,
        /// Where the record begins in what this side sent.
        at: u64,
        /// What is wrong with it.
        what: Malformed,
    },
    /// A side's first message is not in the recording, and the other side cannot be read without.
    #[error("the {side}'s hello is not in the recording, and nothing is decrypted without it")]
    NoHello {
        /// Whose.
        side: Side,
    },
}

/// What is not read here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotRead {
    /// Another cipher suite.
    #[error("{0}")]
    CipherSuite(CipherSuite),
    /// Another version: SSL 3.0, TLS 1.0, TLS 1.1, or one that does not exist.
    #[error("version {}", version_name(*.0))]
    Version(u16),
    /// Records are compressed (TLS 1.2).
    #[error("compression method {0}")]
    Compression(u8),
    /// The MAC is cut short (RFC 6066, 7).
    #[error("a truncated HMAC")]
    TruncatedHmac,
    /// A second handshake within the connection (TLS 1.2).
    #[error("renegotiation")]
    Renegotiation,
}

/// What is wrong with bytes that should be TLS.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The header of a record has a type that does not exist.
    #[error("record type {0}, expected 20 to 23")]
    RecordType(u8),
    /// The header of a record has a version that does not exist.
    #[error("record version {0:#06x}, expected 0x0300 to 0x0303")]
    RecordVersion(u16),
    /// A record is longer than TLS allows.
    #[error("a record of {got} bytes, expected at most {most}")]
    RecordLength {
        /// Its length, in bytes.
        got: usize,
        /// The longest that is allowed, in bytes.
        most: usize,
    },
    /// A handshake message is longer than is read here.
    #[error("a handshake message of {got} bytes, expected at most {most}")]
    MessageLength {
        /// Its length, in bytes.
        got: usize,
        /// The longest that is read here, in bytes.
        most: usize,
    },
    /// A handshake message is shorter than what should be in it.
    #[error("a {0} that ends before its last field")]
    TooShort(&'static str),
    /// A message where it does not belong.
    #[error("{got}, expected {expected}")]
    Unexpected {
        /// What stood there.
        got: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
}

/// Bytes as digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn version_name(version: u16) -> String {
    match version {
        0x0300 => "SSL 3.0".into(),
        0x0301 => "TLS 1.0".into(),
        0x0302 => "TLS 1.1".into(),
        other => format!("{other:#06x} of TLS"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_says_what_where_and_what_was_expected() {
        let client_random = [0xab; 32];
        let digits = "ab".repeat(32);
        assert_eq!(
            Trouble::NoSecret { label: Label::ClientRandom, client_random }.to_string(),
            format!("the key log has no line CLIENT_RANDOM for the client random {digits}")
        );
        assert_eq!(
            Trouble::NotRead(NotRead::CipherSuite(CipherSuite(0xc027))).to_string(),
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 (0xc027) is not read here"
        );
        assert_eq!(Trouble::NotRead(NotRead::Version(0x0302)).to_string(), "version TLS 1.1 is not read here");
        let what = Malformed::RecordLength { got: 65535, most: 18432 };
        assert_eq!(
            Trouble::Malformed { side: Side::Server, at: 7, what }.to_string(),
            "what the server sends is no TLS at byte 7: a record of 65535 bytes, expected at most 18432"
        );
    }
}
