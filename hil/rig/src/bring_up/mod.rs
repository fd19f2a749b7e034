//! The bring-up of a rig: a list of checks with measurements, kept as a record that can be signed.
//!
//! | file | what |
//! |---|---|
//! | `report.json` | the record |
//! | `report.json.sig` | its signature, base64 |
//! | `report.pub.pem` | the key to check it with |
//! | `report.html` | the record as a page |

mod base64;
mod html;
mod report;
mod signature;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
    /// It cannot be signed, or the signature is not accepted.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

impl BringUpError {
    fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { path: path.into(), source }
    }
}

const JSON: &str = "report.json";
const SIGNATURE: &str = "report.json.sig";
const PUBLIC_KEY: &str = "report.pub.pem";
const HTML: &str = "report.html";

/// Writes the files of a report into a folder, signed where there is a key. A signature of an earlier report is removed.
///
/// # Errors
/// The key cannot be used, and then nothing is written; or a file cannot be written.
pub fn write(folder: &Path, report: &BringUpReport, key: Option<&Path>) -> Result<(), BringUpError> {
    let json = report.to_json();
    let signature = key.map(|key| sign(json.as_bytes(), key)).transpose()?;
    fs::create_dir_all(folder).map_err(BringUpError::io(folder))?;
    let html = report.to_html(signature.as_ref());
    let (base64, public_key) = match signature {
        Some(Signature { base64, public_key }) => (Some(base64 + "\n"), Some(public_key)),
        None => (None, None),
    };
    for (name, text) in [(JSON, Some(json)), (SIGNATURE, base64), (PUBLIC_KEY, public_key), (HTML, Some(html))] {
        let path = folder.join(name);
        match text {
            Some(text) => fs::write(&path, text).map_err(BringUpError::io(&path))?,
            None if path.exists() => fs::remove_file(&path).map_err(BringUpError::io(&path))?,
            None => {}
        }
    }
    Ok(())
}

/// Reads the report of a folder and checks its signature: by the key that `trusted` holds, or else by the one beside it, which
/// only tells that nothing was damaged, not who signed.
///
/// # Errors
/// A file is missing, the signature does not hold, or it is no report.
pub fn read_signed(folder: &Path, trusted: Option<&Path>) -> Result<BringUpReport, BringUpError> {
    let read = |path: &Path| fs::read_to_string(path).map_err(BringUpError::io(path));
    let path = folder.join(JSON);
    let json = read(&path)?;
    let signature = read(&folder.join(SIGNATURE))?;
    let beside = folder.join(PUBLIC_KEY);
    verify(json.as_bytes(), &signature, &read(trusted.unwrap_or(&beside))?)?;
    BringUpReport::from_json(&json).map_err(|expected| BringUpError::Report { path, expected })
}

#[cfg(test)]
mod tests {
    use super::report::tests::sample;
    use super::signature::tests::KEY;
    use super::*;
    use crate::testing::Folder;

    fn key(folder: &Folder) -> PathBuf {
        let key = folder.path().join("bench.pem");
        fs::write(&key, KEY).expect("written");
        key
    }

    #[test]
    fn a_signed_report_is_accepted_and_a_changed_one_is_not() {
        let folder = Folder::new("bring-up");
        let at = folder.path().join("report");
        write(&at, &sample(), Some(&key(&folder))).expect("written");
        assert_eq!(read_signed(&at, None).expect("signed"), sample());
        let page = fs::read_to_string(at.join("report.html")).expect("written");
        let signature = fs::read_to_string(at.join("report.json.sig")).expect("written");
        assert!(page.contains(signature.trim()), "the page shows the signature");
        // Somebody makes the contactor faster.
        let json = fs::read_to_string(at.join("report.json")).expect("written").replacen("412.0", "41.20", 1);
        fs::write(at.join("report.json"), json).expect("written");
        let error = read_signed(&at, None).expect_err("changed").to_string();
        assert_eq!(error, "the signature does not belong to this report and this key");
    }

    #[test]
    fn a_report_that_somebody_else_signed_is_not_accepted() {
        let folder = Folder::new("bring-up-trust");
        let at = folder.path().join("report");
        write(&at, &sample(), Some(&key(&folder))).expect("written");
        let trusted = folder.path().join("trusted.pem");
        let another = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n\
                       -----END PUBLIC KEY-----\n";
        fs::write(&trusted, another).expect("written");
        assert!(read_signed(&at, Some(&trusted)).is_err());
        fs::copy(at.join("report.pub.pem"), &trusted).expect("copied");
        assert!(read_signed(&at, Some(&trusted)).is_ok());
    }

    #[test]
    fn a_report_without_a_key_keeps_no_old_signature() {
        let folder = Folder::new("bring-up-again");
        let at = folder.path().join("report");
        write(&at, &sample(), Some(&key(&folder))).expect("written");
        write(&at, &sample(), None).expect("written");
        let error = read_signed(&at, None).expect_err("not signed").to_string();
        assert!(error.contains("report.json.sig"), "{error}");
        let wrong = folder.path().join("none.pem");
        let unsigned = folder.path().join("never");
        assert!(write(&unsigned, &sample(), Some(&wrong)).is_err());
        assert!(!unsigned.exists(), "nothing is written where nothing can be signed");
    }
}
