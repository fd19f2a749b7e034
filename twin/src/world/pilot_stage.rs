//! The analogue output stage of the control pilot: what the firmware's duty becomes on the wire.

use bevy_ecs::prelude::*;
use iec61851::PilotSignal;
use units::{Millihertz, Millivolts, Ohms};
use vehicle_model::{Flank, PilotLoad, PilotSource, pilot_levels};

/// A part of the output stage that is not as it should be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PilotFault {
    /// So many picofarads between pilot and earth on the charger's side: slow flanks.
    Capacitance(i32),
    /// The oscillator has this frequency.
    Frequency(Millihertz),
    /// The positive supply.
    High(Millivolts),
    /// The negative supply.
    Low(Millivolts),
    /// Everything is as it should be.
    None,
    /// So much from peak to peak on the plateaus.
    Ripple(Millivolts),
    /// The resistor in series.
    SourceResistance(Ohms),
}

/// The output stage. As built it is a usual one: half a per mille off here and there, far from any limit.
#[derive(Clone, Copy, Component, Debug)]
pub(crate) struct PilotStage {
    high: Millivolts,
    low: Millivolts,
    resistance: Ohms,
    frequency: Millihertz,
    capacitance_pf: i32,
    ripple: Millivolts,
}

impl Default for PilotStage {
    fn default() -> Self {
        Self {
            high: Millivolts(12_040),
            low: Millivolts(-11_960),
            resistance: Ohms(1_002),
            frequency: Millihertz(1_000_400),
            capacitance_pf: 1_000,
            ripple: Millivolts(18),
        }
    }
}

/// The oscillator's own flank without any load (a usual operational amplifier), microseconds from 10 % to 90 %.
const OWN_FLANK_US: f64 = 1.5;

impl PilotStage {
    /// A part changes.
    pub(crate) fn break_part(&mut self, fault: PilotFault) {
        match fault {
            PilotFault::Capacitance(picofarads) => self.capacitance_pf = picofarads,
            PilotFault::Frequency(frequency) => self.frequency = frequency,
            PilotFault::High(level) => self.high = level,
            PilotFault::Low(level) => self.low = level,
            PilotFault::None => *self = Self::default(),
            PilotFault::Ripple(ripple) => self.ripple = ripple,
            PilotFault::SourceResistance(resistance) => self.resistance = resistance,
        }
    }

    /// The same stage behind another oscillator.
    pub(crate) fn behind(self, frequency: Option<Millihertz>) -> Self {
        Self { frequency: frequency.unwrap_or(self.frequency), ..self }
    }

    /// What the output stage does for a signal.
    pub(crate) const fn source(&self, signal: PilotSignal) -> PilotSource {
        let (high, duty_permille) = match signal {
            PilotSignal::X1 => (self.high, 1000),
            PilotSignal::E => (Millivolts::ZERO, 1000),
            PilotSignal::F => (self.high, 0),
            PilotSignal::Pwm(duty) => (self.high, duty.permille()),
        };
        PilotSource { high, low: self.low, duty_permille, resistance: self.resistance }
    }

    /// In series, ohm.
    pub(crate) fn resistance(&self) -> f64 {
        f64::from(self.resistance.0)
    }

    /// From peak to peak on the plateaus, V.
    pub(crate) fn ripple(&self) -> f64 {
        self.ripple.volts()
    }

    /// Of the pulses, Hz; 0 without an oscillator.
    pub(crate) fn frequency(&self, signal: PilotSignal) -> f64 {
        if signal.is_pwm() { f64::from(self.frequency.0) / 1000.0 } else { 0.0 }
    }

    /// Of a pulse above 0 V, microseconds; 0 without an oscillator, not a number where the flanks do not cross 0 V.
    pub(crate) fn high_time(&self, signal: PilotSignal, load: &PilotLoad) -> f64 {
        let PilotSignal::Pwm(duty) = signal else { return 0.0 };
        let Some((rise, fall)) = self.flanks(signal, load) else { return f64::NAN };
        match (rise.crosses(0.0), fall.crosses(0.0)) {
            (Some(up), Some(down)) => self.period_us() * f64::from(duty.permille()) / 1000.0 + down - up,
            _ => f64::NAN,
        }
    }

    /// The share of the period above 0 V, percent; 0 without an oscillator.
    pub(crate) fn duty(&self, signal: PilotSignal, load: &PilotLoad) -> f64 {
        self.high_time(signal, load) / self.period_us() * 100.0
    }

    /// Of the rising flank between 10 % and 90 % of a state's nominal swing, microseconds; not a number without one.
    pub(crate) fn rise_time(&self, signal: PilotSignal, load: &PilotLoad) -> f64 {
        let (low, high) = thresholds(load);
        self.flanks(signal, load).and_then(|(rise, _)| flank_time(&rise, low, high)).unwrap_or(f64::NAN)
    }

    /// Of the falling flank, likewise.
    pub(crate) fn fall_time(&self, signal: PilotSignal, load: &PilotLoad) -> f64 {
        let (low, high) = thresholds(load);
        self.flanks(signal, load).and_then(|(_, fall)| flank_time(&fall, high, low)).unwrap_or(f64::NAN)
    }

    fn period_us(&self) -> f64 {
        1e9 / f64::from(self.frequency.0.max(1))
    }

    /// Both flanks, if the oscillator runs.
    fn flanks(&self, signal: PilotSignal, load: &PilotLoad) -> Option<(Flank, Flank)> {
        let source = self.source(signal);
        let levels = pilot_levels(&source, load);
        let flank = |from, positive| Flank::new(from, positive, &source, load, self.capacitance_pf);
        signal.is_pwm().then(|| (flank(levels.low, true), flank(levels.high, false)))
    }
}

/// 10 % and 90 % of the nominal swing from -12 V: of state C while S2 is closed, of state B otherwise, of A without a car.
fn thresholds(load: &PilotLoad) -> (f64, f64) {
    match (load.plugged, load.r3) {
        (true, Some(_)) => (-10.2, 4.2),
        (true, None) => (-9.9, 6.9),
        (false, _) => (-9.6, 9.6),
    }
}

fn flank_time(flank: &Flank, begin: f64, end: f64) -> Option<f64> {
    Some((flank.crosses(end)? - flank.crosses(begin)?).hypot(OWN_FLANK_US))
}
