//! Lines for whoever started the program. A reader that went away (`| head -1`) is no reason to make a noise, and none to stop
//! what is under way; a disk that is full is told, with the exit code as well.

use std::fmt;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

// One program, one standard output: after its first failure nothing more is written there.
static FAILED: Mutex<Option<io::Error>> = Mutex::new(None);

/// Writes to standard output.
pub fn print(text: fmt::Arguments<'_>) {
    attempt(|out| out.write_fmt(text));
}

/// Writes a line to standard output.
pub fn line(text: fmt::Arguments<'_>) {
    attempt(|out| writeln!(out, "{text}"));
}

/// Writes octets that are no text to standard output.
pub fn octets(octets: &[u8]) {
    attempt(|out| out.write_all(octets));
}

/// Writes a line to standard error, for as long as somebody reads it.
pub fn complain(text: fmt::Arguments<'_>) {
    // Nobody is left to be told that nobody is left.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Whether whoever read standard output has gone away.
#[must_use]
pub fn reader_is_gone() -> bool {
    // What is in a buffer meets nobody either.
    attempt(|out| out.flush());
    let failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    failed.as_ref().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The program is about to end with this code: writes what is still to be written. What could not be written is told, and is no
/// success; that nobody wanted to read it is neither.
#[must_use]
pub fn finish(code: i32) -> i32 {
    if reader_is_gone() {
        return code;
    }
    match &*FAILED.lock().unwrap_or_else(PoisonError::into_inner) {
        None => code,
        Some(error) => {
            complain(format_args!("standard output: {error}"));
            if code == 0 { 1 } else { code }
        }
    }
}

fn attempt(write: impl FnOnce(&mut io::StdoutLock<'static>) -> io::Result<()>) {
    let mut failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    if failed.is_none() {
        *failed = write(&mut io::stdout().lock()).err();
    }
}
