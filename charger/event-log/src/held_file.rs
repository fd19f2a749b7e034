//! A file that is locked for as long as somebody needs it.

use std::fs::{File, TryLockError};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// A locked file; the lock goes with this value.
///
/// The kernel locks an open file, not a process. A child process has every open file of its parent until its own program
/// begins, those that are closed in it too. So closing the file is not enough: a child that is being started at this instant
/// would keep it locked. It is unlocked in so many words, unless it was meant to be shared.
#[derive(Debug)]
pub struct HeldFile {
    file: File,
    /// Somebody else keeps it locked as well, on purpose.
    shared: AtomicBool,
}

impl HeldFile {
    /// Locks it for one alone; waits until it is free.
    ///
    /// # Errors
    /// Its file system cannot do that.
    pub fn lock(file: File) -> io::Result<Self> {
        file.lock()?;
        Ok(Self::of(file))
    }

    /// Locks it for one alone.
    ///
    /// # Errors
    /// It is locked, or its file system cannot do that.
    pub fn try_lock(file: File) -> Result<Self, TryLockError> {
        file.try_lock()?;
        Ok(Self::of(file))
    }

    /// Locks it together with others who only look.
    ///
    /// # Errors
    /// Somebody has it alone, or its file system cannot do that.
    pub fn try_lock_shared(file: File) -> Result<Self, TryLockError> {
        file.try_lock_shared()?;
        Ok(Self::of(file))
    }

    const fn of(file: File) -> Self {
        Self { file, shared: AtomicBool::new(false) }
    }

    /// The file.
    #[must_use]
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// The file once more, for a child process: it stays locked until the last who has it has closed it.
    ///
    /// # Errors
    /// The system has no handles left.
    pub fn share(&self) -> io::Result<File> {
        let other = self.file.try_clone()?;
        self.shared.store(true, Ordering::Relaxed);
        Ok(other)
    }
}

impl Drop for HeldFile {
    fn drop(&mut self) {
        if !*self.shared.get_mut() {
            // Where that fails, the lock goes as soon as the file is closed everywhere.
            let _ = self.file.unlock();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::OpenOptions;

    use super::*;
    use crate::testing::Place;

    fn open(place: &Place) -> File {
        let path = place.path("lock");
        OpenOptions::new().create(true).truncate(false).write(true).read(true).open(path).expect("a file")
    }

    fn is_free(place: &Place) -> bool {
        HeldFile::try_lock(open(place)).is_ok()
    }

    #[test]
    fn a_child_that_is_being_started_does_not_keep_it_locked() {
        let place = Place::new("held");
        for lock in [HeldFile::try_lock, HeldFile::try_lock_shared] {
            let held = lock(open(&place)).expect("it is free");
            // What a child has between its beginning and that of its program: the same open file.
            let inherited = held.file().try_clone().expect("a handle");
            assert!(!is_free(&place));
            drop(held);
            assert!(is_free(&place));
            drop(inherited);
        }
    }

    #[test]
    fn who_was_given_it_keeps_it_locked() {
        let place = Place::new("shared");
        let held = HeldFile::lock(open(&place)).expect("it is free");
        let other = held.share().expect("a handle");
        drop(held);
        assert!(!is_free(&place));
        drop(other);
        assert!(is_free(&place));
    }
}
