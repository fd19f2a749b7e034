//! A bench with a person beside it: what is asked, what is skipped, what must not be, and what is left behind.

#![cfg(target_os = "linux")]

mod common;

use std::process::{Command as Program, Stdio};

use common::bench::{ALONE, Bench, OPERATOR, PLUGGED};
use features::{Options, RunEnd, Verdict, run_on};
use hil_rig::Flags;
use iec61851::{Command, Event, PilotSignal, PilotState};
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn without_a_person_nothing_is_asked_and_the_scenario_is_skipped() {
    let mut bench = Bench::new("alone", PLUGGED);
    let rigs = bench.rigs(None, ALONE).expect("it is free");
    let outcome = bench.play(&rigs, |_| {});
    assert_eq!(outcome.verdict, Verdict::Skipped, "{}", outcome.message);
    assert!(
        outcome.message.contains("nobody is at the rig to do it (--operator): Push the plug in"),
        "{}",
        outcome.message
    );
    bench.is_safe();
    assert_eq!(rigs.release(), Ok(()));
    assert!(!bench.folder.path("lost").exists());
}

#[test]
fn what_a_person_does_is_seen_through_the_charger() {
    let mut bench = Bench::new("person", PLUGGED);
    let rigs = bench.rigs(Some("\n\n"), OPERATOR).expect("it is free");
    let taken = bench.rigs(None, ALONE).map(drop).expect_err("one user at a time");
    assert!(taken.contains("rig person is taken by "), "{taken}");
    let outcome = bench.play(&rigs, |board| {
        // Made safe before the charger starts, then enabled by it.
        board.hears(Command::SetPilot(PilotSignal::X1));
        board.hears(Command::Enable);
        board.says(Event::Pilot { state: PilotState::A, pwm: false, plug_in: None });
        board.says(Event::Pilot { state: PilotState::B, pwm: false, plug_in: None });
    });
    assert_eq!(outcome.verdict, Verdict::Passed, "{}", outcome.message);
    bench.is_safe();
    assert_eq!(rigs.release(), Ok(()));
    let log = bench.folder.read("evidence/events.ndjson");
    for words in ["\"by\":\"operator\"", "\"kind\":\"safe_state\"", "\"state\":\"B1\""] {
        assert!(log.contains(words), "{words}");
    }
    // What passed on the wires, although nobody but the charger is at them.
    let lines = bench.folder.read("evidence/uart.log");
    for words in [" uart:board out ", " uart:board in ", " uart:meter out ", " uart:meter in "] {
        assert!(lines.contains(words), "{words}: {lines}");
    }
    for name in ["board.toml", "charger.toml", "charger.ndjson"] {
        assert!(bench.folder.path("evidence").join(name).is_file(), "{name}");
    }
    assert!(bench.folder.read("evidence/charger.toml").contains("max_current_a = 16"));
    drop(bench.rigs(None, ALONE).expect("free again"));
}

#[test]
fn a_charger_that_dies_on_a_bench_is_an_error_and_the_bench_is_left_safe() {
    let mut bench = Bench::new("killed", PLUGGED);
    let rigs = bench.rigs(Some("\n\n"), OPERATOR).expect("it is free");
    let number = std::env::temp_dir().join(format!("plugfest-killed-{}/chargerd.pid", std::process::id()));
    let outcome = bench.play(&rigs, |board| {
        board.hears(Command::SetPilot(PilotSignal::X1));
        board.hears(Command::Enable);
        let pid = std::fs::read_to_string(&number).expect("it runs").parse().expect("a number");
        kill_process(Pid::from_raw(pid).expect("a process"), Signal::KILL).expect("it runs");
    });
    assert_eq!(outcome.verdict, Verdict::Error, "{}", outcome.message);
    let why = "chargerd ended by itself: signal: 9 (SIGKILL)";
    assert!(outcome.message.contains(why), "{}", outcome.message);
    bench.is_safe();
    assert_eq!(rigs.release(), Ok(()));
}

#[test]
fn a_person_who_cannot_do_it_skips_the_scenario() {
    let mut bench = Bench::new("cannot", PLUGGED);
    let rigs = bench.rigs(Some("\ns\n"), OPERATOR).expect("it is free");
    let outcome = bench.play(&rigs, |_| {});
    assert_eq!(outcome.verdict, Verdict::Skipped, "{}", outcome.message);
    assert!(outcome.message.contains("the operator cannot do it here: Push the plug in"), "{}", outcome.message);
    assert_eq!(rigs.release(), Ok(()));
}

#[test]
fn a_person_for_whom_it_did_not_work_fails_the_scenario_with_their_words_in_the_report() {
    let mut bench = Bench::new("did-not", PLUGGED);
    let rigs = bench.rigs(Some("\nr the lamp flickers\nn the plug does not fit\n"), OPERATOR).expect("it is free");
    let outcome = bench.play(&rigs, |_| {});
    assert_eq!(outcome.verdict, Verdict::Failed, "{}", outcome.message);
    let why = "the operator says that it did not work: the plug does not fit (Push the plug in";
    assert!(outcome.message.contains(why), "{}", outcome.message);
    bench.is_safe();
    assert_eq!(rigs.release(), Ok(()));
    let record: hil_rig::evidence::RunRecord =
        serde_json::from_str(&bench.folder.read("evidence/run.json")).expect("a record");
    assert_eq!(record.remarks, ["the lamp flickers", "the plug does not fit"]);
    assert_eq!(record.verdict, "failed");
}

#[test]
fn a_bench_that_is_not_as_its_file_says_is_told_once_and_nothing_is_run() {
    let bench =
        Bench::new("not-ready", &PLUGGED.replace("Scenario: s", "Scenario: a\n    When 1 s pass\n  Scenario: b"));
    std::fs::remove_file(bench.folder.path("board")).expect("the link is there");
    let report = bench.folder.path("report");
    let options =
        Options { paths: vec![bench.folder.path("bench.feature")], report: Some(report.clone()), ..Options::default() };
    for _ in 0..2 {
        // It is given back each time.
        let rigs = bench.rigs(Some("\n\n"), OPERATOR).expect("it is free");
        assert_eq!(run_on(&options, &rigs), RunEnd::Refused(3));
    }
    // That nothing was run is an error of each scenario, and nobody is alarmed.
    let told = bench.folder.read("report/junit.xml");
    assert!(told.contains("errors=\"2\""), "{told}");
    assert!(!bench.folder.path("lost").exists());
}

#[test]
fn a_bench_that_is_as_its_file_says_runs() {
    let bench = Bench::new("ready", "@rig\nFeature: f\n  Scenario: s\n    When 1 s pass\n");
    // Nothing is to be energised, and there is no interlock that could be missing.
    let text = bench.folder.read("bench.toml").replace("energised = true", "energised = false");
    let lines = text.lines().filter(|line| !line.starts_with("interlock")).map(|line| format!("{line}\n"));
    bench.folder.write("bench.toml", &lines.collect::<String>());
    let rigs = bench.rigs(Some("\n\n"), OPERATOR).expect("it is free");
    let options = Options { paths: vec![bench.folder.path("bench.feature")], ..Options::default() };
    assert_eq!(run_on(&options, &rigs), RunEnd::Ran(0));
}

#[test]
fn what_nothing_measures_and_what_must_not_be_is_told() {
    let mut bench =
        Bench::new("limits", "@rig\nFeature: f\n  @energised\n  Scenario: s\n    When the driver plugs in\n");
    let rigs = bench.rigs(Some(""), Flags { energised: true, ..OPERATOR }).expect("it is free");
    // An interlock that cannot be read is not closed.
    let outcome = bench.play(&rigs, |_| {});
    assert!(outcome.verdict == Verdict::Error && outcome.message.contains("interlock"), "{}", outcome.message);
    bench.folder.write(
        "bench.feature",
        "@rig\nFeature: f\n  Scenario: s\n    Then the high pilot level is between 11 V and 13 V\n",
    );
    let outcome = bench.play(&rigs, |_| {});
    assert_eq!(outcome.verdict, Verdict::Skipped, "{}", outcome.message);
    assert!(outcome.message.contains("nothing on this rig measures the pilot high level"), "{}", outcome.message);
    assert_eq!(rigs.release(), Ok(()));
}

#[test]
fn a_board_that_cannot_be_made_safe_is_an_error_before_anything_happens() {
    let mut bench = Bench::new("gone", PLUGGED);
    std::fs::remove_file(bench.folder.path("board")).expect("the link is there");
    let rigs = bench.rigs(Some("\n\n"), OPERATOR).expect("it is free");
    let outcome = bench.play(&rigs, |_| {});
    assert_eq!(outcome.verdict, Verdict::Error, "{}", outcome.message);
    assert!(outcome.message.contains("the bench is not known to be safe"), "{}", outcome.message);
    // Nobody stands the watchdog down: it has the last try, and the run hears of it.
    let released = rigs.release().expect_err("it was not left safe");
    assert!(released.contains("its watchdog was left to make it so"), "{released}");
    assert!(bench.folder.path("lost").exists());
}

#[test]
fn a_run_without_power_begins_with_a_bench_without_power() {
    let mut bench = Bench::new("dead", PLUGGED);
    let rigs = bench.rigs(Some("s\n"), OPERATOR).expect("it is free");
    for _ in 0..2 {
        // It is asked once a run.
        let outcome = bench.play(&rigs, |_| {});
        assert_eq!(outcome.verdict, Verdict::Error, "{}", outcome.message);
        assert!(outcome.message.contains("the bench has power, and this run is not to use it"), "{}", outcome.message);
    }
    assert_eq!(rigs.release(), Ok(()));
}

#[test]
fn a_rig_whose_program_died_is_made_safe_and_a_charger_left_over_is_ended() {
    let bench = Bench::new("died", PLUGGED);
    let scratch = bench.folder.path("scratch");
    let text = format!(
        "[devices]\npower_board = \"uart:{}\"\nmeter = \"modbus:/dev/null?map=eastron-sdm72d-m-v2\"\n",
        bench.folder.path("board").display()
    );
    std::fs::create_dir_all(&scratch).expect("a folder");
    std::fs::write(scratch.join("board.toml"), text).expect("written");
    let board = scratch.join("board.toml");
    let mut left = Program::new("sh")
        // It waits for a line that never comes, and starts nothing that could outlive it.
        .args(["-c", "read line; true"])
        .arg(&board)
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell");
    std::fs::write(scratch.join("chargerd.pid"), left.id().to_string()).expect("written");
    let code = virtual_rig::operator::watch(&b"beat\n"[..], env!("CARGO_BIN_EXE_chargerd").as_ref(), &scratch);
    assert_eq!(code, 3);
    bench.is_safe();
    assert!(left.wait().expect("it ended").code().is_none(), "a signal ended it");
    assert!(!scratch.exists());
}

#[test]
fn a_rig_file_without_what_a_charger_needs_is_refused() {
    let bench = Bench::new("needs", PLUGGED);
    let text = bench.folder.read("bench.toml");
    for (from, to, words) in [
        ("meter = \"modbus", "grid_meter = \"modbus", "devices.meter: an endpoint"),
        ("\"meter\"]", "\"can\"]", ""),
        ("max_a = 16", "max_a = 5", "safety.max_a: at least 6 A"),
    ] {
        bench.folder.write("bench.toml", &text.replace("\"meter\"]", "\"can\"]").replace(from, to));
        match bench.rigs(None, ALONE).map(drop) {
            Ok(()) => assert_eq!(words, "", "{to}"),
            Err(error) => assert!(!words.is_empty() && error.contains(words), "{error}"),
        }
    }
}
