//! The bring-up checks themselves: each can fail, what a rig cannot measure is no verdict, and the list is complete.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use event_log::Log;
use features::{
    Case, Options, Outcome, Phrases, Quantity, Rig, Rigs, SimRig, Twins, Verdict, discover, perform, run_on,
};
use hil_rig::{Decision, Flags};
use twin::{Action, Csms, Setup, Signal, TwinError};
use units::Instant;

/// The scenarios of the bring-up list.
fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bring_up");
    let options = Options { paths: vec![folder], ..Options::default() };
    discover(&options).unwrap_or_else(|error| panic!("{error}"))
}

/// Those of one check.
fn of_check(id: &str) -> Vec<Case> {
    let found: Vec<_> =
        cases().into_iter().filter(|case| case.tags.iter().any(|tag| tag == &format!("@{id}"))).collect();
    assert!(!found.is_empty(), "{id}");
    found
}

fn run(case: &Case, rigs: &Arc<dyn Rigs>) -> Outcome {
    perform(case, 1, None, &Phrases::default(), rigs)
}

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

/// A rig without any instrument at the pilot; its host may stand still.
#[derive(Clone, Copy, Default)]
struct Blind {
    flags: Flags,
    stood: Duration,
}

struct BlindRig(SimRig, Duration);

impl Rigs for Blind {
    fn name(&self) -> &str {
        "blind"
    }

    fn jobs(&self, _: Option<usize>) -> usize {
        1
    }

    fn flags(&self) -> Flags {
        self.flags
    }

    fn decide(&self, _tags: &[String]) -> Decision {
        Decision::Run
    }

    fn make(&self, setup: Setup, _folder: Option<&Path>) -> Result<Box<dyn Rig>, String> {
        let stood = self.stood;
        SimRig::new(setup).map(|rig| Box::new(BlindRig(rig, stood)) as Box<dyn Rig>).map_err(|error| error.to_string())
    }
}

impl Rig for BlindRig {
    fn can(&self, action: &Action) -> Result<(), String> {
        self.0.can(action)
    }

    fn resolution(&self) -> Duration {
        self.0.resolution()
    }

    fn boot(&mut self, limit: Duration) -> Result<(), String> {
        self.0.boot(limit)
    }

    fn act(&mut self, action: Action) {
        self.0.act(action);
    }

    fn wait(&mut self, limit: Duration, done: &mut dyn FnMut(&mut dyn Rig) -> bool) -> bool {
        self.0.wait(limit, done)
    }

    fn probe(&mut self, signal: Signal) -> f64 {
        self.0.probe(signal)
    }

    // What it says of itself when it measures is what any rig says that does not say otherwise.

    fn now(&self) -> Instant {
        self.0.now()
    }

    fn log(&self) -> &Log {
        self.0.log()
    }

    fn csms(&self) -> Option<&Csms> {
        self.0.csms()
    }

    fn pilot_state(&mut self) -> String {
        self.0.pilot_state()
    }

    fn energy_balance(&mut self) -> Option<twin::Balance> {
        self.0.energy_balance()
    }

    fn health(&self) -> Result<(), TwinError> {
        let (stood, allowed) = (self.1, Duration::from_millis(500));
        if stood > allowed { Err(TwinError::Stalled { stood, allowed }) } else { self.0.health() }
    }

    fn finish(&mut self) {
        self.0.finish();
    }
}

#[test]
fn what_a_rig_cannot_measure_is_no_verdict() {
    let blind: Arc<dyn Rigs> = Arc::new(Blind::default());
    for case in of_check("BU-CP-05") {
        let outcome = run(&case, &blind);
        assert_eq!(outcome.verdict, Verdict::Skipped, "{}", outcome.message);
        let why = |quantity: Quantity| format!("{quantity}: this rig has no instrument for the {quantity}");
        assert_eq!(
            outcome.message,
            format!("{}; {}", why(Quantity::PilotRiseTime), why(Quantity::PilotFallTime)),
            "every one is told"
        );
    }
    // What is measured in the log is measured on any rig, and is enough for a verdict.
    for case in of_check("BU-CP-13").into_iter().chain(of_check("BU-RL-05")) {
        assert_eq!(run(&case, &blind).verdict, Verdict::Passed);
    }
}

#[test]
fn what_is_found_missing_on_the_way_is_an_error_where_all_is_required() {
    let flags = Flags { require_all: true, ..Flags::default() };
    let blind: Arc<dyn Rigs> = Arc::new(Blind { flags, ..Blind::default() });
    for case in of_check("BU-CP-05") {
        let outcome = run(&case, &blind);
        assert_eq!(outcome.verdict, Verdict::Error);
        assert!(outcome.message.ends_with("(--require-all)"), "{}", outcome.message);
    }
}

#[test]
fn a_host_that_stands_still_makes_a_scenario_invalid_whatever_was_seen() {
    let rigs = |millis| Arc::new(Blind { stood: Duration::from_millis(millis), ..Blind::default() }) as Arc<dyn Rigs>;
    let case = of_check("BU-RL-05").swap_remove(0);
    let outcome = run(&case, &rigs(501));
    assert_eq!((outcome.verdict, outcome.invalid), (Verdict::Error, true));
    let why = "invalid: the host stood still for 501 ms, at most 500 ms are allowed";
    assert!(outcome.message.ends_with(why), "{}", outcome.message);
    assert_eq!(run(&case, &rigs(500)).verdict, Verdict::Passed);
    // The rig's fault, and nobody else's.
    let options =
        Options { paths: vec![format!("{}:{}", case.path.display(), case.line).into()], ..Options::default() };
    assert_eq!([run_on(&options, &rigs(501)), run_on(&options, &rigs(500))], [3, 0]);
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
