//! Tokens that drivers hold against the charger.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::HardwareError;

/// What kind of identifier a token carries. Named as OCPP names its token types.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum TokenKind {
    /// The serial number of a proximity card, ISO/IEC 14443.
    Iso14443,
    /// A key code typed at the charger.
    KeyCode,
}

/// An identifier that a driver presented.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Token {
    /// The identifier; for a card its serial number in upper-case hexadecimal.
    pub id: String,
    /// Its kind.
    pub kind: TokenKind,
}

impl Token {
    /// A card by its serial number in hexadecimal.
    pub fn card(serial: &str) -> Self {
        Self { id: serial.to_ascii_uppercase(), kind: TokenKind::Iso14443 }
    }
}

impl Token {
    /// Whether the next tap of the same card or phone shows another identifier.
    #[must_use]
    pub fn is_random(&self) -> bool {
        self.kind == TokenKind::Iso14443 && is_random_uid(&self.id)
    }
}

/// Whether a card's serial number is one that is drawn at each tap: four bytes, of which the first is 08 (ISO/IEC 14443-3,
/// UID0 of a single size UID).
#[must_use]
pub fn is_random_uid(serial: &str) -> bool {
    serial.len() == 8 && serial.starts_with("08") && serial.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

/// A token reader as the charger needs it.
pub trait TokenReader {
    /// What may go wrong at the reader.
    type Error: HardwareError;

    /// Waits for the next token that is held against the reader. Cancel safe. A reader that does not answer any more is an
    /// error within [`bounds::NOTICED`](crate::bounds::NOTICED).
    async fn next_token(&mut self) -> Result<Token, Self::Error>;
}

impl<T: TokenReader> TokenReader for &mut T {
    type Error = T::Error;

    async fn next_token(&mut self) -> Result<Token, Self::Error> {
        T::next_token(self).await
    }
}
