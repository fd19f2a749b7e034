//! The bring-up of a rig: a list of checks with measurements, kept as a record that can be signed.
//!
//! The record lies in a folder of its own within the folder of the run whose evidence it is:
//!
//! | file | what |
//! |---|---|
//! | `report.json` | the record |
//! | `report.html` | the record as a page |
//! | `rig.toml` | the rig file, where the rig has one |
//! | `report.pub.pem` | the key to check the signature with |
//! | `SHA256SUMS` | every file of the run by its hash, as `sha256sum` writes it |
//! | `SHA256SUMS.sig` | the signature of that, base64 |

mod base64;
mod html;
mod manifest;
mod report;
mod signature;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use event_log::output;

use self::manifest::Manifest;

pub use manifest::Difference;
pub use report::{BringUpReport, Check, Counts, Outcome};
pub use signature::{Signature, SignatureError, sign, verify};

/// Why the files of a report cannot be written or are not accepted.
#[derive(Debug, thiserror::Error)]
pub enum BringUpError {
    /// A file that cannot be written or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// No report.
    #[error("{}: {expected}", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        expected: String,
    },
    /// Files are not as they were when they were signed.
    #[error("{}: not as it was signed: {}", folder.display(), difference.in_words())]
    Changed {
        /// The folder of the run.
        folder: PathBuf,
        /// What differs.
        difference: Difference,
    },
    /// There is no record.
    #[error("{}: there is no bring-up report in it: expected the folder of a bring-up run, or the {FOLDER} in it", path.display())]
    Nothing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It was not signed.
    #[error("{}: the report was not signed", path.display())]
    Unsigned {
        /// The folder of the record.
        path: PathBuf,
    },
    /// It cannot be signed, or the signature is not accepted.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

impl BringUpError {
    fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { path: path.into(), source }
    }
}

/// The folder of the record, within that of the run.
pub const FOLDER: &str = "bring-up";

const JSON: &str = "report.json";
const PUBLIC_KEY: &str = "report.pub.pem";
const HTML: &str = "report.html";
const RIG: &str = "rig.toml";
const SUMS: &str = "SHA256SUMS";
const SIGNATURE: &str = "SHA256SUMS.sig";

/// Writes the record of a run into the folder of that run, and over it and everything else in there a manifest, signed where there is
/// a key. `rig` is the text of the rig file. Answers the folder of the record.
///
/// # Errors
/// The key cannot be used, and then nothing is written; or a file cannot be written or read.
pub fn write(
    run: &Path,
    report: &BringUpReport,
    rig: Option<&str>,
    key: Option<&Path>,
) -> Result<PathBuf, BringUpError> {
    let public_key = key.map(|key| sign(b"", key)).transpose()?.map(|signature| signature.public_key);
    let folder = run.join(FOLDER);
    output::folder(&folder).map_err(BringUpError::io(&folder))?;
    let html = report.to_html(public_key.as_deref());
    let texts =
        [(JSON, Some(report.to_json())), (HTML, Some(html)), (RIG, rig.map(str::to_owned)), (PUBLIC_KEY, public_key)];
    for (name, text) in texts {
        keep(&folder.join(name), text)?;
    }
    let sums = manifest(run)?.to_text();
    let signature = key.map(|key| sign(sums.as_bytes(), key)).transpose()?;
    keep(&folder.join(SUMS), Some(sums))?;
    keep(&folder.join(SIGNATURE), signature.map(|signature| signature.base64 + "\n"))?;
    Ok(folder)
}

/// Writes a file, or takes away the one of an earlier record.
fn keep(path: &Path, text: Option<String>) -> Result<(), BringUpError> {
    match text {
        Some(text) => output::replace(path, text.as_bytes()).map_err(BringUpError::io(path)),
        None => match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BringUpError::io(path)(error)),
            Ok(()) | Err(_) => Ok(()),
        },
    }
}

/// What is in the folder of a run, but for the manifest itself and its signature.
fn manifest(run: &Path) -> Result<Manifest, BringUpError> {
    let own = [SUMS, SIGNATURE].map(|name| format!("{FOLDER}/{name}"));
    Manifest::of(run, &own).map_err(|(path, source)| BringUpError::Io { path: run.join(path), source })
}

/// Reads the report of a run and checks that the run is as it was signed: every file of it, and none beside them. `folder` is that of
/// the run or of the record in it. The signature is checked by the key that `trusted` holds, or else by the one beside it, which
/// only tells that nothing was changed, not who signed.
///
/// # Errors
/// A file is missing, was changed or added, the signature does not hold, or it is no report.
pub fn read_signed(folder: &Path, trusted: Option<&Path>) -> Result<BringUpReport, BringUpError> {
    let read = |path: &Path| fs::read_to_string(path).map_err(BringUpError::io(path));
    let run = run_of(folder)?;
    let record = run.join(FOLDER);
    let (sums, signature) = (record.join(SUMS), record.join(SIGNATURE));
    if !signature.is_file() {
        return Err(BringUpError::Unsigned { path: record });
    }
    let text = read(&sums)?;
    let beside = record.join(PUBLIC_KEY);
    verify(text.as_bytes(), &read(&signature)?, &read(trusted.unwrap_or(&beside))?)?;
    let signed = Manifest::parse(&text).map_err(|expected| BringUpError::Report { path: sums.clone(), expected })?;
    if let Some(difference) = signed.difference(&manifest(&run)?) {
        return Err(BringUpError::Changed { folder: run, difference });
    }
    if !signed.has(&format!("{FOLDER}/{JSON}")) {
        return Err(BringUpError::Report { path: sums, expected: format!("expected {FOLDER}/{JSON} in it") });
    }
    let path = record.join(JSON);
    let json = read(&path)?;
    BringUpReport::from_json(&json).map_err(|expected| BringUpError::Report { path, expected })
}

/// The folder of the run: the given one, or the one that it lies in.
fn run_of(folder: &Path) -> Result<PathBuf, BringUpError> {
    let whole = fs::canonicalize(folder).map_err(BringUpError::io(folder))?;
    let has_record = |run: &Path| run.join(FOLDER).join(JSON).is_file() || run.join(FOLDER).join(SUMS).is_file();
    let above = whole.parent().filter(|_| whole.ends_with(FOLDER));
    match above.into_iter().chain([whole.as_path()]).find(|run| has_record(run)) {
        Some(run) => Ok(run.to_owned()),
        None => Err(BringUpError::Nothing { path: folder.into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::report::tests::sample;
    use super::signature::tests::KEY;
    use super::*;
    use crate::testing::Folder;

    /// The folder of a run with some evidence in it, and a key beside it.
    fn run(name: &str) -> (Folder, PathBuf, PathBuf) {
        let folder = Folder::new(name);
        let (run, key) = (folder.path().join("run"), folder.path().join("bench.pem"));
        fs::create_dir_all(run.join("scenarios/0001-a")).expect("made");
        fs::write(run.join("scenarios/0001-a/can.log"), "(0.1) can0 1#00\n").expect("written");
        fs::write(run.join("report.html"), "a page").expect("written");
        fs::write(&key, KEY).expect("written");
        (folder, run, key)
    }

    fn told(at: &Path) -> String {
        read_signed(at, None).err().map_or_else(|| "accepted".into(), |error| error.to_string())
    }

    #[test]
    fn a_signed_run_is_accepted_by_either_folder() {
        let (_folder, run, key) = run("bring-up");
        let record = write(&run, &sample(), Some("[rig]\n"), Some(&key)).expect("written");
        for at in [&run, &record] {
            assert_eq!(read_signed(at, None).expect("signed"), sample());
        }
        let page = fs::read_to_string(record.join(HTML)).expect("written");
        let public = fs::read_to_string(record.join(PUBLIC_KEY)).expect("written");
        assert!(page.contains(public.trim()), "the page shows the key");
        let sums = fs::read_to_string(record.join(SUMS)).expect("written");
        let paths: Vec<_> = sums.lines().filter_map(|line| line.split_once("  ")).map(|(_, path)| path).collect();
        assert_eq!(
            paths,
            [
                "bring-up/report.html",
                "bring-up/report.json",
                "bring-up/report.pub.pem",
                "bring-up/rig.toml",
                "report.html",
                "scenarios/0001-a/can.log"
            ]
        );
    }

    #[test]
    fn whatever_is_changed_taken_away_or_added_is_noticed() {
        let (_folder, run, key) = run("bring-up-changed");
        write(&run, &sample(), Some("[rig]\n"), Some(&key)).expect("written");
        // Somebody makes the contactor faster, and so on.
        for name in [
            "bring-up/report.json",
            "bring-up/report.html",
            "bring-up/rig.toml",
            "report.html",
            "scenarios/0001-a/can.log",
        ] {
            let path = run.join(name);
            let text = fs::read_to_string(&path).expect("there");
            fs::write(&path, text.clone() + " ").expect("written");
            assert!(told(&run).ends_with(&format!("not as it was signed: changed: {name}")), "{}", told(&run));
            fs::remove_file(&path).expect("there");
            assert!(told(&run).ends_with(&format!("missing: {name}")), "{}", told(&run));
            fs::write(&path, text).expect("written");
            assert_eq!(told(&run), "accepted");
        }
        for name in ["scenarios/0001-a/more.log", "bring-up/note.txt", ".hidden"] {
            fs::write(run.join(name), "").expect("written");
            assert!(told(&run).ends_with(&format!("added: {name}")), "{}", told(&run));
            fs::remove_file(run.join(name)).expect("there");
        }
        let sums = run.join("bring-up/SHA256SUMS");
        let text = fs::read_to_string(&sums).expect("there");
        fs::write(&sums, text.replacen('a', "b", 1)).expect("written");
        assert_eq!(told(&run), "the signature does not belong to this report and this key");
        // A manifest of nothing is signed as well, and is no report.
        let signature = sign(b"", &key).expect("signed").base64;
        fs::write(&sums, "").and_then(|()| fs::write(run.join("bring-up/SHA256SUMS.sig"), signature)).expect("written");
        assert!(told(&run).contains("not as it was signed: added: "), "{}", told(&run));
    }

    #[test]
    fn a_report_that_somebody_else_signed_is_not_accepted() {
        let (folder, run, key) = run("bring-up-trust");
        let record = write(&run, &sample(), None, Some(&key)).expect("written");
        let trusted = folder.path().join("trusted.pem");
        let another = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n\
                       -----END PUBLIC KEY-----\n";
        fs::write(&trusted, another).expect("written");
        assert!(read_signed(&run, Some(&trusted)).is_err());
        fs::copy(record.join("report.pub.pem"), &trusted).expect("copied");
        assert!(read_signed(&run, Some(&trusted)).is_ok());
    }

    #[test]
    fn a_report_without_a_key_keeps_no_old_signature() {
        let (folder, run, key) = run("bring-up-again");
        write(&run, &sample(), Some("[rig]\n"), Some(&key)).expect("written");
        write(&run, &sample(), None, None).expect("written");
        assert!(told(&run).ends_with("bring-up: the report was not signed"), "{}", told(&run));
        assert!(!run.join("bring-up/rig.toml").exists());
        let never = folder.path().join("never");
        assert!(write(&never, &sample(), None, Some(&folder.path().join("none.pem"))).is_err());
        assert!(!never.exists(), "nothing is written where nothing can be signed");
        assert!(told(folder.path()).contains("there is no bring-up report in it"), "{}", told(folder.path()));
        assert!(told(&never).contains("never: "), "{}", told(&never));
    }
}
