//! The rectifier: what it can do, and how its set point moves.

use units::{Milliamps, Millivolts, Ohms, Watts};

/// What a rectifier can do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rating {
    /// The lowest voltage it holds while it is on.
    pub min_voltage: Millivolts,
    /// The highest voltage.
    pub max_voltage: Millivolts,
    /// The highest current.
    pub max_current: Milliamps,
    /// The highest power.
    pub max_power: Watts,
    /// How fast it moves its voltage, both ways, in millivolts a second.
    pub slew: Millivolts,
    /// The capacitance at its output, in microfarads.
    pub capacitance_uf: u32,
    /// The resistor that empties it while the rectifier is off, in ohms.
    pub bleed: Ohms,
    /// How much of what it takes from the mains it gives, in percent; at least one.
    pub efficiency_percent: u8,
}

impl Rating {
    /// What it takes from the mains when it gives so many watts.
    pub(super) fn input(&self, output: f64) -> Watts {
        Watts((output * 100.0 / f64::from(self.efficiency_percent.max(1))).round() as i32)
    }
}

impl Default for Rating {
    /// A module of 30 kW, 1000 V and 100 A: full voltage in 4 s, empty within a second.
    fn default() -> Self {
        Self {
            min_voltage: Millivolts::from_volts(150),
            max_voltage: Millivolts::from_volts(1000),
            max_current: Milliamps::from_amps(100),
            max_power: Watts(30_000),
            slew: Millivolts::from_volts(250),
            capacitance_uf: 200,
            bleed: Ohms(1_000),
            efficiency_percent: 95,
        }
    }
}

/// The rectifier of a circuit.
#[derive(Clone, Debug)]
pub(super) struct Supply {
    pub(super) rating: Rating,
    pub(super) on: bool,
    /// Within the rating.
    voltage: Millivolts,
    current: Milliamps,
}

impl Supply {
    pub(super) const fn new(rating: Rating) -> Self {
        Self { rating, on: false, voltage: Millivolts::ZERO, current: Milliamps::ZERO }
    }

    pub(super) fn set(&mut self, voltage: Millivolts, current: Milliamps) {
        self.voltage = voltage;
        self.current = current;
    }

    /// The voltage it goes for, in volts.
    pub(super) fn goal(&self) -> f64 {
        let Rating { min_voltage, max_voltage, .. } = self.rating;
        self.voltage.volts().min(max_voltage.volts()).max(min_voltage.volts().min(max_voltage.volts()))
    }

    /// The current it does not exceed, in amperes.
    pub(super) fn limit(&self) -> f64 {
        self.current.amps().min(self.rating.max_current.amps()).max(0.0)
    }

    /// The set point after `seconds`, when it was at `volts`: it never passes the goal.
    pub(super) fn ramp(&self, volts: f64, seconds: f64) -> f64 {
        let (goal, way) = (self.goal(), self.rating.slew.volts().abs() * seconds);
        if volts < goal { (volts + way).min(goal) } else { (volts - way).max(goal) }
    }
}
