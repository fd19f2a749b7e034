//! What the world consists of.

use bevy_ecs::prelude::*;
use grid_model::{EnergyMeter, Supply};
use iec61851::{Command, Event, Machine};
use serde_json::Value;
use units::Instant;
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

/// The microcontroller of the power board.
#[derive(Component, Debug)]
pub(crate) struct Firmware {
    pub(crate) machine: Machine,
    pub(crate) config: iec61851::Config,
    /// For the host.
    pub(crate) events: Vec<Event>,
    /// When it wants to look again.
    pub(crate) wait: Option<Instant>,
    /// The levels it measured last, for whoever probes the pilot.
    pub(crate) levels: vehicle_model::PilotLevels,
    /// The state that was written down last.
    pub(crate) noted: String,
}

impl Firmware {
    pub(crate) fn new(machine: Machine, config: iec61851::Config) -> Self {
        let dark = units::Millivolts::from_volts(-12);
        Self {
            machine,
            config,
            events: Vec::new(),
            wait: None,
            levels: vehicle_model::PilotLevels { high: dark, low: dark },
            noted: String::new(),
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
