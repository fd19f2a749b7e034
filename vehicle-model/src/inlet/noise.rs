//! Noise on the control pilot.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use units::{Instant, Millivolts};

/// How often it takes another value.
const STEP: Duration = Duration::from_millis(10);

/// What lies on the pilot beside its level.
#[derive(Debug)]
pub(super) struct Noise {
    random: ChaCha8Rng,
    /// At most so much either way; zero is none.
    most: Millivolts,
    now: Millivolts,
}

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), most: Millivolts::ZERO, now: Millivolts::ZERO }
    }

    /// At most so much from the next step on.
    pub(super) const fn set(&mut self, most: Millivolts) {
        self.most = most;
    }

    /// In this step.
    pub(super) const fn now(&self) -> Millivolts {
        self.now
    }

    /// Takes another value.
    pub(super) fn step(&mut self) {
        if self.most == Millivolts::ZERO {
            self.now = Millivolts::ZERO;
        } else {
            let span = u64::from(self.most.0.unsigned_abs()) * 2 + 1;
            let value = i32::try_from(self.random.next_u64() % span).unwrap_or(0);
            self.now = Millivolts(value - self.most.0.abs());
        }
    }

    /// When it takes the next value, after a step at `stepped_at`.
    pub(super) fn next_change(&self, stepped_at: Instant) -> Option<Instant> {
        (self.most != Millivolts::ZERO).then(|| stepped_at + STEP)
    }
}
