//! A run, read from its folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use event_log::ReadError;
use serde_json::Value;

use crate::error::ReportError;
use crate::scenario::{Scenario, Verdict};
use crate::value::{field, float};

/// A run and its scenarios, in the order in which they were begun.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// The version of the program; empty when `run.json` is missing.
    pub version: String,
    /// The seed of the run, as text.
    pub seed: String,
    /// When it was started, as text; may be empty.
    pub started: String,
    /// What the charger was: the twin, or the name of a rig.
    pub rig: String,
    /// Virtual seconds of all scenarios.
    pub virtual_s: f64,
    /// Wall seconds of the run.
    pub wall_s: f64,
    /// Whether `run.json` was there: a killed run may not have written it.
    pub finished: bool,
    /// The scenarios.
    pub scenarios: Vec<Scenario>,
}

/// How many scenarios ended how.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Assertions held.
    pub passed: usize,
    /// An assertion did not.
    pub failed: usize,
    /// Something else broke.
    pub error: usize,
    /// Not run.
    pub skipped: usize,
}

impl Counts {
    /// Counts the scenarios.
    pub fn of<'a>(scenarios: impl IntoIterator<Item = &'a Scenario>) -> Self {
        let mut counts = Self::default();
        for scenario in scenarios {
            match scenario.verdict {
                Verdict::Passed => counts.passed += 1,
                Verdict::Failed => counts.failed += 1,
                Verdict::Error => counts.error += 1,
                Verdict::Skipped => counts.skipped += 1,
            }
        }
        counts
    }

    /// All of them.
    #[must_use]
    pub const fn total(self) -> usize {
        self.passed + self.failed + self.error + self.skipped
    }

    /// Whether nothing failed or broke, and anything was run.
    #[must_use]
    pub const fn green(self) -> bool {
        self.failed == 0 && self.error == 0 && self.passed > 0
    }
}

impl Run {
    /// How many scenarios ended how.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(&self.scenarios)
    }

    /// The scenarios by feature, features in the order of their path.
    #[must_use]
    pub fn features(&self) -> BTreeMap<&str, Vec<&Scenario>> {
        let mut features: BTreeMap<&str, Vec<&Scenario>> = BTreeMap::new();
        for scenario in &self.scenarios {
            features.entry(&scenario.feature).or_default().push(scenario);
        }
        features
    }

    /// Scenarios that failed or broke, failures first.
    #[must_use]
    pub fn broken(&self) -> Vec<&Scenario> {
        let mut broken: Vec<_> =
            self.scenarios.iter().filter(|one| matches!(one.verdict, Verdict::Failed | Verdict::Error)).collect();
        broken.sort_by_key(|one| one.verdict);
        broken
    }
}

/// Reads the folder of a run. One log is in memory at a time.
///
/// A run that was killed is read as far as it got: a missing `run.json`, a scenario without its end and a torn last line are no
/// errors; an unreadable line is told in [`Scenario::damage`].
///
/// # Errors
/// When `dir` or a log in it cannot be read, or `run.json` is no JSON object.
pub fn load(dir: &Path) -> Result<Run, ReportError> {
    let mut run = Run::default();
    let about = run_file(dir)?;
    if let Some(about) = &about {
        run.finished = true;
        run.version = field(about, "version").unwrap_or_default();
        run.seed = field(about, "seed").unwrap_or_default();
        run.started = field(about, "started").unwrap_or_default();
        run.rig = field(about, "rig").unwrap_or_default();
    }
    for log in logs(dir)? {
        run.scenarios.push(scenario(&log)?);
    }
    let told = |name| about.as_ref().and_then(|about| float(about, name)).filter(|seconds| *seconds >= 0.0);
    run.virtual_s = told("virtual_s").unwrap_or_else(|| run.scenarios.iter().map(|one| one.virtual_s).sum());
    run.wall_s = told("wall_s").unwrap_or_else(|| run.scenarios.iter().map(|one| one.wall_s).sum());
    if run.seed.is_empty() {
        run.seed = run.scenarios.iter().map(|one| one.seed.clone()).find(|seed| !seed.is_empty()).unwrap_or_default();
    }
    Ok(run)
}

fn run_file(dir: &Path) -> Result<Option<Value>, ReportError> {
    let path = dir.join("run.json");
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound && dir.is_dir() => return Ok(None),
        read => read.map_err(ReportError::io(&path))?,
    };
    match serde_json::from_str(&text) {
        Ok(about @ Value::Object(_)) => Ok(Some(about)),
        Ok(_) => Err(ReportError::RunFile { path, reason: "it is something else".into() }),
        Err(error) => Err(ReportError::RunFile { path, reason: error.to_string() }),
    }
}

/// The logs of a run in the order of their folders' names, which begin with a number.
pub(crate) fn logs(dir: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let folder = dir.join("scenarios");
    let entries = match fs::read_dir(&folder) {
        // Killed before the first scenario.
        Err(error) if error.kind() == ErrorKind::NotFound && dir.is_dir() => return Ok(Vec::new()),
        entries => entries.map_err(ReportError::io(&folder))?,
    };
    let mut logs = Vec::new();
    for entry in entries {
        let log = entry.map_err(ReportError::io(&folder))?.path().join("events.ndjson");
        if log.is_file() {
            logs.push(log);
        }
    }
    logs.sort();
    Ok(logs)
}

fn scenario(log: &Path) -> Result<Scenario, ReportError> {
    /// More damage than this is told by its number only.
    const TOLD: usize = 5;
    let slug = log.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let (mut events, mut damage, mut more) = (Vec::new(), Vec::new(), 0);
    for event in event_log::read(BufReader::new(File::open(log).map_err(ReportError::io(log))?)) {
        match event {
            Ok(event) => events.push(event),
            Err(ReadError::Io(source)) => return Err(ReportError::io(log)(source)),
            Err(error @ ReadError::Line { .. }) if damage.len() < TOLD => {
                damage.push(format!("events.ndjson, {error}"))
            }
            Err(ReadError::Line { .. }) => more += 1,
        }
    }
    if more > 0 {
        damage.push(format!("and {more} more unreadable lines"));
    }
    Ok(Scenario { damage, ..Scenario::from_events(&slug, &events) })
}
