//! Writes a file that a user named.

use std::path::Path;
use std::{fs, io};

use event_log::output;

/// Writes all of it. A device or a pipe is written to; a file keeps what it has until all of the new one is there.
///
/// # Errors
/// The place is a link, or not all of it could be written.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        fs::write(path, text)
    } else {
        output::replace(path, text.as_bytes())
    }
}
