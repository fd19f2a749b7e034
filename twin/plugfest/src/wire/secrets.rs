//! Reads a key log that stands beside a capture.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use features::print;
use tls_reader::KeyLog;

/// The longest key log that is read.
const LONGEST: u64 = 64 << 20;

/// More wrong lines are told by their number.
const TOLD: usize = 5;

/// The text of a key log, in which there is a secret at least; wrong lines of it are told.
///
/// # Errors
/// It cannot be read or is none, in a line.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let wrong = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
    let mut octets = Vec::new();
    let file = File::open(path).map_err(|error| wrong(&error))?;
    file.take(LONGEST + 1).read_to_end(&mut octets).map_err(|error| wrong(&error))?;
    if octets.len() as u64 > LONGEST {
        return Err(wrong(&format!("no key log: it has more than {LONGEST} octets")));
    }
    let text = String::from_utf8(octets).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|octet| **octet == b'\n').count() + 1;
        wrong(&format!("no key log: line {line} is not text, {EXPECTED}"))
    })?;
    let (log, complaints) = KeyLog::parse(&text);
    if log.is_empty() {
        return Err(wrong(&match complaints.first() {
            Some(first) => format!("no key log: line {} is not of its form ({}), {EXPECTED}", first.line, first.what),
            None => format!("no secret in it, {EXPECTED}"),
        }));
    }
    for complaint in complaints.iter().take(TOLD) {
        print::complain(format_args!("{}: {complaint}", path.display()));
    }
    if complaints.len() > TOLD {
        print::complain(format_args!("{}: {} more wrong lines", path.display(), complaints.len() - TOLD));
    }
    Ok(text)
}

const EXPECTED: &str = "expected lines of a label such as CLIENT_RANDOM and two hexadecimal numbers (SSLKEYLOGFILE)";
