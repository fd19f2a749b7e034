//! What a scenario runs on.

use std::time::Duration;

use event_log::Log;
use twin::{Action, Csms, Setup, SetupError, Signal, Twin, TwinError};
use units::Instant;

/// A charger with a world around it, simulated or real, as steps need it.
pub trait Rig {
    /// Something happens now.
    fn act(&mut self, action: Action);

    /// Time passes until `done`, at most so long; answers whether it came to be.
    fn wait(&mut self, limit: Duration, done: &mut dyn FnMut(&mut dyn Rig) -> bool) -> bool;

    /// Measures something.
    fn probe(&mut self, signal: Signal) -> f64;

    /// The instant.
    fn now(&self) -> Instant;

    /// What has happened.
    fn log(&self) -> &Log;

    /// The CSMS of the rig, if it can be asked what it got.
    fn csms(&self) -> Option<&Csms>;

    /// The state of the control pilot, as `A1` to `F`.
    fn pilot_state(&mut self) -> String;

    /// Where the energy went, where a rig can tell.
    fn energy_balance(&mut self) -> Option<twin::Balance>;

    /// Whether everything but the charger is in order.
    ///
    /// # Errors
    /// What is not.
    fn health(&self) -> Result<(), TwinError>;

    /// Leaves everything safe.
    fn finish(&mut self);
}

/// A twin of its own for one scenario.
#[derive(Debug)]
pub struct SimRig(Twin);

impl SimRig {
    /// Makes the world of a scenario.
    ///
    /// # Errors
    /// What in the setup cannot be.
    pub fn new(setup: Setup) -> Result<Self, SetupError> {
        Twin::new(setup).map(Self)
    }
}

impl Rig for SimRig {
    fn act(&mut self, action: Action) {
        self.0.act(action);
    }

    fn wait(&mut self, limit: Duration, done: &mut dyn FnMut(&mut dyn Rig) -> bool) -> bool {
        let end = self.0.now() + limit;
        loop {
            if done(self) {
                return true;
            }
            if self.0.now() >= end || self.0.health().is_err() {
                return false;
            }
            self.0.advance(end);
        }
    }

    fn probe(&mut self, signal: Signal) -> f64 {
        self.0.probe(signal)
    }

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
        self.0.snapshot().pilot_state
    }

    fn energy_balance(&mut self) -> Option<twin::Balance> {
        Some(self.0.energy_balance())
    }

    fn health(&self) -> Result<(), TwinError> {
        self.0.health()
    }

    fn finish(&mut self) {
        self.0.finish();
    }
}
