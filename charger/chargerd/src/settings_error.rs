//! What can be wrong with what the program is told.

use std::fs;
use std::path::Path;

/// What is wrong: which file (or option), which key, what was expected there.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}: {key}: {expected}")]
pub(crate) struct SettingsError {
    file: String,
    key: String,
    expected: String,
}

impl SettingsError {
    pub(crate) fn new(file: impl Into<String>, key: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { file: file.into(), key: key.into(), expected: expected.into() }
    }
}

/// Reads a file whole.
pub(crate) fn read(path: &Path) -> Result<String, SettingsError> {
    fs::read_to_string(path)
        .map_err(|error| SettingsError::new(path.display().to_string(), "the file", format!("cannot be read: {error}")))
}
