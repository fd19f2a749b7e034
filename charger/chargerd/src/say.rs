//! What is said on standard output and standard error. A reader that went away (`| head -1`) is no reason to make a noise, and none
//! to stop charging; a disk that is full is told.

use std::fmt;
use std::io::{self, Write};

use crate::ending::Ending;

/// Standard output, until nobody reads it any more.
#[derive(Debug, Default)]
pub(crate) struct Output {
    gone: bool,
    failed: Option<io::Error>,
}

impl Output {
    /// Writes a text.
    pub(crate) fn print(&mut self, text: fmt::Arguments<'_>) {
        if self.failed.is_none() {
            self.failed = self.write_fmt(text).and_then(|()| self.flush()).err();
        }
    }

    /// How the program ends that had this to say: what could not be written is no success.
    pub(crate) fn end(self, ending: Ending) -> Ending {
        match (self.failed, ending) {
            (Some(error), Ending::Orderly) => {
                complain(format_args!("standard output: {error}"));
                Ending::Output
            }
            _ => ending,
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match io::stdout().write(bytes) {
            _ if self.gone => Ok(bytes.len()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(bytes.len())
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match io::stdout().flush() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Tells whoever started the program by hand, without the decoration of a log, for as long as somebody reads it.
pub(crate) fn complain(text: fmt::Arguments<'_>) {
    // Nobody is left to be told that nobody is left.
    let _ = writeln!(io::stderr(), "chargerd: {text}");
}
