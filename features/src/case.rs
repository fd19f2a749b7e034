//! Scenarios as they are found in feature files.

use std::fs;
use std::path::{Path, PathBuf};

use cucumber::feature::Ext as _;
use gherkin::tagexpr::TagOperation;
use gherkin::{Feature, GherkinEnv, ParseError, ParseFileError, Step};

use crate::options::{Options, Shard};

/// One scenario, or one row of an outline.
#[derive(Clone, Debug)]
pub struct Case {
    /// The feature file.
    pub path: PathBuf,
    /// Its line in it.
    pub line: usize,
    /// The feature's name.
    pub feature: String,
    /// Its own.
    pub name: String,
    /// Its own and the feature's, with `@`.
    pub tags: Vec<String>,
    /// Those of the background first.
    pub steps: Vec<Step>,
}

impl Case {
    /// The feature file as a text with slashes.
    #[must_use]
    pub fn file(&self) -> String {
        self.path.to_string_lossy().replace('\\', "/")
    }

    /// `file:line`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.file(), self.line)
    }

    /// A scenario without a sentence.
    pub(crate) fn empty() -> Self {
        Self {
            path: PathBuf::new(),
            line: 0,
            feature: String::new(),
            name: String::new(),
            tags: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// A number that follows from the names of feature and scenario (FNV-1a): it stays when lines are added above, and whatever way
    /// to the file somebody types.
    #[must_use]
    pub fn hash(&self) -> u64 {
        format!("{} {}", self.feature, self.name)
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    fn is_in(&self, shard: Shard) -> bool {
        self.hash() % u64::from(shard.of) == u64::from(shard.part - 1)
    }
}

/// Why the scenarios cannot be found.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// A feature file that is none.
    #[error("{file}: {what}")]
    Feature {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// A line of a feature file at which nothing begins: what was meant would not be run.
    #[error("{file}:{line}: no scenario begins there")]
    Line {
        /// The file.
        file: String,
        /// The line.
        line: usize,
    },
    /// Nothing was selected.
    #[error("no scenario was selected: {0}")]
    Nothing(String),
    /// A path that is not there.
    #[error("{0}: no such feature file or folder")]
    Path(String),
    /// A tag expression that is none.
    #[error("--tags {0}: not a tag expression; expected something like '@CP-10 and not @slow'")]
    Tags(String),
}

/// Finds the scenarios that the options select, in the order of files and lines.
///
/// # Errors
/// What cannot be read, and that nothing was selected.
pub fn discover(options: &Options) -> Result<Vec<Case>, DiscoverError> {
    let tags = options
        .tags
        .as_deref()
        .map(|text| text.parse::<TagOperation>().map_err(|_| DiscoverError::Tags(text.into())))
        .transpose()?;
    let mut paths = options.paths.clone();
    if let Some(rerun) = &options.rerun {
        let text = fs::read_to_string(rerun)
            .map_err(|error| DiscoverError::Feature { file: rerun.display().to_string(), what: error.to_string() })?;
        paths = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(PathBuf::from).collect();
        if paths.is_empty() {
            let what = "it names no scenario: nothing failed in the run that it is of".to_owned();
            return Err(DiscoverError::Feature { file: rerun.display().to_string(), what });
        }
    }
    let mut cases = Vec::new();
    for path in &paths {
        let (path, line) = with_line(path);
        let mut files = Vec::new();
        collect(&path, &mut files)?;
        files.sort();
        let before = cases.len();
        for file in files {
            let found = read(&file)?;
            cases.extend(found.into_iter().filter(|case| line.is_none_or(|line| case.line == line)));
        }
        if let Some(line) = line.filter(|_| cases.len() == before) {
            return Err(DiscoverError::Line { file: path.display().to_string(), line });
        }
    }
    let found = cases.len();
    if let Some(tags) = tags {
        cases.retain(|case| holds(&tags, &case.tags));
    }
    if let Some(shard) = options.shard {
        cases.retain(|case| case.is_in(shard));
    }
    if cases.is_empty() {
        let tags = options.tags.as_deref().map_or_else(String::new, |tags| format!(" by --tags '{tags}'"));
        let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(DiscoverError::Nothing(format!("{found} found in {}, none left{tags}", shown.join(" "))));
    }
    Ok(cases)
}

fn holds(expression: &TagOperation, tags: &[String]) -> bool {
    match expression {
        TagOperation::And(a, b) => holds(a, tags) && holds(b, tags),
        TagOperation::Or(a, b) => holds(a, tags) || holds(b, tags),
        TagOperation::Not(a) => !holds(a, tags),
        TagOperation::Tag(tag) => {
            let tag = tag.trim_start_matches('@');
            tags.iter().any(|own| own.trim_start_matches('@') == tag)
        }
    }
}

/// `file:line` as a file and a line.
fn with_line(path: &Path) -> (PathBuf, Option<usize>) {
    let text = path.to_string_lossy();
    match text.rsplit_once(':') {
        Some((file, line)) if !path.exists() => match line.parse() {
            Ok(line) => (PathBuf::from(file), Some(line)),
            Err(_) => (path.into(), None),
        },
        Some(_) | None => (path.into(), None),
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), DiscoverError> {
    if path.is_file() {
        files.push(path.into());
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(|_| DiscoverError::Path(path.display().to_string()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "feature") {
            files.push(path);
        }
    }
    Ok(())
}

/// What editors of some systems write in front of a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The feature in a file.
///
/// # Errors
/// Where it is none, and why.
fn parse(path: &Path) -> Result<Feature, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    if let Some(text) = bytes.strip_prefix(BYTE_ORDER_MARK) {
        let text = std::str::from_utf8(text).map_err(|_| "it is no text in UTF-8".to_owned())?;
        return Feature::parse(text, GherkinEnv::default()).map_err(|error| no_gherkin(&error));
    }
    Feature::parse_path(path, GherkinEnv::default()).map_err(|error| match error {
        ParseFileError::Parsing { error: Some(error), source, .. } => {
            format!("{}{error}", place_of(&source))
        }
        ParseFileError::Parsing { error: None, source, .. } => no_gherkin(&source),
        ParseFileError::Reading { source, .. } => source.to_string(),
    })
}

fn no_gherkin(error: &ParseError) -> String {
    format!("{}this is no Gherkin", place_of(error))
}

/// Where it is, as the parser tells it: in its words alone (`Error at LINE:COLUMN: what it expected`).
fn place_of(error: &ParseError) -> String {
    let text = error.to_string();
    let place = text
        .strip_prefix("Error at ")
        .and_then(|rest| rest.split_once(": "))
        .and_then(|(place, _)| place.split_once(':'));
    place.map_or_else(String::new, |(line, column)| format!("line {line}, column {column}: "))
}

fn read(path: &Path) -> Result<Vec<Case>, DiscoverError> {
    let wrong = |what: String| DiscoverError::Feature { file: path.display().to_string(), what };
    let feature = parse(path).map_err(wrong)?;
    let feature = feature.expand_examples().map_err(|error| wrong(error.to_string()))?;
    let background = |background: Option<&gherkin::Background>| background.map_or_else(Vec::new, |b| b.steps.clone());
    let common = background(feature.background.as_ref());
    let mut cases = Vec::new();
    let mut add = |scenario: &gherkin::Scenario, before: &[Step], tags: &[String]| {
        let tags = tags.iter().chain(&scenario.tags).map(|tag| format!("@{}", tag.trim_start_matches('@'))).collect();
        cases.push(Case {
            path: path.into(),
            line: scenario.position.line,
            feature: feature.name.clone(),
            name: scenario.name.clone(),
            tags,
            steps: before.iter().chain(&scenario.steps).cloned().collect(),
        });
    };
    for scenario in &feature.scenarios {
        add(scenario, &common, &feature.tags);
    }
    for rule in &feature.rules {
        let before: Vec<Step> = common.iter().cloned().chain(background(rule.background.as_ref())).collect();
        let tags: Vec<String> = feature.tags.iter().chain(&rule.tags).cloned().collect();
        for scenario in &rule.scenarios {
            add(scenario, &before, &tags);
        }
    }
    cases.sort_by_key(|case| case.line);
    Ok(cases)
}
