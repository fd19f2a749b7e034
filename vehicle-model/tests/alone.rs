//! A car without a charger: a script says what the pilot does, and the mains are there while the car asks for them. What
//! follows is written down, from the plug to a full battery.

use std::time::Duration;

use iec61851::{CableRating, Duty, PilotSignal};
use units::{Instant, Milliamps, Millivolts, Ohms, PerPhase, Soc};
use vehicle_model::{
    Action, Cable, Car, ChargePhase, DcAction, DcLoad, DcPins, Deed, Driver, DriverPlan, Inlet, PilotSource, Profile,
    pilot_levels,
};

/// An outlet that is nothing but a pilot and a contactor that follows the car's S2.
struct Outlet {
    car: Car,
    now: Instant,
    pilot: PilotSignal,
    story: Vec<String>,
}

impl Outlet {
    fn for_car(name: &str) -> Self {
        let car = Car::new(Profile::builtin(name).expect("a built-in car"), 1);
        let mut outlet = Self { car, now: Instant::ZERO, pilot: PilotSignal::X1, story: Vec::new() };
        outlet.look("nobody is there");
        outlet
    }

    /// What an instrument at the pilot shows in its positive half.
    fn pilot_level(&self) -> Millivolts {
        let (high, low) = (Millivolts::from_volts(12), Millivolts::from_volts(-12));
        let duty_permille = match self.pilot {
            PilotSignal::Pwm(duty) => duty.permille(),
            PilotSignal::X1 => 1000,
            PilotSignal::E | PilotSignal::F => 0,
        };
        let source = PilotSource { high, low, duty_permille, resistance: Ohms(1000) };
        pilot_levels(&source, &self.car.load()).high
    }

    /// The car sees what it does to the contactor until that is nothing any more.
    fn step(&mut self) {
        loop {
            let asks = self.car.load();
            let volts = if self.car.is_plugged() && asks.r3.is_some() { 230 } else { 0 };
            let voltage = PerPhase::all(Millivolts::from_volts(volts));
            self.car.step(self.now, &Inlet { pilot: self.pilot, voltage, ..Inlet::default() });
            if self.car.load() == asks {
                break;
            }
        }
    }

    /// Writes down how it stands.
    fn look(&mut self, what: &str) {
        self.step();
        let telemetry = self.car.telemetry();
        let [l1, l2, l3] = self.car.demand().current.0;
        self.story.push(format!(
            "{} {what}: pilot {:.1} V, {:.1} + {:.1} + {:.1} A, {:.1} kW, {}, {:?}",
            self.now,
            self.pilot_level().volts(),
            l1.amps(),
            l2.amps(),
            l3.amps(),
            telemetry.inlet_power.kilowatts(),
            telemetry.soc,
            telemetry.phase,
        ));
    }

    fn act(&mut self, what: &str, action: Action) {
        self.car.act(self.now, action);
        self.look(what);
    }

    fn pilot(&mut self, what: &str, pilot: PilotSignal) {
        self.pilot = pilot;
        self.look(what);
    }

    /// Time passes until then, or until the car does something else; what it does is written down.
    fn until(&mut self, end: Instant) {
        while self.now < end {
            let before = (self.car.load().r3.is_some(), self.car.telemetry().phase);
            self.now = self.car.next_change().filter(|at| *at > self.now).unwrap_or(end).min(end);
            self.step();
            let after = (self.car.load().r3.is_some(), self.car.telemetry().phase);
            match (before.0, after.0) {
                (false, true) => self.look("S2 closes"),
                (true, false) => self.look("S2 opens"),
                (false, false) | (true, true) if before.1 != after.1 => self.look("the car"),
                (false, false) | (true, true) => {}
            }
        }
    }

    fn pass(&mut self, seconds: u64, what: &str) {
        self.until(self.now + Duration::from_secs(seconds));
        self.look(what);
    }
}

fn amps(amps: i32) -> PilotSignal {
    Duty::advertise(Milliamps::from_amps(amps)).map_or(PilotSignal::X1, PilotSignal::Pwm)
}

#[test]
fn a_car_is_charged_from_the_plug_to_a_full_battery() {
    let mut outlet = Outlet::for_car("renault-zoe");
    outlet.act("the plug goes in", Action::PlugIn(Cable::rated(CableRating::A32)));
    outlet.pass(5, "still waiting");
    outlet.pilot("16 A are offered", amps(16));
    outlet.pass(10, "ten seconds later");
    outlet.pilot("32 A are offered", amps(32));
    outlet.pass(10, "ten seconds later");
    outlet.pass(3600, "an hour later");
    outlet.pilot("the offer ends", PilotSignal::X1);
    outlet.pass(600, "ten minutes later");
    outlet.pilot("6 A are offered", amps(6));
    outlet.pass(10, "ten seconds later");
    outlet.pilot("32 A are offered", amps(32));
    outlet.pass(6 * 3600, "six hours later");
    outlet.act("the plug goes out", Action::Unplug);
    assert_eq!(outlet.story.join("\n"), FULL_BATTERY);

    let telemetry = outlet.car.telemetry();
    let gap = telemetry.inlet_energy - telemetry.charged - telemetry.losses;
    assert!(gap.0.abs() <= 2, "energy is neither lost nor made: {telemetry:?}");
    assert_eq!(outlet.car.next_change(), None, "a car that nobody charges waits for nothing");
}

#[test]
fn a_driver_comes_and_goes_without_a_charger() {
    let plan: DriverPlan =
        toml::from_str("arrives_after_s = 60\ncable_a = 20\ncard = \"04A1\"\ntarget_percent = 60\n").expect("a plan");
    let mut driver = Driver::new(plan, Instant::ZERO);
    let mut outlet = Outlet::for_car("small-car-7");
    outlet.pilot = amps(16);
    while !driver.is_gone() && outlet.now < Instant::from_millis(12 * 3_600_000) {
        let satisfied = outlet.car.is_plugged() && outlet.car.telemetry().phase == ChargePhase::Full;
        while let Some(deed) = driver.next_deed(outlet.now, satisfied) {
            match deed {
                Deed::Car(action @ Action::PlugIn(_)) => outlet.act("the driver plugs in", action),
                Deed::Car(action @ Action::Unplug) => outlet.act("the driver unplugs", action),
                Deed::Car(action) => outlet.act("the driver names a target", action),
                Deed::Present(card) => outlet.look(&format!("a card that nobody reads ({card})")),
            }
        }
        let soon = outlet.now + Duration::from_secs(60);
        outlet.until(driver.next_change().filter(|at| *at > outlet.now).unwrap_or(soon).min(soon));
    }
    assert_eq!(outlet.story.join("\n"), DRIVER);
}

/// A supply without inertia at the car's pins: off, it leaves them empty; on, it holds a voltage up to a current.
fn supply(car: &mut Car, now: Instant, on: Option<(Millivolts, Milliamps)>) {
    loop {
        let load = car.dc_load();
        let pins = match (on, load) {
            (None, DcLoad::Open) => DcPins::default(),
            (None, DcLoad::Battery { voltage, .. }) => DcPins { voltage, current: Milliamps::ZERO },
            (Some((voltage, _)), DcLoad::Open) => DcPins { voltage, current: Milliamps::ZERO },
            (Some((wanted, limit)), DcLoad::Battery { voltage, milliohms }) => {
                let current = (wanted - voltage).0 * 1000 / i32::try_from(milliohms).expect("less than a megohm");
                let current = Milliamps(current).min(limit).max(Milliamps::ZERO);
                DcPins { voltage: Millivolts(voltage.0 + current.0 * milliohms as i32 / 1000), current }
            }
        };
        car.step_dc(now, pins);
        if car.dc_load() == load {
            break;
        }
    }
}

#[test]
fn a_car_is_charged_with_direct_current_by_a_script() {
    let mut car = Car::new(Profile::builtin("ioniq-5-58").expect("a built-in car"), 1);
    let (mut now, mut story) = (Instant::ZERO, Vec::new());
    let mut note = |now: Instant, what: &str, car: &Car| {
        let (dc, telemetry) = (car.dc_inlet().expect("pins"), car.telemetry());
        let pins = dc.pins();
        story.push(format!(
            "{now} {what}: {:.0} V, {:.0} A, {:.0} kW, {}, {:?}",
            pins.voltage.volts(),
            pins.current.amps(),
            telemetry.battery_power.kilowatts(),
            telemetry.soc,
            dc.welding()
        ));
    };
    car.act(now, Action::PlugIn(Cable::rated(CableRating::A32)));
    car.act(now, Action::SetSoc(Soc::from_percent(20).expect("a percentage")));
    car.act(now, Action::Dc(DcAction::Close));
    supply(&mut car, now, None);
    note(now, "pre-charge is asked for", &car);

    // The supply gives what the car asks for, looking once a second.
    while car.soc() < Soc::from_percent(80).expect("a percentage") {
        let target = car.dc_target().expect("pins");
        supply(&mut car, now, Some((target.voltage, target.current)));
        if matches!(now.as_millis(), 0 | 2_000) || now.as_millis() % 300_000 == 0 {
            note(now, "the supply follows", &car);
        }
        now = now + Duration::from_secs(1);
    }
    supply(&mut car, now, None);
    note(now, "80 % are reached", &car);
    car.act(now, Action::Dc(DcAction::DetectWelding));
    for _ in 0..60 {
        now = now + Duration::from_millis(50);
        supply(&mut car, now, None);
    }
    note(now, "the car has looked at its contactors", &car);
    assert_eq!(story.join("\n"), DIRECT_CURRENT);
}

const FULL_BATTERY: &str = "\
00:00:00.000 nobody is there: pilot 12.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 50.0 %, Idle
00:00:00.000 the plug goes in: pilot 9.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 50.0 %, Idle
00:00:05.000 still waiting: pilot 9.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 50.0 %, Idle
00:00:05.000 16 A are offered: pilot 9.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 50.0 %, Idle
00:00:05.800 S2 closes: pilot 6.0 V, 0.8 + 0.8 + 0.8 A, 0.5 kW, 50.0 %, Constant
00:00:15.000 ten seconds later: pilot 6.0 V, 16.0 + 16.0 + 16.0 A, 10.7 kW, 50.0 %, Constant
00:00:15.000 32 A are offered: pilot 6.0 V, 16.0 + 16.0 + 16.0 A, 10.7 kW, 50.0 %, Constant
00:00:25.000 ten seconds later: pilot 6.0 V, 32.0 + 32.0 + 32.0 A, 21.4 kW, 50.1 %, Constant
00:56:28.000 the car: pilot 6.0 V, 32.0 + 32.0 + 32.0 A, 21.4 kW, 84.7 %, Tapering
01:00:25.000 an hour later: pilot 6.0 V, 28.9 + 28.9 + 28.9 A, 19.4 kW, 87.1 %, Tapering
01:00:25.000 the offer ends: pilot 6.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 87.1 %, Idle
01:00:26.000 S2 opens: pilot 9.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 87.1 %, Idle
01:10:25.000 ten minutes later: pilot 9.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 87.1 %, Idle
01:10:25.000 6 A are offered: pilot 9.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 87.1 %, Idle
01:10:25.800 S2 closes: pilot 6.0 V, 0.8 + 0.8 + 0.8 A, 0.5 kW, 87.1 %, Constant
01:10:35.000 ten seconds later: pilot 6.0 V, 6.0 + 6.0 + 6.0 A, 4.0 kW, 87.1 %, Constant
01:10:35.000 32 A are offered: pilot 6.0 V, 6.0 + 6.0 + 6.0 A, 4.0 kW, 87.1 %, Constant
01:10:38.800 the car: pilot 6.0 V, 28.8 + 28.8 + 28.8 A, 19.3 kW, 87.1 %, Tapering
01:48:19.800 S2 opens: pilot 9.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 100.0 %, Full
07:10:35.000 six hours later: pilot 9.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 100.0 %, Full
07:10:35.000 the plug goes out: pilot 12.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 100.0 %, Full";

const DRIVER: &str = "\
00:00:00.000 nobody is there: pilot 12.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 50.0 %, Idle
00:01:00.000 the driver names a target: pilot 12.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 50.0 %, Idle
00:01:00.000 the driver plugs in: pilot 9.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 50.0 %, Idle
00:01:00.800 S2 closes: pilot 6.0 V, 0.8 + 0.0 + 0.0 A, 0.2 kW, 50.0 %, Constant
00:01:03.000 a card that nobody reads (04A1): pilot 6.0 V, 16.0 + 0.0 + 0.0 A, 3.6 kW, 50.0 %, Constant
01:00:03.700 S2 opens: pilot 9.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 60.0 %, Full
01:01:03.000 the driver unplugs: pilot 12.0 V, 0.0 + 0.0 + 0.0 A, 0.0 kW, 60.0 %, Full";

const DIRECT_CURRENT: &str = "\
00:00:00.000 pre-charge is asked for: 0 V, 0 A, 0 kW, 20.0 %, Unknown
00:00:00.000 the supply follows: 511 V, 0 A, 0 kW, 20.0 %, Unknown
00:00:02.000 the supply follows: 549 V, 250 A, 137 kW, 20.0 %, Unknown
00:05:00.000 the supply follows: 559 V, 250 A, 140 kW, 39.9 %, Unknown
00:10:00.000 the supply follows: 579 V, 209 A, 121 kW, 60.3 %, Unknown
00:15:00.000 the supply follows: 597 V, 166 A, 99 kW, 78.2 %, Unknown
00:15:39.000 80 % are reached: 577 V, 0 A, 0 kW, 80.0 %, Unknown
00:15:42.000 the car has looked at its contactors: 0 V, 0 A, 0 kW, 80.0 %, None";
