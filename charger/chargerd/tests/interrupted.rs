//! Ctrl-C in the middle of a scenario on a bench. Alone in its program: whoever interrupts means all of it.

#![cfg(target_os = "linux")]

mod common;

use common::bench::{Bench, OPERATOR, PLUGGED};
use features::Verdict;
use iec61851::{Command, PilotSignal};

#[test]
fn an_interrupted_scenario_is_an_error_and_leaves_the_bench_safe() {
    let mut bench = Bench::new("interrupted", PLUGGED);
    let rigs = bench.rigs(Some("\n\n"), OPERATOR).expect("it is free");
    let outcome = bench.play(&rigs, |board| {
        board.hears(Command::SetPilot(PilotSignal::X1));
        board.hears(Command::Enable);
        // The board never says that a car is there: without an end from outside the scenario would wait for it.
        features::interrupt();
    });
    assert_eq!(outcome.verdict, Verdict::Error, "{}", outcome.message);
    assert!(outcome.message.ends_with("interrupted"), "{}", outcome.message);
    bench.is_safe();
    assert_eq!(rigs.release(), Ok(()));
    assert!(!bench.folder.path("lost").exists());
}
