//! The command line as a user meets it.

use std::path::PathBuf;
use std::process::{Command, Output};

fn plugfest(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plugfest"))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("the program runs")
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A folder of its own, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("plugfest-cli-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_car_is_charged_and_recorded() {
    let folder = Folder::new("charged");
    let record = folder.0.join("record").display().to_string();
    let output = plugfest(&["charge", "--auth", "free", "--record", &record]);
    let said = said(&output);
    assert_eq!(code(&output), 0, "{said}");
    assert!(said.contains("20.0 % -> 80.0 %") && said.contains("virtual seconds per wall second"), "{said}");
    let events = std::fs::read_to_string(folder.0.join("record/events.ndjson")).expect("recorded");
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
    let report = folder.0.join("report").display().to_string();
    for (file, expected, words) in [
        (feature("good.feature", "Then the contactor is open"), 0, "1 passed, 0 failed"),
        (feature("bad.feature", "Then the contactor is closed"), 1, "it is open"),
        (feature("unknown.feature", "Then the moon is full"), 2, "no step has this sentence"),
        (folder.file("broken.feature", "Feature: f\n  Nonsense\n"), 2, "broken.feature"),
    ] {
        let output = plugfest(&["test", &file, "--report", &report]);
        let said = said(&output);
        assert!(code(&output) == expected && said.contains(words), "{file}: exit {}: {said}", code(&output));
    }
    assert_eq!(code(&plugfest(&["test", "features", "--rig", "bench-3"])), 3);
}

#[test]
fn a_failure_leaves_its_evidence_and_can_be_run_again() {
    let folder = Folder::new("evidence");
    let text = "Feature: f\n  Scenario: good\n    Then the contactor is open\n  Scenario: bad\n    Given a car is charging\n    Then the contactor is open\n";
    let file = folder.file("two.feature", text);
    let report = folder.0.join("report");
    let shown = report.display().to_string();
    assert_eq!(code(&plugfest(&["test", &file, "--report", &shown])), 1);
    for name in ["events.ndjson", "junit.xml", "report.html", "rerun.txt", "run.json"] {
        assert!(report.join(name).is_file(), "{name}");
    }
    let junit = std::fs::read_to_string(report.join("junit.xml")).expect("readable");
    assert!(junit.contains("<failure") && junit.contains("it is closed"), "{junit}");
    let rerun = report.join("rerun.txt").display().to_string();
    let again = plugfest(&["test", "--rerun", &rerun]);
    assert!(code(&again) == 1 && said(&again).contains("0 passed, 1 failed"), "{}", said(&again));
    assert_eq!(code(&plugfest(&["report", &shown])), 0);
}

#[test]
fn one_seed_is_one_log_for_any_number_of_jobs() {
    let folder = Folder::new("seeds");
    let run = |name: &str, seed: &str, jobs: &str| {
        let report = folder.0.join(name);
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
fn a_damaged_store_is_told_by_name_and_left_alone() {
    let folder = Folder::new("store");
    let record = folder.0.display().to_string();
    let store = folder.file("charger.sqlite", "this is no database at all, but somebody's notes about charging cars");
    let output = plugfest(&["charge", "--record", &record]);
    let said = said(&output);
    assert!(code(&output) == 2 && said.contains("charger.sqlite") && said.contains("move it away"), "{said}");
    assert!(std::fs::read_to_string(store).expect("there").starts_with("this is no"));
}

#[test]
fn the_vocabulary_is_listed_with_descriptions() {
    let output = plugfest(&["steps"]);
    let said = said(&output);
    assert!(code(&output) == 0 && said.contains("When  the driver unplugs") && said.contains("{duration}"), "{said}");
}

/// A rig file in that folder, whose lock files lie beside it.
fn rig_file(folder: &Folder, world: &str, devices: &str) -> String {
    let locks = folder.0.join("locks").display().to_string().replace('\\', "/");
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
    let output = plugfest(&["rig", "list", "--folder", &folder.0.display().to_string()]);
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
    assert!(said.lines().any(|line| line.starts_with("BAD") && line.contains("/dev/null")), "{said}");
    // A name is enough for a rig of a folder.
    let output = plugfest(&["rig", "check", "own", "--folder", &folder.0.display().to_string()]);
    assert!(code(&output) == 3 && self::said(&output).contains("plugfest-no-line"), "{}", self::said(&output));
}

/// The example of RFC 8410: nobody's secret.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                   -----END PRIVATE KEY-----\n";

#[test]
fn a_bring_up_is_signed_and_whoever_changes_it_is_noticed() {
    let folder = Folder::new("signed");
    let (key, report) = (folder.file("bench.pem", KEY), folder.0.join("report").display().to_string());
    let bring_up =
        |key: &str| plugfest(&["rig", "bring-up", "twin", "--key", key, "--tags", "@BU-CP-01", "--report", &report]);
    // A key that cannot be used is told before anything is measured.
    let output = bring_up("no-such.pem");
    assert!(code(&output) == 2 && said(&output).contains("no-such.pem"), "{}", said(&output));
    assert!(!folder.0.join("report").exists());
    let output = bring_up(&key);
    assert!(code(&output) == 0 && said(&output).contains("1 checks passed, 0 failed"), "{}", said(&output));
    let own = folder.0.join("report").join("bring-up");
    let verify = |more: &[&str]| plugfest(&[&["rig", "verify", &own.display().to_string()], more].concat());
    let output = verify(&[]);
    assert!(code(&output) == 0 && said(&output).contains("nothing was changed"), "{}", said(&output));
    let public = own.join("report.pub.pem").display().to_string();
    let output = verify(&["--trusted", &public]);
    assert!(code(&output) == 0 && said(&output).contains("signed with the key of"), "{}", said(&output));
    let file = own.join("report.json");
    let text = std::fs::read_to_string(&file).expect("there").replacen("twin", "gold", 1);
    std::fs::write(&file, text).expect("written");
    assert_eq!(code(&verify(&[])), 1);
}
