//! The physics of a meter.

use serde::Serialize;
use units::{Instant, Milliamps, Millihertz, Millivolts, MilliwattHours, PerPhase, Watts};

/// What a meter shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Reading {
    /// Line to neutral.
    pub voltage: PerPhase<Millivolts>,
    /// Each line.
    pub current: PerPhase<Milliamps>,
    /// Each line.
    pub power: PerPhase<Watts>,
    /// Mains frequency.
    pub frequency: Millihertz,
    /// Never falls: what went through, netted over the lines at each moment.
    pub import: MilliwattHours,
    /// Never falls: what came back.
    pub export: MilliwattHours,
}

/// A meter with an import and an export register.
#[derive(Clone, Copy, Debug)]
pub struct EnergyMeter {
    /// How much it shows too much, in parts per million.
    error_ppm: i32,
    at: Instant,
    import_wh: f64,
    export_wh: f64,
    shown: Reading,
}

impl EnergyMeter {
    /// A meter whose import register already stands somewhere.
    #[must_use]
    pub fn new(import: MilliwattHours, error_ppm: i32) -> Self {
        let shown = Reading { import, ..Reading::default() };
        Self { error_ppm, at: Instant::ZERO, import_wh: import.watt_hours(), export_wh: 0.0, shown }
    }

    /// Advances to `now` with what flowed since, and takes what flows from now on.
    pub fn step(
        &mut self,
        now: Instant,
        voltage: PerPhase<Millivolts>,
        current: PerPhase<Milliamps>,
        power: PerPhase<Watts>,
        frequency: Millihertz,
    ) {
        let hours = (now - self.at).as_secs_f64() / 3600.0;
        let factor = 1.0 + f64::from(self.error_ppm) / 1e6;
        let watt_hours = f64::from(self.shown.power.total().0) * hours * factor;
        if watt_hours >= 0.0 {
            self.import_wh += watt_hours;
        } else {
            self.export_wh -= watt_hours;
        }
        self.at = now;
        let register = |wh: f64| MilliwattHours((wh * 1000.0).floor() as i64);
        self.shown = Reading {
            voltage,
            current,
            power,
            frequency,
            import: register(self.import_wh),
            export: register(self.export_wh),
        };
    }

    /// What it shows.
    #[must_use]
    pub const fn reading(&self) -> Reading {
        self.shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_integrate_both_ways_and_never_fall() {
        let mut meter = EnergyMeter::new(MilliwattHours::from_watt_hours(1000), 0);
        let hour = |h: u64| Instant::from_millis(h * 3_600_000);
        let mut set = |at, watts| {
            meter.step(
                hour(at),
                PerPhase::default(),
                PerPhase::default(),
                PerPhase([Watts(watts), Watts(0), Watts(0)]),
                Millihertz(50_000),
            );
            (meter.reading().import.watt_hours(), meter.reading().export.watt_hours())
        };
        assert_eq!(set(0, 2000), (1000.0, 0.0));
        assert_eq!(set(1, -500), (3000.0, 0.0));
        assert_eq!(set(3, 0), (3000.0, 1000.0));
        assert_eq!(set(9, 0), (3000.0, 1000.0));
    }
}
