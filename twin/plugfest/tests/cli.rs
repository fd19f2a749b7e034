//! The command line as a user meets it.

mod common;

use common::{Folder, code, plugfest, said};

#[test]
fn a_car_is_charged_and_recorded() {
    let folder = Folder::new("charged");
    let record = folder.text("record");
    let output = plugfest(&["charge", "--auth", "free", "--record", &record]);
    let said = said(&output);
    assert_eq!(code(&output), 0, "{said}");
    assert!(said.contains("20.0 % -> 80.0 %") && said.contains("virtual seconds per wall second"), "{said}");
    let events = folder.read("record/events.ndjson");
    assert!(events.lines().count() > 100 && events.contains("TransactionFinished"));
}

#[test]
fn every_way_of_authorization_and_a_limit() {
    for auth in ["rfid:BEEF", "remote"] {
        let output = plugfest(&["charge", "--auth", auth, "--limit", "10", "--duration", "600"]);
        let said = said(&output);
        assert!(code(&output) == 0 && said.contains("limit 10 A by Profile"), "{auth}: {said}");
    }
}

#[test]
fn wrong_words_are_told_by_name_with_what_was_expected() {
    let folder = Folder::new("wrong");
    let charger = folder.file("charger.toml", "[outlet]\nmax_current_a = 2\n");
    let car = folder.file("car.toml", "name = \"x\"\n[battery]\ncapacity_kwh = \"big\"\n");
    for (arguments, words) in [
        (vec!["charge", "--car", "zoo"], "zoo: car: one of"),
        (vec!["charge", "--car", &car], "battery.capacity_kwh"),
        (vec!["charge", "--car", "nowhere.toml"], "nowhere.toml"),
        (vec!["charge", "--charger", &charger], "outlet.max_current_a: from 6 to 80 A"),
        (vec!["charge", "--csms", "ws://127.0.0.1:9", "--speed", "max"], "real time"),
        (vec!["charge", "--csms", "http://x"], "expected ws://"),
        (vec!["charge", "--speed", "fast"], "expected 1x"),
        (vec!["charge", "--auth", "magic"], "expected free"),
        (vec!["charge", "--record", "/proc/no/such"], "/proc/no/such"),
        (vec!["test", "nowhere"], "nowhere: no such feature file"),
        (vec!["test", "features", "--tags", "@no-such-tag"], "no scenario was selected"),
        (vec!["test", "features", "--shard", "5/4"], "expected PART/PARTS"),
        (vec!["report", "nowhere"], "nowhere"),
    ] {
        let output = plugfest(&arguments);
        let said = said(&output);
        assert!(code(&output) == 2 && said.contains(words), "{arguments:?}: exit {}: {said}", code(&output));
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn verdicts_and_exit_codes() {
    let folder = Folder::new("verdicts");
    let feature = |name: &str, step: &str| {
        folder.file(
            name,
            &format!("Feature: f\n  Scenario: s\n    Given a charger where nobody needs a token\n    {step}\n"),
        )
    };
    let report = folder.text("report");
    for (file, expected, words) in [
        (
            folder.feature("mixed.feature", &["Then the contactor is closed", "Then the contactor is open"]),
            1,
            "1 passed, 1 failed",
        ),
        (feature("good.feature", "Then the contactor is open"), 0, "1 passed, 0 failed"),
        (feature("bad.feature", "Then the contactor is closed"), 1, "it is open"),
        (feature("unknown.feature", "Then the moon is full"), 2, "nothing was run"),
        (folder.file("broken.feature", "Feature: f\n  Nonsense\n"), 2, "broken.feature"),
    ] {
        let output = plugfest(&["test", &file, "--report", &report]);
        let said = said(&output);
        assert!(code(&output) == expected && said.contains(words), "{file}: exit {}: {said}", code(&output));
        if !said.contains("nothing was run") && !file.ends_with("broken.feature") {
            // The report of a run ends as the run did.
            assert_eq!(code(&plugfest(&["report", &report])), expected, "{file}");
        }
    }
    assert_eq!(code(&plugfest(&["test", "features", "--rig", "bench-3"])), 3);
}

#[test]
fn a_failure_leaves_its_evidence_and_can_be_run_again() {
    let folder = Folder::new("evidence");
    let text = "Feature: f\n  Scenario: good\n    Then the contactor is open\n  Scenario: bad\n    Given a car is charging\n    Then the contactor is open\n";
    let file = folder.file("two.feature", text);
    let report = folder.path("report");
    let shown = report.display().to_string();
    assert_eq!(code(&plugfest(&["test", &file, "--report", &shown])), 1);
    for name in ["events.ndjson", "junit.xml", "messages.ndjson", "plan.json", "report.html", "rerun.txt", "run.json"] {
        assert!(report.join(name).is_file(), "{name}");
    }
    let junit = std::fs::read_to_string(report.join("junit.xml")).expect("readable");
    assert!(junit.contains("<failure") && junit.contains("it is closed"), "{junit}");
    let rerun = report.join("rerun.txt").display().to_string();
    let again = plugfest(&["test", "--rerun", &rerun]);
    assert!(code(&again) == 1 && said(&again).contains("0 passed, 1 failed"), "{}", said(&again));
    assert_eq!(code(&plugfest(&["report", &shown])), 1);
}

#[test]
fn one_seed_is_one_log_for_any_number_of_jobs() {
    let folder = Folder::new("seeds");
    let run = |name: &str, seed: &str, jobs: &str| {
        let report = folder.path(name);
        let shown = report.display().to_string();
        let output = plugfest(&["test", "features/session", "--seed", seed, "--jobs", jobs, "--report", &shown]);
        let log = std::fs::read_to_string(report.join("events.ndjson"))
            .unwrap_or_else(|error| panic!("{error}: {}", said(&output)));
        log.lines().map(event_log::strip_wall).collect::<Vec<_>>()
    };
    let one = run("one", "7", "1");
    assert!(one.len() > 1_000);
    assert!(one == run("two", "7", "2"), "two jobs made another log");
    assert!(one != run("other", "8", "2"), "another seed made the same log");
}

#[test]
fn a_csms_that_is_not_there_is_told_and_nothing_flows() {
    let output = plugfest(&["charge", "--csms", "ws://127.0.0.1:9/ocpp", "--duration", "2"]);
    let said = said(&output);
    assert!(code(&output) == 1 && said.contains("ws://127.0.0.1:9/ocpp"), "exit {}: {said}", code(&output));
    assert!(!said.contains("ChargingStarted") && !said.contains("panicked"), "{said}");
}

#[test]
fn the_vocabulary_is_listed_with_descriptions() {
    let output = plugfest(&["steps"]);
    let said = said(&output);
    assert!(code(&output) == 0 && said.contains("When  the driver unplugs") && said.contains("{duration}"), "{said}");
}

/// A rig file in that folder, whose lock files lie beside it.
fn rig_file(folder: &Folder, world: &str, devices: &str) -> String {
    let locks = folder.text("locks").replace('\\', "/");
    folder.file(
        "own.toml",
        &format!(
            "[rig]\nid = \"own\"\nplace = \"lab 2\"\nworld = \"{world}\"\n[safety]\nmax_v = 0\nmax_a = 0\n[caps]\nprovides = []\n\
             [reservation]\nfolder = \"{locks}\"\n[devices]\n{devices}"
        ),
    )
}

#[test]
fn rigs_are_listed_with_those_of_a_folder() {
    let folder = Folder::new("list");
    rig_file(&folder, "twin", "");
    let output = plugfest(&["rig", "list", "--folder", &folder.text("")]);
    let said = said(&output);
    assert_eq!(code(&output), 0, "{said}");
    for id in ["twin", "desk", "uml", "tux-evse", "own"] {
        assert!(said.lines().any(|line| line.split_whitespace().next() == Some(id)), "{id}: {said}");
    }
    assert!(said.lines().any(|line| line.starts_with("own") && line.ends_with("free")), "{said}");
}

#[test]
fn a_rig_that_is_not_there_or_not_right_is_told() {
    let folder = Folder::new("check");
    let torn = folder.file("torn.toml", "[rig]\nid = \n");
    for (name, words) in [("bench-9", "no rig bench-9: expected twin"), (&torn, "torn.toml: line 2: ")] {
        for arguments in [vec!["rig", "check", name], vec!["test", "features", "--rig", name]] {
            let output = plugfest(&arguments);
            let said = said(&output);
            assert!(code(&output) == 3 && said.contains(words), "{arguments:?}: exit {}: {said}", code(&output));
        }
    }
    let output = plugfest(&["rig", "check", "twin"]);
    assert!(code(&output) == 0 && said(&output).contains("built in"), "{}", said(&output));
    assert_eq!(code(&plugfest(&["rig"])), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_rig_is_checked_device_by_device() {
    let folder = Folder::new("devices");
    let devices = "power_board = \"uart:/dev/plugfest-no-line\"\nmeter = \"modbus:/dev/null?unit=1\"\n";
    let output = plugfest(&["rig", "check", &rig_file(&folder, "operator", devices)]);
    let said = said(&output);
    assert_eq!(code(&output), 3, "{said}");
    assert!(said.contains("there is no /dev/plugfest-no-line") && said.contains("BAD"), "{said}");
    assert!(said.ends_with("not in order\n") && !said.contains("the rig is ready"), "one verdict: {said}");
    assert!(said.lines().any(|line| line.starts_with("BAD") && line.contains("/dev/null")), "{said}");
    // A name is enough for a rig of a folder.
    let output = plugfest(&["rig", "check", "own", "--folder", &folder.text("")]);
    assert!(code(&output) == 3 && self::said(&output).contains("plugfest-no-line"), "{}", self::said(&output));
}

/// The example of RFC 8410: nobody's secret.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                   -----END PRIVATE KEY-----\n";

#[test]
fn a_bring_up_is_signed_and_whoever_changes_it_is_noticed() {
    let folder = Folder::new("signed");
    let (key, report) = (folder.file("bench.pem", KEY), folder.text("report"));
    let bring_up =
        |key: &str| plugfest(&["rig", "bring-up", "twin", "--key", key, "--tags", "@BU-CP-01", "--report", &report]);
    // A key that cannot be used is told before anything is measured.
    let output = bring_up("no-such.pem");
    assert!(code(&output) == 2 && said(&output).contains("no-such.pem"), "{}", said(&output));
    assert!(!folder.path("report").exists());
    let output = bring_up(&key);
    assert!(code(&output) == 0 && said(&output).contains("1 checks passed, 0 failed"), "{}", said(&output));
    // The folder of the run, or that of the record in it.
    for own in [folder.text("report"), folder.text("report/bring-up")] {
        let verify = |more: &[&str]| plugfest(&[&["rig", "verify", &own], more].concat());
        let output = verify(&[]);
        assert!(code(&output) == 0 && said(&output).contains("nothing was changed"), "{}", said(&output));
        let output = verify(&["--trusted", &folder.text("report/bring-up/report.pub.pem")]);
        assert!(code(&output) == 0 && said(&output).contains("signed with the key of"), "{}", said(&output));
    }
    let sums = folder.read("report/bring-up/SHA256SUMS");
    let files: Vec<_> =
        sums.lines().filter_map(|line| line.split_once("  ")).map(|(_, path)| path.to_owned()).collect();
    assert!(files.len() > 8 && files.iter().any(|path| path.ends_with("/events.ndjson")), "{sums}");
    let verify = || plugfest(&["rig", "verify", &report]);
    for path in files {
        let file = folder.path("report").join(&path);
        let bytes = std::fs::read(&file).expect("there");
        std::fs::write(&file, [&bytes[..], b" "].concat()).expect("written");
        let output = verify();
        assert!(code(&output) == 1 && said(&output).contains(&format!("changed: {path}")), "{path}: {}", said(&output));
        std::fs::remove_file(&file).expect("there");
        let output = verify();
        // Of an unreadable key nothing can be checked at all.
        let words = if path.ends_with(".pem") { "report.pub.pem" } else { "missing: " };
        assert!(code(&output) == 1 && said(&output).contains(words), "{path}: {}", said(&output));
        std::fs::write(&file, bytes).expect("written");
    }
    folder.file("report/scenarios/more.txt", "");
    assert!(code(&verify()) == 1 && said(&verify()).contains("added: scenarios/more.txt"), "{}", said(&verify()));
}

#[test]
fn a_bring_up_that_was_not_signed_is_none_that_can_be_verified() {
    let folder = Folder::new("unsigned");
    let report = folder.text("report");
    let output = plugfest(&["rig", "bring-up", "twin", "--tags", "@BU-CP-01", "--report", &report]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let output = plugfest(&["rig", "verify", &report]);
    assert!(code(&output) == 1 && said(&output).contains("the report was not signed"), "{}", said(&output));
    let output = plugfest(&["rig", "verify", &folder.text("")]);
    assert!(code(&output) == 1 && said(&output).contains("there is no bring-up report in it"), "{}", said(&output));
}
