//! A run, read from its folder.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use event_log::{ReadError, RunFolder, RunKind};
use serde_json::Value;

use crate::error::ReportError;
use crate::plan::{Plan, Planned};
use crate::scenario::Scenario;
use crate::value::{field, float};
use crate::verdict::{Verdict, exit_code};

/// A run and its scenarios, in the order in which they were to begin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// What it was: scenarios, a session, or captures that were read.
    pub kind: RunKind,
    /// The version of the program; empty when nothing tells.
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
    /// What is not in order with the run itself: it was ended before it was finished, nobody knows what was to run. Each makes
    /// it no success, whatever its scenarios are.
    pub troubles: Vec<String>,
    /// The scenarios, those that were not run among them.
    pub scenarios: Vec<Scenario>,
}

/// How many scenarios ended how.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Assertions held.
    pub passed: usize,
    /// An assertion did not.
    pub failed: usize,
    /// Something else broke, or it was not run.
    pub error: usize,
    /// The rig lacked something.
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
}

impl Run {
    /// How many scenarios ended how.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(&self.scenarios)
    }

    /// The exit code of the run: [`exit_code`].
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        exit_code(self.scenarios.iter().map(|one| (one.verdict, one.cause)), !self.troubles.is_empty())
    }

    /// Whether nothing failed or broke, anything was run, and the run itself is in order.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.exit_code() == 0
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

/// A log of a run, where it should be, and the scenario that it should be of.
pub(crate) struct Source {
    /// The name of the folder of the scenario.
    pub(crate) slug: String,
    /// The log; nothing where the scenario was not begun.
    pub(crate) log: Option<PathBuf>,
    /// What the plan says of it.
    pub(crate) planned: Option<Planned>,
}

/// Reads the folder of a run. One log is in memory at a time.
///
/// A run that was killed is read as far as it got, and says so: what its plan has and its logs have not is an error. A scenario
/// without its end and a torn last line are no obstacle; an unreadable line is told in [`Scenario::damage`].
///
/// # Errors
/// When `dir` is no folder of a run, or it or a log in it cannot be read.
pub fn load(dir: &Path) -> Result<Run, ReportError> {
    Loaded::read(dir).map(|loaded| loaded.run)
}

/// A run, and where its logs are.
pub(crate) struct Loaded {
    pub(crate) run: Run,
    pub(crate) kind: RunKind,
    /// One for each scenario of the run, in its order.
    pub(crate) sources: Vec<Source>,
}

impl Loaded {
    pub(crate) fn read(dir: &Path) -> Result<Self, ReportError> {
        let kind = RunFolder::kind(dir)?;
        let mut run = Run { kind, ..Run::default() };
        let (about, damage) = run_file(dir)?;
        run.troubles.extend(damage);
        let sources = match kind {
            RunKind::Charge => {
                let log = dir.join("events.ndjson");
                vec![Source { slug: "charge".into(), log: log.is_file().then_some(log), planned: None }]
            }
            RunKind::Test => sources(dir, &mut run)?,
            // Nothing was planned: a capture has what it has.
            RunKind::Capture => {
                let logs = logs(dir)?.into_iter();
                logs.map(|(slug, log)| Source { slug, log: Some(log), planned: None }).collect()
            }
        };
        let stopped = about.as_ref().and_then(|about| field(about, "stopped")).filter(|why| !why.is_empty());
        for source in &sources {
            run.scenarios.push(scenario(source, stopped.as_deref())?);
        }
        if let Some(about) = &about {
            run.version = field(about, "version").unwrap_or(run.version);
            run.seed = field(about, "seed").unwrap_or(run.seed);
            run.started = field(about, "started").unwrap_or_default();
            run.rig = field(about, "rig").unwrap_or(run.rig);
            let troubles = about.get("troubles").and_then(Value::as_array).into_iter().flatten();
            run.troubles.extend(troubles.filter_map(Value::as_str).map(str::to_owned));
        } else if kind != RunKind::Charge {
            let unbegun = sources.iter().filter(|source| source.log.is_none()).count();
            let of = if unbegun > 0 {
                format!(": {unbegun} of {} scenarios were not run", sources.len())
            } else {
                String::new()
            };
            run.troubles.insert(0, format!("the run was ended before it was finished{of}"));
        }
        let told = |name| about.as_ref().and_then(|about| float(about, name)).filter(|seconds| *seconds >= 0.0);
        run.virtual_s = told("virtual_s").unwrap_or_else(|| run.scenarios.iter().map(|one| one.virtual_s).sum());
        run.wall_s = told("wall_s").unwrap_or_else(|| run.scenarios.iter().map(|one| one.wall_s).sum());
        if run.seed.is_empty() {
            let seeds = run.scenarios.iter().map(|one| one.seed.clone());
            run.seed = seeds.into_iter().find(|seed| !seed.is_empty()).unwrap_or_default();
        }
        Ok(Self { run, kind, sources })
    }
}

/// What the run was, if that was written; and what is wrong with it: then nobody knows how the run ended.
fn run_file(dir: &Path) -> Result<(Option<Value>, Option<String>), ReportError> {
    let path = dir.join("run.json");
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((None, None)),
        read => read.map_err(ReportError::io(&path))?,
    };
    let damaged = |what: String| (None, Some(format!("run.json: {what}; expected a JSON object")));
    Ok(match serde_json::from_str(&text) {
        Ok(about @ Value::Object(_)) => (Some(about), None),
        Ok(_) => damaged("it is something else".into()),
        Err(error) => damaged(error.to_string()),
    })
}

/// What the plan names, in its order, and then the logs that it does not name.
fn sources(dir: &Path, run: &mut Run) -> Result<Vec<Source>, ReportError> {
    let plan = Plan::read(dir).unwrap_or_else(|why| {
        run.troubles.push(why);
        Plan::default()
    });
    let planned = !plan.scenarios.is_empty();
    let mut logs = logs(dir)?;
    let mut sources: Vec<_> = plan
        .scenarios
        .into_iter()
        .map(|planned| Source {
            slug: planned.folder.clone(),
            log: logs.remove(&planned.folder),
            planned: Some(planned),
        })
        .collect();
    for (slug, log) in logs {
        if planned {
            run.troubles.push(format!("scenarios/{slug}: it is not in {}", Plan::FILE));
        }
        sources.push(Source { slug, log: Some(log), planned: None });
    }
    if planned {
        (run.version, run.rig, run.seed) = (plan.version, plan.rig, plan.seed.to_string());
    }
    Ok(sources)
}

/// The logs of a run by the names of their folders, which begin with a number.
fn logs(dir: &Path) -> Result<BTreeMap<String, PathBuf>, ReportError> {
    let folder = dir.join("scenarios");
    let entries = match fs::read_dir(&folder) {
        // Killed before the first scenario.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries.map_err(ReportError::io(&folder))?,
    };
    let mut logs = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(ReportError::io(&folder))?;
        let log = entry.path().join("events.ndjson");
        if log.is_file() {
            logs.insert(entry.file_name().to_string_lossy().into_owned(), log);
        }
    }
    Ok(logs)
}

fn scenario(source: &Source, stopped: Option<&str>) -> Result<Scenario, ReportError> {
    /// More damage than this is told by its number only.
    const TOLD: usize = 5;
    let (mut events, mut damage, mut more) = (Vec::new(), Vec::new(), 0);
    if let Some(log) = &source.log {
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
    }
    if more > 0 {
        damage.push(format!("and {more} more unreadable lines"));
    }
    let mut told = Scenario { damage, ..Scenario::from_events(&source.slug, &events) };
    if let Some(planned) = &source.planned {
        told.complete_from(planned);
    }
    if source.log.is_none() {
        told.was_not_run(stopped);
    }
    Ok(told)
}
