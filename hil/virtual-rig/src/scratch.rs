//! A folder for the files of a run: short, so that sockets can be in it, and gone with the run.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// What such folders begin with.
const NAME: &str = "plugfest-";

/// In it: locked by its run as long as that lives.
const LOCK: &str = "lock";

/// The folder. Whoever makes one removes those of runs that were killed.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
    _lock: File,
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
            fs::create_dir_all(&path).map_err(wrong)?;
            let lock = File::create(path.join(LOCK)).map_err(wrong)?;
            lock.lock().map_err(wrong)?;
            // Until it was locked it looked like one that was left: somebody may have removed it.
            if path.join(LOCK).exists() {
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
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes the folders of runs that are no more; others' cannot be removed, and stay.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let number = entry.file_name().to_str().and_then(|name| name.strip_prefix(NAME)?.parse::<u32>().ok());
        let Ok(lock) = File::open(entry.path().join(LOCK)) else { continue };
        if number.is_some() && lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(entry.path());
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
}
