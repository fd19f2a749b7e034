//! What a run is asked to do.

use std::path::PathBuf;

/// What a run is asked to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Feature files and folders, or `file:line`.
    pub paths: Vec<PathBuf>,
    /// A tag expression such as `@CP-10 and not @slow`.
    pub tags: Option<String>,
    /// Worlds at a time; `None` is as many as suit the rig.
    pub jobs: Option<usize>,
    /// Only a part of the scenarios.
    pub shard: Option<Shard>,
    /// Everything random follows from it.
    pub seed: u64,
    /// Where logs and reports go.
    pub report: Option<PathBuf>,
    /// Only the scenarios in this file, one `path:line` a row.
    pub rerun: Option<PathBuf>,
    /// Stop at the first scenario that does not pass.
    pub fail_fast: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            paths: vec!["features".into()],
            tags: None,
            jobs: None,
            shard: None,
            seed: 1,
            report: None,
            rerun: None,
            fail_fast: false,
        }
    }
}

/// One of several parts; which scenario falls into which follows from its place, so that a new one moves no other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shard {
    /// From 1.
    pub part: u32,
    /// How many.
    pub of: u32,
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text}: expected PART/PARTS, such as 2/4");
        let (part, of) = text.split_once('/').ok_or_else(wrong)?;
        let (part, of) = (part.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
        if part == 0 || part > of { Err(wrong()) } else { Ok(Self { part, of }) }
    }
}
