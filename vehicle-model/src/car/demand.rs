//! What a car sees and draws at its inlet.

use iec61851::PilotSignal;
use serde::Serialize;
use units::{Milliamps, Millihertz, Millivolts, MilliwattHours, PerPhase, Soc, Watts};

/// What the inlet sees.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Inlet {
    /// What the charger drives on the pilot.
    pub pilot: PilotSignal,
    /// Line to neutral; 0 while the contactor is open.
    pub voltage: PerPhase<Millivolts>,
    /// Mains frequency.
    pub frequency: Millihertz,
}

/// What is drawn at the inlet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Demand {
    /// Each line.
    pub current: PerPhase<Milliamps>,
    /// Each line.
    pub power: PerPhase<Watts>,
}

/// What the charging does.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum ChargePhase {
    /// As much as is offered.
    Constant,
    /// Full, or as full as it should be.
    Full,
    /// Nothing.
    Idle,
    /// As much as the battery takes.
    Tapering,
}

/// How a car stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Telemetry {
    /// State of charge.
    pub soc: Soc,
    /// At the battery's terminals.
    pub battery_power: Watts,
    /// At the inlet.
    pub inlet_power: Watts,
    /// Into the cells, so far.
    pub charged: MilliwattHours,
    /// At the inlet, so far.
    pub inlet_energy: MilliwattHours,
    /// On-board charger, standing consumption and cells, so far.
    pub losses: MilliwattHours,
    /// Of the pack.
    pub temperature_c: f64,
    /// What the charging does.
    pub phase: ChargePhase,
}
