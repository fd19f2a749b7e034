//! `plugfest rig bring-up`: the checks of a new board as features, and their record as a report that can be signed.

use std::fs;
use std::path::Path;

use features::{RunEnd, print};
use hil_rig::bring_up::{self, BringUpReport, Check, Counts, Outcome};
use hil_rig::evidence::RunRecord;
use hil_rig::{Rig, wall};
use report::Scenario;

use crate::cli::BringUp;

/// The features with the checks.
const FEATURES: &str = "features/bring_up";

/// Runs the checks on a rig and writes the report beside the evidence.
pub(crate) fn bring_up(options: BringUp) -> i32 {
    match try_bring_up(options) {
        Ok(code) => code,
        Err((code, why)) => {
            print::complain(format_args!("{why}"));
            code
        }
    }
}

fn try_bring_up(options: BringUp) -> Result<i32, (i32, String)> {
    let usage = |why: String| (2, why);
    let own_folder = format!("bring-up-{}", options.rig_name());
    let BringUp { key, by, test, .. } = options;
    let folder = test.report.clone().unwrap_or_else(|| own_folder.into());
    let rig = Rig::find(&test.rig, &[super::HOUSE.into()]).map_err(|error| (super::NOT_READY, error.to_string()))?;
    let (place, rig_file) = match &rig {
        Rig::Twin => ("no place: a model".to_owned(), None),
        Rig::Wired(file) => {
            let text = fs::read_to_string(file.path());
            let text = text.map_err(|error| usage(format!("{}: {error}", file.path().display())))?;
            (file.rig.place.clone(), Some(text))
        }
    };
    // Hours of measuring are not to end with a key that cannot be used.
    if let Some(key) = key.as_deref() {
        bring_up::sign(b"", key).map_err(|error| usage(error.to_string()))?;
    }
    let mut run = test;
    run.report = Some(folder.clone());
    if run.paths == [Path::new("features")] {
        run.paths = vec![FEATURES.into()];
    }
    let rig = run.rig.clone();
    // Whatever this run has measured is reported, even if the rig was not in order in between.
    let code = match super::test(run) {
        RunEnd::Ran(code) => code,
        RunEnd::Refused(code) => return Ok(code),
    };
    let mut report = BringUpReport::new(&rig, &place, &by, &wall::stamp(wall::now_micros()));
    collect(&folder, &mut report).map_err(usage)?;
    let own = bring_up::write(&folder, &report, rig_file.as_deref(), key.as_deref());
    let own = own.map_err(|error| usage(error.to_string()))?;
    let counts = report.counts();
    print::line(format_args!("bring-up of {rig}: {}", in_words(counts)));
    print::line(format_args!("report: {} and report.json", own.join("report.html").display()));
    Ok(if counts.good() { code } else { code.max(1) })
}

fn in_words(counts: Counts) -> String {
    let Counts { pass, fail, na, error } = counts;
    format!("{pass} checks passed, {fail} failed, {na} not applicable, {error} errors")
}

/// `plugfest rig verify`.
pub(crate) fn verify(folder: &Path, trusted: Option<&Path>) -> i32 {
    match bring_up::read_signed(folder, trusted) {
        Ok(report) => {
            let counts = in_words(report.counts());
            print::line(format_args!("bring-up of {} on {}: {counts}", report.rig, report.date));
            match trusted {
                Some(key) => print::line(format_args!("signed with the key of {}", key.display())),
                None => print::line(format_args!(
                    "nothing was changed since it was signed; name the key of who signed it: --trusted FILE"
                )),
            }
            0
        }
        Err(error) => {
            print::complain(format_args!("{error}"));
            1
        }
    }
}

/// Reads the record of each scenario that was to run; each is a check, and one that was not run is none that passed.
fn collect(folder: &Path, report: &mut BringUpReport) -> Result<(), String> {
    let run = report::load(folder).map_err(|error| error.to_string())?;
    for scenario in &run.scenarios {
        let file = folder.join("scenarios").join(&scenario.slug).join("run.json");
        let record: RunRecord = match fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?,
            Err(_) => {
                report.checks.push(without_record(scenario));
                continue;
            }
        };
        report.versions.extend(record.versions.iter().map(|(name, version)| (name.clone(), version.clone())));
        report.git.clone_from(&record.git);
        report.checks.push(check(record));
    }
    Ok(())
}

/// A check of which nothing but its end is known.
fn without_record(scenario: &Scenario) -> Check {
    let reason = if scenario.reason().is_empty() { "its record is missing" } else { scenario.reason() }.to_owned();
    told(&scenario.tags, &scenario.name, &scenario.feature, "", Outcome::Error { reason })
}

fn check(record: RunRecord) -> Check {
    let file = record.place.split(':').next().unwrap_or_default();
    let reason = record.message.clone();
    let outcome = match record.verdict.as_str() {
        "passed" => Outcome::Pass,
        "skipped" => Outcome::Na { reason },
        "failed" => Outcome::Fail { reason },
        _ => Outcome::Error { reason },
    };
    let told = told(&record.tags, &record.scenario, file, &record.began, outcome);
    Check { measurements: record.measurements, remarks: record.remarks, ..told }
}

fn told(tags: &[String], name: &str, feature: &str, at: &str, outcome: Outcome) -> Check {
    // The tag that names the check; a check of somebody's own may have none.
    let id = tags.iter().find_map(|tag| tag.strip_prefix('@').filter(|tag| tag.starts_with("BU-"))).unwrap_or(name);
    let area = Path::new(feature).file_stem();
    let area = area.map_or_else(String::new, |stem| stem.to_string_lossy().replace('_', " "));
    Check::told(id, name, &area, at, outcome)
}
