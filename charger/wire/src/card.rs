//! The serial number of a proximity card.

use std::fmt;
use std::str::FromStr;

/// The serial number (UID) of a card of ISO/IEC 14443-3 type A: four, seven or ten bytes. Some cards draw a fresh one at
/// every power-up (their first byte is `08`); the others keep theirs for life.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct CardUid {
    bytes: [u8; 10],
    length: u8,
}

/// A text or a row of bytes that is no serial number of a card.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a card's serial number has 4, 7 or 10 bytes, in hexadecimal 8, 14 or 20 digits")]
pub struct NoCardUid;

impl CardUid {
    /// A serial number; `None` unless it has four, seven or ten bytes.
    #[must_use]
    pub fn new(uid: &[u8]) -> Option<Self> {
        if !matches!(uid.len(), 4 | 7 | 10) {
            return None;
        }
        let mut bytes = [0; 10];
        bytes[..uid.len()].copy_from_slice(uid);
        Some(Self { bytes, length: uid.len() as u8 })
    }

    /// The bytes as the card sends them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl fmt::Display for CardUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl FromStr for CardUid {
    type Err = NoCardUid;

    fn from_str(text: &str) -> Result<Self, NoCardUid> {
        let nibble = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8).ok_or(NoCardUid);
        let pairs = text.as_bytes().chunks_exact(2);
        if !pairs.remainder().is_empty() || text.len() > 20 {
            return Err(NoCardUid);
        }
        let bytes: Vec<u8> =
            pairs.map(|pair| Ok((nibble(pair[0])? << 4) | nibble(pair[1])?)).collect::<Result<_, NoCardUid>>()?;
        Self::new(&bytes).ok_or(NoCardUid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_reads_and_writes_as_hexadecimal() {
        for text in ["DEADBEEF", "04A2B3C4D5E680", "88040102030405060708"] {
            assert_eq!(text.parse::<CardUid>().map(|uid| uid.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("deadbeef".parse::<CardUid>(), CardUid::new(&[0xde, 0xad, 0xbe, 0xef]).ok_or(NoCardUid));
        for text in ["", "DE", "DEADBEE", "DEADBEEF0", "DEADBEEÄ", "+EADBEEF", "880401020304050607080A"] {
            assert_eq!(text.parse::<CardUid>(), Err(NoCardUid), "{text}");
        }
    }
}
