//! What can go wrong while a report is made.

use std::path::PathBuf;

/// Why there is no report. Each variant names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// It is no folder of a run.
    #[error(transparent)]
    Folder(#[from] event_log::FolderError),
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// `run.json` is no JSON object.
    #[error("{}: {reason}; expected a JSON object", path.display())]
    RunFile {
        /// Where it lies.
        path: PathBuf,
        /// What the parser says, with line and column.
        reason: String,
    },
}

impl ReportError {
    /// For `map_err`: an error of the file system about `path`.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
