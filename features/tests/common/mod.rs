//! The bring-up scenarios, and a rig on which little can be measured.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use event_log::Log;
use features::{Case, Options, Outcome, Phrases, Rig, Rigs, SimRig, discover, perform};
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

pub(crate) fn run(case: &Case, rigs: &Arc<dyn Rigs>) -> Outcome {
    perform(case, 1, None, &Phrases::default(), rigs)
}

/// A rig without any instrument at the pilot; its host may stand still.
#[derive(Clone, Copy, Default)]
pub(crate) struct Blind {
    pub(crate) flags: Flags,
    pub(crate) stood: Duration,
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
