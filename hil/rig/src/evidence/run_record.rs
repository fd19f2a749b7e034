//! `run.json` of a scenario: what it was run on, what came of it, what was measured.

use std::collections::BTreeMap;

use event_log::Event;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Judgement, Measurement, wall};

/// What the log of a scenario does not tell.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct About {
    /// The rig.
    pub rig: String,
    /// What it offers.
    pub caps: Vec<String>,
    /// Versions that the log does not tell: `plugfest`.
    pub versions: BTreeMap<String, String>,
    /// The commit, as `git describe` says it; empty when it is not known.
    pub git: String,
    /// When the log began: microseconds since 1970. All captures of a scenario have this origin.
    pub began_micros: u64,
}

/// What is kept of a scenario.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunRecord {
    /// The version of this format.
    pub v: u8,
    /// The rig.
    pub rig: String,
    /// What it offers.
    pub caps: Vec<String>,
    /// Versions of everything that says one: `plugfest`, `chargerd`, `firmware` of the power board, `modem`.
    pub versions: BTreeMap<String, String>,
    /// The commit.
    pub git: String,
    /// The seed, as text; empty when the log does not tell.
    pub seed: String,
    /// `FEATURE:LINE`.
    pub place: String,
    /// The scenario.
    pub scenario: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it began (RFC 3339).
    pub began: String,
    /// The same in microseconds since 1970: second 0 of every file beside this one.
    pub began_micros: u64,
    /// How many seconds the log covers.
    pub seconds: f64,
    /// `passed`, `failed`, `error` or `skipped`; a log without an end is an error.
    pub verdict: String,
    /// Why.
    pub message: String,
    /// What was measured: the events `measurement/value`.
    pub measurements: Vec<Measurement>,
    /// What the person beside the rig noted: the events `operator/remark`.
    pub remarks: Vec<String>,
    /// The files beside this one.
    pub files: Vec<String>,
    /// Frames and measurements in the log that cannot be read.
    pub unreadable: usize,
}

impl RunRecord {
    /// The version of the format.
    pub const VERSION: u8 = 2;
    /// A version is cut there.
    const LONGEST_VERSION: usize = 80;
    /// More remarks than these are not kept.
    const REMARKS: usize = 1_000;
    /// More measurements than these are not kept.
    const MEASUREMENTS: usize = 10_000;

    /// The record that the events tell.
    #[must_use]
    pub fn of(events: &[Event], about: &About) -> Self {
        let mut record = Self {
            v: Self::VERSION,
            rig: about.rig.clone(),
            caps: about.caps.clone(),
            versions: about.versions.clone(),
            git: about.git.clone(),
            seed: String::new(),
            place: String::new(),
            scenario: String::new(),
            tags: Vec::new(),
            began: wall::stamp(about.began_micros),
            began_micros: about.began_micros,
            seconds: events.iter().map(|event| event.t.as_secs_f64()).fold(0.0, f64::max),
            verdict: "error".into(),
            message: "the run was ended before this scenario finished".into(),
            measurements: Vec::new(),
            remarks: Vec::new(),
            files: Vec::new(),
            unreadable: 0,
        };
        for event in events {
            match (event.source.as_str(), event.kind.as_str()) {
                ("run", "begin") => record.begin(event),
                ("run", "end") => {
                    record.verdict = event.text("verdict").into();
                    record.message = event.text("message").into();
                }
                ("run", "started") => record.version("chargerd", event.text("version")),
                ("board", "started") => record.version("firmware", event.text("firmware")),
                ("plc", "modem") => record.version("modem", event.text("version")),
                ("operator", "remark") if record.remarks.len() < Self::REMARKS => {
                    record.remarks.push(event.text("text").into());
                }
                ("measurement", "value") => match measurement(&event.data) {
                    Some(measurement) if record.measurements.len() < Self::MEASUREMENTS => {
                        record.measurements.push(measurement);
                    }
                    Some(_) => {}
                    None => record.unreadable += 1,
                },
                _ => {}
            }
        }
        record
    }

    /// Keeps what a device says of itself; it may say anything.
    fn version(&mut self, of: &str, text: &str) {
        if !text.is_empty() {
            self.versions.insert(of.into(), text.chars().take(Self::LONGEST_VERSION).collect());
        }
    }

    fn begin(&mut self, event: &Event) {
        let text = |field: &str| match event.data.get(field) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        self.seed = text("seed");
        self.place = format!("{}:{}", text("feature"), text("line"));
        self.scenario = text("name");
        let tags = event.data.get("tags").and_then(Value::as_array).into_iter().flatten();
        self.tags = tags.filter_map(Value::as_str).map(str::to_owned).collect();
    }

    /// The text of the file.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts, numbers and lists of them always are JSON; a number that is none becomes null.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// The measurement of an event `measurement/value` with `quantity value unit low high verdict`. The verdict is the one that was
/// given, which knows how exactly the rig tells time; without one it follows from the limits.
fn measurement(data: &Value) -> Option<Measurement> {
    let text = |field: &str| data.get(field).and_then(Value::as_str);
    let number = |field: &str| data.get(field).and_then(Value::as_f64);
    let value = number("value").unwrap_or(f64::NAN);
    let taken = Measurement::taken(text("quantity")?, value, text("unit")?, number("low"), number("high"));
    let verdict = match text("verdict") {
        Some("pass") => Judgement::Pass,
        Some("fail") => Judgement::Fail,
        Some("na") => Judgement::Na,
        _ => taken.verdict,
    };
    Some(Measurement { verdict, note: text("reason").unwrap_or_default().into(), ..taken })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Events;
    use serde_json::json;

    fn about() -> About {
        About {
            rig: "bench-3".into(),
            caps: vec!["ac".into()],
            versions: [("plugfest".to_owned(), "0.1.0".to_owned())].into(),
            git: "v0.1.0-3-gabc".into(),
            began_micros: 1_700_000_000_000_000,
        }
    }

    #[test]
    fn the_record_has_what_was_run_and_what_was_measured() {
        let mut log = Events::default();
        let begin = json!({ "scenario": "features/a.feature:5", "name": "A car charges", "feature": "features/a.feature", "line": 5,
                            "tags": ["@energised"], "seed": 7 });
        log.at(0).record("run", "begin", begin);
        let value = json!({ "quantity": "relay opens", "value": 83.0, "unit": "ms", "high": 100.0 });
        log.at(1_000).record("measurement", "value", value);
        log.at(2_000).record("measurement", "value", json!({ "value": 3 }));
        log.at(3_000).record("board", "started", json!({ "firmware": "m".repeat(1000), "protocol": 1 }));
        log.at(4_000).record("plc", "modem", json!({ "version": "MAC-QCA7000-1.1" }));
        log.at(5_000).record("operator", "remark", json!({ "text": "the lamp flickers" }));
        log.at(2_500_000).record("run", "end", json!({ "verdict": "passed", "message": "" }));
        let record = RunRecord::of(&log.events(), &about());
        assert_eq!((record.seed.as_str(), record.place.as_str()), ("7", "features/a.feature:5"));
        assert_eq!((record.scenario.as_str(), &record.tags[..]), ("A car charges", &["@energised".to_owned()][..]));
        assert_eq!((record.verdict.as_str(), record.seconds, record.unreadable), ("passed", 2.5, 1));
        assert_eq!(record.versions["modem"], "MAC-QCA7000-1.1");
        assert_eq!((record.versions["plugfest"].as_str(), record.versions["firmware"].len()), ("0.1.0", 80));
        assert_eq!(record.remarks, ["the lamp flickers"]);
        assert_eq!(record.began, "2023-11-14T22:13:20Z");
        assert_eq!(record.measurements, [Measurement::taken("relay opens", 83.0, "ms", None, Some(100.0))]);
        let back: RunRecord = serde_json::from_str(&record.to_json()).expect("JSON");
        assert_eq!(back, record);
    }

    #[test]
    fn a_log_without_an_end_is_an_error() {
        let record = RunRecord::of(&[], &about());
        assert_eq!(record.verdict, "error");
        assert!(record.message.starts_with("the run was ended"), "{}", record.message);
    }
}
