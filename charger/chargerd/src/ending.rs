//! How the program ends, and the exit code that says so.

use std::process::ExitCode;

/// How the program ended. Its discriminant is the exit code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Ending {
    /// It was told to end, and the outlet is safe. Also: what was to be checked is right.
    Orderly = 0,
    /// What was asked for could not be written to standard output.
    Output = 1,
    /// The command line or a file is wrong.
    Configuration = 2,
    /// Rights are missing, or the isolation that was asked for cannot be applied.
    Isolation = 3,
    /// The station could not start.
    Start = 4,
    /// A bug: it panicked, and did what it could for the outlet.
    Panicked = 101,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(ending as u8)
    }
}
