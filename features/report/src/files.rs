//! The files of a report, beside the logs they are views of.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use event_log::output::{self, Unfinished};
use event_log::{Event, RunKind};
use serde_json::{Value, json};
use units::Instant;

use crate::error::ReportError;
use crate::run::{Loaded, Run, Source};
use crate::scenario::Scenario;
use crate::{html, junit, messages, rerun};

/// Writes the views of a run into its folder, over those of an earlier call, and answers the run: `report.html`, and where scenarios
/// were run `junit.xml`, `messages.ndjson`, `rerun.txt` and `events.ndjson` (the logs of all scenarios in a row). No log is changed.
///
/// # Errors
/// As [`load`](crate::load), and when a file cannot be written.
pub fn write_all(dir: &Path) -> Result<Run, ReportError> {
    let Loaded { run, kind, sources } = Loaded::read(dir)?;
    let write = |name: &str, view: String| {
        let path = dir.join(name);
        output::replace(&path, view.as_bytes()).map_err(ReportError::io(&path))
    };
    write("report.html", html(&run))?;
    if kind == RunKind::Test {
        write("junit.xml", junit(&run))?;
        write("messages.ndjson", messages(&run))?;
        write("rerun.txt", rerun(&run))?;
        merge(dir, &run, &sources)?;
    }
    Ok(run)
}

/// Copies the whole lines of the logs; the torn end of a killed run is left where it is. What was not run, or not to its end, is
/// there as what it is: an error.
fn merge(dir: &Path, run: &Run, sources: &[Source]) -> Result<(), ReportError> {
    let path = dir.join("events.ndjson");
    let mut all = Unfinished::begin(&path).map_err(ReportError::io(&path))?;
    for (source, scenario) in sources.iter().zip(&run.scenarios) {
        let last = match &source.log {
            Some(log) => copy(log, &path, &mut all)?,
            None => None,
        };
        for event in missing(last.as_ref(), scenario, &run.seed) {
            writeln!(all, "{}", event.line()).map_err(ReportError::io(&path))?;
        }
    }
    all.finish().map_err(ReportError::io(&path))
}

/// Copies one log; answers its last event.
fn copy(log: &Path, path: &Path, all: &mut Unfinished) -> Result<Option<Event>, ReportError> {
    let mut events = BufReader::new(File::open(log).map_err(ReportError::io(log))?);
    let (mut line, mut last) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        events.read_until(b'\n', &mut line).map_err(ReportError::io(log))?;
        if !line.ends_with(b"\n") {
            break;
        }
        all.write_all(&line).map_err(ReportError::io(path))?;
        std::mem::swap(&mut line, &mut last);
    }
    match event_log::read(&*last).next() {
        Some(Ok(event)) => Ok(Some(event)),
        // A damaged end: the last one that can be read stands for it.
        _ => Ok(event_log::read(BufReader::new(File::open(log).map_err(ReportError::io(log))?))
            .filter_map(Result::ok)
            .last()),
    }
}

/// What a log lacks: all of it, or its end.
fn missing(last: Option<&Event>, scenario: &Scenario, seed: &str) -> Vec<Event> {
    if last.is_some_and(|last| last.is("run", "end")) {
        return Vec::new();
    }
    let (next, t, wall) = last.map_or((0, Instant::ZERO, 0), |last| (last.seq + 1, last.t, last.wall));
    let seed = seed.parse::<u64>().map_or_else(|_| Value::from(seed), Value::from);
    let begin = json!({ "scenario": scenario.place(), "feature": scenario.feature, "line": scenario.line,
        "name": scenario.name, "tags": scenario.tags, "seed": seed });
    let end = json!({ "verdict": scenario.verdict.word(), "cause": scenario.cause.word(), "message": scenario.message,
        "virtual_s": scenario.virtual_s });
    let event = |seq, kind, data| Event::new(seq, t, wall, "run", kind, data);
    match last {
        None => vec![event(0, "begin", begin), event(1, "end", end)],
        Some(_) => vec![event(next, "end", end)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    use event_log::RunFolder;

    use crate::plan::{Plan, Planned, PlannedStep};
    use crate::testing::{charge, scenario, v2g_charge};
    use crate::{Cause, Verdict, github, load, summary};

    /// A folder of its own for a test, gone afterwards.
    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str, kind: RunKind) -> Self {
            let path = std::env::temp_dir().join(format!("report-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            RunFolder::claim(&path, kind).expect("a folder");
            Self(path)
        }

        fn log(&self, slug: &str, text: &str) {
            let folder = self.0.join("scenarios").join(slug);
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("events.ndjson"), text).expect("a log");
        }

        fn plan(&self, names: &[&str]) {
            let step = PlannedStep { keyword: "When".into(), text: "it charges".into(), line: 20 };
            let planned = names.iter().enumerate().map(|(index, name)| Planned {
                folder: format!("{:04}-{name}", index + 1),
                feature: "features/a.feature".into(),
                line: 3 * (index as u64 + 1),
                name: (*name).into(),
                tags: vec!["@CP-10".into()],
                steps: vec![step.clone()],
            });
            let scenarios = planned.collect();
            let plan = Plan { v: Plan::VERSION, version: "0.1.0".into(), rig: "twin".into(), seed: 7, scenarios };
            plan.write(&self.0).expect("written");
        }

        fn run_file(&self, text: &str) {
            fs::write(self.0.join("run.json"), text).expect("written");
        }

        fn read(&self, name: &str) -> String {
            fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn lines(name: &str, end: Option<(&str, &str)>) -> String {
        let head = json!({ "feature": "features/a.feature", "line": 3, "name": name, "tags": [], "seed": 7 });
        scenario(head, &[("When", "it charges", "passed", "")], charge(), end).lines()
    }

    const PASSED: Option<(&str, &str)> = Some(("passed", ""));

    #[test]
    fn a_killed_run_tells_in_every_report_what_it_did_not_run() {
        let folder = Folder::new("killed", RunKind::Test);
        folder.plan(&["one", "two", "three", "four"]);
        let whole = lines("one", PASSED);
        folder.log("0001-one", &whole);
        let torn = lines("two", None);
        folder.log("0002-two", &torn[..torn.len() - 30]);
        folder.log("0003-three", "");
        let run = write_all(&folder.0).expect("reports");
        assert_eq!(run, load(&folder.0).expect("a run"));
        let ends: Vec<_> = run.scenarios.iter().map(|one| (one.name.as_str(), one.verdict, one.cause)).collect();
        let not_run = |name| (name, Verdict::Error, Cause::NotRun);
        assert_eq!(ends, [("one", Verdict::Passed, Cause::Broken), not_run("two"), not_run("three"), not_run("four")]);
        assert_eq!(run.troubles, ["the run was ended before it was finished: 1 of 4 scenarios were not run"]);
        assert_eq!((run.exit_code(), run.seed.as_str(), run.rig.as_str()), (1, "7", "twin"));
        assert_eq!(
            folder.read("rerun.txt"),
            "features/a.feature:12\nfeatures/a.feature:3\nfeatures/a.feature:9\n",
            "the torn log told where it stands"
        );
        let junit = folder.read("junit.xml");
        assert!(junit.contains("tests=\"5\" failures=\"0\" errors=\"4\""), "{junit}");
        assert!(
            junit.contains("<testcase name=\"four\"") && junit.contains("not run: the run was ended before"),
            "{junit}"
        );
        let page = folder.read("report.html");
        assert!(page.contains("1 of 4 scenarios were not run") && page.contains("not run: the run was ended before"));
        let text = summary(&run);
        assert!(text.starts_with("ERROR: the run was ended before it was finished"), "{text}");
        assert!(text.contains("not run: four (features/a.feature:12)"), "{text}");
        let rows = github(&run);
        assert_eq!(rows.lines().count(), 4, "{rows}");
        assert!(rows.contains("file=features/a.feature,line=12,title=error%3A four"), "{rows}");
        let messages = folder.read("messages.ndjson");
        assert!(
            messages.contains("not run: the run was ended before") && messages.contains("\"success\":false"),
            "{messages}"
        );
        // Each scenario has its end in the log of all, and no log was changed.
        let merged: Vec<_> =
            event_log::read(folder.read("events.ndjson").as_bytes()).collect::<Result<_, _>>().expect("events");
        let ends = merged.iter().filter(|event| event.is("run", "end")).map(|event| event.text("verdict"));
        assert_eq!(ends.collect::<Vec<_>>(), ["passed", "error", "error", "error"]);
        assert_eq!(merged.len(), whole.lines().count() + torn.lines().count() - 1 + 1 + 2 + 2);
        assert_eq!(folder.read("scenarios/0002-two/events.ndjson").len(), torn.len() - 30);
    }

    #[test]
    fn a_run_that_was_ended_before_its_first_scenario_or_between_two_is_not_green() {
        let folder = Folder::new("before", RunKind::Test);
        let none = write_all(&folder.0).expect("reports");
        let why = "plan.json: it is not there: the run was ended before it began; what was to run is not known";
        assert_eq!((none.exit_code(), &none.troubles[1]), (1, &why.to_owned()));
        folder.plan(&["one", "two"]);
        assert_eq!(write_all(&folder.0).expect("reports").counts().error, 2);
        folder.log("0001-one", &lines("one", PASSED));
        let run = write_all(&folder.0).expect("reports");
        assert_eq!((run.counts().passed, run.counts().error, run.exit_code()), (1, 1, 1));
        folder.log("0002-two", &lines("two", PASSED));
        let run = write_all(&folder.0).expect("reports");
        assert_eq!((run.counts().passed, run.exit_code()), (2, 1), "killed before its last word");
        folder.run_file(r#"{"version":"0.1.0","seed":7,"rig":"twin"}"#);
        assert_eq!(write_all(&folder.0).expect("reports").exit_code(), 0);
    }

    #[test]
    fn a_plan_that_is_damaged_or_does_not_fit_is_told_and_never_green() {
        let folder = Folder::new("plan", RunKind::Test);
        folder.plan(&["one"]);
        folder.log("0001-one", &lines("one", PASSED));
        folder.run_file("{}");
        assert_eq!(load(&folder.0).expect("a run").exit_code(), 0);
        folder.log("0009-more", &lines("more", PASSED));
        let run = load(&folder.0).expect("a run");
        assert_eq!(run.troubles, ["scenarios/0009-more: it is not in plan.json"]);
        assert_eq!((run.exit_code(), run.counts().passed), (1, 2));
        let plan = folder.read("plan.json");
        fs::write(folder.0.join("plan.json"), &plan[..plan.len() - 40]).expect("torn");
        let run = write_all(&folder.0).expect("a run");
        assert!(run.troubles[0].starts_with("plan.json: it is damaged: "), "{:?}", run.troubles);
        assert!(run.exit_code() == 1 && folder.read("junit.xml").contains("errors=\"1\""));
    }

    #[test]
    fn why_a_run_stopped_and_what_else_was_wrong_with_it_is_told() {
        let folder = Folder::new("stopped", RunKind::Test);
        folder.plan(&["one", "two"]);
        folder.log("0001-one", &lines("one", PASSED));
        folder.run_file(r#"{"seed":7,"stopped":"--fail-fast","troubles":["the bench was not left safe"]}"#);
        let run = load(&folder.0).expect("a run");
        assert_eq!(run.scenarios[1].message, "not run: --fail-fast");
        assert_eq!(run.troubles, ["the bench was not left safe"]);
        assert_eq!(run.scenarios[1].steps.len(), 1, "the steps that were not run are told");
    }

    #[test]
    fn a_recorded_session_has_its_page_and_keeps_its_log() {
        let folder = Folder::new("session", RunKind::Charge);
        let log = lines("a session", PASSED);
        fs::write(folder.0.join("events.ndjson"), &log).expect("written");
        for _ in 0..2 {
            let run = write_all(&folder.0).expect("reports");
            assert_eq!((run.exit_code(), run.counts().total()), (0, 1));
            assert_eq!(folder.read("events.ndjson"), log);
        }
        let page = folder.read("report.html");
        assert!(page.contains("<svg") && page.contains("class=\"lanes\""));
        assert!(!folder.0.join("junit.xml").exists());
        // One that was killed, and one that was killed at once.
        fs::write(folder.0.join("events.ndjson"), &log[..log.len() - 20]).expect("torn");
        assert_eq!(write_all(&folder.0).expect("reports").exit_code(), 1);
        fs::remove_file(folder.0.join("events.ndjson")).expect("there");
        let run = write_all(&folder.0).expect("reports");
        assert_eq!((run.exit_code(), run.scenarios[0].cause), (1, Cause::NotRun));
        assert!(!folder.0.join("events.ndjson").exists());
    }

    #[test]
    fn captures_have_a_page_of_conversations_and_no_plan() {
        let folder = Folder::new("captures", RunKind::Capture);
        let none = write_all(&folder.0).expect("reports");
        assert_eq!((none.exit_code(), none.troubles.len()), (1, 1), "{:?}", none.troubles);
        folder.run_file(r#"{"version":"0.1.0","wall_s":0}"#);
        assert!(write_all(&folder.0).is_ok() && folder.read("report.html").contains("No conversation was found"));
        let head = json!({ "feature": "captures/car.pcap", "line": 0, "name": "conversation 1", "tags": [] });
        folder.log("0001-car", &scenario(head, &[("", "", "passed", "")], v2g_charge(), PASSED).lines());
        let run = write_all(&folder.0).expect("reports");
        assert_eq!((run.exit_code(), run.kind, run.troubles.len()), (0, RunKind::Capture, 0));
        let page = folder.read("report.html");
        for expected in [
            "<h1 class=\"passed\">1 conversation</h1>",
            "<title>1 conversation - Plugfest</title>",
            "<dt>end</dt><dd>reset by the station</dd>",
            "20 \u{d7} CurrentDemand",
            "EVTargetVoltage = 400 V",
            "class=\"times\"",
            "Voltage</b>",
            "Exchange</b>",
        ] {
            assert!(page.contains(expected), "{expected}");
        }
        for other in ["junit.xml", "messages.ndjson", "rerun.txt", "events.ndjson"] {
            assert!(!folder.0.join(other).exists(), "{other}");
        }
        folder.run_file(r#"{"version":"0.1.0","troubles":["car.pcap: it ends in the middle of packet 7"]}"#);
        assert_eq!(write_all(&folder.0).expect("reports").exit_code(), 1);
        assert!(folder.read("report.html").contains("1 conversation, not all could be read"));
    }

    #[test]
    fn a_folder_that_is_none_of_a_run_is_refused_and_left_alone() {
        let folder = Folder::new("refused", RunKind::Test);
        let missing = load(&folder.0.join("nothing")).expect_err("no such folder").to_string();
        assert!(missing.contains("nothing"), "{missing}");
        fs::remove_file(folder.0.join(RunFolder::MARK)).expect("there");
        fs::write(folder.0.join("events.ndjson"), "mine").expect("written");
        let foreign = write_all(&folder.0).expect_err("not ours").to_string();
        assert!(foreign.contains("it was not made by plugfest"), "{foreign}");
        assert_eq!(folder.read("events.ndjson"), "mine");
        assert!(!folder.0.join("report.html").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_a_view_is_not_followed() {
        for name in ["junit.xml", "messages.ndjson", "report.html", "rerun.txt", "events.ndjson"] {
            let folder = Folder::new("linked", RunKind::Test);
            folder.plan(&["one"]);
            let precious = folder.0.join("precious");
            fs::write(&precious, "mine").expect("written");
            std::os::unix::fs::symlink("precious", folder.0.join(name)).expect("a link");
            let error = write_all(&folder.0).expect_err("a link").to_string();
            assert!(error.ends_with(&format!("{name}: it is a symbolic link, which is not followed")), "{error}");
            assert_eq!(fs::read_to_string(&precious).expect("there"), "mine");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = Folder::new("named", RunKind::Test);
        for (text, why) in [("[1]", "it is something else"), ("", "EOF while parsing a value at line 1 column 0")] {
            folder.run_file(text);
            let run = load(&folder.0).expect("a run");
            assert!(run.troubles.contains(&format!("run.json: {why}; expected a JSON object")), "{:?}", run.troubles);
            assert_eq!(run.exit_code(), 1);
        }
        folder.run_file(r#"{"version":"0.1.0","seed":1,"rig":"twin","wall_s":2.5}"#);
        folder.plan(&["damaged"]);
        folder.log("0001-damaged", &(lines("one", PASSED) + "nonsense\n{\"v\":9}\n"));
        let run = load(&folder.0).expect("a run");
        assert_eq!((run.version.as_str(), run.rig.as_str(), run.wall_s), ("0.1.0", "twin", 2.5));
        assert_eq!(run.scenarios[0].damage.len(), 2, "{:?}", run.scenarios[0].damage);
        assert!(run.scenarios[0].damage[1].contains("version 9"), "{:?}", run.scenarios[0].damage);
    }
}
