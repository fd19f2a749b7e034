//! The key log: the secrets of connections, as TLS libraries write them where `SSLKEYLOGFILE` says.
//!
//! ```text
//! # a comment
//! CLIENT_RANDOM <64 digits of client random> <96 digits of master secret>                      TLS 1.2
//! SERVER_HANDSHAKE_TRAFFIC_SECRET <64 digits of client random> <64 or 96 digits of secret>     TLS 1.3
//! ```

use std::collections::BTreeMap;
use std::fmt;

/// So many lines are read at most, of all texts together.
pub const MAX_LINES: usize = 100_000;

/// A line that names a secret which is used here.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Label {
    /// The master secret of TLS 1.2.
    ClientRandom,
    /// Protects the client's handshake in TLS 1.3.
    ClientHandshakeTrafficSecret,
    /// Protects the server's handshake in TLS 1.3.
    ServerHandshakeTrafficSecret,
    /// Protects what the client says in TLS 1.3 until it takes new keys.
    ClientTrafficSecret0,
    /// Protects what the server says in TLS 1.3 until it takes new keys.
    ServerTrafficSecret0,
}

impl Label {
    const ALL: [Self; 5] = [
        Self::ClientRandom,
        Self::ClientHandshakeTrafficSecret,
        Self::ServerHandshakeTrafficSecret,
        Self::ClientTrafficSecret0,
        Self::ServerTrafficSecret0,
    ];

    /// The first word of the line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientRandom => "CLIENT_RANDOM",
            Self::ClientHandshakeTrafficSecret => "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            Self::ServerHandshakeTrafficSecret => "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            Self::ClientTrafficSecret0 => "CLIENT_TRAFFIC_SECRET_0",
            Self::ServerTrafficSecret0 => "SERVER_TRAFFIC_SECRET_0",
        }
    }

    /// The lengths that a secret may have, in bytes: 48 for a master secret, else that of a hash.
    const fn lengths(self) -> &'static [usize] {
        match self {
            Self::ClientRandom => &[48],
            _ => &[32, 48],
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Later secrets follow from the first ones; openssl writes them with an N.
const LATER: [&str; 2] = ["CLIENT_TRAFFIC_SECRET_", "SERVER_TRAFFIC_SECRET_"];

/// Lines that belong into a key log and say nothing that is needed here.
const NOT_NEEDED: [&str; 8] = [
    "CLIENT_EARLY_TRAFFIC_SECRET",
    "EARLY_EXPORTER_MASTER_SECRET",
    "EARLY_EXPORTER_SECRET",
    "EXPORTER_SECRET",
    "ECH_CONFIG",
    "ECH_SECRET",
    "PMS_CLIENT_RANDOM",
    "RSA",
];

/// A line that is not understood. The others are read all the same.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line} of the key log: {what}")]
pub struct Complaint {
    /// Which line of the text, counted from 1 on.
    pub line: usize,
    /// What is wrong with it.
    pub what: WrongLine,
}

/// What is wrong with a line of a key log. No secret is ever repeated.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WrongLine {
    /// There are more or fewer words.
    #[error("{0} words, expected a label, a client random and a secret")]
    Words(usize),
    /// The first word is none of the format.
    #[error("label {0:?} is unknown, expected one like CLIENT_RANDOM or SERVER_TRAFFIC_SECRET_0")]
    Label(String),
    /// The second word is no client random.
    #[error("the client random has {0} characters, expected 64 hexadecimal digits")]
    ClientRandom(usize),
    /// The third word is no secret of this label.
    #[error("the secret of {label} has {got} characters, expected {} hexadecimal digits", digits(*label))]
    Secret {
        /// Of which label.
        label: Label,
        /// How many characters there are.
        got: usize,
    },
    /// An earlier line names another secret, and that one is used.
    #[error("another secret than an earlier line of {0} for the same client random; the earlier one is used")]
    Contradicts(Label),
    /// This line and all that follow it are not read.
    #[error("more than {MAX_LINES} lines; what follows is not read")]
    TooManyLines,
}

fn digits(label: Label) -> String {
    label.lengths().iter().map(|bytes| (2 * bytes).to_string()).collect::<Vec<_>>().join(" or ")
}

/// The secrets of any number of connections.
#[derive(Clone, Default)]
pub struct KeyLog {
    secrets: BTreeMap<([u8; 32], Label), Vec<u8>>,
    lines: usize,
}

/// How many there are, and not which.
impl fmt::Debug for KeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyLog").field("secrets", &self.secrets.len()).finish_non_exhaustive()
    }
}

impl KeyLog {
    /// No secrets yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a key log, and says which lines it did not understand.
    #[must_use]
    pub fn parse(text: &str) -> (Self, Vec<Complaint>) {
        let mut log = Self::new();
        let complaints = log.add(text);
        (log, complaints)
    }

    /// Reads more of it: the next block of secrets of a recording. Lines are counted from the beginning of this text on.
    pub fn add(&mut self, text: &str) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            if self.lines == MAX_LINES {
                complaints.push(Complaint { line: line_number, what: WrongLine::TooManyLines });
                break;
            }
            self.lines += 1;
            if let Err(what) = self.add_line(line.trim()) {
                complaints.push(Complaint { line: line_number, what });
            }
        }
        complaints
    }

    /// There is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    pub(crate) fn secret(&self, client_random: &[u8; 32], label: Label) -> Option<&[u8]> {
        self.secrets.get(&(*client_random, label)).map(Vec::as_slice)
    }

    fn add_line(&mut self, line: &str) -> Result<(), WrongLine> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let mut words = line.split_ascii_whitespace();
        let name = words.next().unwrap_or_default();
        let Some(label) = Label::ALL.into_iter().find(|label| label.name() == name) else {
            let not_needed = NOT_NEEDED.contains(&name) || LATER.iter().any(|later| name.starts_with(later));
            return if not_needed { Ok(()) } else { Err(WrongLine::Label(beginning(name))) };
        };
        let (Some(random), Some(secret), None) = (words.next(), words.next(), words.next()) else {
            return Err(WrongLine::Words(line.split_ascii_whitespace().count()));
        };
        let random = bytes(random, &[32])
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .ok_or_else(|| WrongLine::ClientRandom(random.chars().count()))?;
        let secret =
            bytes(secret, label.lengths()).ok_or_else(|| WrongLine::Secret { label, got: secret.chars().count() })?;
        // Recordings often have the same line twice: it says nothing new.
        let known = self.secrets.entry((random, label)).or_insert_with(|| secret.clone());
        if *known == secret { Ok(()) } else { Err(WrongLine::Contradicts(label)) }
    }
}

/// As much of a word as fits into a message.
fn beginning(word: &str) -> String {
    word.chars().take(40).collect()
}

/// The bytes of digits, when they are so many as one of these lengths.
fn bytes(digits: &str, lengths: &[usize]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || !lengths.contains(&pairs.len()) {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

fn digit(character: u8) -> Option<u8> {
    // A hexadecimal digit is less than 16.
    char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

    fn random() -> [u8; 32] {
        std::array::from_fn(|index| u8::try_from(index).expect("below 32"))
    }

    #[test]
    fn several_connections_stand_in_one_log_with_comments_and_lines_that_are_not_needed() {
        let master = "ab".repeat(48);
        let secret = "cd".repeat(32);
        let other = "11".repeat(32);
        let text = format!(
            "# made by a test\r\n\r\nCLIENT_RANDOM {RANDOM} {master}\r\nEXPORTER_SECRET {other} {secret}\n  \n\
             CLIENT_EARLY_TRAFFIC_SECRET {other} {secret}\nSERVER_TRAFFIC_SECRET_N {other} {secret}\nRSA 0011223344556677 {master}\n\
             CLIENT_HANDSHAKE_TRAFFIC_SECRET {other} {secret}\nSERVER_HANDSHAKE_TRAFFIC_SECRET\t{other}  {secret}\n\
             CLIENT_TRAFFIC_SECRET_0 {other} {secret}\nSERVER_TRAFFIC_SECRET_0 {other} {master}"
        );
        let (log, complaints) = KeyLog::parse(&text);
        assert_eq!(complaints, []);
        assert_eq!(log.secret(&random(), Label::ClientRandom), Some(&[0xab; 48][..]));
        assert_eq!(log.secret(&[0x11; 32], Label::ClientRandom), None);
        assert_eq!(log.secret(&[0x11; 32], Label::ClientTrafficSecret0), Some(&[0xcd; 32][..]));
        assert_eq!(log.secret(&[0x11; 32], Label::ServerTrafficSecret0), Some(&[0xab; 48][..]));
        assert_eq!(format!("{log:?}"), "KeyLog { secrets: 5, .. }", "no secret in a message");
    }

    #[test]
    fn a_wrong_line_is_told_by_its_number_and_the_others_are_read() {
        let master = "ab".repeat(48);
        let wrong = [
            (format!("CLIENT_RANDOM {RANDOM}"), "2 words, expected a label, a client random and a secret"),
            (format!("CLIENT_RANDOM {RANDOM} {master} x"), "4 words, expected a label, a client random and a secret"),
            (
                format!("client_random {RANDOM} {master}"),
                "label \"client_random\" is unknown, expected one like CLIENT_RANDOM or SERVER_TRAFFIC_SECRET_0",
            ),
            (
                format!("CLIENT_RANDOM {}g {master}", &RANDOM[1..]),
                "the client random has 64 characters, expected 64 hexadecimal digits",
            ),
            (
                format!("CLIENT_RANDOM {RANDOM} {}", &master[2..]),
                "the secret of CLIENT_RANDOM has 94 characters, expected 96 hexadecimal digits",
            ),
            (
                format!("CLIENT_TRAFFIC_SECRET_0 {RANDOM} {}", &master[2..]),
                "the secret of CLIENT_TRAFFIC_SECRET_0 has 94 characters, expected 64 or 96 hexadecimal digits",
            ),
        ];
        for (line, expected) in wrong {
            let text = format!("# first\n{line}\nCLIENT_RANDOM {RANDOM} {master}");
            let (log, complaints) = KeyLog::parse(&text);
            let told: Vec<_> = complaints.iter().map(ToString::to_string).collect();
            assert_eq!(told, [format!("line 2 of the key log: {expected}")]);
            assert!(log.secret(&random(), Label::ClientRandom).is_some());
        }
    }

    #[test]
    fn secrets_come_in_several_texts_and_the_first_one_stays() {
        let line = |byte: &str| format!("CLIENT_RANDOM {RANDOM} {}\n", byte.repeat(48));
        let mut log = KeyLog::new();
        assert!(log.is_empty());
        assert_eq!(log.add(&line("ab")), []);
        assert_eq!(log.add(&line("AB")), [], "the same once more");
        let contradiction = Complaint { line: 1, what: WrongLine::Contradicts(Label::ClientRandom) };
        assert_eq!(log.add(&line("cd")), [contradiction]);
        assert_eq!(log.secret(&random(), Label::ClientRandom), Some(&[0xab; 48][..]));
    }

    #[test]
    fn a_log_without_end_is_cut() {
        let mut log = KeyLog::new();
        assert_eq!(log.add(&"\n".repeat(MAX_LINES - 1)), []);
        let complaints = log.add(&format!("#\nCLIENT_RANDOM {RANDOM} {}\n#\n", "ab".repeat(48)));
        assert_eq!(complaints, [Complaint { line: 2, what: WrongLine::TooManyLines }]);
        assert!(log.is_empty());
    }
}
