//! A bench with a person beside it: what is asked, what is skipped, what must not be, and what is left behind.

#![cfg(target_os = "linux")]

mod common;

use std::process::{Command as Program, Stdio};

use common::bench::{ALONE, Bench, OPERATOR, PLUGGED};
use features::Verdict;
use hil_rig::Flags;
use iec61851::{Command, Event, PilotSignal, PilotState};

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
        board.says(Event::Pilot { state: PilotState::A, pwm: false });
        board.says(Event::Pilot { state: PilotState::B, pwm: false });
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
fn a_person_who_cannot_do_it_skips_the_scenario() {
    let mut bench = Bench::new("cannot", PLUGGED);
    let rigs = bench.rigs(Some("\ns\n"), OPERATOR).expect("it is free");
    let outcome = bench.play(&rigs, |_| {});
    assert_eq!(outcome.verdict, Verdict::Skipped, "{}", outcome.message);
    assert!(outcome.message.contains("the operator cannot do it here: Push the plug in"), "{}", outcome.message);
    assert_eq!(rigs.release(), Ok(()));
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
    assert!(outcome.message.contains("nothing on this rig measures it: PilotHigh"), "{}", outcome.message);
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
