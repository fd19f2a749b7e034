//! `plugfest rig bring-up`: the checks of a new board as features, and their record as a report that can be signed.

use std::fs;
use std::path::Path;

use hil_rig::bring_up::{self, BringUpReport, Check, Counts, Outcome};
use hil_rig::evidence::RunRecord;
use hil_rig::{Rig, wall};

use crate::cli::BringUp;

/// The features with the checks.
const FEATURES: &str = "features/bring_up";

/// Runs the checks on a rig and writes the report beside the evidence.
pub(crate) fn bring_up(options: BringUp) -> i32 {
    let own_folder = format!("bring-up-{}", options.rig_name());
    let BringUp { key, by, test, .. } = options;
    let folder = test.report.clone().unwrap_or_else(|| own_folder.into());
    let place = match Rig::find(&test.rig, &[super::HOUSE.into()]) {
        Ok(Rig::Twin) => "no place: a model".to_owned(),
        Ok(Rig::Wired(file)) => file.rig.place.clone(),
        Err(error) => {
            eprintln!("{error}");
            return super::NOT_READY;
        }
    };
    // Hours of measuring are not to end with a key that cannot be used.
    if let Some(Err(error)) = key.as_deref().map(|key| bring_up::sign(b"", key)) {
        eprintln!("{error}");
        return 2;
    }
    let mut run = test;
    run.report = Some(folder.clone());
    if run.paths == [Path::new("features")] {
        run.paths = vec![FEATURES.into()];
    }
    let rig = run.rig.clone();
    let scenarios = folder.join("scenarios");
    let written = || fs::metadata(&scenarios).and_then(|folder| folder.modified()).ok();
    let before = written();
    let code = super::test(run);
    // Whatever this run has measured is reported, even if the rig was not in order in between.
    if code == 2 || written() == before {
        return code;
    }
    let mut report = BringUpReport::new(&rig, &place, &by, &wall::stamp(wall::now_micros()));
    if let Err(error) = collect(&scenarios, &mut report) {
        eprintln!("{error}");
        return 2;
    }
    let own = folder.join("bring-up");
    if let Err(error) = bring_up::write(&own, &report, key.as_deref()) {
        eprintln!("{error}");
        return 2;
    }
    let counts = report.counts();
    println!("bring-up of {rig}: {}", in_words(counts));
    println!("report: {} and report.json", own.join("report.html").display());
    if counts.good() { code } else { code.max(1) }
}

fn in_words(counts: Counts) -> String {
    let Counts { pass, fail, na, error } = counts;
    format!("{pass} checks passed, {fail} failed, {na} not applicable, {error} errors")
}

/// `plugfest rig verify`.
pub(crate) fn verify(folder: &Path, trusted: Option<&Path>) -> i32 {
    match bring_up::read_signed(folder, trusted) {
        Ok(report) => {
            println!("bring-up of {} on {}: {}", report.rig, report.date, in_words(report.counts()));
            match trusted {
                Some(key) => println!("signed with the key of {}", key.display()),
                None => {
                    println!("nothing was changed since it was signed; name the key of who signed it: --trusted FILE")
                }
            }
            0
        }
        Err(error) => {
            eprintln!("{error}");
            1
        }
    }
}

/// Reads the record of each scenario; each is a check.
fn collect(scenarios: &Path, report: &mut BringUpReport) -> Result<(), String> {
    let entries = fs::read_dir(scenarios).map_err(|error| format!("{}: {error}", scenarios.display()))?;
    let mut folders: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    for folder in folders {
        let file = folder.join("run.json");
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let record: RunRecord = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        for (name, version) in &record.versions {
            report.versions.insert(name.clone(), version.clone());
        }
        report.checks.push(check(record));
    }
    Ok(())
}

fn check(record: RunRecord) -> Check {
    // The tag that names the check; a check of somebody's own may have none.
    let id = record.tags.iter().find_map(|tag| tag.strip_prefix('@').filter(|tag| tag.starts_with("BU-")));
    let id = id.unwrap_or(&record.scenario).to_owned();
    let file = record.place.split(':').next().unwrap_or_default();
    let area = Path::new(file).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().replace('_', " "));
    let reason = record.message.clone();
    let outcome = match record.verdict.as_str() {
        "passed" => Outcome::Pass,
        "skipped" => Outcome::Na { reason },
        "failed" => Outcome::Fail { reason },
        _ => Outcome::Error { reason },
    };
    let told = Check::told(&id, &record.scenario, &area, &record.began, outcome);
    Check { measurements: record.measurements, ..told }
}
