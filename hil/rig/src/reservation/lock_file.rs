//! A lock file: kept by the kernel for as long as its holder lives.
//!
//! Beside it lies who holds it, in a file of its own: Windows lets nobody read a file that another has locked. That file may be
//! left over from a holder that was killed; only the lock itself decides.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use event_log::{HeldFile, output};

use super::{Claim, ReservationError};

/// A lock file that this process holds.
#[derive(Debug)]
pub(super) struct LockFile {
    lock: HeldFile,
    owner: PathBuf,
}

impl LockFile {
    /// Takes the lock of that rig.
    pub(super) fn take(folder: &Path, id: &str, claim: &Claim) -> Result<Self, ReservationError> {
        /// Somebody who only looks holds the lock for an instant: look again before believing it.
        const LOOKS: u32 = 3;
        // Where the lock lies is for the rig's owner to say, by a link as well (/var/lock is one); what is in there is not.
        fs::create_dir_all(folder).map_err(ReservationError::io(folder))?;
        let folder = fs::canonicalize(folder).map_err(ReservationError::io(folder))?;
        let (path, owner) = paths(&folder, id);
        let mut looks = 0;
        let lock = loop {
            match HeldFile::try_lock(open(&path).map_err(ReservationError::io(&path))?) {
                Ok(lock) => break lock,
                Err(TryLockError::WouldBlock) if looks < LOOKS => {
                    looks += 1;
                    std::thread::park_timeout(Duration::from_millis(10));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(ReservationError::Taken { id: id.into(), owner: told(&owner) });
                }
                Err(TryLockError::Error(error)) => return Err(ReservationError::io(&path)(error)),
            }
        };
        // A claim is text and numbers: it is always JSON.
        let text = serde_json::to_string(claim).unwrap_or_default();
        output::replace(&owner, (text + "\n").as_bytes()).map_err(ReservationError::io(&owner))?;
        Ok(Self { lock, owner })
    }

    /// Who holds the lock of that rig; nothing when it is free.
    pub(super) fn holder(folder: &Path, id: &str) -> Result<Option<String>, ReservationError> {
        let (path, owner) = paths(folder, id);
        let lock = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            lock => lock.map_err(ReservationError::io(&path))?,
        };
        match HeldFile::try_lock_shared(lock) {
            Ok(_) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(told(&owner))),
            Err(TryLockError::Error(error)) => Err(ReservationError::io(&path)(error)),
        }
    }

    /// The lock once more, for a child: the rig stays taken until the child has ended too.
    pub(super) fn share(&self) -> io::Result<Stdio> {
        self.lock.share().map(Stdio::from)
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // The lock itself goes with its last handle, which a watchdog may still hold.
        let _ = fs::remove_file(&self.owner);
    }
}

fn paths(folder: &Path, id: &str) -> (PathBuf, PathBuf) {
    (folder.join(format!("{id}.lock")), folder.join(format!("{id}.owner")))
}

fn open(path: &Path) -> io::Result<File> {
    // The folder may be one where everybody may make anything: a new file is nobody else's, and a link to one is not followed.
    match OpenOptions::new().create_new(true).write(true).read(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        opened => return opened,
    }
    if fs::symlink_metadata(path)?.is_symlink() {
        return Err(io::Error::other("it is a symbolic link, which is not followed"));
    }
    // Several users may share a folder whose files others may not write to: reading is enough for a lock.
    match OpenOptions::new().write(true).read(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => File::open(path),
        opened => opened,
    }
}

/// Who is said to be the owner.
fn told(owner: &Path) -> String {
    let mut text = String::new();
    let read = File::open(owner).and_then(|file| file.take(4096).read_to_string(&mut text));
    match read.ok().and_then(|_| serde_json::from_str::<Claim>(&text).ok()) {
        Some(claim) => claim.to_string(),
        None => "somebody who did not say who".into(),
    }
}
