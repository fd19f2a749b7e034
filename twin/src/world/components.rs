//! What the world consists of.

use bevy_ecs::prelude::*;
use devices::bare_board::{BareBoard, Driven};
use grid_model::{EnergyMeter, Supply};
use iec61851::{Command, Event, Levels, Machine, PilotSignal, PilotState};
use serde_json::Value;
use units::{Instant, Millihertz};
use vehicle_model::Car;

/// The instant of this step.
#[derive(Clone, Copy, Debug, Resource)]
pub(crate) struct Now(pub(crate) Instant);

/// What there is to write into the log: source, kind, data.
#[derive(Debug, Default, Resource)]
pub(crate) struct Notes(pub(crate) Vec<(&'static str, &'static str, Value)>);

/// What the host sent to the firmware since the last step.
#[derive(Debug, Default, Resource)]
pub(crate) struct Inbox(pub(crate) Vec<Command>);

/// The car.
#[derive(Component, Debug)]
pub(crate) struct Vehicle(pub(crate) Car);

/// Who runs the safety machine.
#[derive(Debug)]
pub(crate) enum Control {
    /// The microcontroller of the power board.
    Firmware(Box<Machine>),
    /// The charger's host, over chips and lines.
    Host {
        board: BareBoard,
        /// What it drove when the world looked last.
        driven: Driven,
        /// What the levels mean, as long as no other state is seen.
        state: PilotState,
    },
}

/// The power board.
#[derive(Component, Debug)]
pub(crate) struct PowerBoard {
    pub(crate) control: Control,
    pub(crate) config: iec61851::Config,
    /// For the host.
    pub(crate) events: Vec<Event>,
    /// When the firmware wants to look again.
    pub(crate) wait: Option<Instant>,
    /// The levels that were measured last, for whoever probes the pilot.
    pub(crate) levels: vehicle_model::PilotLevels,
    /// The state that was written down last.
    pub(crate) noted: String,
}

impl PowerBoard {
    /// A board with firmware, or one without.
    pub(crate) fn new(config: iec61851::Config, bare: Option<BareBoard>) -> Self {
        let dark = units::Millivolts::from_volts(-12);
        let control = match bare {
            None => Control::Firmware(Box::new(Machine::new(config))),
            Some(board) => Control::Host { driven: board.driven(), board, state: PilotState::A },
        };
        Self {
            control,
            config,
            events: Vec::new(),
            wait: None,
            levels: vehicle_model::PilotLevels { high: dark, low: dark },
            noted: String::new(),
        }
    }

    /// What is driven on the pilot.
    pub(crate) const fn pilot(&self) -> PilotSignal {
        match &self.control {
            Control::Firmware(machine) => machine.pilot(),
            Control::Host { driven, .. } => driven.pilot,
        }
    }

    /// How often the oscillator swings, where it is not the board's own.
    pub(crate) fn frequency(&self) -> Option<Millihertz> {
        match &self.control {
            Control::Firmware(_) => None,
            Control::Host { driven, .. } => Some(Millihertz((1_000_000_000 / u64::from(driven.period_us)) as i32)),
        }
    }

    /// The state of the interface: as the firmware has it, or as the levels say.
    pub(crate) fn state(&self) -> PilotState {
        match &self.control {
            Control::Firmware(machine) => machine.state(),
            Control::Host { driven, state, .. } => {
                match Levels::read(self.levels.high, self.levels.low, driven.pilot, *state) {
                    Levels::State(state) => state,
                    Levels::DiodeShorted | Levels::Implausible => *state,
                }
            }
        }
    }

    /// The firmware starts anew.
    pub(crate) fn restart(&mut self) {
        if let Control::Firmware(machine) = &mut self.control {
            **machine = Machine::new(self.config);
            self.wait = None;
        }
    }
}

/// The supply of the house, and whether its voltage has just changed under the car.
#[derive(Component, Debug)]
pub(crate) struct Feed(pub(crate) Supply, pub(crate) bool);

/// The meter at the outlet and the one at the house connection.
#[derive(Component, Debug)]
pub(crate) struct Meters {
    pub(crate) outlet: EnergyMeter,
    pub(crate) house: EnergyMeter,
}
