//! The record of a bring-up: what was checked, what was measured, what came of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Judgement, Measurement};

/// What came of one check.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum Outcome {
    /// It could not be carried out: something else is broken.
    Error {
        /// What.
        reason: String,
    },
    /// It is not as it should be.
    Fail {
        /// What is not.
        reason: String,
    },
    /// It does not apply to this rig.
    Na {
        /// Why not.
        reason: String,
    },
    /// It is as it should be.
    Pass,
}

impl Outcome {
    /// Why; empty for what passed.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Error { reason } | Self::Fail { reason } | Self::Na { reason } => reason,
            Self::Pass => "",
        }
    }

    /// In a word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Error { .. } => "error",
            Self::Fail { .. } => "fail",
            Self::Na { .. } => "not applicable",
            Self::Pass => "pass",
        }
    }
}

/// One check of the list.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Check {
    /// Its name, such as `cp.dc.x1`: the same in every report.
    pub id: String,
    /// What is checked, in words.
    pub title: String,
    /// Where it belongs: `CP DC`, `Relay`, `Supply`, ...
    pub area: String,
    /// When (RFC 3339).
    pub at: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What was measured.
    pub measurements: Vec<Measurement>,
    /// What the person beside the rig noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

impl Check {
    /// A check that is judged by its measurements: it passes when all of them do and there is at least one.
    #[must_use]
    pub fn measured(id: &str, title: &str, area: &str, at: &str, measurements: Vec<Measurement>) -> Self {
        let bad: Vec<_> =
            measurements.iter().filter(|one| one.verdict == Judgement::Fail).map(ToString::to_string).collect();
        let outcome = match (measurements.is_empty(), bad.is_empty()) {
            (true, _) => Outcome::Error { reason: "nothing was measured".into() },
            (false, true) => Outcome::Pass,
            (false, false) => Outcome::Fail { reason: bad.join("; ") },
        };
        Self { measurements, ..Self::told(id, title, area, at, outcome) }
    }

    /// A check whose outcome somebody, or something else, tells.
    #[must_use]
    pub fn told(id: &str, title: &str, area: &str, at: &str, outcome: Outcome) -> Self {
        let (measurements, remarks) = (Vec::new(), Vec::new());
        Self { id: id.into(), title: title.into(), area: area.into(), at: at.into(), outcome, measurements, remarks }
    }

    /// The outcome to go by: a check that is said to have passed has failed when one of its measurements did not hold.
    #[must_use]
    pub fn judged(&self) -> Outcome {
        let held = |one: &Measurement| one.verdict != Judgement::Fail && one.is_consistent();
        match (&self.outcome, self.measurements.iter().find(|one| !held(one))) {
            (Outcome::Pass, Some(one)) => Outcome::Fail { reason: one.to_string() },
            (outcome, _) => outcome.clone(),
        }
    }
}

/// How many checks came to what.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Could not be carried out.
    pub error: usize,
    /// Not as they should be.
    pub fail: usize,
    /// Did not apply.
    pub na: usize,
    /// As they should be.
    pub pass: usize,
}

impl Counts {
    /// All of them.
    #[must_use]
    pub const fn total(self) -> usize {
        self.error + self.fail + self.na + self.pass
    }

    /// Whether the rig may be used: nothing failed, and something was checked.
    #[must_use]
    pub const fn good(self) -> bool {
        self.error == 0 && self.fail == 0 && self.pass > 0
    }
}

/// The record of a bring-up.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct BringUpReport {
    /// The version of this format.
    pub v: u8,
    /// The rig.
    pub rig: String,
    /// Where it stands.
    pub place: String,
    /// Who carried it out.
    pub operator: String,
    /// When (RFC 3339).
    pub date: String,
    /// Versions of everything that has one, and numbers of instruments: `plugfest`, `firmware`, `kernel`, `scope`, ...
    pub versions: BTreeMap<String, String>,
    /// The commit of the checks, as `git describe` says it; empty when it is not known.
    pub git: String,
    /// What was checked, in the order in which it was.
    pub checks: Vec<Check>,
}

impl BringUpReport {
    /// The version of the format.
    pub const VERSION: u8 = 2;

    /// An empty report.
    #[must_use]
    pub fn new(rig: &str, place: &str, operator: &str, date: &str) -> Self {
        Self {
            v: Self::VERSION,
            rig: rig.into(),
            place: place.into(),
            operator: operator.into(),
            date: date.into(),
            versions: BTreeMap::new(),
            git: String::new(),
            checks: Vec::new(),
        }
    }

    /// How many checks came to what.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for check in &self.checks {
            match check.judged() {
                Outcome::Error { .. } => counts.error += 1,
                Outcome::Fail { .. } => counts.fail += 1,
                Outcome::Na { .. } => counts.na += 1,
                Outcome::Pass => counts.pass += 1,
            }
        }
        counts
    }

    /// The text of `report.json`.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts, numbers and lists of them always are JSON; a number that is none becomes null.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads a `report.json`.
    ///
    /// # Errors
    /// What is wrong in it.
    pub fn from_json(text: &str) -> Result<Self, String> {
        /// Looked at first: another version may have other fields.
        #[derive(Deserialize)]
        struct Version {
            v: u64,
        }
        let Version { v } = serde_json::from_str(text).map_err(|error| format!("no bring-up report: {error}"))?;
        if v != u64::from(Self::VERSION) {
            return Err(format!("version {v} of the bring-up report; this program reads version {}", Self::VERSION));
        }
        serde_json::from_str(text).map_err(|error| format!("no bring-up report: {error}"))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn sample() -> BringUpReport {
        let at = "2026-03-04T10:00:00Z";
        let mut report = BringUpReport::new("bench-3", "lab 2, left bench", "Ada <Lovelace>", at);
        report.versions.insert("firmware".into(), "V0.4".into());
        report.git = "v0.1.0-3-gabc".into();
        let volts = |value| Measurement::taken("X1, no car", value, "V", Some(11.4), Some(12.6));
        report.checks = vec![
            Check::measured("cp.dc.x1", "+12 V without a car", "CP DC", at, vec![volts(12.03)]),
            Check::measured(
                "relay.open",
                "The contactor opens when the car goes from C to B",
                "Relay",
                at,
                vec![
                    Measurement::taken("C to B", 412.0, "ms", None, Some(100.0)),
                    Measurement::missed("C to A", "ms", None, Some(100.0)),
                ],
            ),
            Check::told("imd", "Insulation", "IMD", at, Outcome::Na { reason: "an AC rig".into() }),
            Check {
                remarks: vec!["the lamp <flickers>".into()],
                ..Check::told("rcd", "6 mA", "RCD", at, Outcome::Error { reason: "the board does not answer".into() })
            },
        ];
        report
    }

    #[test]
    fn a_check_is_judged_by_its_measurements() {
        let report = sample();
        let outcomes: Vec<_> = report.checks.iter().map(|check| check.outcome.word()).collect();
        assert_eq!(outcomes, ["pass", "fail", "not applicable", "error"]);
        assert_eq!(report.checks[1].outcome.reason(), "C to B: 412 ms (at most 100); C to A: no reading (at most 100)");
        assert_eq!(report.counts(), Counts { error: 1, fail: 1, na: 1, pass: 1 });
        assert!(!report.counts().good());
        let none = Check::measured("x", "x", "x", "", Vec::new());
        assert_eq!(none.outcome, Outcome::Error { reason: "nothing was measured".into() });
        assert!(!Counts { na: 3, ..Counts::default() }.good(), "nothing was checked");
    }

    #[test]
    fn the_record_reads_as_it_was_written() {
        let report = sample();
        let text = report.to_json();
        let check = "\"id\": \"imd\",\n      \"title\": \"Insulation\",\n      \"area\": \"IMD\",\n      \"at\": \
                     \"2026-03-04T10:00:00Z\",\n      \"verdict\": \"na\",\n      \"reason\": \"an AC rig\",\n      \
                     \"measurements\": []";
        assert!(text.contains(check), "{text}");
        assert_eq!(BringUpReport::from_json(&text), Ok(report));
        let newer = BringUpReport::from_json("{\"v\":3}").expect_err("another version");
        assert_eq!(newer, "version 3 of the bring-up report; this program reads version 2");
        assert!(BringUpReport::from_json("[]").expect_err("no report").starts_with("no bring-up report: "));
    }

    #[test]
    fn a_pass_that_a_measurement_contradicts_is_a_fail() {
        let text = sample().to_json().replacen("12.03", "2.03", 1);
        let report = BringUpReport::from_json(&text).expect("a report");
        assert_eq!(report.checks[0].outcome, Outcome::Pass);
        assert_eq!(report.checks[0].judged(), Outcome::Fail { reason: "X1, no car: 2.03 V (11.4 to 12.6)".into() });
        assert_eq!((report.counts().pass, report.counts().fail), (0, 2));
    }
}
