//! Stories of a car at an outlet that does what it should.

use iec61851::CableRating;
use proptest::prelude::*;
use units::{Milliamps, MilliwattHours};

use std::time::Duration;

use iec61851::{Duty, PilotSignal};
use units::PerPhase;

use super::*;
use crate::inlet::Cable;
use crate::on_board_charger::Draw;

fn inlet(amps: i32, mains: bool) -> Inlet {
    let pilot = Duty::advertise(Milliamps::from_amps(amps)).map_or(PilotSignal::X1, PilotSignal::Pwm);
    let voltage = PerPhase::all(Millivolts::from_volts(if mains { 230 } else { 0 }));
    Inlet { pilot, voltage, ..Inlet::default() }
}

struct Bench {
    car: Car,
    now: Instant,
    amps: i32,
}

impl Bench {
    fn plugged(name: &str) -> Self {
        Self::of(Profile::builtin(name).expect("a car"))
    }

    fn of(profile: Profile) -> Self {
        let mut car = Car::new(profile, 1);
        car.act(Instant::ZERO, Action::PlugIn(Cable::rated(CableRating::A32)));
        Self { car, now: Instant::ZERO, amps: 0 }
    }

    /// Time passes at an outlet whose contactor follows S2.
    fn pass(&mut self, seconds: f64) -> &mut Self {
        let end = self.now + Duration::from_secs_f64(seconds);
        while self.now < end {
            self.now = self.car.next_change().filter(|at| *at > self.now).unwrap_or(end).min(end);
            self.step();
        }
        self
    }

    fn step(&mut self) {
        for _ in 0..3 {
            let mains = self.car.load().r3.is_some();
            self.car.step(self.now, &inlet(self.amps, mains));
        }
    }

    /// Something happens now, and the car sees what comes of it.
    fn act(&mut self, action: Action) {
        self.car.act(self.now, action);
        self.step();
    }

    fn offer(&mut self, amps: i32) -> &mut Self {
        self.amps = amps;
        self.pass(0.001)
    }

    fn drawn(&self) -> [f64; 3] {
        self.car.demand().current.0.map(|current| current.amps())
    }
}

#[test]
fn it_ramps_to_the_offer_and_follows_it_within_five_seconds() {
    let mut bench = Bench::plugged("renault-zoe");
    bench.pass(2.0);
    assert!(bench.car.load().r3.is_none(), "nothing is offered");
    bench.offer(16).pass(0.9);
    assert!(bench.car.load().r3.is_some(), "S2 closes after its delay");
    bench.pass(5.0);
    assert_eq!(bench.drawn(), [15.96; 3], "16 A is 26.6 %, which is 15.96 A");
    bench.offer(6).pass(5.0);
    assert_eq!(bench.drawn(), [6.0; 3]);
    bench.offer(0).pass(3.0);
    assert_eq!((bench.drawn(), bench.car.load().r3), ([0.0; 3], None));
}

#[test]
fn each_duty_is_followed_so_much_later_and_not_the_newest_at_once() {
    let mut zoe = Profile::builtin("renault-zoe").expect("a car");
    (zoe.charger.follow_ms, zoe.charger.ramp_a_per_s) = (4_500, 200.0);
    let mut bench = Bench::of(zoe);
    bench.offer(32).pass(10.0);
    let drawn = |bench: &Bench| bench.drawn()[0].round();
    bench.offer(26).pass(4.0);
    assert_eq!(drawn(&bench), 32.0, "4 s after the first change");
    bench.offer(20).pass(0.6);
    assert_eq!(drawn(&bench), 26.0, "4.6 s after the first change it follows that one");
    bench.pass(3.6);
    assert_eq!(drawn(&bench), 26.0, "4.2 s after the second change");
    bench.pass(0.4);
    assert_eq!(drawn(&bench), 20.0, "4.6 s after the second change");
}

#[test]
fn a_line_of_its_own_mind_leaves_the_others_alone() {
    let mut bench = Bench::plugged("renault-zoe");
    bench.offer(16).pass(10.0);
    bench.act(Action::DrawOn(Phase::L1, Draw::Fixed(Milliamps::from_amps(20))));
    bench.act(Action::DrawOn(Phase::L2, Draw::AtMost(Milliamps::from_amps(10))));
    bench.pass(10.0);
    assert_eq!(bench.drawn(), [20.0, 10.0, 15.96]);
    bench.offer(8).pass(10.0);
    assert_eq!(bench.drawn(), [20.0, 7.98, 7.98]);
    bench.act(Action::Draw(Draw::AsOffered));
    assert_eq!(bench.pass(10.0).drawn(), [7.98; 3]);
}

#[test]
fn a_held_s2_moves_at_once_and_stays_there() {
    let mut bench = Bench::plugged("renault-zoe");
    bench.offer(16).pass(10.0);
    for _ in 0..3 {
        bench.act(Action::HoldS2(Some(S2::Open)));
        assert_eq!((bench.pass(0.12).car.load().r3, bench.drawn()), (None, [0.0; 3]));
        bench.act(Action::HoldS2(Some(S2::Closed)));
        assert!(bench.pass(0.12).car.load().r3.is_some());
    }
    bench.act(Action::HoldS2(None));
    assert_eq!(bench.pass(10.0).drawn(), [15.96; 3]);
}

#[test]
fn a_cable_pulled_out_of_the_car_stays_in_the_socket() {
    let mut bench = Bench::plugged("renault-zoe");
    bench.offer(16).pass(10.0);
    bench.act(Action::PullFromCar);
    assert!(!bench.car.is_plugged());
    assert_eq!((bench.car.proximity(), bench.drawn()), (Some(Ohms(220)), [0.0; 3]));
    bench.act(Action::CableResistor(Ohms(680)));
    bench.act(Action::PushIntoCar);
    assert_eq!((bench.car.proximity(), bench.pass(10.0).drawn()), (Some(Ohms(680)), [15.96; 3]));
    bench.act(Action::Unplug);
    assert_eq!(bench.car.proximity(), None);
    bench.act(Action::PushIntoCar);
    assert!(!bench.car.is_plugged(), "there is no cable");
}

#[test]
fn one_line_cars_use_one_line_and_no_more_than_they_can() {
    let mut bench = Bench::plugged("phev-16");
    bench.offer(32).pass(20.0);
    let [l1, l2, l3] = bench.drawn();
    assert!((15.5..=16.0).contains(&l1) && (l2, l3) == (0.0, 0.0), "{l1}");
}

#[test]
fn a_full_battery_tapers_and_ends() {
    let mut bench = Bench::plugged("renault-zoe");
    bench.act(Action::SetSoc(Soc::from_percent(90).expect("a percentage")));
    bench.offer(32).pass(1200.0);
    let early = bench.car.telemetry();
    bench.pass(3600.0);
    let late = bench.car.telemetry();
    assert_eq!(early.phase, ChargePhase::Tapering);
    assert!(late.inlet_power < early.inlet_power, "{early:?} {late:?}");
    bench.pass(4.0 * 3600.0);
    assert_eq!(bench.car.telemetry().phase, ChargePhase::Full);
    assert!(bench.car.load().r3.is_none());
}

#[test]
fn a_car_that_ignores_the_pilot_keeps_drawing() {
    let mut bench = Bench::plugged("renault-zoe");
    bench.act(Action::IgnorePilot(true));
    bench.offer(16).pass(10.0);
    bench.offer(0).pass(10.0);
    assert_eq!(bench.drawn(), [15.96; 3]);
}

#[test]
fn a_sleeping_car_needs_the_pulse() {
    let mut bench = Bench::plugged("taycan-11");
    bench.pass(700.0);
    bench.offer(16).pass(60.0);
    assert!(bench.car.load().r3.is_none(), "it sleeps");
    bench.car.step(bench.now, &Inlet { pilot: PilotSignal::F, ..Inlet::default() });
    bench.offer(16).pass(2.0);
    assert!(bench.car.load().r3.is_some(), "it woke up");
}

#[test]
fn a_lost_line_is_not_drawn_from_and_low_voltage_stops() {
    let mut bench = Bench::plugged("renault-zoe");
    bench.offer(16).pass(10.0);
    let mut sag = inlet(16, true);
    sag.voltage[Phase::L2] = Millivolts(0);
    bench.car.step(bench.now, &sag);
    assert_eq!(bench.drawn()[1], 0.0);
    sag.voltage = PerPhase::all(Millivolts::from_volts(170));
    bench.car.step(bench.now, &sag);
    assert_eq!(bench.drawn(), [0.0; 3]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Energy is neither lost nor made, however the time is cut.
    #[test]
    fn the_balance_closes(cuts in proptest::collection::vec(0.05f64..40.0, 1..80), amps in 6i32..32) {
        let mut bench = Bench::plugged("renault-zoe");
        bench.offer(amps);
        for seconds in cuts {
            bench.pass(seconds);
        }
        let Telemetry { inlet_energy, charged, losses, .. } = bench.car.telemetry();
        let gap = (inlet_energy - charged - losses).0.abs();
        prop_assert!(gap <= 2 + inlet_energy.0 / 10_000, "{inlet_energy} in, {charged} charged, {losses} lost");
        prop_assert!(charged >= MilliwattHours::ZERO);
    }
}
