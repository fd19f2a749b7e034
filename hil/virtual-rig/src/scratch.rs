//! A folder for the files of a run: short, so that sockets can be in it, and gone with the run.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use event_log::HeldFile;

/// What such folders begin with.
const NAME: &str = "plugfest-";

/// In it: locked by its run as long as that lives.
const LOCK: &str = "lock";

/// The folder. Whoever makes one removes those of runs that were killed.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
    _lock: HeldFile,
}

impl Scratch {
    /// A folder of this process.
    ///
    /// # Errors
    /// It cannot be made, in words.
    pub(crate) fn new() -> Result<Self, String> {
        Self::within(&std::env::temp_dir(), std::process::id())
    }

    fn within(place: &Path, number: u32) -> Result<Self, String> {
        sweep(place);
        let path = place.join(format!("{NAME}{number}"));
        let wrong = |error: io::Error| format!("{}: {error}", path.display());
        loop {
            make(&path).map_err(wrong)?;
            let file = path.join(LOCK);
            let lock = match open(&file) {
                // Somebody who sweeps has removed the folder meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                lock => lock.map_err(wrong)?,
            };
            let lock = HeldFile::lock(lock).map_err(wrong)?;
            // Until it was locked it looked like one that was left: somebody may have removed it, and somebody else have made it
            // again.
            if is_at(lock.file(), &file) {
                return Ok(Self { path, _lock: lock });
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left there is of no use to anybody.
        let _ = remove(&self.path);
    }
}

/// Makes the folder, for us alone: its place is one where everybody may make anything, links included. One that is there already is
/// that of another run of this program, and that is told by its lock.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    loop {
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made,
        }
        match fs::symlink_metadata(path) {
            // It was there a moment ago, and its run has removed it meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(ours) if ours.is_dir() => return Ok(()),
            Ok(_) => return Err(io::Error::other("it is no folder: somebody else has put it there")),
        }
    }
}

/// Removes the folder, for whoever holds its lock. The lock goes last: without it, the next run takes the folder, and what it puts
/// there must stay.
fn remove(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else if entry.file_name() != LOCK {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_file(path.join(LOCK))?;
    fs::remove_dir(path)
}

/// Opens the lock file, which is no link to another.
fn open(path: &Path) -> io::Result<File> {
    let no_link = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    OpenOptions::new().create(true).write(true).truncate(false).mode(0o600).custom_flags(no_link).open(path)
}

/// Whether that file is the one that lies there now.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(own), Ok(there)) => (own.dev(), own.ino()) == (there.dev(), there.ino()),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

/// Removes the folders of runs that are no more; others' cannot be removed, and stay.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let number = entry.file_name().to_str().and_then(|name| name.strip_prefix(NAME)?.parse::<u32>().ok());
        let file = entry.path().join(LOCK);
        if number.is_none() {
            continue;
        }
        let Ok(lock) = File::open(&file).map_err(TryLockError::Error).and_then(HeldFile::try_lock) else { continue };
        // A lock that is free and does not lie there any more says nothing about the folder: another run may have it now.
        if is_at(lock.file(), &file) {
            let _ = remove(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_run_and_one_that_a_killed_run_left_with_the_next() {
        let place = std::env::temp_dir().join(format!("pf-scratch-{}", std::process::id()));
        let left = place.join("plugfest-7");
        let strange = place.join("plugfest-x");
        for folder in [&left, &strange] {
            fs::create_dir_all(folder.join("0")).expect("a folder");
            fs::write(folder.join(LOCK), "").expect("a lock");
        }
        fs::create_dir_all(place.join("plugfest-8")).expect("a folder without a lock");
        let one = Scratch::within(&place, 1).expect("a folder");
        let two = Scratch::within(&place, 2).expect("a folder");
        let there = |name: &str| place.join(name).exists();
        assert!(there("plugfest-1") && there("plugfest-2") && there("plugfest-8") && strange.exists());
        assert!(!left.exists());
        drop((one, two));
        assert!(!there("plugfest-1") && !there("plugfest-2"));
        fs::remove_dir_all(&place).expect("it is ours");
    }

    #[test]
    fn what_somebody_else_has_put_there_is_not_used() {
        let place = std::env::temp_dir().join(format!("pf-scratch-link-{}", std::process::id()));
        let precious = place.join("precious");
        fs::create_dir_all(&precious).expect("a folder");
        std::os::unix::fs::symlink(&precious, place.join("plugfest-3")).expect("a link");
        let error = Scratch::within(&place, 3).map(drop).expect_err("a link");
        assert!(error.ends_with("plugfest-3: it is no folder: somebody else has put it there"), "{error}");
        assert_eq!(fs::read_dir(&precious).expect("it is there").count(), 0);
        fs::remove_dir_all(&place).expect("it is ours");
    }

    #[test]
    fn one_at_a_time_has_a_folder_however_many_wait_for_it() {
        let place = std::env::temp_dir().join(format!("pf-scratch-many-{}", std::process::id()));
        fs::create_dir_all(&place).expect("a folder");
        let inside = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let own = Scratch::within(&place, 5).expect("a folder");
                        assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        fs::write(own.path().join("log"), "ours").expect("a file in it");
                        assert!(own.path().join(LOCK).exists() && own.path().join("log").exists());
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    }
                });
            }
        });
        fs::remove_dir_all(&place).expect("it is ours");
    }
}
