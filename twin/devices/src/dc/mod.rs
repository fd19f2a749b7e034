//! The DC side of a charger: rectifier, link capacitance, load, and what leaks to earth.
//!
//! ```text
//!    rectifier ──►├──┬────────┬────────────┬── +  ──┐
//!    (ramp, limits)  │        │            │        │ leakage plus-PE
//!                  ══╪══    ┌─┴─┐     what a car    ⏚
//!                 link│     │   │load  connects     │ leakage minus-PE
//!                     │     └─┬─┘          │        │
//!    ─────────────────┴───────┴────────────┴── -  ──┘
//! ```
//!
//! A [`DcCircuit`] is a handle: rectifier model, insulation monitor model and world each hold one, and all see the same
//! circuit. The car has its battery itself: only what stands between the lines of the cable counts here ([`Source`]). Between two
//! events everything follows a closed formula, so it does not matter how often anybody looks.

mod circuit;
mod supply;

use std::time::Duration;

use units::{Instant, Milliamps, Millivolts, Ohms};

use crate::shared::Shared;
use circuit::State;
pub use circuit::{Measurement, Source};
pub use supply::Rating;

/// One DC circuit, shared by everybody who touches it.
#[derive(Clone, Debug)]
pub struct DcCircuit(Shared<State>);

impl DcCircuit {
    /// A circuit without load, perfectly insulated, with its rectifier off.
    #[must_use]
    pub fn new(rating: Rating) -> Self {
        Self(Shared::new(State::new(rating)))
    }

    /// What the rectifier can do.
    #[must_use]
    pub fn rating(&self) -> Rating {
        self.0.with(|state| state.rating())
    }

    /// Lets time pass. An instant that has passed already changes nothing.
    pub fn step(&self, now: Instant) {
        self.0.with(|state| state.step(now));
    }

    /// Everything there is to measure.
    #[must_use]
    pub fn measure(&self, now: Instant) -> Measurement {
        self.at(now, |state| state.measure())
    }

    /// Whether its voltage will be another one so much later, if nobody does anything.
    #[must_use]
    pub fn moves(&self, now: Instant, within: Duration) -> bool {
        self.at(now, |state| state.moves(within))
    }

    /// What the rectifier is to hold; what it cannot do is cut to what it can.
    pub fn set_target(&self, now: Instant, voltage: Millivolts, current: Milliamps) {
        self.at(now, |state| state.set_target(voltage, current));
    }

    /// Switches the rectifier.
    pub fn switch(&self, now: Instant, on: bool) {
        self.at(now, |state| state.switch(on));
    }

    /// A resistor across the output, or none.
    pub fn set_load(&self, now: Instant, load: Option<Ohms>) {
        self.at(now, |state| state.set_load(load));
    }

    /// What a car connects to the output from now on.
    pub fn connect(&self, now: Instant, car: Option<Source>) {
        self.at(now, |state| state.connect(car));
    }

    /// What leaks from plus and from minus to earth; `None` is nothing that could be measured.
    pub fn set_leakage(&self, now: Instant, plus: Option<Ohms>, minus: Option<Ohms>) {
        self.at(now, |state| state.set_leakage(plus, minus));
    }

    fn at<R>(&self, now: Instant, work: impl FnOnce(&mut State) -> R) -> R {
        self.0.with(|state| {
            state.step(now);
            work(state)
        })
    }
}
