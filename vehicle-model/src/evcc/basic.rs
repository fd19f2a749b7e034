//! The controller of a car that reads the pilot's duty cycle and nothing else.

use std::time::Duration;

use iec61851::{Duty, Offer, PilotSignal};
use units::Instant;

use super::sleep::Sleep;
use super::{Input, Order, Situation};
use crate::inlet::S2;
use crate::profile::PilotProfile;
use crate::sooner::sooner;
use crate::wishes::{Asks, Obeys, Wishes};

// A duty cycle of 5 % offers digital communication only: this controller waits through it.
const _: () = assert!(matches!(Duty::DIGITAL.offer(), Offer::Digital));

/// What it has in mind for S2.
#[derive(Clone, Copy, Debug)]
enum Plan {
    /// S2 stays where it is.
    Keep,
    /// It closes then.
    Close { at: Instant },
    /// The current goes down, and it opens then (IEC 61851-1, table A.6: within 3 s).
    Open { at: Instant },
}

/// Reads the pilot's duty cycle.
#[derive(Debug)]
pub(crate) struct Basic {
    habits: PilotProfile,
    sleep: Sleep,
    plan: Plan,
}

impl Basic {
    pub(crate) const fn new(habits: PilotProfile) -> Self {
        Self { habits, sleep: Sleep::Awake, plan: Plan::Keep }
    }

    pub(super) fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Plugged => self.sleep.plugged(now, self.sleeps_after()),
            Input::Unplugged => {
                self.plan = Plan::Keep;
                self.sleep = Sleep::Awake;
            }
            Input::Pilot { signal, offer, plugged } => {
                match signal {
                    PilotSignal::F => self.sleep.wake(),
                    PilotSignal::E | PilotSignal::Pwm(_) | PilotSignal::X1 => {}
                }
                match offer {
                    Offer::None | Offer::Digital => {
                        let after = if plugged { self.sleeps_after() } else { None };
                        self.sleep.nothing_offered(now, after);
                    }
                    Offer::Current(_) => self.sleep.offered(),
                }
            }
            Input::NoEnergy => {
                self.plan = match self.plan {
                    Plan::Keep | Plan::Close { .. } => Plan::Keep,
                    // It is the next decision that finds S2 open already.
                    opening @ Plan::Open { .. } => opening,
                };
            }
        }
    }

    /// The station speaks: another controller has S2, and nobody waits for an offer.
    pub(super) const fn is_spoken_to(&mut self) {
        self.plan = Plan::Keep;
        self.sleep = Sleep::Awake;
    }

    pub(super) fn decide(&mut self, now: Instant, situation: Situation, wishes: &Wishes) -> Order {
        self.sleep.step(now);
        match situation {
            Situation::Pulse => Order::Keep,
            Situation::Held => {
                self.plan = Plan::Keep;
                Order::Keep
            }
            Situation::Free { s2, plugged, hungry, enough } => {
                let asks = enough || wishes.asks == Asks::WithThePlug || wishes.obeys == Obeys::Nobody;
                let go = hungry && asks && !self.sleep.is_asleep();
                let stays = wishes.obeys == Obeys::Nobody && plugged;
                match (s2, go) {
                    (S2::Open, true) => self.close(now, wishes.asks),
                    (S2::Open, false) | (S2::Closed, true) => {
                        self.plan = Plan::Keep;
                        Order::Keep
                    }
                    (S2::Closed, false) if stays => Order::Keep,
                    (S2::Closed, false) => self.open(now),
                }
            }
        }
    }

    /// S2 is open and should be closed: now, or some time after that was so first.
    fn close(&mut self, now: Instant, asks: Asks) -> Order {
        let delay = match asks {
            Asks::WhenOffered => Duration::from_millis(self.habits.s2_delay_ms),
            Asks::WithThePlug => Duration::ZERO,
        };
        let at = match self.plan {
            Plan::Close { at } => at,
            Plan::Keep | Plan::Open { .. } => now + delay,
        };
        if at <= now {
            self.plan = Plan::Keep;
            return Order::Close;
        }
        self.plan = Plan::Close { at };
        Order::Keep
    }

    /// S2 is closed and should be open: now, or some time after that was so first.
    fn open(&mut self, now: Instant) -> Order {
        let at = match self.plan {
            Plan::Open { at } => at,
            Plan::Keep | Plan::Close { .. } => now + Duration::from_millis(self.habits.stop_ms),
        };
        if at <= now {
            self.plan = Plan::Keep;
            return Order::Open;
        }
        self.plan = Plan::Open { at };
        Order::Keep
    }

    pub(super) const fn is_stopping(&self) -> bool {
        match self.plan {
            Plan::Open { .. } => true,
            Plan::Close { .. } | Plan::Keep => false,
        }
    }

    pub(super) fn next_change(&self) -> Option<Instant> {
        let plan = match self.plan {
            Plan::Keep => None,
            Plan::Close { at } | Plan::Open { at } => Some(at),
        };
        sooner(plan, self.sleep.next_change())
    }

    /// How long it waits for an offer before it sleeps; `None`: for ever.
    fn sleeps_after(&self) -> Option<Duration> {
        (self.habits.sleeps_after_s > 0).then(|| Duration::from_secs(self.habits.sleeps_after_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Milliamps;

    /// The orders of a controller whose switch follows them, each with its instant in ms.
    struct Bench {
        evcc: Basic,
        s2: S2,
        wishes: Wishes,
        story: Vec<String>,
    }

    impl Bench {
        fn new(habits: PilotProfile) -> Self {
            let mut evcc = Basic::new(habits);
            evcc.handle_input(Instant::ZERO, Input::Plugged);
            Self { evcc, s2: S2::Open, wishes: Wishes::default(), story: Vec::new() }
        }

        fn pilot(&mut self, ms: u64, signal: PilotSignal) -> bool {
            let offer = match signal {
                PilotSignal::Pwm(duty) => duty.offer(),
                PilotSignal::E | PilotSignal::F | PilotSignal::X1 => Offer::None,
            };
            self.evcc.handle_input(Instant::from_millis(ms), Input::Pilot { signal, offer, plugged: true });
            matches!(offer, Offer::Current(_))
        }

        /// Decides whenever it wants to, until then.
        fn until(&mut self, begin: u64, end: u64, enough: bool) {
            let mut at = Instant::from_millis(begin);
            while at <= Instant::from_millis(end) {
                let situation = Situation::Free { s2: self.s2, plugged: true, hungry: true, enough };
                match self.evcc.decide(at, situation, &self.wishes) {
                    Order::Close => self.s2 = S2::Closed,
                    Order::Keep => {}
                    Order::Open => self.s2 = S2::Open,
                }
                self.story.push(format!("{} {:?}", at.as_millis(), self.s2));
                match self.evcc.next_change() {
                    Some(next) if next > at => at = next,
                    Some(_) | None => break,
                }
            }
        }
    }

    fn amps(amps: i32) -> PilotSignal {
        Duty::advertise(Milliamps::from_amps(amps)).map_or(PilotSignal::X1, PilotSignal::Pwm)
    }

    #[test]
    fn s2_follows_the_offer_after_the_delays_of_the_car() {
        let mut bench = Bench::new(PilotProfile::default());
        for (ms, signal) in [(0, PilotSignal::X1), (2_000, amps(16)), (9_000, PilotSignal::Pwm(Duty::DIGITAL))] {
            let enough = bench.pilot(ms, signal);
            bench.until(ms, ms + 5_000, enough);
        }
        assert_eq!(bench.story.join(", "), "0 Open, 2000 Open, 2800 Closed, 9000 Closed, 10000 Open");
    }

    #[test]
    fn only_state_f_wakes_a_car_that_sleeps() {
        let mut bench = Bench::new(PilotProfile { sleeps_after_s: 600, ..PilotProfile::default() });
        for (ms, signal) in [(0, PilotSignal::X1), (700_000, amps(16)), (800_000, PilotSignal::F), (804_000, amps(16))]
        {
            let enough = bench.pilot(ms, signal);
            bench.until(ms, ms + 600_000, enough);
        }
        let story = "0 Open, 600000 Open, 700000 Open, 800000 Open, 1400000 Open, 804000 Open";
        assert_eq!(bench.story.join(", "), story);
    }
}
