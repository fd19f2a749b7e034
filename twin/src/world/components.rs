//! What the world consists of.

use std::time::Duration;

use bevy_ecs::prelude::*;
use devices::bare_board::{BareBoard, Driven};
use grid_model::{EnergyMeter, Supply, Wiring};
use iec61851::{Command, Event, Levels, Machine, PilotSignal, PilotState};
use serde_json::Value;
use units::{EvseId, Instant, Millihertz, Millivolts, PerPhase, Phase, PhaseCount};
use vehicle_model::Car;

use super::COARSEST;

/// The instant of this step.
#[derive(Clone, Copy, Debug, Resource)]
pub(crate) struct Now(pub(crate) Instant);

/// Something to write into the log, and where it happened.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) evse: EvseId,
    pub(crate) source: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) data: Value,
}

/// What there is to write into the log.
#[derive(Debug, Default, Resource)]
pub(crate) struct Notes(pub(crate) Vec<Note>);

/// What the firmwares have to say to their hosts.
#[derive(Debug, Default, Resource)]
pub(crate) struct Said(pub(crate) Vec<(EvseId, Event)>);

/// A host is never missed within it.
const LONGER_THAN_ANY_RUN: Duration = Duration::from_secs(100 * 365 * 86_400);

/// What the host sent to the firmware since the last step, and when it arrived.
#[derive(Component, Debug, Default)]
pub(crate) struct Inbox(pub(crate) Vec<(Instant, Command)>);

/// The EVSEs in order of their numbers: what happens at one instant happens in this order, whatever else stands at each.
#[derive(Debug, Default, Resource)]
pub(crate) struct InOrder(pub(crate) Vec<Entity>);

/// One EVSE of the charger.
#[derive(Component, Debug)]
pub(crate) struct Evse {
    pub(crate) id: EvseId,
    /// When something at it happens by itself; `None`: nothing does.
    pub(crate) change: Option<Instant>,
    /// When it has its turn at the latest: then, and once a while.
    pub(crate) due: Instant,
    /// The mains that it saw last.
    pub(crate) mains: Mains,
}

impl Evse {
    /// One that has its turn as soon as the world goes on.
    pub(crate) fn new(id: EvseId) -> Self {
        Self { id, change: None, due: Instant::ZERO, mains: Mains::default() }
    }

    /// It had its turn; these are the instants at which parts of it change.
    pub(super) fn had_turn(&mut self, now: Instant, changes: [Option<Instant>; 3]) {
        self.change = changes.into_iter().flatten().min();
        self.due = self.change.map_or(now + COARSEST, |at| at.min(now + COARSEST));
    }

    /// Another part of it changes then.
    pub(super) fn changes_at(&mut self, at: Instant) {
        self.change = Some(self.change.map_or(at, |known| known.min(at)));
        self.due = self.due.min(at);
    }
}

/// What a supply gives.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Mains {
    pub(crate) voltage: PerPhase<Millivolts>,
    pub(crate) frequency: Millihertz,
}

/// The car.
#[derive(Component, Debug)]
pub(crate) struct Vehicle(pub(crate) Car);

/// The EVSE at which a car stands: its cable reaches no other.
#[derive(Component, Debug)]
#[relationship(relationship_target = Bay)]
pub(crate) struct StandsAt(pub(crate) Entity);

/// The car that stands at an EVSE.
#[derive(Component, Debug)]
#[relationship_target(relationship = StandsAt)]
pub(crate) struct Bay(Entity);

impl Bay {
    /// That car.
    pub(crate) const fn car(&self) -> Entity {
        self.0
    }
}

/// What is wrong with the monitor of residual direct current.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum MonitorFault {
    /// It shows nothing, whatever flows, the test current included.
    Blind,
    /// Nothing: it shows what flows.
    #[default]
    None,
    /// It shows a residual current, whatever flows.
    Stuck,
}

/// Who runs the safety machine.
#[derive(Debug)]
pub(crate) enum Control {
    /// The microcontroller of the power board.
    Firmware(Box<Machine>),
    /// Nobody: the board has no power. It drives nothing, hears nothing and says nothing.
    Dark,
    /// The charger's host, over chips and lines.
    Host {
        board: BareBoard,
        /// What it drove when the world looked last.
        driven: Driven,
        /// What the levels mean, as long as no other state is seen.
        state: Option<PilotState>,
    },
}

/// The power board.
#[derive(Component, Debug)]
pub(crate) struct PowerBoard {
    pub(crate) control: Control,
    pub(crate) config: iec61851::Config,
    /// The random number of this start of the firmware.
    pub(crate) boot: u32,
    pub(crate) monitor: MonitorFault,
    /// It measures the currents of the lines.
    pub(crate) ammeter: bool,
    /// When the firmware wants to look again.
    pub(crate) wait: Option<Instant>,
    /// The levels that were measured last, for whoever probes the pilot.
    pub(crate) levels: vehicle_model::PilotLevels,
    /// The state that was written down last.
    pub(crate) noted: &'static str,
}

impl PowerBoard {
    /// A board with firmware, or one without.
    pub(crate) fn new(config: iec61851::Config, bare: Option<BareBoard>, boot: u32) -> Self {
        let dark = Millivolts::from_volts(-12);
        let control = match bare {
            None => Control::Firmware(Box::new(Machine::new(config, boot))),
            Some(board) => Control::Host { driven: board.driven(), board, state: Some(PilotState::A) },
        };
        Self {
            control,
            config,
            boot,
            monitor: MonitorFault::None,
            ammeter: true,
            wait: None,
            levels: vehicle_model::PilotLevels { high: dark, low: dark },
            noted: "",
        }
    }

    /// What is driven on the pilot.
    pub(crate) const fn pilot(&self) -> PilotSignal {
        match &self.control {
            Control::Firmware(machine) => machine.pilot(),
            // Without a supply the output stage leaves the line at 0 V.
            Control::Dark => PilotSignal::E,
            Control::Host { driven, .. } => driven.pilot,
        }
    }

    /// How often the oscillator swings, where it is not the board's own.
    pub(crate) fn frequency(&self) -> Option<Millihertz> {
        match &self.control {
            Control::Dark | Control::Firmware(_) => None,
            Control::Host { driven, .. } => Some(Millihertz((1_000_000_000 / u64::from(driven.period_us)) as i32)),
        }
    }

    /// The state of the interface: as the firmware has it, or as the levels say; `None` before anything was seen.
    pub(crate) fn state(&self) -> Option<PilotState> {
        match &self.control {
            Control::Firmware(machine) => machine.state(),
            Control::Dark => Some(PilotState::E),
            Control::Host { driven, state, .. } => {
                match Levels::read(self.levels.high, self.levels.low, driven.pilot, *state) {
                    Levels::State(state) => Some(state),
                    Levels::DiodeShorted | Levels::Implausible => *state,
                }
            }
        }
    }

    /// Whether a test current flows through the residual current monitor.
    pub(crate) fn residual_test(&self) -> bool {
        match &self.control {
            Control::Firmware(machine) => machine.residual_test(),
            Control::Dark => false,
            Control::Host { driven, .. } => driven.residual_test,
        }
    }

    /// The firmware that starts next opens when it misses its host, or never misses it.
    pub(crate) fn watch_host(&mut self, watches: bool) {
        let ours = iec61851::Config::default().timing.host_silence;
        self.config.timing.host_silence = if watches { ours } else { LONGER_THAN_ANY_RUN };
    }

    /// The firmware starts again, after a loss of power too.
    pub(crate) fn restart(&mut self) {
        match self.control {
            Control::Dark | Control::Firmware(_) => {
                // Any other number will do, and the same run has the same one.
                self.boot = self.boot.wrapping_add(0x9e37_79b9);
                self.control = Control::Firmware(Box::new(Machine::new(self.config, self.boot)));
                self.wait = None;
            }
            Control::Host { .. } => {}
        }
    }

    /// The firmware has no power any more.
    pub(crate) fn go_dark(&mut self) {
        match self.control {
            Control::Dark | Control::Firmware(_) => {
                self.control = Control::Dark;
                self.wait = None;
            }
            Control::Host { .. } => {}
        }
    }
}

/// How the outlet is connected to the house, and whether it is.
#[derive(Component, Debug)]
pub(crate) struct OutletFeed {
    /// The lines that the outlet has; from the others nothing is ever there.
    pub(crate) lines: PhaseCount,
    pub(crate) wiring: Wiring,
    pub(crate) breaker: Breaker,
}

/// The breaker in front of the charger.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Breaker {
    #[default]
    Closed,
    /// The whole charger is without power: mains, power board and host.
    Open,
}

impl OutletFeed {
    /// Each line of the outlet to neutral, for these voltages of the house.
    pub(crate) fn voltage(&self, house: PerPhase<Millivolts>) -> PerPhase<Millivolts> {
        match self.breaker {
            Breaker::Closed => {
                let lines = self.wiring.at_outlet(house);
                PerPhase(Phase::ALL.map(|line| if self.lines.has(line) { lines[line] } else { Millivolts::ZERO }))
            }
            Breaker::Open => PerPhase::all(Millivolts::ZERO),
        }
    }
}

/// The supply of the house.
#[derive(Component, Debug)]
pub(crate) struct HouseSupply {
    pub(crate) supply: Supply,
    /// Its voltage has just changed under the car.
    pub(crate) disturbed: bool,
}

/// The meter at an outlet.
#[derive(Component, Debug)]
pub(crate) struct OutletMeter(pub(crate) EnergyMeter);

/// The meter at the house connection.
#[derive(Component, Debug)]
pub(crate) struct HouseMeter(pub(crate) EnergyMeter);
