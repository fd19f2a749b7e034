//! The folder of a run: made by this program, marked as such, and the only kind of folder that it ever empties.
//!
//! | file | what |
//! |---|---|
//! | `plugfest-run.txt` | the mark: what made the folder, and which kind of run it holds |
//! | `plan.json` | the scenarios that are to run, written before the first begins; captures have none |
//! | `run.json` | what the run was, written when it is over |
//! | `scenarios/NNNN-NAME/` | a scenario or conversation each: its log `events.ndjson`, and its evidence |
//! | `events.ndjson` | of `test`, the logs of all scenarios in a row; of `charge`, the log itself |
//! | `report.html`, `junit.xml`, `messages.ndjson`, `rerun.txt` | views of the logs |
//! | `bring-up/` | the record of a bring-up, signed if there is a key |
//! | `plc.pcapng` | of `station` and `vehicle`: what passed on the line |
//! | `charger.sqlite` | of `charge`, the durable store of the charger |

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::held_file::HeldFile;
use crate::output::{self, plain};

/// What a folder holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RunKind {
    /// One session in the twin, `plugfest charge --record`, or some on a real line, `plugfest station --record`.
    Charge,
    /// Scenarios: `plugfest test --report`.
    #[default]
    Test,
    /// The conversations of captures, a scenario each: `plugfest decode --html`.
    Capture,
}

impl RunKind {
    const fn word(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Test => "test",
            Self::Capture => "capture",
        }
    }
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder, or what in it.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is somebody else's.
    #[error("{}: {why}; give a folder of its own to plugfest", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// How that is known.
        why: String,
    },
    /// Another run is in it.
    #[error("{}: another run is using this folder", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
}

impl FolderError {
    fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { path: path.into(), source }
    }
}

/// The folder of a run that is under way.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// Held while the run lasts, where files can be locked.
    _mark: Option<HeldFile>,
}

/// Files of a run, at the top of its folder. What proves that a run is whole goes first.
const FILES: [&str; 11] = [
    "run.json",
    "plc.pcapng",
    "plan.json",
    "report.html",
    "junit.xml",
    "messages.ndjson",
    "rerun.txt",
    "events.ndjson",
    "charger.sqlite",
    "charger.sqlite-wal",
    "charger.sqlite-shm",
];

/// Folders of a run.
const FOLDERS: [&str; 2] = [BRING_UP, "scenarios"];

const BRING_UP: &str = "bring-up";

/// Files of the record of a bring-up.
const RECORD: [&str; 6] = ["SHA256SUMS", "SHA256SUMS.sig", "report.html", "report.json", "report.pub.pem", "rig.toml"];

/// Whether a run has put that into one of its folders.
fn is_of_run(folder: &str, name: &str) -> bool {
    if folder == BRING_UP {
        RECORD.into_iter().any(|own| name == own || name == output::unfinished(own))
    } else {
        is_scenario(name)
    }
}

/// `0012-a-car-charges`
fn is_scenario(name: &str) -> bool {
    name.split_once('-')
        .is_some_and(|(number, _)| number.len() >= 4 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

impl RunFolder {
    /// The mark of such a folder. No hidden file: those are left behind by who copies or uploads a folder.
    pub const MARK: &str = "plugfest-run.txt";

    /// Takes a folder for a new run: one that is not there yet or is empty, or one of an earlier run, from which the files of that
    /// run are removed. Files of somebody else's in there stay.
    ///
    /// # Errors
    /// It is somebody else's, in use, or a link, and nothing was changed; or it cannot be written.
    pub fn claim(path: &Path, kind: RunKind) -> Result<Self, FolderError> {
        let path = plain(path);
        output::folder(&path).map_err(FolderError::io(&path))?;
        if is_empty(&path)? {
            write_mark(&path, kind)?;
        } else {
            Self::kind(&path)?;
        }
        let mut mark = hold(&path)?;
        refuse_links(&path)?;
        empty(&path)?;
        if Self::kind(&path)? != kind {
            write_mark(&path, kind)?;
            mark = hold(&path)?;
        }
        Ok(Self { path, _mark: mark })
    }

    /// Takes the folder of a run that is over, to look at it and to write its reports once more: nobody begins another one in it
    /// meanwhile.
    ///
    /// # Errors
    /// It is somebody else's, or its run goes on.
    pub fn reopen(path: &Path) -> Result<Self, FolderError> {
        let path = plain(path);
        Self::kind(&path)?;
        let mark = hold(&path)?;
        Ok(Self { path, _mark: mark })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder of one scenario in it, and answers it.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn scenario(&self, name: &str) -> Result<PathBuf, FolderError> {
        let path = self.path.join("scenarios").join(name);
        output::folder(&path).map_err(FolderError::io(&path))?;
        Ok(path)
    }

    /// What a folder holds, by its mark.
    ///
    /// # Errors
    /// It cannot be read, has no mark, or one of another version.
    pub fn kind(path: &Path) -> Result<RunKind, FolderError> {
        let path = plain(path);
        let foreign = |why: String| FolderError::Foreign { path: path.clone(), why };
        let there = fs::metadata(&path).map_err(FolderError::io(&path))?;
        if !there.is_dir() {
            return Err(foreign("it is no folder".into()));
        }
        let file = path.join(Self::MARK);
        if !fs::symlink_metadata(&file).is_ok_and(|there| there.is_file()) {
            return Err(foreign(format!("it was not made by plugfest (it has no {})", Self::MARK)));
        }
        let mut text = String::new();
        let read = File::open(&file).and_then(|file| file.take(LONGEST_MARK).read_to_string(&mut text));
        if let Err(error) = read
            && error.kind() != io::ErrorKind::InvalidData
        {
            return Err(FolderError::io(&file)(error));
        }
        let unknown = || foreign(format!("its {} is none that this version of plugfest writes", Self::MARK));
        let kind = text.lines().next().and_then(|line| line.strip_prefix(BEGINNING)).ok_or_else(unknown)?;
        [RunKind::Charge, RunKind::Test, RunKind::Capture]
            .into_iter()
            .find(|one| one.word() == kind)
            .ok_or_else(unknown)
    }
}

/// Keeps other runs away for as long as the mark is held; nothing where files cannot be locked.
fn hold(path: &Path) -> Result<Option<HeldFile>, FolderError> {
    let mark = File::open(path.join(RunFolder::MARK)).map_err(FolderError::io(path))?;
    if cfg!(windows) {
        // There nobody could read a file that is locked.
        return Ok(None);
    }
    match HeldFile::try_lock(mark) {
        Ok(held) => Ok(Some(held)),
        Err(TryLockError::WouldBlock) => Err(FolderError::Busy { path: path.into() }),
        // Not every file system can do that.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(FolderError::io(path)(error)),
    }
}

/// What the first line of a mark begins with; the kind follows.
const BEGINNING: &str = "plugfest run folder, version 1: ";

/// No mark is longer.
const LONGEST_MARK: u64 = 4096;

fn write_mark(path: &Path, kind: RunKind) -> Result<(), FolderError> {
    let file = path.join(RunFolder::MARK);
    let text = format!(
        "{BEGINNING}{}\nMade by plugfest. The next run that is given this folder removes the files of the one before:\nlogs, \
         reports and scenarios. What you want to keep belongs elsewhere.\n",
        kind.word()
    );
    output::replace_durably(&file, text.as_bytes()).map_err(FolderError::io(&file))
}

fn is_empty(path: &Path) -> Result<bool, FolderError> {
    fs::read_dir(path).map(|mut entries| entries.next().is_none()).map_err(FolderError::io(path))
}

/// A link where a file or folder of ours goes was put there by somebody.
fn refuse_links(path: &Path) -> Result<(), FolderError> {
    for name in FILES.into_iter().chain(FOLDERS) {
        let place = path.join(name);
        if fs::symlink_metadata(&place).is_ok_and(|there| there.is_symlink()) {
            let source = io::Error::other("it is a symbolic link, which is not followed");
            return Err(FolderError::Io { path: place, source });
        }
    }
    Ok(())
}

/// Removes what a run leaves in its folder, and nothing else. A link further down is removed, never followed.
fn empty(path: &Path) -> Result<(), FolderError> {
    let missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    // What a kill has left of a file comes with it.
    for name in FILES.into_iter().flat_map(|name| [name.to_owned(), output::unfinished(name)]) {
        let file = path.join(name);
        match fs::remove_file(&file) {
            Err(error) if !missing(&error) => return Err(FolderError::io(&file)(error)),
            Ok(()) | Err(_) => {}
        }
    }
    for name in FOLDERS {
        let folder = path.join(name);
        let entries = match fs::read_dir(&folder) {
            Err(error) if missing(&error) => continue,
            entries => entries.map_err(FolderError::io(&folder))?,
        };
        for entry in entries {
            let entry = entry.map_err(FolderError::io(&folder))?;
            if entry.file_name().to_str().is_some_and(|own| is_of_run(name, own)) {
                let place = entry.path();
                let is_folder = entry.file_type().map_err(FolderError::io(&place))?.is_dir();
                let removed = if is_folder { fs::remove_dir_all(&place) } else { fs::remove_file(&place) };
                removed.map_err(FolderError::io(&place))?;
            }
        }
        // What somebody else has put there keeps it.
        let _ = fs::remove_dir(&folder);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Place;
    use proptest::prelude::*;

    fn claim(path: &Path, kind: RunKind) -> Result<(), String> {
        RunFolder::claim(path, kind).map(drop).map_err(|error| error.to_string())
    }

    #[test]
    fn a_folder_is_made_marked_and_emptied_by_the_next_run() {
        let place = Place::new("claim");
        let path = place.path("deep/er");
        let run = RunFolder::claim(&path, RunKind::Test).expect("made");
        assert_eq!(RunFolder::kind(&path).expect("marked"), RunKind::Test);
        let scenario = run.scenario("0001-a-car-charges").expect("made");
        let busy = claim(&path, RunKind::Test).expect_err("it runs");
        assert!(busy.ends_with("another run is using this folder"), "{busy}");
        let busy = RunFolder::reopen(&path).expect_err("it runs").to_string();
        assert!(busy.ends_with("another run is using this folder"), "{busy}");
        drop(run);
        RunFolder::reopen(&path).expect("it is over");
        fs::write(scenario.join("events.ndjson"), "old").expect("written");
        for name in ["run.json", "report.html", "events.ndjson", "notes.md", "scenarios/mine.txt"] {
            fs::write(path.join(name), "old").expect("written");
        }
        fs::create_dir(path.join("bring-up")).expect("made");
        for name in ["report.json", "SHA256SUMS", ".report.html.new"] {
            fs::write(path.join("bring-up").join(name), "old").expect("written");
        }
        for kind in [RunKind::Capture, RunKind::Charge] {
            claim(&path, kind).expect("ours");
            assert_eq!(RunFolder::kind(&path).expect("marked"), kind);
        }
        // What is not the run's stays.
        assert_eq!(place.names_of("deep/er"), ["notes.md", "plugfest-run.txt", "scenarios"]);
        assert_eq!(place.names_of("deep/er/scenarios"), ["mine.txt"]);
    }

    #[test]
    fn a_folder_of_somebody_else_is_refused_and_left_alone() {
        let place = Place::new("foreign");
        let path = place.path("home");
        fs::create_dir_all(path.join("scenarios")).expect("made");
        fs::write(path.join("scenarios/one.feature"), "mine").expect("written");
        let before = place.names_of("home");
        let error = claim(&path, RunKind::Test).expect_err("not ours");
        assert!(error.contains("home: it was not made by plugfest (it has no plugfest-run.txt)"), "{error}");
        // A file that only has the name of the mark, one of another version, one that was torn.
        for mark in ["", "plugfest", "plugfest run folder, version 2: test\n", "plugfest run folder, version 1: te"] {
            fs::write(path.join(RunFolder::MARK), mark).expect("written");
            let error = claim(&path, RunKind::Test).expect_err("not ours");
            assert!(error.contains("none that this version of plugfest writes"), "{mark:?}: {error}");
        }
        fs::remove_file(path.join(RunFolder::MARK)).expect("there");
        assert_eq!(place.names_of("home"), before);
        assert_eq!(fs::read_to_string(path.join("scenarios/one.feature")).expect("there"), "mine");
        let file = place.path("file");
        fs::write(&file, "mine").expect("written");
        assert!(claim(&file, RunKind::Test).expect_err("a file").ends_with("it is no folder"));
        assert!(RunFolder::kind(&file).expect_err("a file").to_string().contains("it is no folder"));
        assert!(RunFolder::kind(&place.path("none")).is_err());
        assert!(RunFolder::reopen(&path).is_err(), "not ours");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused_and_what_they_lead_to_is_left_alone() {
        use std::os::unix::fs::symlink;
        let place = Place::new("linked");
        let (precious, path) = (place.path("precious"), place.path("run"));
        fs::create_dir_all(precious.join("0001-kept")).expect("made");
        fs::write(precious.join("file"), "mine").expect("written");
        symlink("precious", place.path("link")).expect("a link");
        for name in ["link", "link/", "link/."] {
            let error = claim(&place.path(name), RunKind::Test).expect_err("a link");
            assert!(error.ends_with("it is a symbolic link, which is not followed"), "{name}: {error}");
        }
        for name in ["scenarios", "bring-up", "events.ndjson", "report.html"] {
            claim(&path, RunKind::Test).expect("ours");
            let target = if name.contains('.') { "../precious/file" } else { "../precious" };
            symlink(target, path.join(name)).expect("a link");
            let error = claim(&path, RunKind::Test).expect_err("a link");
            assert!(error.ends_with(&format!("{name}: it is a symbolic link, which is not followed")), "{error}");
            fs::remove_file(path.join(name)).expect("there");
        }
        // Deeper down a link goes with the folder that it is in.
        let run = RunFolder::claim(&path, RunKind::Test).expect("ours");
        let scenario = run.scenario("0001-x").expect("made");
        drop(run);
        symlink("../../../precious", scenario.join("evidence")).expect("a link");
        symlink("../../precious", path.join("scenarios/0002-y")).expect("a link");
        claim(&path, RunKind::Test).expect("ours");
        assert_eq!(place.names_of("precious"), ["0001-kept", "file"]);
        // A mark that is a link is none.
        fs::remove_file(path.join(RunFolder::MARK)).expect("there");
        symlink("../precious/file", path.join(RunFolder::MARK)).expect("a link");
        assert!(claim(&path, RunKind::Test).is_err());
    }

    #[test]
    fn only_folders_that_are_named_as_a_scenario_are_removed() {
        for (name, ours) in [
            ("0001-a-car-charges", true),
            ("0001-", true),
            ("12345-x", true),
            ("001-x", false),
            ("mine", false),
            ("00a1-x", false),
            ("-x", false),
        ] {
            assert_eq!(is_scenario(name), ours, "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_stands_in_a_mark_is_ours_or_refused(text in "(plugfest run folder, version 1: )?.{0,40}") {
            let place = Place::new("any-mark");
            fs::write(place.path(RunFolder::MARK), &text).expect("written");
            let ours = matches!(text.lines().next(), Some("plugfest run folder, version 1: test" | "plugfest run folder, version 1: charge"));
            prop_assert_eq!(RunFolder::kind(&place.path("")).is_ok(), ours, "{:?}", text);
        }
    }
}
