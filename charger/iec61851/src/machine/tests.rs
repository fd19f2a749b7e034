//! Stories: a car on a bench, and what the board does. Named after the rows of the scenario catalogue.

use std::format;
use std::string::String;
use std::vec::Vec;

use proptest::prelude::*;
use units::{Instant, Microamps, Milliamps, Millivolts, Ohms, PerPhase};

use crate::*;

/// A board on a bench: the car's level, the cable, the mirror contact, and a clock that jumps from deadline to deadline.
struct Bench {
    board: Machine,
    now: Instant,
    /// The level the car's resistor makes of +12 V.
    level: i32,
    diode: bool,
    noise: i32,
    sample: Sample,
    contactor_follows: bool,
    log: String,
    waits: Option<Instant>,
}

impl Bench {
    fn new(config: Config) -> Self {
        let sample = Sample {
            pilot_high: Millivolts(-12_000),
            pilot_low: Millivolts(-12_000),
            proximity: None,
            contactor_closed: Some(false),
            residual: Microamps(0),
            current: PerPhase::all(Milliamps::ZERO),
        };
        let mut bench = Self {
            board: Machine::new(config),
            now: Instant::ZERO,
            level: 12_000,
            diode: true,
            noise: 0,
            sample,
            contactor_follows: true,
            log: String::new(),
            waits: None,
        };
        bench.host(Command::Enable);
        bench.log.clear();
        bench
    }

    fn measure(&mut self) {
        let (high, low) = match self.board.pilot() {
            PilotSignal::X1 => (self.level, self.level),
            PilotSignal::E => (0, 0),
            PilotSignal::F => (-12_000, -12_000),
            PilotSignal::Pwm(_) if self.diode => (self.level, -12_000),
            PilotSignal::Pwm(_) => (self.level, -self.level),
        };
        self.sample.pilot_high = Millivolts(high + self.noise);
        self.sample.pilot_low = Millivolts(low + self.noise);
        if self.contactor_follows {
            self.sample.contactor_closed = Some(self.board.contactor());
        }
    }

    fn feed(&mut self, input: Input) {
        self.board.handle_input(self.now, input);
        for _ in 0..100 {
            match self.board.poll_output() {
                Output::Wait(at) => {
                    self.waits = at;
                    return;
                }
                Output::Contactor(closed) => self.say(&format!("contactor {}", if closed { "on" } else { "off" })),
                Output::Pilot(signal) => self.say(&format!("drives {signal}")),
                Output::Event(event) => self.say(&format!("{event:?}")),
            }
        }
        panic!("an output storm");
    }

    fn say(&mut self, text: &str) {
        self.log += &format!("{:>6} {text}\n", self.now.as_millis());
    }

    /// Samples until nothing changes any more at this instant.
    fn look(&mut self) {
        for _ in 0..4 {
            self.measure();
            self.feed(Input::Sample(self.sample));
        }
    }

    fn host(&mut self, command: Command) {
        self.feed(Input::Command(command));
        self.look();
    }

    /// Time passes, with a heartbeat each second, and a look whenever the board asks for one.
    fn pass(&mut self, ms: u64) {
        self.pass_with(ms, true);
    }

    fn pass_with(&mut self, ms: u64, heartbeat: bool) {
        let end = self.now + core::time::Duration::from_millis(ms);
        while self.now < end {
            let beat = Instant::from_millis((self.now.as_millis() / 1000 + 1) * 1000);
            self.now = self.waits.filter(|at| *at > self.now).unwrap_or(end).min(end).min(beat);
            if heartbeat && self.now == beat {
                self.feed(Input::Command(Command::Heartbeat));
            }
            self.look();
        }
    }

    fn car(&mut self, level: i32) {
        self.level = level;
        self.look();
        self.pass(100);
    }

    fn plug(&mut self) {
        self.sample.proximity = Some(Ohms(220));
        self.car(9_000);
    }

    fn offer(&mut self, amps: i32) {
        let duty = Duty::advertise(Milliamps::from_amps(amps)).expect("6 A or more");
        self.host(Command::SetPilot(PilotSignal::Pwm(duty)));
    }

    fn charging(config: Config) -> Self {
        let mut bench = Self::new(config);
        bench.plug();
        bench.offer(16);
        bench.host(Command::AllowPower(true));
        bench.car(6_000);
        assert!(bench.board.contactor(), "{}", bench.log);
        bench.log.clear();
        bench
    }
}

#[test]
fn cp_10_closes_in_c_with_permission_and_opens_in_b() {
    let mut bench = Bench::new(Config::default());
    bench.plug();
    bench.offer(16);
    bench.host(Command::AllowPower(true));
    bench.car(6_000);
    bench.pass(1_000);
    bench.car(9_000);
    bench.sample.proximity = None;
    bench.car(12_000);
    assert_eq!(
        bench.log,
        "    25 Cable(A32)
    25 Pilot { state: B, pwm: false }
   100 drives PWM 26.6 %
   100 Pilot { state: B, pwm: true }
   125 contactor on
   125 Pilot { state: C, pwm: true }
   125 ContactorClosed
  1225 contactor off
  1225 Pilot { state: B, pwm: true }
  1225 ContactorOpened
  1325 drives X1
  1325 Pilot { state: A, pwm: false }
"
    );
}

#[test]
fn without_permission_c_does_not_close() {
    let mut bench = Bench::new(Config::default());
    bench.plug();
    bench.offer(16);
    bench.car(6_000);
    bench.pass(10_000);
    assert!(!bench.board.contactor());
}

#[test]
fn cp_12_a_car_that_ignores_the_stopped_oscillator_is_cut_off_after_six_seconds() {
    let mut bench = Bench::charging(Config::default());
    bench.host(Command::SetPilot(PilotSignal::X1));
    bench.pass(5_999);
    assert!(bench.board.contactor());
    bench.pass(1);
    assert!(!bench.board.contactor());
    assert!(bench.log.ends_with("6200 contactor off\n  6200 ContactorOpened\n"), "{}", bench.log);
}

#[test]
fn cp_13_a_short_pulse_of_c_is_reported() {
    let mut bench = Bench::new(Config::default());
    bench.plug();
    bench.log.clear();
    bench.level = 6_000;
    bench.look();
    bench.pass(200);
    bench.level = 9_000;
    bench.look();
    bench.pass(200);
    assert_eq!(bench.log, "   125 Pilot { state: C, pwm: false }\n   325 Pilot { state: B, pwm: false }\n");
}

#[test]
fn cp_15_state_e_opens_at_once_and_clears_with_the_plug() {
    let mut bench = Bench::charging(Config::default());
    bench.car(0);
    bench.car(6_000);
    bench.car(12_000);
    assert_eq!(
        bench.log,
        "   225 Fault(PilotShort)
   225 drives X1
   225 contactor off
   225 Pilot { state: E, pwm: false }
   225 ContactorOpened
   325 Pilot { state: C, pwm: false }
   425 FaultCleared(PilotShort)
   425 Pilot { state: A, pwm: false }
"
    );
}

#[test]
fn cp_16_a_shorted_diode_is_found_and_clears_in_a() {
    let mut bench = Bench::charging(Config::default());
    bench.diode = false;
    bench.look();
    bench.pass(100);
    assert!(!bench.board.contactor() && bench.board.faults().eq([Fault::DiodeFault]));
    bench.diode = true;
    bench.look();
    bench.pass(1_000);
    assert!(bench.board.faults().eq([Fault::DiodeFault]));
    bench.car(12_000);
    assert_eq!(bench.board.faults().count(), 0);
}

#[test]
fn cp_17_proximity_is_watched_all_session() {
    let mut bench = Bench::charging(Config::default());
    bench.sample.proximity = None;
    bench.look();
    bench.pass(100);
    assert!(!bench.board.contactor() && bench.board.faults().eq([Fault::ProximityFault]));
}

#[test]
fn cp_19_residual_current_opens_at_once_and_recloses_only_where_allowed() {
    let residual =
        |reclose| Config { residual: ResidualPolicy { trip: Microamps(6_000), reclose }, ..Config::default() };
    for (reclose, left) in [(false, 1), (true, 0)] {
        let mut bench = Bench::charging(residual(reclose));
        bench.sample.residual = Microamps(5_900);
        bench.look();
        assert!(bench.board.contactor());
        bench.sample.residual = Microamps(6_000);
        bench.look();
        assert!(!bench.board.contactor());
        bench.sample.residual = Microamps(0);
        bench.look();
        assert_eq!(bench.board.faults().count(), left);
        bench.host(Command::AllowPower(true));
        bench.pass(100);
        assert!(!bench.board.contactor() || reclose);
    }
}

#[test]
fn cp_23_a_welded_contactor_is_found_once_and_never_stormed() {
    let mut bench = Bench::charging(Config::default());
    bench.contactor_follows = false;
    bench.host(Command::AllowPower(false));
    bench.pass(2_000);
    bench.host(Command::AllowPower(true));
    bench.pass(2_000);
    assert_eq!(
        bench.log,
        "   200 contactor off
   400 Fault(ContactorWelded)
   400 drives X1
   400 Pilot { state: C, pwm: false }
"
    );
}

#[test]
fn a_contactor_that_fails_to_close_or_opens_by_itself() {
    let mut bench = Bench::new(Config::default());
    bench.plug();
    bench.offer(16);
    bench.host(Command::AllowPower(true));
    bench.contactor_follows = false;
    bench.car(6_000);
    bench.pass(500);
    assert!(!bench.board.contactor() && bench.board.faults().eq([Fault::ContactorFailedToClose]));

    let mut bench = Bench::charging(Config::default());
    bench.contactor_follows = false;
    bench.sample.contactor_closed = Some(false);
    bench.look();
    assert!(!bench.board.contactor() && bench.board.faults().eq([Fault::ContactorOpenedByItself]));
}

#[test]
fn cp_26_over_current_trips_after_seven_seconds() {
    let mut bench = Bench::charging(Config::default());
    bench.sample.current = PerPhase::all(Milliamps::from_amps(25));
    bench.look();
    bench.pass(6_900);
    assert!(bench.board.contactor());
    bench.pass(100);
    assert!(!bench.board.contactor() && bench.board.faults().eq([Fault::OverCurrent]));
}

#[test]
fn cp_27_ventilation() {
    let mut fan = Bench::charging(Config { ventilated: true, ..Config::default() });
    fan.car(3_000);
    assert!(fan.board.contactor());
    let mut none = Bench::charging(Config::default());
    none.car(3_000);
    assert!(!none.board.contactor() && none.board.faults().eq([Fault::VentilationNotAvailable]));
    none.car(6_000);
    none.host(Command::AllowPower(true));
    assert!(none.board.contactor());
}

#[test]
fn cp_28_nothing_of_a_session_reaches_the_next() {
    let mut bench = Bench::charging(Config::default());
    bench.sample.proximity = None;
    bench.car(12_000);
    bench.log.clear();
    bench.plug();
    bench.car(6_000);
    bench.pass(1_000);
    assert!(!bench.board.allowed() && !bench.board.contactor());
    assert_eq!(bench.board.pilot(), PilotSignal::X1);
}

#[test]
fn cp_29_noise_makes_no_state() {
    let mut bench = Bench::charging(Config::default());
    for step in 0..2_000 {
        bench.noise = if step % 2 == 0 { 1_050 } else { -1_050 };
        bench.look();
        bench.pass(5);
    }
    assert_eq!(bench.log, "");
}

#[test]
fn fs_05_a_silent_host_opens_the_contactor() {
    let mut bench = Bench::charging(Config::default());
    bench.pass_with(4_700, false);
    assert!(bench.board.contactor());
    bench.pass_with(400, false);
    assert!(!bench.board.contactor() && bench.board.faults().eq([Fault::HostSilent]));
    bench.host(Command::Heartbeat);
    bench.pass(1_000);
    assert!(!bench.board.contactor(), "the permission is gone with the silence");
}

#[test]
fn cp_24_a_host_that_starts_late_hears_everything() {
    let mut bench = Bench::new(Config::default());
    bench.plug();
    bench.log.clear();
    bench.host(Command::Enable);
    assert_eq!(bench.log, "   100 Cable(A32)\n   100 Pilot { state: B, pwm: false }\n");
}

#[test]
fn state_f_hides_the_car_and_gives_it_back() {
    let mut bench = Bench::charging(Config::default());
    bench.host(Command::SetPilot(PilotSignal::F));
    assert!(!bench.board.contactor());
    bench.pass(4_000);
    bench.offer(16);
    bench.pass(100);
    assert!(bench.board.contactor(), "the permission stood: {}", bench.log);
}

/// One step of a random life.
#[derive(Clone, Debug)]
enum Step {
    Host(Command),
    Level(i32),
    Proximity(Option<i32>),
    Residual(i32),
    Current(i32),
    Diode(bool),
    Follows(bool),
    Pass(u64, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let signal = prop_oneof![
        Just(PilotSignal::X1),
        Just(PilotSignal::E),
        Just(PilotSignal::F),
        (0u16..=1000).prop_filter_map("a duty", |permille| Duty::from_permille(permille).map(PilotSignal::Pwm)),
    ];
    let command = prop_oneof![
        any::<bool>().prop_map(Command::AllowPower),
        Just(Command::Enable),
        Just(Command::Disable),
        signal.prop_map(Command::SetPilot),
        Just(Command::Heartbeat),
    ];
    prop_oneof![
        4 => command.prop_map(Step::Host),
        4 => prop_oneof![Just(12_000), Just(9_000), Just(6_000), Just(3_000), Just(0), -13_000..13_000].prop_map(Step::Level),
        1 => proptest::option::of(prop_oneof![Just(220), 0..6000]).prop_map(Step::Proximity),
        1 => (-10_000..10_000).prop_map(Step::Residual),
        1 => (-100_000..100_000).prop_map(Step::Current),
        1 => any::<bool>().prop_map(Step::Diode),
        1 => any::<bool>().prop_map(Step::Follows),
        3 => ((0u64..8_000), any::<bool>()).prop_map(|(ms, beat)| Step::Pass(ms, beat)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever cars, hosts and parts do: the coil is energised only while everything agrees, and silence opens.
    #[test]
    fn the_coil_is_energised_only_while_everything_agrees(steps in proptest::collection::vec(step(), 1..60)) {
        let steps: Vec<Step> = steps;
        let mut bench = Bench::new(Config::default());
        for step in steps {
            match step {
                Step::Host(command) => bench.host(command),
                Step::Level(level) => { bench.level = level; bench.look(); }
                Step::Proximity(ohms) => { bench.sample.proximity = ohms.map(Ohms); bench.look(); }
                Step::Residual(ua) => { bench.sample.residual = Microamps(ua); bench.look(); }
                Step::Current(ma) => { bench.sample.current = PerPhase::all(Milliamps(ma)); bench.look(); }
                Step::Diode(good) => { bench.diode = good; bench.look(); }
                Step::Follows(follows) => { bench.contactor_follows = follows; bench.look(); }
                Step::Pass(ms, beat) => bench.pass_with(ms, beat),
            }
            let board = &bench.board;
            if board.contactor() {
                prop_assert!(board.allowed() && board.state() == PilotState::C && board.faults().next().is_none());
                prop_assert!(!matches!(board.pilot(), PilotSignal::E | PilotSignal::F));
                prop_assert!(bench.sample.residual.abs() < Microamps(6_000));
            }
            if let Some(at) = bench.waits {
                prop_assert!(at >= bench.now, "a deadline in the past: {at} at {}", bench.now);
            }
        }
        bench.pass_with(5_100, false);
        prop_assert!(!bench.board.contactor());
    }
}
