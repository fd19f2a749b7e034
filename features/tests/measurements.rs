//! The bring-up checks themselves: each can fail, what a rig cannot measure is no verdict, and the list is complete.

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use features::{Case, Rigs, Twins, Verdict};
use twin::Signal;

use common::{Blind, cases, of_check, run};

/// The scenario with something broken from the beginning.
fn with_cause(case: &Case, cause: &str) -> Case {
    let text = format!("Feature: f\n Scenario: s\n  Given {cause}\n");
    let feature =
        gherkin::Feature::parse(text, gherkin::GherkinEnv::default()).unwrap_or_else(|error| panic!("{error}"));
    let steps = feature.scenarios[0].steps.iter().chain(&case.steps).cloned().collect();
    Case { steps, ..case.clone() }
}

#[test]
fn a_check_fails_for_its_physical_cause() {
    let twins: Arc<dyn Rigs> = Arc::new(Twins::default());
    let causes = [
        ("BU-CP-01", "the positive supply of the pilot is at 11.3 V", "pilot high level"),
        ("BU-CP-01", "there is a ripple of 0.2 V on the pilot", "pilot ripple"),
        ("BU-CP-02", "the negative supply of the pilot is at -12.8 V", "pilot high level"),
        ("BU-CP-03", "the oscillator of the pilot runs 3 % fast", "pilot frequency"),
        ("BU-CP-03", "the negative supply of the pilot is at -11.2 V", "pilot low level"),
        ("BU-CP-05", "the charger's side of the pilot has 6 nF", "pilot rise time"),
        ("BU-CP-06", "the charger's side of the pilot has 6 nF", "pilot rise time"),
        ("BU-CP-07", "the source resistor of the pilot is 1100 ohm", "pilot source resistance"),
        ("BU-CP-08", "the charger's side of the pilot has 10 nF", "pilot duty cycle"),
        ("BU-CP-15", "the contactor is slow", "time until the contactor opens"),
        ("BU-RL-03", "the contactor is slow", "time from the pilot is in state C until the contactor closes"),
        ("BU-RL-05", "the contactor is slow", "time until the contactor opens"),
        ("BU-RL-07", "the contactor is slow", "time from power is withdrawn until the contactor opens"),
    ];
    for (check, cause, quantity) in causes {
        for case in of_check(check) {
            let broken = run(&with_cause(&case, cause), &twins);
            assert_eq!(broken.verdict, Verdict::Failed, "{check}, {cause}: {}", broken.message);
            let why = broken.message.lines().last().unwrap_or_default();
            assert!(why.starts_with(&format!("the {quantity} is ")), "{check}, {cause}: {why}");
        }
    }
}

#[test]
fn what_a_rig_cannot_measure_is_no_verdict() {
    let blind: Arc<dyn Rigs> = Arc::new(Blind::default());
    for case in of_check("BU-CP-05") {
        let outcome = run(&case, &blind);
        assert_eq!(outcome.verdict, Verdict::Skipped, "{}", outcome.message);
        let why = |quantity: Signal| format!("{quantity}: this rig has no instrument for the {quantity}");
        assert_eq!(
            outcome.message,
            format!("{}; {}", why(Signal::PilotRiseTime), why(Signal::PilotFallTime)),
            "every one is told"
        );
    }
    // What is measured in the log is measured on any rig, and is enough for a verdict.
    for case in of_check("BU-CP-13").into_iter().chain(of_check("BU-RL-05")) {
        assert_eq!(run(&case, &blind).verdict, Verdict::Passed);
    }
}

#[test]
fn every_check_is_in_the_table_and_every_row_is_a_check() {
    let is_check = |tag: &&str| tag.starts_with("BU-");
    let found: BTreeSet<String> = cases()
        .iter()
        .map(|case| {
            let tags: Vec<_> = case.tags.iter().map(|tag| tag.trim_start_matches('@')).filter(is_check).collect();
            assert_eq!(tags.len(), 1, "{}: one check each", case.place());
            assert!(case.tags.iter().any(|tag| tag == "@bring-up"), "{}", case.place());
            tags[0].to_owned()
        })
        .collect();
    let table = include_str!("../bring_up/README.md");
    let rows: BTreeSet<String> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| BU-"))
        .filter_map(|rest| rest.split_whitespace().next())
        .map(|rest| format!("BU-{rest}"))
        .collect();
    assert_eq!(found, rows);
}
