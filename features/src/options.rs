//! What a run is asked to do.

use std::path::PathBuf;
use std::time::Duration;

use crate::rig::TWIN;
use crate::story::{STORY_SEED, Stories};

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
    /// What is done with stories.
    pub stories: Stories,
    /// What a scenario may take.
    pub limits: TimeLimits,
}

/// What a scenario may take. A scenario that takes more is an error: nothing can be said of the charger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TimeLimits {
    /// In the time of its world.
    pub virtual_time: Duration,
    /// On the machine's clock; on a rig in real time beside the time of its world.
    pub wall_time: Duration,
}

impl Default for TimeLimits {
    /// A month in its world, ten minutes of the machine's.
    fn default() -> Self {
        Self { virtual_time: Duration::from_secs(31 * 86_400), wall_time: Duration::from_secs(600) }
    }
}

/// How each scenario is performed.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// Everything random follows from it.
    pub seed: u64,
    /// What is done with stories.
    pub stories: Stories,
    /// What a scenario may take.
    pub limits: TimeLimits,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { seed: 1, stories: Stories::default(), limits: TimeLimits::default() }
    }
}

impl Options {
    /// How each scenario is performed.
    #[must_use]
    pub const fn conditions(&self) -> Conditions {
        Conditions { seed: self.seed, stories: self.stories, limits: self.limits }
    }

    /// What in them cannot be on the rigs of that name.
    ///
    /// # Errors
    /// Why, for whoever started the run.
    pub fn check(&self, rigs: &str) -> Result<(), String> {
        match self.stories {
            Stories::Update if self.seed != STORY_SEED => {
                Err(format!("--update: stories are told for seed {STORY_SEED}, not for {}", self.seed))
            }
            Stories::Update if rigs != TWIN => {
                Err(format!("--update: stories are told in virtual time, not on the rig {rigs}"))
            }
            Stories::Update | Stories::Compare => Ok(()),
        }
    }
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
            stories: Stories::default(),
            limits: TimeLimits::default(),
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
