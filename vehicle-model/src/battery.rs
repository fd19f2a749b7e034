//! A traction battery: constant current, then constant voltage, losses, warmth.

use units::{MilliwattHours, Soc};

use crate::profile::BatteryProfile;

/// Open-circuit voltage of one NMC cell over its state of charge, volts (a typical shape, not one maker's cell). Below empty it
/// breaks down: nothing is taken for ever out of a battery that is on a load.
const CELL_OCV: [(f64, f64); 12] = [
    (DEEPEST, 0.0),
    (0.0, 3.00),
    (0.05, 3.35),
    (0.1, 3.45),
    (0.2, 3.55),
    (0.3, 3.61),
    (0.4, 3.66),
    (0.5, 3.73),
    (0.6, 3.83),
    (0.7, 3.93),
    (0.9, 4.09),
    (1.0, 4.18),
];
/// A cell has nothing left at all.
const DEEPEST: f64 = -0.01;
/// A cell is never charged above this, volts.
const CELL_MAX: f64 = 4.2;
/// Below this share of the capacity per hour the battery counts as full.
const CUT_OFF_C: f64 = 0.02;

/// The battery of one car.
#[derive(Clone, Debug)]
pub struct Battery {
    profile: BatteryProfile,
    /// From 0 to 1; below 0 the cells are damaged.
    soc: f64,
    temperature_c: f64,
    /// Into the cells, Wh.
    charged_wh: f64,
    /// In the cells' resistance, Wh.
    lost_wh: f64,
}

impl Battery {
    pub(crate) fn new(profile: BatteryProfile, soc: Soc) -> Self {
        let temperature_c = profile.temperature_c;
        Self { profile, soc: soc.fraction(), temperature_c, charged_wh: 0.0, lost_wh: 0.0 }
    }

    /// It is so full, whoever filled it.
    pub(crate) fn set(&mut self, soc: Soc) {
        self.soc = soc.fraction();
    }

    pub(crate) const fn set_temperature(&mut self, celsius: f64) {
        self.temperature_c = celsius;
    }

    /// Of the pack, degrees Celsius.
    #[must_use]
    pub const fn temperature_c(&self) -> f64 {
        self.temperature_c
    }

    /// State of charge.
    #[must_use]
    pub fn soc(&self) -> Soc {
        Soc::from_fraction(self.soc)
    }

    pub(crate) fn charged(&self) -> MilliwattHours {
        MilliwattHours((self.charged_wh * 1000.0).round() as i64)
    }

    pub(crate) const fn losses_wh(&self) -> f64 {
        self.lost_wh
    }

    /// Without a current, V.
    pub(crate) fn open_circuit_voltage(&self) -> f64 {
        interpolate(&CELL_OCV, self.soc) * f64::from(self.profile.cells_in_series)
    }

    /// Of the whole pack, ohm. It rises in the cold.
    pub(crate) fn resistance(&self) -> f64 {
        let cold = (25.0 - self.temperature_c).clamp(0.0, 45.0);
        f64::from(self.profile.resistance_mohm) / 1000.0 * (1.0 + 0.03 * cold)
    }

    /// The most that the cells may ever have between the terminals, V.
    pub(crate) fn max_voltage(&self) -> f64 {
        CELL_MAX * f64::from(self.profile.cells_in_series)
    }

    /// The current that so much power is at its terminals, A; negative out of the battery.
    pub(crate) fn current(&self, watts: f64) -> f64 {
        self.current_at(self.open_circuit_voltage(), watts)
    }

    fn current_at(&self, ocv: f64, watts: f64) -> f64 {
        let resistance = self.resistance();
        // watts = (ocv + i r) i, solved for i; the root exists for any charge and for every discharge a pack can give.
        let root = (ocv * ocv + 4.0 * resistance * watts).max(0.0).sqrt();
        (root - ocv) / (2.0 * resistance)
    }

    /// What it may be charged with now, watts at its terminals: the maker's curve, the cell voltage, the cold.
    #[must_use]
    pub fn charge_limit_w(&self) -> f64 {
        let curve = interpolate(&self.profile.curve_kw, self.soc * 100.0) * 1000.0;
        let max = self.max_voltage();
        let by_voltage = max * (max - self.open_circuit_voltage()).max(0.0) / self.resistance();
        let warm = ((self.temperature_c + 10.0) / 20.0).clamp(0.0, 1.0);
        curve.min(by_voltage) * warm
    }

    /// The most that the maker's curve has at any state of charge, W.
    pub(crate) fn most_w(&self) -> f64 {
        self.profile.curve_kw.iter().fold(0.0, |most: f64, (_, kilowatts)| most.max(*kilowatts)) * 1000.0
    }

    /// What is missing to that state of charge, Wh.
    pub(crate) fn missing_wh(&self, target: Soc) -> f64 {
        (target.fraction() - self.soc).max(0.0) * self.profile.capacity_wh()
    }

    /// Whether more cannot be put in at a rate worth it.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.soc >= 1.0 || self.charge_limit_w() < self.profile.capacity_wh() * CUT_OFF_C
    }

    /// Whether it gives nothing more, as long as anybody can prevent it.
    pub(crate) fn is_at_reserve(&self) -> bool {
        self.soc <= self.profile.min_soc.fraction()
    }

    /// Takes `watts` at its terminals for a time. Negative watts discharge it, whoever lets them.
    pub(crate) fn take(&mut self, watts: f64, seconds: f64) {
        let hours = seconds / 3600.0;
        let ocv = self.open_circuit_voltage();
        let chemical = ocv * self.current_at(ocv, watts) * hours;
        let lost = watts * hours - chemical;
        self.charged_wh += chemical;
        self.lost_wh += lost;
        self.soc = (self.soc + chemical / self.profile.capacity_wh()).clamp(DEEPEST, 1.0);
        // A pack of a few hundred kilograms warms by about a degree per 130 Wh and loses that over hours.
        let mass = self.profile.capacity_wh() / 450.0;
        self.temperature_c += lost / mass.max(1.0) - (self.temperature_c - self.profile.temperature_c) * hours / 6.0;
    }
}

/// Piecewise linear; the first and last values hold outside. It is asked in every step, so the points are taken as they are.
fn interpolate<X: Copy + Into<f64>>(points: &[(X, f64)], at: f64) -> f64 {
    let x = |point: &(X, f64)| -> f64 { point.0.into() };
    let Some(after) = points.iter().position(|point| x(point) >= at) else {
        return points.last().map_or(0.0, |(_, y)| *y);
    };
    let (x1, y1) = (x(&points[after]), points[after].1);
    if after == 0 || x1 <= at {
        return y1;
    }
    let (x0, y0) = (x(&points[after - 1]), points[after - 1].1);
    y0 + (y1 - y0) * (at - x0) / (x1 - x0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell() -> Battery {
        // The oracle of the facts page: a 5 Ah cell at 1C from 10 % to 4.2 V, then held there.
        let profile = BatteryProfile {
            capacity_kwh: 0.018_3,
            cells_in_series: 1,
            resistance_mohm: 38,
            temperature_c: 25.0,
            soc: Soc::from_percent(10).expect("a percentage"),
            min_soc: Soc::from_percent(5).expect("a percentage"),
            curve_kw: vec![(0, 0.05), (100, 0.05)],
        };
        Battery::new(profile, Soc::from_percent(10).expect("a percentage"))
    }

    #[test]
    fn constant_current_then_constant_voltage_in_the_shape_of_the_oracle() {
        let mut cell = cell();
        let (mut seconds, mut taper_at) = (0.0, None);
        while !cell.is_full() && seconds < 20_000.0 {
            // 1C as power at the terminals; the battery's own limit holds it at 4.2 V later.
            let wanted = 5.0 * (cell.open_circuit_voltage() + 5.0 * cell.resistance());
            let limit = cell.charge_limit_w();
            if limit < wanted && taper_at.is_none() {
                taper_at = Some(seconds);
            }
            cell.take(wanted.min(limit), 1.0);
            seconds += 1.0;
        }
        let taper_at = taper_at.expect("it tapers");
        // The oracle: constant current ends at 2136 s, charging at 5621 s.
        assert!((1_800.0..2_600.0).contains(&taper_at), "taper at {taper_at} s");
        assert!((4_000.0..7_500.0).contains(&seconds), "full at {seconds} s");
        assert!(cell.soc > 0.95);
    }

    #[test]
    fn what_is_taken_out_of_it_is_counted_and_ends() {
        let mut cell = cell();
        let mut watt_hours = 0.0;
        for second in 0..36_000 {
            // A resistor of an ohm.
            let amps = cell.open_circuit_voltage() / (1.0 + cell.resistance());
            cell.take(-amps * amps, 1.0);
            watt_hours += amps * amps / 3600.0;
            if second == 600 {
                assert!(cell.is_at_reserve() && cell.soc() > Soc::default(), "{}", cell.soc());
            }
        }
        let balance = cell.charged_wh + cell.lost_wh + watt_hours;
        assert!(balance.abs() < 1e-6, "{balance}");
        assert_eq!(cell.soc(), Soc::default());
        assert!(cell.open_circuit_voltage() < 0.1, "{} V", cell.open_circuit_voltage());
    }

    #[test]
    fn energy_is_chemical_plus_lost() {
        let mut cell = cell();
        for _ in 0..600 {
            cell.take(15.0, 1.0);
        }
        let balance = cell.charged_wh + cell.lost_wh - 15.0 * 600.0 / 3600.0;
        assert!(balance.abs() < 1e-9, "{balance}");
        assert!(cell.temperature_c() > 25.0);
    }
}
