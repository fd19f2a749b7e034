//! Car, wires and host round the machine.

use std::time::Duration;

use iec61851::{Command, Config, Input, Machine, Output, PilotSignal, Sample};
use units::{Instant, Microamps, Milliamps, Millivolts, Ohms, PerPhase};

use super::Dice;
use super::oracle::Oracle;

/// What is round the machine. Times are in milliseconds.
pub(crate) struct World {
    machine: Machine,
    pub(crate) oracle: Oracle,
    now: Instant,
    waits: Option<Instant>,
    /// The level the car's resistor makes of +12 V.
    pub(crate) level: i32,
    /// So much on top of it at most, either way.
    pub(crate) noise: i32,
    pub(crate) diode: bool,
    pub(crate) proximity: Option<i32>,
    pub(crate) residual: i32,
    pub(crate) current: i32,
    /// The contactor does what it is told.
    pub(crate) follows: bool,
    closed: bool,
    pub(crate) monitor_works: bool,
    /// The board measures.
    pub(crate) measures: bool,
    /// The host gives its sign of life.
    pub(crate) beats: bool,
    /// Between two samples of a quiet board.
    every: u64,
    pub(crate) inputs: u64,
}

impl World {
    pub(crate) fn new(config: Config, dice: &mut Dice) -> Self {
        let mut world = Self {
            machine: Machine::new(config, 7),
            oracle: Oracle::new(config),
            now: Instant::ZERO,
            waits: None,
            level: 12_000,
            noise: 0,
            diode: true,
            proximity: None,
            residual: 0,
            current: 0,
            follows: true,
            closed: false,
            monitor_works: true,
            measures: true,
            beats: true,
            every: [1, 5, 10, 50, 100][dice.below(5) as usize],
            inputs: 0,
        };
        world.command(Command::Enable);
        world
    }

    pub(crate) fn plug(&mut self, level: i32) {
        self.level = level;
        self.proximity = Some(220);
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.oracle.command(self.now, command);
        self.feed(Input::Command(command));
    }

    /// Time passes: samples at the board's own pace and whenever the machine asks, a heartbeat twice a second.
    pub(crate) fn pass(&mut self, dice: &mut Dice, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        while self.now < end {
            let beat = Instant::from_millis((self.now.as_millis() / 500 + 1) * 500);
            let sample = self.now + Duration::from_millis(self.every);
            let next = [Some(beat), Some(sample), Some(end), self.waits].into_iter().flatten().min();
            self.now = next.filter(|at| *at > self.now).unwrap_or(end).min(end);
            if self.beats && self.now == beat {
                self.command(Command::Heartbeat);
            }
            if self.measures {
                self.measure(dice);
            } else {
                self.feed(Input::Timeout);
            }
        }
    }

    fn measure(&mut self, dice: &mut Dice) {
        if self.follows {
            self.closed = self.machine.contactor();
        }
        let noise = if self.noise == 0 { 0 } else { dice.between(-i64::from(self.noise), self.noise.into()) as i32 };
        let (high, low) = match self.machine.pilot() {
            PilotSignal::X1 => (self.level, self.level),
            PilotSignal::E => (0, 0),
            PilotSignal::F => (-12_000, -12_000),
            PilotSignal::Pwm(_) if self.diode => (self.level, -12_000),
            PilotSignal::Pwm(_) => (self.level, -self.level),
        };
        let tested = if self.machine.residual_test() && self.monitor_works { 6_000 } else { 0 };
        let sample = Sample {
            pilot_high: Millivolts(high + noise),
            pilot_low: Millivolts(low),
            proximity: self.proximity.map(Ohms),
            contactor_closed: Some(self.closed),
            residual: Microamps(self.residual + tested),
            current: PerPhase::all(Milliamps(if self.closed { self.current } else { 0 })),
        };
        self.oracle.sample(self.now, &sample, self.machine.pilot());
        self.feed(Input::Sample(sample));
    }

    fn feed(&mut self, input: Input) {
        self.inputs += 1;
        self.machine.handle_input(self.now, input);
        for _ in 0..64 {
            match self.machine.poll_output() {
                Output::Wait(at) => {
                    self.waits = at;
                    if at.is_some_and(|at| at <= self.now) {
                        self.oracle.broken(self.now, "it waits for what is past");
                    }
                    self.oracle.look(self.now, &self.machine);
                    return;
                }
                Output::Event(event) => self.oracle.event(self.now, event),
                Output::Contactor(_) | Output::Pilot(_) | Output::ResidualTest(_) => {}
            }
        }
        self.oracle.broken(self.now, "it never ends talking");
    }
}
