//! Runs that are ended before their end: each report says what was not run, and nothing about them is green.

#![cfg(unix)]

mod common;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{Folder, code, command, plugfest, said};

const OPEN: &str = "Then the contactor is open";
/// In virtual time; for as long as nobody ends it, some seconds.
const LONG: &str = "When 24 h pass";

/// A run that is under way, in the folder `report`.
struct Running(Child);

impl Running {
    fn begin(folder: &Folder, feature: &str, more: &[&str]) -> Self {
        let report = folder.text("report");
        let arguments = [&["test", feature, "--report", &report], more].concat();
        Self(command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs"))
    }

    fn signal(&self, name: &str) {
        let told = Command::new("kill").args([format!("-{name}"), self.0.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
    }

    fn ends(mut self) -> Option<i32> {
        self.0.wait().expect("it ends").code()
    }
}

/// Waits until it holds.
fn comes(holds: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    panic!("it has not come");
}

/// Waits until so many scenarios have begun a long step.
fn has_begun(folder: &Folder, number: usize) {
    comes(|| {
        let logs = std::fs::read_dir(folder.path("report/scenarios")).into_iter().flatten().flatten();
        let logs = logs.filter_map(|entry| std::fs::read_to_string(entry.path().join("events.ndjson")).ok());
        logs.filter(|log| log.contains("\"text\":\"24 h pass\"")).count() >= number
    });
}

/// Every report says that so many passed and so many were not run to their end.
fn all_tell(folder: &Folder, passed: usize, error: usize) {
    let report = folder.text("report");
    let output = command(&["report", &report]).env("GITHUB_ACTIONS", "true").output().expect("it runs");
    let said = said(&output);
    assert_eq!(code(&output), 1, "{said}");
    let total = passed + error;
    assert!(said.contains(&format!("{total} scenarios: {passed} passed, {error} in error")), "{said}");
    assert!(said.contains("ERROR: the run was ended before it was finished"), "{said}");
    let rows = said.lines().filter(|line| line.starts_with("::error file=")).count();
    assert_eq!(rows, error, "{said}");
    let junit = folder.read("report/junit.xml");
    assert_eq!(junit.matches("<error ").count(), error + 1, "{junit}");
    assert_eq!(junit.matches("<testcase ").count(), total + 1, "{junit}");
    let page = folder.read("report/report.html");
    assert!(page.contains("The run was ended") || page.contains("the run was ended before it was finished"));
    assert_eq!(folder.read("report/rerun.txt").lines().count(), error);
    let events = folder.read("report/events.ndjson");
    let ends = events.lines().filter(|line| line.contains("\"source\":\"run\",\"kind\":\"end\""));
    assert_eq!(ends.filter(|line| line.contains("\"verdict\":\"error\"")).count(), error);
    let messages = folder.read("report/messages.ndjson");
    assert_eq!(messages.matches("{\"testCaseFinished\"").count(), total);
    assert!(messages.contains("\"success\":false"));
}

#[test]
fn a_run_that_is_killed_tells_what_it_did_not_run() {
    // Two jobs begin with the two long scenarios; one job takes them as they stand in the file.
    for (jobs, begun, passed) in [("1", 1, 1), ("2", 2, 0)] {
        let folder = Folder::new(&format!("killed-{jobs}"));
        let feature = folder.feature("many.feature", &[OPEN, LONG, LONG, OPEN, OPEN]);
        let running = Running::begin(&folder, &feature, &["--jobs", jobs]);
        has_begun(&folder, begun);
        running.signal("KILL");
        assert_eq!(running.ends(), None, "a signal ended it");
        assert!(!folder.path("report/run.json").exists());
        all_tell(&folder, passed, 5 - passed);
        // Between two scenarios: nothing is there of the next one.
        std::fs::remove_dir_all(folder.path("report/scenarios/0002-s2")).expect("there");
        all_tell(&folder, passed, 5 - passed);
        // Before the first.
        std::fs::remove_dir_all(folder.path("report/scenarios")).expect("there");
        all_tell(&folder, 0, 5);
        // The same folder serves the next run.
        let (one, report) = (folder.feature("one.feature", &[OPEN]), folder.text("report"));
        let output = plugfest(&["test", &one, "--report", &report]);
        assert!(said(&output).contains("1 passed, 0 failed"), "{}", said(&output));
        assert_eq!(code(&plugfest(&["report", &report])), 0);
    }
}

#[test]
fn a_part_of_a_run_that_is_killed_speaks_of_that_part() {
    let folder = Folder::new("killed-shard");
    let steps = [LONG; 12];
    let feature = folder.feature("many.feature", &steps);
    let running = Running::begin(&folder, &feature, &["--shard", "1/3", "--jobs", "1"]);
    has_begun(&folder, 1);
    running.signal("KILL");
    running.ends();
    let plan: serde_json::Value = serde_json::from_str(&folder.read("report/plan.json")).expect("a plan");
    let planned = plan["scenarios"].as_array().expect("a list").len();
    assert!((1..12).contains(&planned), "{planned}");
    all_tell(&folder, 0, planned);
}

#[test]
fn a_plan_that_is_torn_is_told_and_never_green() {
    let folder = Folder::new("torn-plan");
    let feature = folder.feature("two.feature", &[OPEN, OPEN]);
    let report = folder.text("report");
    assert_eq!(code(&plugfest(&["test", &feature, "--report", &report])), 0);
    assert_eq!(code(&plugfest(&["report", &report])), 0);
    let plan = folder.read("report/plan.json");
    for torn in [&plan[..plan.len() / 2], "", "[]", "nonsense"] {
        folder.file("report/plan.json", torn);
        let output = plugfest(&["report", &report]);
        let said = said(&output);
        assert!(code(&output) == 1 && said.contains("plan.json: it is damaged"), "{torn:?}: {said}");
        assert!(said.contains("what was to run is not known") && !said.contains("panicked"), "{said}");
    }
    std::fs::remove_file(folder.path("report/plan.json")).expect("there");
    assert_eq!(code(&plugfest(&["report", &report])), 1);
}

#[test]
fn what_ends_a_run_in_an_orderly_way_leaves_its_reports() {
    for signal in ["INT", "TERM", "HUP"] {
        let folder = Folder::new(&format!("ended-{signal}"));
        let feature = folder.feature("many.feature", &[OPEN, LONG, OPEN]);
        let running = Running::begin(&folder, &feature, &["--jobs", "1"]);
        has_begun(&folder, 1);
        running.signal(signal);
        assert_eq!(running.ends(), Some(1), "{signal}");
        let output = plugfest(&["report", &folder.text("report")]);
        let said = said(&output);
        assert!(code(&output) == 1 && said.contains("1 passed, 2 in error"), "{signal}: {said}");
        assert!(said.contains("not run: s3") && said.contains("the run was interrupted"), "{signal}: {said}");
        assert!(!said.contains("ended before it was finished"), "it was finished in an orderly way: {said}");
    }
}

#[test]
fn a_session_that_is_ended_from_outside_tells_so_in_its_report() {
    for (signal, expected, words) in [
        ("KILL", None, "the run was ended before this scenario finished"),
        ("INT", Some(130), "the session was ended early"),
        ("TERM", Some(130), "the session was ended early"),
        ("HUP", Some(130), "the session was ended early"),
    ] {
        let folder = Folder::new(&format!("session-{signal}"));
        let record = folder.text("record");
        let mut charge = command(&["charge", "--auth", "free", "--speed", "30x", "--record", &record]);
        let running = Running(charge.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs"));
        let log = folder.path("record/events.ndjson");
        comes(|| std::fs::read_to_string(&log).is_ok_and(|log| log.contains("ChargingStarted")));
        running.signal(signal);
        assert_eq!(running.ends(), expected, "{signal}");
        let before = folder.read("record/events.ndjson");
        let output = plugfest(&["report", &record]);
        assert!(code(&output) == 1 && said(&output).contains(words), "{signal}: {}", said(&output));
        let page = folder.read("record/report.html");
        assert!(page.contains("<svg") && page.contains("ChargingStarted"), "{signal}: what was recorded is shown");
        assert_eq!(folder.read("record/events.ndjson"), before, "{signal}: the log is what it was");
    }
}

#[test]
fn whoever_is_started_to_outlive_the_terminal_does() {
    let folder = Folder::new("nohup");
    let feature = folder.feature("many.feature", &["When 3 h pass", OPEN]);
    let report = folder.text("report");
    let mut running = Command::new("nohup");
    running.arg(common::PLUGFEST).args(["test", &feature, "--jobs", "1", "--report", &report]);
    let running = Running(running.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs"));
    comes(|| folder.path("report/scenarios/0001-s1/events.ndjson").exists());
    running.signal("HUP");
    assert_eq!(running.ends(), Some(0));
}

#[test]
fn what_fail_fast_leaves_out_is_an_error_too() {
    let folder = Folder::new("fail-fast");
    let feature = folder.feature("many.feature", &[OPEN, "Then the contactor is closed", OPEN, OPEN]);
    let report = folder.text("report");
    let output = plugfest(&["test", &feature, "--jobs", "1", "--fail-fast", "--report", &report]);
    let told = said(&output);
    assert_eq!(code(&output), 1, "{told}");
    assert!(told.contains("error   s4") && told.contains("2 not run: --fail-fast ended the run"), "{told}");
    assert!(told.contains("1 passed, 3 failed (2 of them not run)"), "{told}");
    let output = plugfest(&["report", &report]);
    assert!(code(&output) == 1 && said(&output).contains("1 passed, 1 failed, 2 in error"), "{}", said(&output));
    assert_eq!(folder.read("report/rerun.txt").lines().count(), 3);
}

#[test]
fn a_selection_of_nothing_is_no_run() {
    let folder = Folder::new("nothing");
    let feature = folder.feature("one.feature", &[OPEN]);
    let report = folder.text("report");
    let empty = folder.file("rerun.txt", "");
    let gone = folder.file("gone.txt", &format!("{feature}:2\n{feature}:99\n"));
    for (arguments, words) in [
        (&["test", &feature, "--tags", "@none"][..], "no scenario was selected"),
        (&["test", "--rerun", &empty], "it names no scenario"),
        (&["test", "--rerun", &gone], "99: no scenario begins there"),
        (&["test", &format!("{feature}:3")], "3: no scenario begins there"),
        (&["test", &feature, "--shard", "1/1", "--tags", "@none"], "no scenario was selected"),
    ] {
        let output = plugfest(&[arguments, &["--report", &report]].concat());
        assert!(code(&output) == 2 && said(&output).contains(words), "{arguments:?}: {}", said(&output));
        assert!(!folder.path("report").exists());
    }
}
