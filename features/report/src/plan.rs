//! What a run is to do, written before its first scenario begins: what is missing afterwards was not run.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path};

use event_log::output;
use serde::{Deserialize, Serialize};

use crate::error::ReportError;

/// What a run is to do: the file `plan.json` of its folder.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Plan {
    /// The version of this format.
    pub v: u8,
    /// The version of the program.
    pub version: String,
    /// What the charger is: the twin, or the name of a rig.
    pub rig: String,
    /// The seed of the run.
    pub seed: u64,
    /// The scenarios, in the order in which they begin.
    pub scenarios: Vec<Planned>,
}

/// A scenario that is to run.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Planned {
    /// The name of its folder.
    pub folder: String,
    /// The path of its feature file, with slashes.
    pub feature: String,
    /// Its line in it; for a row of an outline, the row's.
    pub line: u64,
    /// Its name.
    pub name: String,
    /// Its tags, with their `@`.
    pub tags: Vec<String>,
    /// Its steps.
    pub steps: Vec<PlannedStep>,
}

/// A step of it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlannedStep {
    /// Given, When, Then, or their translation.
    pub keyword: String,
    /// The sentence.
    pub text: String,
    /// Its line in the feature file.
    pub line: u64,
}

impl Plan {
    /// The version of the format.
    pub const VERSION: u8 = 1;

    /// The file.
    pub(crate) const FILE: &str = "plan.json";

    /// Writes it into the folder of a run; it is on the disk when this returns.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), ReportError> {
        let path = dir.join(Self::FILE);
        // Texts, numbers and lists of them always are JSON.
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        output::replace_durably(&path, text.as_bytes()).map_err(ReportError::io(&path))
    }

    /// Reads the plan of a run.
    ///
    /// # Errors
    /// Why nobody knows what was to run, in words: there is no plan, or it is damaged.
    pub(crate) fn read(dir: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(dir.join(Self::FILE)).map_err(|error| match error.kind() {
            ErrorKind::NotFound => "it is not there: the run was ended before it began".to_owned(),
            _ => error.to_string(),
        });
        let plan = text.and_then(|text| Self::parse(&text));
        plan.map_err(|why| format!("{}: {why}; what was to run is not known", Self::FILE))
    }

    fn parse(text: &str) -> Result<Self, String> {
        /// Looked at first: another version may have other fields.
        #[derive(Deserialize)]
        struct Version {
            v: u64,
        }
        let Version { v } = serde_json::from_str(text).map_err(|error| format!("it is damaged: {error}"))?;
        if v != u64::from(Self::VERSION) {
            return Err(format!("version {v} of the plan; this program reads version {}", Self::VERSION));
        }
        let plan: Self = serde_json::from_str(text).map_err(|error| format!("it is damaged: {error}"))?;
        if plan.scenarios.is_empty() {
            return Err("it has no scenarios".into());
        }
        match plan.scenarios.iter().find(|one| !is_name(&one.folder)) {
            Some(one) => Err(format!("it is damaged: {:?} is no name of a folder", one.folder)),
            None => Ok(plan),
        }
    }
}

/// Whether a text names something in a folder, and nothing outside of it.
fn is_name(text: &str) -> bool {
    let mut parts = Path::new(text).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(name)), None) if name == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan() -> Plan {
        let step = PlannedStep { keyword: "When".into(), text: "two hours pass".into(), line: 4 };
        let one = Planned {
            folder: "0001-a".into(),
            feature: "features/a.feature".into(),
            line: 3,
            name: "a".into(),
            tags: vec!["@CP-10".into()],
            steps: vec![step],
        };
        let scenarios = vec![one.clone(), Planned { folder: "0002-b".into(), ..one }];
        Plan { v: Plan::VERSION, version: "0.1.0".into(), rig: "twin".into(), seed: 7, scenarios }
    }

    #[test]
    fn a_plan_is_read_as_it_was_written_and_a_torn_one_is_told() {
        let text = serde_json::to_string(&plan()).expect("JSON");
        assert_eq!(Plan::parse(&text), Ok(plan()));
        let torn = Plan::parse(&text[..text.len() / 2]).expect_err("torn");
        assert!(torn.starts_with("it is damaged: EOF while parsing"), "{torn}");
        let other = text.replacen("\"v\":1", "\"v\":9", 1);
        assert_eq!(Plan::parse(&other), Err("version 9 of the plan; this program reads version 1".into()));
        let none = serde_json::to_string(&Plan { scenarios: Vec::new(), ..plan() }).expect("JSON");
        assert_eq!(Plan::parse(&none), Err("it has no scenarios".into()));
        for folder in ["", ".", "..", "../x", "/etc", "a/b", "a/"] {
            let outside = text.replacen("0001-a", folder, 1);
            assert!(Plan::parse(&outside).is_err(), "{folder}");
        }
    }

    proptest! {
        #[test]
        fn no_part_of_a_plan_is_taken_for_a_whole_one(cut in 0.0..1.0_f64) {
            let text = serde_json::to_string_pretty(&plan()).expect("JSON");
            let cut = (text.len() as f64 * cut) as usize;
            prop_assert!(Plan::parse(&text[..cut]).is_err());
        }
    }
}
