//! Which files belong to a report, each by the hash of its content: what was changed, taken away or added later is noticed.
//!
//! The file is one that `sha256sum --check` reads: a line a file, with its path from the folder of the run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// The files of a folder and everything under it, with their hashes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Manifest(BTreeMap<String, String>);

/// How a folder differs from its manifest, in paths.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Difference {
    /// Files with another content.
    pub changed: BTreeSet<String>,
    /// Files that are not there any more.
    pub missing: BTreeSet<String>,
    /// Files that were not there.
    pub added: BTreeSet<String>,
}

impl Difference {
    fn is_none(&self) -> bool {
        self.changed.is_empty() && self.missing.is_empty() && self.added.is_empty()
    }

    /// In words, with the first few names of each kind.
    #[must_use]
    pub fn in_words(&self) -> String {
        /// More are told by their number.
        const NAMED: usize = 5;
        let kinds = [("changed", &self.changed), ("missing", &self.missing), ("added", &self.added)];
        let told = kinds.into_iter().filter(|(_, files)| !files.is_empty()).map(|(word, files)| {
            let named: Vec<_> = files.iter().take(NAMED).map(String::as_str).collect();
            let more = files.len() - named.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{word}: {}{more}", named.join(", "))
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

impl Manifest {
    /// Of everything in the folder but the files at these paths.
    ///
    /// # Errors
    /// A file cannot be read; which, and why.
    pub(super) fn of(folder: &Path, without: &[String]) -> Result<Self, (String, io::Error)> {
        let mut files = BTreeMap::new();
        let mut folders = vec![String::new()];
        while let Some(inner) = folders.pop() {
            let place = folder.join(&inner);
            let wrong = |error| (inner.clone(), error);
            for entry in fs::read_dir(&place).map_err(wrong)? {
                let entry = entry.map_err(wrong)?;
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let path = if inner.is_empty() { name.into_owned() } else { format!("{inner}/{name}") };
                if without.contains(&path) {
                    continue;
                }
                let kind = entry.file_type().map_err(|error| (path.clone(), error))?;
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() {
                    let hash = hash(&entry.path()).map_err(|error| (path.clone(), error))?;
                    files.insert(path, hash);
                } else {
                    // A link or a device has no content of its own, and is none of ours.
                    files.insert(path, "no file".into());
                }
            }
        }
        Ok(Self(files))
    }

    /// The text of the file.
    pub(super) fn to_text(&self) -> String {
        let mut out = String::new();
        for (path, hash) in &self.0 {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{hash}  {path}");
        }
        out
    }

    /// Reads one.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut files = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let wrong = || format!("line {}: expected 64 digits, two blanks and a path", number + 1);
            let (hash, path) = line.split_once("  ").ok_or_else(wrong)?;
            let digits = hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if !digits || path.is_empty() || files.insert(path.to_owned(), hash.to_owned()).is_some() {
                return Err(wrong());
            }
        }
        Ok(Self(files))
    }

    /// Whether a file is in it.
    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// How what is there now differs from it.
    pub(super) fn difference(&self, now: &Self) -> Option<Difference> {
        let mut difference = Difference::default();
        for (path, hash) in &self.0 {
            match now.0.get(path) {
                None => difference.missing.insert(path.clone()),
                Some(other) if other != hash => difference.changed.insert(path.clone()),
                Some(_) => false,
            };
        }
        difference.added.extend(now.0.keys().filter(|path| !self.0.contains_key(*path)).cloned());
        (!difference.is_none()).then_some(difference)
    }
}

/// SHA-256 of a file's content, as 64 digits.
fn hash(path: &Path) -> io::Result<String> {
    let mut hashed = Hashed(Sha256::new());
    io::copy(&mut File::open(path)?, &mut hashed)?;
    Ok(hashed.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What is written to it goes into the hash.
struct Hashed(Sha256);

impl io::Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;
    use proptest::prelude::*;

    fn manifest(folder: &Folder) -> Manifest {
        Manifest::of(folder.path(), &["sums".into()]).unwrap_or_else(|(path, error)| panic!("{path}: {error}"))
    }

    #[test]
    fn it_is_what_sha256sum_writes() {
        let folder = Folder::new("sums");
        fs::create_dir_all(folder.path().join("scenarios/0001-a")).expect("made");
        fs::write(folder.path().join("scenarios/0001-a/events.ndjson"), "hello\n").expect("written");
        fs::write(folder.path().join("report.html"), "").expect("written");
        fs::write(folder.path().join("sums"), "itself").expect("written");
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  report.html\n\
                    5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  scenarios/0001-a/events.ndjson\n";
        assert_eq!(manifest(&folder).to_text(), text);
        assert_eq!(Manifest::parse(text), Ok(manifest(&folder)));
    }

    #[test]
    fn what_was_changed_taken_away_or_added_is_told_by_name() {
        let folder = Folder::new("sums-differ");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
        for name in ["a", "b", "c"] {
            write(name, name);
        }
        let before = manifest(&folder);
        assert_eq!(before.difference(&manifest(&folder)), None);
        write("a", "A");
        fs::remove_file(folder.path().join("b")).expect("there");
        for number in 0..7 {
            write(&format!("new{number}"), "");
        }
        let difference = before.difference(&manifest(&folder)).expect("it differs");
        assert_eq!(difference.in_words(), "changed: a; missing: b; added: new0, new1, new2, new3, new4 and 2 more");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_file_whatever_it_leads_to() {
        let folder = Folder::new("sums-link");
        fs::write(folder.path().join("a"), "x").expect("written");
        let before = manifest(&folder);
        fs::rename(folder.path().join("a"), folder.path().join("../sums-link-moved")).expect("moved");
        std::os::unix::fs::symlink("../sums-link-moved", folder.path().join("a")).expect("a link");
        let difference = before.difference(&manifest(&folder)).expect("it differs");
        assert_eq!(difference.in_words(), "changed: a");
        fs::remove_file(folder.path().join("../sums-link-moved")).expect("there");
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        let hash = "0".repeat(64);
        for text in [
            "x",
            &format!("{hash} a"),
            &format!("{hash}  "),
            &format!("{}  a", "g".repeat(64)),
            &format!("{hash}  a\n{hash}  a"),
        ] {
            assert!(Manifest::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_what_is_read_is_written_again(text in "([0-9a-f]{64}  [a-z/]{1,4}\n|.{0,8}\n){0,4}") {
            if let Ok(read) = Manifest::parse(&text) {
                prop_assert_eq!(Manifest::parse(&read.to_text()), Ok(read));
            }
        }
    }
}
