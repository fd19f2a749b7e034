//! What stands at an outlet, as far as its charger can tell: a car, or nothing.

use units::{Instant, Microamps, Millivolts, Ohms};
use vehicle_model::{Car, Demand, Inlet, PilotLoad};

/// What stands at an outlet.
pub(super) enum AtOutlet<'a> {
    Car(&'a mut Car),
    /// The outlet is free, and stays so.
    Nothing,
}

impl AtOutlet<'_> {
    /// It sees what the charger drives, and does what follows.
    pub(super) fn step(&mut self, now: Instant, inlet: &Inlet) {
        match self {
            Self::Car(car) => drop(car.step(now, inlet)),
            Self::Nothing => {}
        }
    }

    /// What it draws.
    pub(super) fn demand(&self) -> Demand {
        match self {
            Self::Car(car) => *car.demand(),
            Self::Nothing => Demand::default(),
        }
    }

    /// What hangs on the control pilot.
    pub(super) fn load(&self) -> PilotLoad {
        match self {
            Self::Car(car) => car.load(),
            Self::Nothing => PilotLoad::NONE,
        }
    }

    /// When it changes something by itself. What it says is looked after by its power line, where there is one.
    pub(super) fn next_change(&self, has_line: bool) -> Option<Instant> {
        match self {
            Self::Car(car) => next_change(car, has_line),
            Self::Nothing => None,
        }
    }

    /// What lies on the pilot beside the level.
    pub(super) const fn pilot_noise(&self) -> Millivolts {
        match self {
            Self::Car(car) => car.pilot_noise(),
            Self::Nothing => Millivolts::ZERO,
        }
    }

    /// What the socket sees on PP; `None` is an open line.
    pub(super) fn proximity(&self) -> Option<Ohms> {
        match self {
            Self::Car(car) => car.proximity(),
            Self::Nothing => None,
        }
    }

    /// The residual direct current that it makes under power.
    pub(super) const fn residual(&self) -> Microamps {
        match self {
            Self::Car(car) => car.residual(),
            Self::Nothing => Microamps::ZERO,
        }
    }
}

/// When a car changes something by itself. What it says is looked after by its power line, where there is one.
pub(super) fn next_change(car: &Car, has_line: bool) -> Option<Instant> {
    if has_line { car.next_move() } else { car.next_change() }
}
