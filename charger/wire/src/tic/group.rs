//! One group of information: a label, perhaps a time, a value, and a checksum.

use super::{Horodate, Mode};

/// The longest group that is accepted, between LF and CR: the longest of the standard (`PJOURF+1`) has 112 bytes.
pub const MAX_GROUP_BYTES: usize = 160;

/// The longest label: `SMAXSN1-1` has nine characters.
const MAX_LABEL: usize = 12;

/// One group of information.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    /// What it is.
    pub label: String,
    /// When it was so; standard mode only, and only where the standard wants it.
    pub horodate: Option<Horodate>,
    /// The value as it was written; empty for `DATE`, whose value is its time.
    pub value: String,
}

/// Why some bytes are no group.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum GroupError {
    /// The checksum differs: a disturbed line, or the other mode.
    #[error("bad checksum {got:#04x}, expected {expected:#04x}")]
    Checksum {
        /// What stood there.
        got: u8,
        /// What follows from the bytes.
        expected: u8,
    },
    /// The fields are not where they belong.
    #[error("no group of {}: {what}", mode.name())]
    Malformed {
        /// The mode that was expected.
        mode: Mode,
        /// What is wrong.
        what: &'static str,
    },
}

impl Group {
    /// A group without a time.
    #[must_use]
    pub fn new(label: &str, value: impl Into<String>) -> Self {
        Self { label: label.into(), horodate: None, value: value.into() }
    }

    /// A group with a time.
    #[must_use]
    pub fn at(label: &str, horodate: Horodate, value: impl Into<String>) -> Self {
        Self { label: label.into(), horodate: Some(horodate), value: value.into() }
    }

    /// Reads what stands between LF and CR.
    ///
    /// # Errors
    /// The checksum differs, or the fields are not where they belong.
    pub fn decode(mode: Mode, bytes: &[u8]) -> Result<Self, GroupError> {
        let malformed = |what| GroupError::Malformed { mode, what };
        // The checksum may itself be a space: it is found by its place, not by its separator.
        let [body @ .., separator, got] = bytes else { return Err(malformed("too short")) };
        if *separator != mode.separator() {
            return Err(malformed("no separator before the checksum"));
        }
        let expected = checksum(mode, body);
        if *got != expected {
            return Err(GroupError::Checksum { got: *got, expected });
        }
        if !body.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
            return Err(malformed("a character that cannot be printed"));
        }
        let body = str::from_utf8(body).map_err(|_| malformed("no ASCII"))?;
        let (label, rest) = body.split_once(char::from(mode.separator())).ok_or(malformed("no value"))?;
        if label.is_empty() || label.len() > MAX_LABEL || label.contains([' ', '\t']) {
            return Err(malformed("no label"));
        }
        let (horodate, value) = match (mode, rest.split_once('\t')) {
            (Mode::Historic, None) | (Mode::Standard, None) => (None, rest),
            (Mode::Historic, Some(_)) => return Err(malformed("a tabulator")),
            (Mode::Standard, Some((time, value))) => {
                (Some(time.parse().map_err(|_| malformed("no horodate in its field"))?), value)
            }
        };
        if value.contains('\t') {
            return Err(malformed("too many fields"));
        }
        Ok(Self { label: label.into(), horodate, value: value.into() })
    }

    /// The group as the meter sends it, from LF to CR. Historic mode has no times: they are left out.
    #[must_use]
    pub fn encode(&self, mode: Mode) -> Vec<u8> {
        let separator = mode.separator();
        let mut bytes = vec![LF];
        bytes.extend_from_slice(self.label.as_bytes());
        bytes.push(separator);
        if let (Mode::Standard, Some(horodate)) = (mode, self.horodate) {
            bytes.extend_from_slice(horodate.to_string().as_bytes());
            bytes.push(separator);
        }
        bytes.extend_from_slice(self.value.as_bytes());
        let sum = checksum(mode, &bytes[1..]);
        bytes.extend_from_slice(&[separator, sum, CR]);
        bytes
    }
}

/// Begins a group.
pub(super) const LF: u8 = 0x0a;
/// Ends a group.
pub(super) const CR: u8 = 0x0d;

/// Over everything from the label on: up to the value in historic mode, up to the last tabulator in standard mode. Six bits
/// of the sum, moved to where characters can be printed.
fn checksum(mode: Mode, body: &[u8]) -> u8 {
    let sum = body.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    let sum = match mode {
        Mode::Historic => sum,
        Mode::Standard => sum.wrapping_add(b'\t'),
    };
    (sum & 0x3f) + 0x20
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_historic_group_has_its_checksum_over_label_space_and_value() {
        let group = Group::decode(Mode::Historic, b"ADCO 020830022493 8");
        assert_eq!(group, Ok(Group::new("ADCO", "020830022493")));
        assert_eq!(Group::decode(Mode::Historic, b"IINST 001 X"), Ok(Group::new("IINST", "001")));
        assert_eq!(
            Group::decode(Mode::Historic, b"IINST 002 X"),
            Err(GroupError::Checksum { got: b'X', expected: b'Y' })
        );
    }

    #[test]
    fn a_checksum_that_is_a_space_is_one() {
        let spaced = (0..1000)
            .map(|amps| Group::new("IINST", format!("{amps:03}")).encode(Mode::Historic))
            .find(|bytes| bytes[bytes.len() - 2] == b' ');
        let bytes = spaced.expect("64 checksums in a thousand values");
        assert!(Group::decode(Mode::Historic, &bytes[1..bytes.len() - 1]).is_ok());
    }

    #[test]
    fn a_standard_group_has_its_checksum_over_the_last_tabulator_too_and_perhaps_a_time() {
        // 301 for EAST, 438 for the digits, 9 for each tabulator: 757, of which six bits are 53.
        let bytes = Group::new("EAST", "000111111").encode(Mode::Standard);
        assert_eq!(bytes, b"\x0aEAST\t000111111\tU\x0d");
        // As meters sent them; one has a space for its checksum.
        for (bytes, label, time, value) in [
            (&b"EAST\t006231973\t."[..], "EAST", None, "006231973"),
            (b"SINSTS\t01163\tQ", "SINSTS", None, "01163"),
            (b"STGE\t003A0001\t:", "STGE", None, "003A0001"),
            (b"DATE\tE200426181830\t\tA", "DATE", Some("E200426181830"), ""),
            (b"SMAXSN\tE200426132229\t06100\t2", "SMAXSN", Some("E200426132229"), "06100"),
            (b"CCASN-1\tH190323153000\t00084\t ", "CCASN-1", Some("H190323153000"), "00084"),
        ] {
            let group = Group::decode(Mode::Standard, bytes).expect(label);
            assert_eq!((group.label.as_str(), group.value.as_str()), (label, value));
            assert_eq!(group.horodate.map(|at| at.to_string()).as_deref(), time);
            assert_eq!(group.encode(Mode::Standard)[1..=bytes.len()], *bytes);
        }
        let message = Group::new("LTARF", "  HEURE  CREUSE ");
        let bytes = message.encode(Mode::Standard);
        assert_eq!(Group::decode(Mode::Standard, &bytes[1..bytes.len() - 1]), Ok(message));
    }

    #[test]
    fn one_mode_does_not_read_the_other() {
        let historic = Group::new("PAPP", "00750").encode(Mode::Historic);
        let standard = Group::new("SINSTS", "00750").encode(Mode::Standard);
        assert!(Group::decode(Mode::Standard, &historic[1..historic.len() - 1]).is_err());
        assert!(Group::decode(Mode::Historic, &standard[1..standard.len() - 1]).is_err());
    }
}
