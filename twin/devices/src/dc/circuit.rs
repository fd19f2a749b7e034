//! The circuit behind the handle.
//!
//! Everything at the output but the rectifier is one source behind one resistor: what a car connects, with the load across it.
//! The rectifier has a diode at its output, so it only ever pushes: while it is on, the voltage is
//! its set point, unless a limit of current or power holds it lower or the battery holds it higher. While it is off, the link
//! capacitance goes to what the rest of the circuit leaves it.

use std::time::Duration;

use units::{Instant, Milliamps, Millivolts, Ohms, Watts};

use super::supply::{Rating, Supply};

/// A voltage behind a resistor: what a car connects to the output while all contacts between its battery and the supply are
/// closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Source {
    /// Without current.
    pub voltage: Millivolts,
    /// Inside, in thousandths of an ohm; at least one.
    pub milliohms: u32,
}

/// What can be measured in the circuit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Measurement {
    /// At the output.
    pub voltage: Millivolts,
    /// Out of the rectifier.
    pub current: Milliamps,
    /// Into what a car has connected; negative out of it.
    pub car: Milliamps,
    /// Whether the rectifier is on.
    pub on: bool,
    /// What the rectifier takes from the mains for that.
    pub input: Watts,
    /// Plus against earth.
    pub plus_to_earth: Millivolts,
    /// Minus against earth; negative.
    pub minus_to_earth: Millivolts,
    /// Both lines together against earth; `None` without any leakage.
    pub insulation: Option<Ohms>,
}

#[derive(Clone, Debug)]
pub(super) struct State {
    now: Instant,
    supply: Supply,
    /// At the output.
    volts: f64,
    load: Option<Ohms>,
    /// What a car has connected.
    car: Option<Source>,
    plus: Option<Ohms>,
    minus: Option<Ohms>,
}

/// A source behind a conductance.
struct Outside {
    volts: f64,
    siemens: f64,
}

impl State {
    pub(super) const fn new(rating: Rating) -> Self {
        Self {
            now: Instant::ZERO,
            supply: Supply::new(rating),
            volts: 0.0,
            load: None,
            car: None,
            plus: None,
            minus: None,
        }
    }

    pub(super) const fn rating(&self) -> Rating {
        self.supply.rating
    }

    pub(super) fn step(&mut self, now: Instant) {
        let seconds = now.since(self.now).as_secs_f64();
        if seconds > 0.0 {
            self.now = now;
            self.pass(seconds);
        }
    }

    fn pass(&mut self, seconds: f64) {
        let outside = self.outside();
        if self.supply.on {
            let held = self.supply.ramp(self.volts, seconds);
            self.volts = held.min(self.ceiling(&outside)).max(outside.volts);
        } else {
            let (end, constant) = (self.rest(&outside), self.time_constant(&outside));
            self.volts = if constant > 0.0 { end + (self.volts - end) * (-seconds / constant).exp() } else { end };
        }
    }

    /// Whether the voltage is another one after that time, if nobody does anything.
    pub(super) fn moves(&self, within: Duration) -> bool {
        /// Less than anybody measures, V.
        const STILL: f64 = 0.01;
        let mut later = self.clone();
        later.pass(within.as_secs_f64());
        (later.volts - self.volts).abs() > STILL
    }

    /// What lies at the output besides the rectifier.
    fn outside(&self) -> Outside {
        let load = self.load.map_or(0.0, |ohms| 1.0 / f64::from(ohms.0.max(1)));
        let (volts, inside) = match self.car {
            Some(car) => (car.voltage.volts(), 1000.0 / f64::from(car.milliohms.max(1))),
            None => (0.0, 0.0),
        };
        let siemens = load + inside;
        Outside { volts: if siemens > 0.0 { volts * inside / siemens } else { 0.0 }, siemens }
    }

    /// The voltage at which the rectifier meets its limit of current or of power.
    fn ceiling(&self, outside: &Outside) -> f64 {
        if outside.siemens <= 0.0 {
            return f64::INFINITY;
        }
        let by_current = outside.volts + self.supply.limit() / outside.siemens;
        let power = f64::from(self.rating().max_power.0.max(0));
        // v * (v - outside) * siemens = power
        let by_power = (outside.volts + (outside.volts * outside.volts + 4.0 * power / outside.siemens).sqrt()) / 2.0;
        by_current.min(by_power)
    }

    /// Limits and what a car connects act at once, also between two steps.
    fn settle(&mut self) {
        /// A battery fills the link within microseconds, s.
        const AT_ONCE: f64 = 1e-4;
        let outside = self.outside();
        if self.supply.on {
            self.volts = self.volts.min(self.ceiling(&outside)).max(outside.volts);
        } else if self.time_constant(&outside) < AT_ONCE {
            self.volts = self.rest(&outside);
        }
    }

    /// Where the voltage goes while the rectifier is off.
    fn rest(&self, outside: &Outside) -> f64 {
        outside.volts * outside.siemens / (outside.siemens + self.bleed())
    }

    /// How fast it goes there, s.
    fn time_constant(&self, outside: &Outside) -> f64 {
        f64::from(self.rating().capacitance_uf) * 1e-6 / (outside.siemens + self.bleed())
    }

    /// Siemens.
    fn bleed(&self) -> f64 {
        1.0 / f64::from(self.rating().bleed.0.max(1))
    }

    pub(super) fn set_target(&mut self, voltage: Millivolts, current: Milliamps) {
        self.supply.set(voltage, current);
        self.settle();
    }

    pub(super) fn switch(&mut self, on: bool) {
        self.supply.on = on;
        self.settle();
    }

    pub(super) fn set_load(&mut self, load: Option<Ohms>) {
        self.load = load;
        self.settle();
    }

    pub(super) fn connect(&mut self, car: Option<Source>) {
        self.car = car;
        self.settle();
    }

    pub(super) fn set_leakage(&mut self, plus: Option<Ohms>, minus: Option<Ohms>) {
        (self.plus, self.minus) = (plus, minus);
    }

    pub(super) fn measure(&self) -> Measurement {
        let outside = self.outside();
        let amps = if self.supply.on { (self.volts - outside.volts) * outside.siemens } else { 0.0 };
        let into = |car: Source| (self.volts - car.voltage.volts()) * 1000.0 / f64::from(car.milliohms.max(1));
        let plus = self.plus.map(|ohms| f64::from(ohms.0.max(0)));
        let minus = self.minus.map(|ohms| f64::from(ohms.0.max(0)));
        // Earth lies between the lines as the leakages divide; in the middle when none of them pulls.
        let (share, insulation) = match (plus, minus) {
            (None, None) => (0.5, None),
            (Some(plus), None) => (0.0, Some(plus)),
            (None, Some(minus)) => (1.0, Some(minus)),
            (Some(plus), Some(minus)) if plus + minus > 0.0 => {
                (plus / (plus + minus), Some(plus * minus / (plus + minus)))
            }
            (Some(_), Some(_)) => (0.5, Some(0.0)),
        };
        Measurement {
            voltage: millivolts(self.volts),
            current: milliamps(amps),
            car: milliamps(self.car.map_or(0.0, into)),
            on: self.supply.on,
            input: self.rating().input(self.volts * amps),
            plus_to_earth: millivolts(self.volts * share),
            minus_to_earth: millivolts(self.volts * (share - 1.0)),
            insulation: insulation.map(|ohms| Ohms(ohms.round() as i32)),
        }
    }
}

fn milliamps(amps: f64) -> Milliamps {
    Milliamps((amps * 1000.0).round() as i32)
}

fn millivolts(volts: f64) -> Millivolts {
    Millivolts((volts * 1000.0).round() as i32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use units::Watts;

    use super::*;
    use crate::dc::DcCircuit;

    fn volts(volts: i32) -> Millivolts {
        Millivolts::from_volts(volts)
    }

    fn amps(amps: i32) -> Milliamps {
        Milliamps::from_amps(amps)
    }

    fn after(seconds: f64) -> Instant {
        Instant::ZERO + Duration::from_secs_f64(seconds)
    }

    fn on_at(voltage: i32, current: i32) -> DcCircuit {
        let circuit = DcCircuit::new(Rating::default());
        circuit.set_target(Instant::ZERO, volts(voltage), amps(current));
        circuit.switch(Instant::ZERO, true);
        circuit
    }

    #[test]
    fn without_load_the_voltage_ramps_and_holds_without_overshoot() {
        let circuit = on_at(500, 1);
        assert_eq!(circuit.measure(after(1.0)).voltage, volts(250));
        for tenth in 20..100 {
            assert_eq!(circuit.measure(after(f64::from(tenth) / 10.0)).voltage, volts(500));
        }
        circuit.set_target(after(10.0), volts(1000), amps(1));
        assert_eq!(circuit.measure(after(11.0)).voltage, volts(750));
        assert_eq!(circuit.measure(after(16.0)).voltage, volts(1000), "within 6 s");
    }

    #[test]
    fn it_moves_until_it_is_where_it_goes() {
        let circuit = on_at(500, 1);
        let within = Duration::from_millis(20);
        assert!(circuit.moves(Instant::ZERO, within) && circuit.moves(after(1.99), within));
        assert!(!circuit.moves(after(2.0), within));
        circuit.switch(after(3.0), false);
        assert!(circuit.moves(after(3.0), within) && circuit.moves(after(4.0), within));
        assert!(!circuit.moves(after(6.0), within), "it is empty");
    }

    #[test]
    fn switched_off_it_is_soon_empty() {
        let circuit = on_at(150, 1);
        circuit.switch(after(5.0), false);
        let left = circuit.measure(after(5.2)).voltage;
        assert_eq!(left, Millivolts(55_182), "150 V / e after one time constant");
        assert!(circuit.measure(after(6.5)).voltage < volts(1));
    }

    #[test]
    fn a_resistor_takes_what_the_limits_leave() {
        let circuit = on_at(500, 2);
        circuit.set_load(Instant::ZERO, Some(Ohms(5_000)));
        let free = circuit.measure(after(10.0));
        assert_eq!((free.voltage, free.current), (volts(500), Milliamps(100)));
        circuit.set_load(after(10.0), Some(Ohms(100)));
        let limited = circuit.measure(after(10.0));
        assert_eq!((limited.voltage, limited.current), (volts(200), amps(2)), "the short-circuit test");
        circuit.set_target(after(11.0), volts(1000), amps(100));
        circuit.set_load(after(11.0), Some(Ohms(20)));
        let full = circuit.measure(after(20.0));
        let power = full.voltage.volts() * full.current.amps();
        assert!((power - 30_000.0).abs() < 5.0, "{power} W");
    }

    #[test]
    fn a_battery_is_charged_at_the_limit_and_never_feeds_the_rectifier() {
        let circuit = on_at(390, 50);
        assert_eq!(circuit.measure(after(5.0)).voltage, volts(390), "pre-charge, contactor open");
        circuit.connect(after(5.0), Some(Source { voltage: volts(400), milliohms: 100 }));
        let met = circuit.measure(after(5.0));
        assert_eq!((met.voltage, met.current), (volts(400), amps(0)));
        circuit.set_target(after(5.0), volts(450), amps(50));
        let charging = circuit.measure(after(8.0));
        assert_eq!((charging.voltage, charging.current, charging.car), (volts(405), amps(50), amps(50)));
        circuit.switch(after(8.0), false);
        let off = circuit.measure(after(20.0));
        assert!((399_900..=400_000).contains(&off.voltage.0), "the battery holds it: {}", off.voltage);
        circuit.connect(after(20.0), None);
        assert!(circuit.measure(after(22.0)).voltage < volts(1));
    }

    #[test]
    fn the_mains_give_what_the_output_and_the_losses_take() {
        let circuit = on_at(500, 10);
        circuit.set_load(Instant::ZERO, Some(Ohms(100)));
        assert_eq!(circuit.measure(after(5.0)).input, Watts(2632), "2.5 kW at 95 %");
        circuit.switch(after(5.0), false);
        assert_eq!(circuit.measure(after(5.0)).input, Watts::ZERO);
    }

    #[test]
    fn leakage_moves_earth_and_both_add_up() {
        let circuit = on_at(500, 1);
        let even = circuit.measure(after(5.0));
        assert_eq!((even.plus_to_earth, even.minus_to_earth, even.insulation), (volts(250), volts(-250), None));
        circuit.set_leakage(after(5.0), Some(Ohms(1_000_000)), Some(Ohms(100_000)));
        let faulty = circuit.measure(after(5.0));
        assert_eq!(faulty.insulation, Some(Ohms(90_909)));
        assert_eq!((faulty.plus_to_earth.0, faulty.minus_to_earth.0), (454_545, -45_455));
    }

    proptest! {
        /// However often somebody looks, the circuit is where it would have been.
        #[test]
        fn looking_changes_nothing(
            goal in 0..1200i32, limit in 0..120i32, load in prop::option::of(1..100_000i32),
            battery in prop::option::of(200..900i32), looks in prop::collection::vec(1..3000u64, 1..12), off_after in 0..12usize,
        ) {
            let make = || {
                let circuit = on_at(goal, limit);
                circuit.set_load(Instant::ZERO, load.map(Ohms));
                circuit.connect(Instant::ZERO, battery.map(|voltage| Source { voltage: volts(voltage), milliohms: 80 }));
                circuit
            };
            let (often, once) = (make(), make());
            let mut now = Instant::ZERO;
            for (index, millis) in looks.into_iter().enumerate() {
                now = now + Duration::from_millis(millis);
                let seen = often.measure(now);
                prop_assert!(seen.voltage <= volts(1000).max(volts(battery.unwrap_or(0))), "{}", seen.voltage);
                prop_assert!(seen.current <= amps(limit.min(100)) + Milliamps(1));
                let watts = seen.voltage.volts() * seen.current.amps();
                prop_assert!(watts <= f64::from(Watts(30_000).0) + 2.0, "{} W", watts);
                if index == off_after {
                    once.switch(now, false);
                    often.switch(now, false);
                }
            }
            let (a, b) = (often.measure(now), once.measure(now));
            prop_assert!((a.voltage - b.voltage).abs() <= Millivolts(1), "{a:?} {b:?}");
        }
    }
}
