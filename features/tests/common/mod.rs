//! The bring-up scenarios, and a rig on which little can be measured.

#![allow(dead_code)] // each test file is a program of its own and uses its part

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use event_log::Log;
use features::{Case, Conditions, NoRig, Options, Outcome, Phrases, Rig, Rigs, SimRig, discover, perform};
use hil_rig::{Decision, Flags};
use twin::{Action, Csms, Setup, Signal, TwinError};
use units::Instant;

/// The scenarios of the bring-up list.
pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bring_up");
    let options = Options { paths: vec![folder], ..Options::default() };
    discover(&options).unwrap_or_else(|error| panic!("{error}"))
}

/// Those of one check.
pub(crate) fn of_check(id: &str) -> Vec<Case> {
    let found: Vec<_> =
        cases().into_iter().filter(|case| case.tags.iter().any(|tag| tag == &format!("@{id}"))).collect();
    assert!(!found.is_empty(), "{id}");
    found
}

/// A scenario with these steps.
pub(crate) fn case(steps: &str) -> Case {
    let text = format!("Feature: f\n Scenario: s\n {steps}");
    let feature =
        gherkin::Feature::parse(text, gherkin::GherkinEnv::default()).unwrap_or_else(|error| panic!("{error}"));
    let steps = feature.scenarios[0].steps.clone();
    Case { path: "f.feature".into(), line: 2, feature: "f".into(), name: "s".into(), tags: Vec::new(), steps }
}

pub(crate) fn run(case: &Case, rigs: &Arc<dyn Rigs>) -> Outcome {
    perform(case, Conditions::default(), None, &Phrases::default(), rigs)
}

/// The same in a twin, under other conditions.
pub(crate) fn run_with(case: &Case, conditions: Conditions) -> Outcome {
    let twins: Arc<dyn Rigs> = Arc::new(features::Twins::default());
    perform(case, conditions, None, &Phrases::default(), &twins)
}

/// A rig without any instrument at the pilot; its host may stand still.
#[derive(Clone, Copy, Default)]
pub(crate) struct Blind {
    pub(crate) flags: Flags,
    pub(crate) stood: Duration,
}

struct BlindRig(SimRig, Duration);

/// A rig whose charger is outside: what happens is in its log so much time after it happened.
#[derive(Clone, Copy)]
pub(crate) struct Late(pub(crate) Duration);

struct LateRig {
    rig: SimRig,
    late: Duration,
    log: Log,
    told: usize,
}

impl Rigs for Late {
    fn name(&self) -> &str {
        "late"
    }

    fn jobs(&self, _: Option<usize>) -> usize {
        1
    }

    fn flags(&self) -> Flags {
        Flags::default()
    }

    fn decide(&self, _tags: &[String]) -> Decision {
        Decision::Run
    }

    fn make(&self, setup: Setup, _folder: Option<&Path>) -> Result<Box<dyn Rig>, NoRig> {
        let rig = SimRig::new(setup).map_err(|error| NoRig::Setup(error.to_string()))?;
        Ok(Box::new(LateRig { rig, late: self.0, log: Log::memory(), told: 0 }))
    }
}

impl LateRig {
    /// What happened long enough ago is told.
    fn tell(&mut self) {
        let (until, late) = (self.rig.now() - Instant::ZERO, self.late);
        let due: Vec<_> = self
            .rig
            .log()
            .with(self.told, |events| events.take_while(|event| event.t - Instant::ZERO + late <= until).collect());
        self.told += due.len();
        due.iter().for_each(|event| self.log.record(&event.source, &event.kind, &event.data));
    }
}

impl Rig for LateRig {
    fn can(&self, action: &Action) -> Result<(), String> {
        self.rig.can(action)
    }

    fn resolution(&self) -> Duration {
        Duration::from_millis(150)
    }

    fn has_told(&self, until: Instant) -> bool {
        until + self.late <= self.now()
    }

    fn boot(&mut self, limit: Duration) -> Result<(), String> {
        self.rig.boot(limit)
    }

    fn act(&mut self, action: Action) {
        self.rig.act(action);
    }

    fn wait(&mut self, limit: Duration, done: &mut dyn FnMut(&mut dyn Rig) -> bool) -> bool {
        let end = self.now() + limit;
        loop {
            self.tell();
            if done(self) {
                return true;
            }
            if self.now() >= end {
                return false;
            }
            let step = Duration::from_millis(10).min(end - self.now());
            self.rig.wait(step, &mut |_| false);
        }
    }

    fn probe(&mut self, signal: Signal) -> f64 {
        self.rig.probe(signal)
    }

    fn now(&self) -> Instant {
        self.rig.now()
    }

    fn log(&self) -> &Log {
        &self.log
    }

    fn csms(&self) -> Option<&Csms> {
        self.rig.csms()
    }

    fn pilot_state(&mut self) -> String {
        self.rig.pilot_state()
    }

    fn energy_balance(&mut self) -> Option<twin::Balance> {
        self.rig.energy_balance()
    }

    fn health(&self) -> Result<(), TwinError> {
        self.rig.health()
    }

    fn finish(&mut self) {
        self.rig.finish();
    }
}

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

    fn make(&self, setup: Setup, _folder: Option<&Path>) -> Result<Box<dyn Rig>, NoRig> {
        let stood = self.stood;
        let made = SimRig::new(setup).map(|rig| Box::new(BlindRig(rig, stood)) as Box<dyn Rig>);
        made.map_err(|error| NoRig::Setup(error.to_string()))
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
        // A host that was told to end need not answer any more.
        self.1 = Duration::ZERO;
    }
}
