//! Files and folders that this program writes for others to read. A link is never followed: whoever puts one where an output goes
//! would have it written over something else.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A new file, to be written bit by bit. A file that is there is replaced, not written over: it may have other names.
///
/// # Errors
/// The place is a link or no file, or it cannot be written.
pub fn create(path: &Path) -> io::Result<File> {
    own_place(path)?;
    if fs::symlink_metadata(path).is_ok() {
        fs::remove_file(path)?;
    }
    // Made anew, it cannot be what somebody has put there in between.
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// A whole file that is being written: what was there before stays until [`Self::finish`], and for good when that is not called.
#[derive(Debug)]
pub struct Unfinished {
    file: BufWriter<File>,
    beside: PathBuf,
    path: PathBuf,
    finished: bool,
}

impl Unfinished {
    /// Begins a file that is to be at `path`.
    ///
    /// # Errors
    /// As [`create`].
    pub fn begin(path: &Path) -> io::Result<Self> {
        own_place(path)?;
        let name = path.file_name().ok_or_else(|| io::Error::other("it is no name of a file"))?;
        let beside = path.with_file_name(unfinished(&name.to_string_lossy()));
        let file = BufWriter::new(create(&beside)?);
        Ok(Self { file, beside, path: path.into(), finished: false })
    }

    /// All of it is written: it takes its place.
    ///
    /// # Errors
    /// Not all of it could be written; what was there before is still there.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.take_its_place()
    }

    /// As [`Self::finish`], and the file is on the disk when this returns: whatever happens afterwards, it is there, and whole.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub fn finish_durably(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        self.take_its_place()?;
        // The name as well. Where a folder cannot be opened, its entries are the file system's business.
        #[cfg(unix)]
        File::open(self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))?
            .sync_all()?;
        Ok(())
    }

    fn take_its_place(&mut self) -> io::Result<()> {
        // A name that is replaced takes no link with it.
        fs::rename(&self.beside, &self.path)?;
        self.finished = true;
        Ok(())
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.finished {
            // What was begun is of no use.
            let _ = fs::remove_file(&self.beside);
        }
    }
}

/// Writes a whole file: what was there before is there until all of it is written.
///
/// # Errors
/// As [`create`].
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Unfinished::begin(path)?;
    file.write_all(bytes)?;
    file.finish()
}

/// As [`replace`], and the file is on the disk when this returns.
///
/// # Errors
/// As [`create`].
pub fn replace_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Unfinished::begin(path)?;
    file.write_all(bytes)?;
    file.finish_durably()
}

/// The name of a file while it is written.
pub(crate) fn unfinished(name: &str) -> String {
    format!(".{name}.new")
}

/// A folder, which may be there already; those above it are made as well.
///
/// # Errors
/// It is a link or no folder, or it cannot be made.
pub fn folder(path: &Path) -> io::Result<()> {
    let path = plain(path);
    match fs::symlink_metadata(&path) {
        Ok(there) if there.is_symlink() => Err(linked()),
        Ok(there) if there.is_dir() => Ok(()),
        Ok(_) => Err(io::Error::new(io::ErrorKind::NotADirectory, "it is no folder")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                fs::create_dir_all(parent)?;
            }
            match fs::create_dir(&path) {
                // Somebody was faster, with whatever it is.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => folder(&path),
                made => made,
            }
        }
        Err(error) => Err(error),
    }
}

/// Copies a file.
///
/// # Errors
/// As [`create`], and `from` cannot be read.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut from = File::open(from)?;
    io::copy(&mut from, &mut create(to)?).map(drop)
}

/// Without the separator at its end, behind which the system follows a link.
pub(crate) fn plain(path: &Path) -> PathBuf {
    path.components().collect()
}

/// Whether a file of ours may be there: neither it nor its folder is a link, and nothing but a file is there.
fn own_place(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent()
        && fs::symlink_metadata(plain(parent)).is_ok_and(|parent| parent.is_symlink())
    {
        return Err(io::Error::other("its folder is a symbolic link, which is not followed"));
    }
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => Err(linked()),
        Ok(there) if !there.is_file() => Err(io::Error::other("something else than a file is there")),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn linked() -> io::Error {
    io::Error::other("it is a symbolic link, which is not followed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Place;

    #[test]
    fn a_file_is_written_whole_and_over_an_earlier_one() {
        let place = Place::new("output");
        let file = place.path("report.html");
        replace(&file, b"one").expect("written");
        replace_durably(&file, b"two").expect("written");
        assert_eq!(fs::read(&file).expect("there"), b"two");
        create(&file).and_then(|mut file| file.write_all(b"3")).expect("written");
        assert_eq!(fs::read(&file).expect("there"), b"3");
        // What is not finished changes nothing.
        Unfinished::begin(&file).and_then(|mut half| half.write_all(b"half")).expect("begun");
        assert_eq!(fs::read(&file).expect("there"), b"3");
        assert_eq!(place.names(), ["report.html"], "nothing is left beside it");
        // Another name of the same file is another file afterwards.
        fs::hard_link(&file, place.path("kept")).expect("a second name");
        create(&file).expect("made");
        assert_eq!(fs::read(place.path("kept")).expect("there"), b"3");
    }

    #[test]
    fn what_is_no_file_and_no_folder_is_told() {
        let place = Place::new("output-other");
        let (there, file) = (place.path("there"), place.path("file"));
        folder(&there.join("deep/er")).expect("made");
        fs::write(&file, "x").expect("written");
        assert_eq!(replace(&there, b"").expect_err("a folder").to_string(), "something else than a file is there");
        assert_eq!(folder(&file).expect_err("a file").to_string(), "it is no folder");
        assert_eq!(copy(&place.path("none"), &file).expect_err("no file").kind(), io::ErrorKind::NotFound);
        copy(&file, &place.path("copy")).expect("copied");
        assert_eq!(fs::read(place.path("copy")).expect("there"), b"x");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed_whatever_it_is_to() {
        use std::os::unix::fs::symlink;
        let place = Place::new("output-link");
        let (precious, own) = (place.path("precious"), place.path("own"));
        fs::write(&precious, "mine").expect("written");
        fs::create_dir(&own).expect("made");
        symlink("../precious", own.join("file")).expect("a link");
        symlink("nowhere", own.join("dangling")).expect("a link");
        symlink("own", place.path("folder")).expect("a link");
        for name in ["own/file", "own/dangling"] {
            for error in [
                create(&place.path(name)).map(drop),
                replace(&place.path(name), b"x"),
                copy(&precious, &place.path(name)),
            ] {
                assert_eq!(
                    error.expect_err(name).to_string(),
                    "it is a symbolic link, which is not followed",
                    "{name}"
                );
            }
        }
        for name in ["folder", "folder/", "folder/."] {
            let error = folder(&place.path(name)).expect_err(name).to_string();
            assert_eq!(error, "it is a symbolic link, which is not followed", "{name}");
        }
        let error = replace(&place.path("folder/new"), b"x").expect_err("a linked folder").to_string();
        assert_eq!(error, "its folder is a symbolic link, which is not followed");
        assert_eq!(fs::read_to_string(&precious).expect("there"), "mine");
        assert!(!place.path("own/new").exists() && !place.path("own/nowhere").exists());
    }
}
