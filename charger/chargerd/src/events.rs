//! The event log of the running charger: where it goes, and how much of it stays in memory.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use event_log::Log;

use crate::say::Output;

/// How many events stay in memory: what a rig that connects late is told first, and nothing more.
const KEPT: usize = 512;

/// Opens the event log; without a place it is kept in memory only.
///
/// # Errors
/// The file cannot be opened.
pub(crate) fn open(place: Option<&Path>) -> io::Result<Log> {
    let log = match place {
        None => Log::memory(),
        Some(path) if path == Path::new("-") => Log::to_writer(Box::new(Output::default())),
        Some(path) => Log::to_writer(Box::new(append(path)?)),
    };
    Ok(log.with_limit(KEPT))
}

/// Opens a file to write at its end; a line that a killed run has torn is ended first.
fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).read(true).append(true).custom_flags(libc::O_NOFOLLOW);
    let mut file = options.open(path).map_err(|error| match error.raw_os_error() {
        Some(libc::ELOOP) => io::Error::other("it is a symbolic link, which is not followed"),
        _ => error,
    })?;
    if file.metadata()?.is_file() && file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_second_run_goes_on_behind_a_torn_line_and_every_whole_line_is_read() {
        let path = std::env::temp_dir().join(format!("chargerd-events-{}", std::process::id()));
        drop(fs::remove_file(&path));
        open(Some(&path)).expect("it opens").record("run", "one", 1);
        OpenOptions::new().append(true).open(&path).and_then(|mut file| file.write_all(b"{\"v\":2,")).expect("torn");
        open(Some(&path)).expect("it opens").record("run", "two", 2);
        let events: Vec<_> = event_log::read(io::BufReader::new(File::open(&path).expect("it is there"))).collect();
        fs::remove_file(&path).expect("removed");
        let kinds: Vec<_> = events.iter().map(|event| event.as_ref().map(|event| event.kind.as_str()).ok()).collect();
        assert_eq!(kinds, [Some("one"), None, Some("two")]);
    }

    #[test]
    fn a_link_in_the_place_of_the_log_is_not_followed() {
        let folder = std::env::temp_dir().join(format!("chargerd-events-link-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("made");
        let (precious, link) = (folder.join("precious"), folder.join("events.ndjson"));
        fs::write(&precious, "mine").expect("written");
        std::os::unix::fs::symlink(&precious, &link).expect("a link");
        let error = open(Some(&link)).map(drop).expect_err("a link").to_string();
        assert_eq!(error, "it is a symbolic link, which is not followed");
        assert_eq!(fs::read_to_string(&precious).expect("there"), "mine");
        fs::remove_dir_all(&folder).expect("removed");
    }
}
