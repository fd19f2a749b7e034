//! The physics of a meter, and what can be wrong with it.

use std::time::Duration;

use serde::Serialize;
use units::{Instant, Milliamps, Millihertz, Millivolts, MilliwattHours, PerPhase, Phase, Watts};

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
    /// What went through, netted over the lines at each moment; it never falls, unless a [`MeterEvent`] makes it.
    pub import: MilliwattHours,
    /// Never falls: what came back.
    pub export: MilliwattHours,
}

/// What happens to a meter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MeterEvent {
    /// Its import register stands so much higher from now on, or lower; never below zero.
    Jump(MilliwattHours),
    /// Its transformers are the right way round, and it shows its registers.
    Mended,
    /// The transformer of that line is the wrong way round: what flows in counts as flowing out.
    Reversed(Phase),
    /// It shows this as its import register, whatever the register is.
    Shows {
        /// This.
        import: MilliwattHours,
        /// For so long.
        lasting: Duration,
    },
}

/// Which way round a current transformer is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Transformer {
    #[default]
    Right,
    Reversed,
}

/// What the display shows as the import register.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Display {
    Register,
    Other { import: MilliwattHours, until: Instant },
}

/// A meter with an import and an export register.
#[derive(Clone, Copy, Debug)]
pub struct EnergyMeter {
    /// How much it shows too much, in parts per million.
    error_ppm: i32,
    at: Instant,
    import_wh: f64,
    export_wh: f64,
    transformers: PerPhase<Transformer>,
    display: Display,
    shown: Reading,
    /// What flows in truth.
    flow: PerPhase<Watts>,
    /// What went through in truth, one way less the other, since it was made.
    through_wh: f64,
}

impl EnergyMeter {
    /// A meter whose import register already stands somewhere.
    #[must_use]
    pub fn new(import: MilliwattHours, error_ppm: i32) -> Self {
        let shown = Reading { import, ..Reading::default() };
        Self {
            error_ppm,
            at: Instant::ZERO,
            import_wh: import.watt_hours(),
            export_wh: 0.0,
            transformers: PerPhase::default(),
            display: Display::Register,
            shown,
            flow: PerPhase::default(),
            through_wh: 0.0,
        }
    }

    /// Something happens to it; it counts from the next step on.
    pub fn act(&mut self, now: Instant, event: MeterEvent) {
        match event {
            MeterEvent::Jump(by) => self.import_wh = (self.import_wh + by.watt_hours()).max(0.0),
            MeterEvent::Mended => {
                self.transformers = PerPhase::default();
                self.display = Display::Register;
            }
            MeterEvent::Reversed(phase) => self.transformers[phase] = Transformer::Reversed,
            MeterEvent::Shows { import, lasting } => self.display = Display::Other { import, until: now + lasting },
        }
    }

    /// When it will show something else by itself.
    #[must_use]
    pub const fn next_change(&self) -> Option<Instant> {
        match self.display {
            Display::Register => None,
            Display::Other { until, .. } => Some(until),
        }
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
        self.through_wh += f64::from(self.flow.total().0) * hours;
        let watt_hours = f64::from(self.shown.power.total().0) * hours * factor;
        if watt_hours >= 0.0 {
            self.import_wh += watt_hours;
        } else {
            self.export_wh -= watt_hours;
        }
        self.at = now;
        self.flow = power;
        if self.next_change().is_some_and(|until| until <= now) {
            self.display = Display::Register;
        }
        let import = match self.display {
            Display::Register => milliwatt_hours(self.import_wh),
            Display::Other { import, .. } => import,
        };
        let (mut power, mut current) = (power, current);
        for phase in Phase::ALL {
            if self.transformers[phase] == Transformer::Reversed {
                (power[phase], current[phase]) = (-power[phase], -current[phase]);
            }
        }
        self.shown = Reading { voltage, current, power, frequency, import, export: milliwatt_hours(self.export_wh) };
    }

    /// What went through in truth since it was made, whatever it shows.
    #[must_use]
    pub fn through(&self) -> MilliwattHours {
        milliwatt_hours(self.through_wh)
    }

    /// What it shows.
    #[must_use]
    pub const fn reading(&self) -> Reading {
        self.shown
    }
}

fn milliwatt_hours(wh: f64) -> MilliwattHours {
    MilliwattHours((wh * 1000.0).floor() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    /// Steps to that hour with 2 kW on L1 and 1 kW on L2; answers register and truth, Wh.
    fn at(meter: &mut EnergyMeter, hour: u64) -> (f64, f64) {
        let power = PerPhase([Watts(2000), Watts(1000), Watts(0)]);
        meter.step(
            Instant::from_millis(hour * HOUR),
            PerPhase::default(),
            PerPhase::default(),
            power,
            Millihertz(50_000),
        );
        (meter.reading().import.watt_hours(), meter.through().watt_hours())
    }

    #[test]
    fn what_a_meter_shows_may_be_wrong_and_what_went_through_is_not() {
        let mut meter = EnergyMeter::new(MilliwattHours::from_watt_hours(10_000), 0);
        let now = |hour: u64| Instant::from_millis(hour * HOUR);
        assert_eq!(at(&mut meter, 0), (10_000.0, 0.0));
        let lasting = Duration::from_secs(3600);
        meter.act(now(0), MeterEvent::Shows { import: MilliwattHours::ZERO, lasting });
        assert_eq!((at(&mut meter, 0), meter.next_change()), ((0.0, 0.0), Some(now(1))));
        assert_eq!(at(&mut meter, 1), (13_000.0, 3000.0));
        meter.act(now(1), MeterEvent::Jump(MilliwattHours::from_watt_hours(-5000)));
        assert_eq!(at(&mut meter, 1), (8000.0, 3000.0));
        meter.act(now(1), MeterEvent::Reversed(Phase::L1));
        at(&mut meter, 1);
        assert_eq!((at(&mut meter, 2), meter.reading().power.total()), ((8000.0, 6000.0), Watts(-1000)));
        assert_eq!(meter.reading().export, MilliwattHours::from_watt_hours(1000));
        meter.act(now(2), MeterEvent::Mended);
        at(&mut meter, 2);
        assert_eq!(at(&mut meter, 3), (11_000.0, 9000.0));
        meter.act(now(3), MeterEvent::Jump(MilliwattHours::from_watt_hours(-50_000)));
        assert_eq!(at(&mut meter, 3).0, 0.0, "no register is below zero");
    }

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
