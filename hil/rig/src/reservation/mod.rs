//! One user at a time.

mod claim;
mod labgrid;
mod lock_file;
mod program;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{env, io};

pub use claim::Claim;

use self::labgrid::Place;
use self::lock_file::LockFile;
use crate::RigFile;

/// A rig that is ours until this value is dropped.
#[derive(Debug)]
pub struct Reservation {
    id: String,
    kept: Option<Kept>,
}

#[derive(Debug)]
enum Kept {
    Lock(LockFile),
    Place(Place),
}

/// Why a rig cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ReservationError {
    /// A lock file cannot be made.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The client of labgrid did not do it.
    #[error("{command}: {why}")]
    Labgrid {
        /// What was run.
        command: String,
        /// What it said.
        why: String,
    },
    /// Somebody else has it.
    #[error("rig {id} is taken by {owner}")]
    Taken {
        /// The rig.
        id: String,
        /// Who has it.
        owner: String,
    },
}

impl ReservationError {
    fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { path: path.into(), source }
    }
}

impl Reservation {
    /// Takes a rig: at its labgrid coordinator if it has one, else with a lock file.
    ///
    /// # Errors
    /// Somebody else has it, and who; or why it cannot be taken at all.
    pub fn take(rig: &RigFile) -> Result<Self, ReservationError> {
        Self::take_with(rig, Place::CLIENT, &Claim::of_this_process())
    }

    fn take_with(rig: &RigFile, client: &str, claim: &Claim) -> Result<Self, ReservationError> {
        let kept = match &rig.reservation.labgrid {
            Some(coordinator) => Kept::Place(Place::acquire(client, coordinator, rig.labgrid_place())?),
            None => Kept::Lock(LockFile::take(&folder_of(rig), &rig.rig.id, claim)?),
        };
        Ok(Self { id: rig.rig.id.clone(), kept: Some(kept) })
    }

    /// Who holds that rig; nothing when it is free. A labgrid coordinator is not asked: nothing is known of its places.
    ///
    /// # Errors
    /// The lock file cannot be read.
    pub fn holder(rig: &RigFile) -> Result<Option<String>, ReservationError> {
        match rig.reservation.labgrid {
            Some(_) => Ok(None),
            None => LockFile::holder(&folder_of(rig), &rig.rig.id),
        }
    }

    /// Something to give to a child process as its standard output, so that the rig stays taken until the child has ended as
    /// well: a watchdog that makes a rig safe must not find another user there. Nothing for a place of labgrid, which
    /// stays acquired by itself.
    ///
    /// # Errors
    /// The system has no handles left.
    pub fn share(&self) -> io::Result<Option<Stdio>> {
        match &self.kept {
            Some(Kept::Lock(lock)) => lock.share().map(Some),
            Some(Kept::Place(_)) | None => Ok(None),
        }
    }

    /// Gives the rig back. Dropping does the same and can only log what goes wrong.
    ///
    /// # Errors
    /// The coordinator did not take it back.
    pub fn release(mut self) -> Result<(), ReservationError> {
        self.give_back()
    }

    fn give_back(&mut self) -> Result<(), ReservationError> {
        match self.kept.take() {
            Some(Kept::Place(place)) => place.release(),
            Some(Kept::Lock(lock)) => {
                drop(lock);
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Err(error) = self.give_back() {
            tracing::warn!("rig {}: {error}", self.id);
        }
    }
}

/// Where the lock file of a rig is.
fn folder_of(rig: &RigFile) -> PathBuf {
    rig.reservation.folder.clone().unwrap_or_else(runtime_folder)
}

/// A folder of this user that is gone after a restart.
fn runtime_folder() -> PathBuf {
    let folder = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute());
    match folder {
        Some(folder) => folder.join("plugfest"),
        // Users share it, and must not meet each other's folders.
        None => env::temp_dir().join(format!("plugfest-{}", Claim::of_this_process().user)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::tests::bench;
    use crate::testing::Folder;

    const SAFE: &str = "[safety]\nmax_v = 0\nmax_a = 0\n";

    fn rig(folder: &Folder) -> RigFile {
        let mut rig = bench("operator", SAFE).expect("a rig");
        rig.reservation.folder = Some(folder.path().join("locks"));
        rig
    }

    fn claim(user: &str) -> Claim {
        Claim { user: user.into(), host: "bench-pc".into(), pid: 4711, since: "2026-01-02T03:04:05Z".into() }
    }

    #[test]
    fn the_second_taker_is_told_who_the_first_is() {
        let folder = Folder::new("second");
        let rig = rig(&folder);
        assert_eq!(Reservation::holder(&rig).expect("readable"), None);
        let first = Reservation::take_with(&rig, "", &claim("ada")).expect("it is free");
        let taken = "ada@bench-pc (process 4711, since 2026-01-02T03:04:05Z)";
        assert_eq!(Reservation::holder(&rig).expect("readable").as_deref(), Some(taken));
        let second = Reservation::take_with(&rig, "", &claim("bob")).expect_err("it is taken").to_string();
        assert_eq!(second, format!("rig bench-3 is taken by {taken}"));
        first.release().expect("given back");
        assert_eq!(Reservation::holder(&rig).expect("readable"), None);
        drop(Reservation::take(&rig).expect("free again"));
        assert_eq!(Reservation::holder(&rig).expect("readable"), None);
    }

    #[test]
    fn what_a_killed_holder_left_behind_keeps_nobody_out() {
        let folder = Folder::new("killed");
        let rig = rig(&folder);
        std::mem::forget(Reservation::take_with(&rig, "", &claim("ada")).expect("it is free"));
        // The handle of a killed process is gone with it; here another lock takes its place.
        std::fs::remove_file(folder.path().join("locks/bench-3.lock")).expect("it is there");
        let next = Reservation::take_with(&rig, "", &claim("bob")).expect("nobody holds it");
        let holder = Reservation::holder(&rig).expect("readable").expect("taken");
        assert!(holder.starts_with("bob@"), "{holder}");
        drop(next);
    }

    #[test]
    fn a_damaged_owner_file_is_told_as_nobody_known() {
        let folder = Folder::new("damaged");
        let rig = rig(&folder);
        let _first = Reservation::take_with(&rig, "", &claim("ada")).expect("it is free");
        std::fs::write(folder.path().join("locks/bench-3.owner"), [0xff, 0x00]).expect("written");
        let error = Reservation::take(&rig).expect_err("taken").to_string();
        assert_eq!(error, "rig bench-3 is taken by somebody who did not say who");
    }

    #[cfg(unix)]
    #[test]
    fn what_somebody_has_put_in_the_place_of_a_lock_is_not_written_over() {
        use std::os::unix::fs::symlink;
        let folder = Folder::new("linked-lock");
        let (precious, locks) = (folder.path().join("precious"), folder.path().join("locks"));
        std::fs::write(&precious, "mine").expect("written");
        std::fs::create_dir(folder.path().join("real")).expect("made");
        // A folder may be elsewhere: that is the rig file's to say.
        symlink("real", &locks).expect("a link");
        drop(Reservation::take(&rig(&folder)).expect("free"));
        for name in ["bench-3.lock", "bench-3.owner"] {
            let place = locks.join(name);
            let _ = std::fs::remove_file(&place);
            symlink(&precious, &place).expect("a link");
            let error = Reservation::take(&rig(&folder)).expect_err("a link").to_string();
            assert!(error.ends_with("it is a symbolic link, which is not followed"), "{error}");
            std::fs::remove_file(&place).expect("there");
            assert_eq!(std::fs::read_to_string(&precious).expect("there"), "mine");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = Folder::new("blocked");
        std::fs::write(folder.path().join("locks"), "a file").expect("written");
        let error = Reservation::take(&rig(&folder)).expect_err("no folder").to_string();
        assert!(error.contains("locks"), "{error}");
    }

    #[test]
    fn a_client_that_is_not_there_is_told_in_words() {
        let folder = Folder::new("missing");
        let mut rig = rig(&folder);
        rig.reservation.labgrid = Some("coordinator:20408".into());
        let error = Reservation::take_with(&rig, "no-such-labgrid-client", &claim("ada")).expect_err("no client");
        assert_eq!(
            error.to_string(),
            "no-such-labgrid-client -x coordinator:20408 -p bench-3 acquire: there is no no-such-labgrid-client: \
             install labgrid, or take reservation.labgrid out of the rig file"
        );
    }

    /// A client that writes its arguments down and answers as told.
    #[cfg(unix)]
    fn client(folder: &Folder, script: &str) -> String {
        let path = folder.path().join("labgrid-client");
        let text = format!("#!/bin/sh\necho \"$@\" >> '{}/said'\n{script}\n", folder.path().display());
        // Written by a child: a file that this process ever had open for writing may be busy in a child of another test.
        let mut writer = std::process::Command::new("sh")
            .args(["-c", "cat > \"$0\" && chmod 700 \"$0\"", &path.display().to_string()])
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut input = writer.stdin.take().expect("a pipe");
        io::Write::write_all(&mut input, text.as_bytes()).expect("written");
        drop(input);
        assert!(writer.wait().expect("it ends").success());
        path.display().to_string()
    }

    #[cfg(unix)]
    #[test]
    fn a_place_is_acquired_and_released_even_on_drop() {
        let folder = Folder::new("labgrid");
        let mut rig = rig(&folder);
        rig.reservation.labgrid = Some("coordinator:20408".into());
        rig.reservation.place = Some("left".into());
        let client = client(&folder, "exit 0");
        drop(Reservation::take_with(&rig, &client, &claim("ada")).expect("acquired"));
        let said = std::fs::read_to_string(folder.path().join("said")).expect("it was run");
        assert_eq!(said, "-x coordinator:20408 -p left acquire\n-x coordinator:20408 -p left release\n");
    }

    #[cfg(unix)]
    #[test]
    fn what_the_client_says_is_the_reason() {
        let folder = Folder::new("labgrid-taken");
        let mut rig = rig(&folder);
        rig.reservation.labgrid = Some("coordinator:20408".into());
        let client = client(&folder, "echo 'labgrid-client: place bench-3 is already acquired by lab/ada' >&2; exit 1");
        let error = Reservation::take_with(&rig, &client, &claim("bob")).expect_err("taken").to_string();
        assert!(error.ends_with("acquire: labgrid-client: place bench-3 is already acquired by lab/ada"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_ended_and_one_that_floods_is_cut() {
        use std::process::Command;
        use std::time::Duration;
        let hung = program::run(Command::new("sh").args(["-c", "exec sleep 600"]), Duration::from_millis(60));
        assert!(hung.expect("it was started").status.is_none());
        let flood = "i=0; while [ $i -lt 2000 ]; do echo 'a line of noise that fills the pipe of the program'; i=$((i+1)); done";
        let flood = program::run(Command::new("sh").args(["-c", flood]), Duration::from_secs(60)).expect("started");
        assert!(flood.status.is_some_and(|status| status.success()) && flood.words.len() < 400, "{flood:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_child_that_shares_the_lock_keeps_the_rig() {
        use std::process::Command;
        let folder = Folder::new("shared");
        let rig = rig(&folder);
        let mine = Reservation::take(&rig).expect("it is free");
        let share = mine.share().expect("a handle").expect("a lock file");
        let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(share).spawn().expect("cat is there");
        drop(mine);
        assert!(Reservation::take(&rig).is_err(), "the child still holds it");
        drop(child.stdin.take());
        child.wait().expect("it ends with its input");
        drop(Reservation::take(&rig).expect("free again"));
    }
}
