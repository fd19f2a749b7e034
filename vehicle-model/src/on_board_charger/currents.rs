//! What a car draws on each of its lines.

use units::{Milliamps, PerPhase, Phase};

/// How a car draws on one line.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Draw {
    /// What is offered, as far as on-board charger and battery take it.
    #[default]
    AsOffered,
    /// Likewise, but at most this.
    AtMost(Milliamps),
    /// This, whatever is offered.
    Fixed(Milliamps),
}

/// The current on each line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Currents {
    how: PerPhase<Draw>,
    /// Amperes; 0 on a line that is not in use.
    amps: PerPhase<f64>,
}

/// How a car comes to another current.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    /// What it wants of a line that it draws from as offered, A.
    pub(super) goal: f64,
    /// How much it may add in this step, A; it takes less at once.
    pub(super) rise: f64,
    /// It is about to stop: no line takes more than it has.
    pub(super) stopping: bool,
}

impl Currents {
    /// How it draws on that line from now on.
    pub(super) fn set(&mut self, phase: Phase, how: Draw) {
        self.how[phase] = how;
    }

    /// On that line, A.
    pub(super) fn amps(&self, phase: Phase) -> f64 {
        self.amps[phase]
    }

    /// On the fullest line, A.
    pub(super) fn highest(&self) -> f64 {
        self.amps.iter().fold(0.0, f64::max)
    }

    /// Nothing is drawn.
    pub(super) fn stop(&mut self) {
        self.amps = PerPhase::default();
    }

    /// One step towards the aim on these lines, nothing on the others; true while a line still rises.
    pub(super) fn step(&mut self, lines: PerPhase<bool>, aim: Aim) -> bool {
        let before = std::mem::take(&mut self.amps);
        let mut rising = false;
        for phase in Phase::ALL.into_iter().filter(|phase| lines[*phase]) {
            let (now, offered) = (before[phase], if aim.stopping { aim.goal.min(before[phase]) } else { aim.goal });
            let goal = match self.how[phase] {
                Draw::AsOffered => offered,
                Draw::AtMost(most) => offered.min(most.amps()),
                Draw::Fixed(current) => current.amps(),
            };
            let rises = goal > now + aim.rise;
            self.amps[phase] = if rises { now + aim.rise } else { goal };
            rising |= rises;
        }
        rising
    }
}
