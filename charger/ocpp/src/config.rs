//! Who the station is.

use serde::Serialize;
use units::{Millivolts, PhaseCount};

/// Why the station starts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub enum BootReason {
    /// It got power.
    #[default]
    PowerUp,
    /// The CSMS asked for it.
    RemoteReset,
}

/// Who the station is. Operational settings are variables of the device model.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its identity, the last part of the URL.
    pub identity: String,
    /// Who made it.
    pub vendor: String,
    /// What it is.
    pub model: String,
    /// Its serial number.
    pub serial: String,
    /// The version of its firmware.
    pub firmware: String,
    /// EVSEs, each with one connector.
    pub evses: u16,
    /// Lines.
    pub phases: PhaseCount,
    /// Nominal voltage, line to neutral.
    pub voltage: Millivolts,
    /// Unix time in microseconds at instant zero.
    pub epoch_micros: i64,
    /// Why it starts.
    pub boot_reason: BootReason,
}
