//! `[outlet]` in `charger.toml`.

use serde::{Deserialize, Serialize};
use units::{Milliamps, Millivolts, PhaseCount};

/// A socket or a fixed cable.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutletKind {
    /// The driver brings the cable; its rating is read from PP, and a lock holds it.
    Socket,
    /// The cable is fixed.
    Tethered,
}

/// The outlet.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OutletConfig {
    /// A socket or a fixed cable.
    pub kind: OutletKind,
    /// What its wiring and contactor can carry, each line.
    pub max_current_a: i32,
    /// What may flow out of a car, each line; 0: wiring, protection and meter are not made for that.
    pub export_a: i32,
    /// Lines.
    pub phases: PhaseCount,
    /// Nominal voltage, line to neutral.
    pub voltage_v: i32,
    /// Whether cars that need ventilation may charge.
    pub ventilated: bool,
}

impl OutletConfig {
    /// What its wiring and contactor can carry, each line.
    #[must_use]
    pub fn max_current(&self) -> Milliamps {
        Milliamps::from_amps(self.max_current_a)
    }

    /// What may flow out of a car on each line, in its sign: 0 or less.
    #[must_use]
    pub fn export(&self) -> Milliamps {
        -Milliamps::from_amps(self.export_a.max(0))
    }

    /// Nominal voltage, line to neutral.
    #[must_use]
    pub fn voltage(&self) -> Millivolts {
        Millivolts::from_volts(self.voltage_v)
    }
}
