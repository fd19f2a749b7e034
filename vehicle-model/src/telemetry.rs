//! How a car stands, for whoever looks on.

use serde::Serialize;
use units::{MilliwattHours, Soc, Watts};

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
