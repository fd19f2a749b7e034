//! S2, the switch that makes state C (or D) of state B, and who moves it.

use std::time::Duration;

use units::Instant;

/// The switch in the car that makes state C of state B (IEC 61851-1, annex A).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum S2 {
    /// The car asks for energy.
    Closed,
    /// It does not.
    Open,
}

/// Who moves the switch.
#[derive(Clone, Copy, Debug)]
enum Mover {
    /// The car's communication controller.
    Evcc,
    /// A test holds it there; the controller is not asked.
    Hand(S2),
    /// A test closes it for a while. Then it opens, and whoever held it before goes on: a hand, or the controller.
    Pulse { until: Instant, then: Option<S2> },
}

/// Who moves the switch now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum MovedBy {
    Evcc,
    Hand,
    Pulse,
}

/// The switch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Switch {
    position: S2,
    mover: Mover,
}

impl Default for Switch {
    fn default() -> Self {
        Self { position: S2::Open, mover: Mover::Evcc }
    }
}

impl Switch {
    /// Where it is.
    pub(crate) const fn position(&self) -> S2 {
        self.position
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.position == S2::Closed
    }

    /// Whether it is closed only for a pulse, in which nothing is drawn.
    pub(crate) const fn is_pulsed(&self) -> bool {
        match self.mover {
            Mover::Pulse { .. } => true,
            Mover::Evcc | Mover::Hand(_) => false,
        }
    }

    /// It goes there now.
    pub(crate) const fn put(&mut self, position: S2) {
        self.position = position;
    }

    /// It is held there from the next step on, after the pulse if there is one; `None`: the controller has it again.
    pub(crate) const fn hold(&mut self, hold: Option<S2>) {
        self.mover = match self.mover {
            Mover::Pulse { until, .. } => Mover::Pulse { until, then: hold },
            Mover::Evcc | Mover::Hand(_) => Mover::held(hold),
        };
    }

    /// It closes now, for so long.
    pub(crate) fn pulse(&mut self, now: Instant, lasting: Duration) {
        let then = match self.mover {
            Mover::Evcc => None,
            Mover::Hand(hold) => Some(hold),
            Mover::Pulse { then, .. } => then,
        };
        self.position = S2::Closed;
        self.mover = Mover::Pulse { until: now + lasting, then };
    }

    /// It opens, and a pulse ends: there is no cable any more. What holds it goes on.
    pub(crate) const fn release(&mut self) {
        self.position = S2::Open;
        if let Mover::Pulse { then, .. } = self.mover {
            self.mover = Mover::held(then);
        }
    }

    /// Time has passed: who moves it now?
    pub(crate) fn step(&mut self, now: Instant) -> MovedBy {
        if let Mover::Pulse { until, .. } = self.mover
            && until <= now
        {
            self.release();
        }
        match self.mover {
            Mover::Evcc => MovedBy::Evcc,
            Mover::Hand(hold) => {
                self.position = hold;
                MovedBy::Hand
            }
            Mover::Pulse { .. } => MovedBy::Pulse,
        }
    }

    /// When a pulse ends.
    pub(crate) const fn next_change(&self) -> Option<Instant> {
        match self.mover {
            Mover::Pulse { until, .. } => Some(until),
            Mover::Evcc | Mover::Hand(_) => None,
        }
    }
}

impl Mover {
    const fn held(hold: Option<S2>) -> Self {
        match hold {
            Some(hold) => Self::Hand(hold),
            None => Self::Evcc,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_ends_open_and_gives_the_switch_back_to_whoever_held_it() {
        let at = Instant::from_millis;
        let mut switch = Switch::default();
        switch.hold(Some(S2::Closed));
        assert_eq!((switch.step(at(0)), switch.position()), (MovedBy::Hand, S2::Closed));
        switch.pulse(at(0), Duration::from_millis(500));
        switch.hold(Some(S2::Open));
        assert_eq!((switch.step(at(499)), switch.position()), (MovedBy::Pulse, S2::Closed));
        assert_eq!(switch.next_change(), Some(at(500)));
        assert_eq!((switch.step(at(500)), switch.position()), (MovedBy::Hand, S2::Open));
        switch.hold(None);
        assert_eq!((switch.step(at(501)), switch.position()), (MovedBy::Evcc, S2::Open));
    }
}
