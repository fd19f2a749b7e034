//! Stories: a car on a bench, and what the board does. Named after the rows of the scenario catalogue.

use std::format;
use std::string::String;

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
    residual: Microamps,
    monitor_works: bool,
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
            board: Machine::new(config, 7),
            now: Instant::ZERO,
            level: 12_000,
            diode: true,
            noise: 0,
            sample,
            contactor_follows: true,
            residual: Microamps::ZERO,
            monitor_works: true,
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
        let tested = if self.board.residual_test() && self.monitor_works { Microamps(6_000) } else { Microamps::ZERO };
        self.sample.residual = self.residual + tested;
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
                Output::ResidualTest(on) => self.say(&format!("test current {}", if on { "on" } else { "off" })),
                Output::Event(Event::Pilot { state, pwm, plug_in }) => {
                    let plug_in = plug_in.map_or_else(String::new, |plug_in| format!(" of {}", plug_in.number));
                    self.say(&format!("Pilot {state}{}{plug_in}", if pwm { "2" } else { "1" }));
                }
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
        bench.host(Command::AllowPower(Permission::Offered));
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
    bench.host(Command::AllowPower(Permission::Offered));
    bench.car(6_000);
    bench.pass(1_000);
    bench.car(9_000);
    bench.sample.proximity = None;
    bench.car(12_000);
    assert_eq!(
        bench.log,
        "    25 Cable(A32)
    25 test current on
    25 Pilot B1 of 0
    25 test current off
   100 drives PWM 26.6 %
   100 Pilot B2 of 0
   125 Pilot C2 of 0
   200 contactor on
   200 ContactorClosed
  1225 contactor off
  1225 Pilot B2 of 0
  1225 ContactorOpened
  1325 drives X1
  1325 Pilot A1
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
    assert_eq!(bench.log, "   125 Pilot C1 of 0\n   325 Pilot B1 of 0\n");
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
   225 Pilot E1 of 0
   225 ContactorOpened
   325 Pilot C1 of 0
   425 FaultCleared(PilotShort)
   425 Pilot A1
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
        |reclose| Config { residual: ResidualPolicy { reclose, ..Config::default().residual }, ..Config::default() };
    for (reclose, left) in [(false, 1), (true, 0)] {
        let mut bench = Bench::charging(residual(reclose));
        bench.residual = Microamps(5_900);
        bench.look();
        assert!(bench.board.contactor());
        bench.residual = Microamps(6_000);
        bench.look();
        assert!(!bench.board.contactor());
        bench.residual = Microamps(0);
        bench.look();
        assert_eq!(bench.board.faults().count(), left);
        bench.host(Command::AllowPower(Permission::Offered));
        bench.pass(100);
        assert!(!bench.board.contactor() || reclose);
    }
}

#[test]
fn cp_23_a_welded_contactor_is_found_once_and_never_stormed() {
    let mut bench = Bench::charging(Config::default());
    bench.contactor_follows = false;
    bench.host(Command::AllowPower(Permission::Withdrawn));
    bench.pass(2_000);
    bench.host(Command::AllowPower(Permission::Offered));
    bench.pass(2_000);
    assert_eq!(
        bench.log,
        "   200 contactor off
   400 Fault(ContactorWelded)
   400 drives X1
   400 Pilot C1 of 0
"
    );
}

#[test]
fn a_contactor_that_fails_to_close_or_opens_by_itself() {
    let mut bench = Bench::new(Config::default());
    bench.plug();
    bench.offer(16);
    bench.host(Command::AllowPower(Permission::Offered));
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
    none.host(Command::AllowPower(Permission::Offered));
    none.pass(4_000);
    assert!(!none.board.contactor(), "it opened under load and rests");
    none.pass(1_000);
    assert!(none.board.contactor(), "{}", none.log);
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
    assert!(!bench.board.permission().is_given() && !bench.board.contactor());
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
    bench.pass_with(1_800, false);
    assert!(bench.board.contactor());
    bench.pass_with(300, false);
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
    assert_eq!(bench.log, "   100 Cable(A32)\n   100 Pilot B1 of 0\n");
}

#[test]
fn state_f_hides_the_car_and_gives_it_back() {
    let mut bench = Bench::charging(Config::default());
    bench.host(Command::SetPilot(PilotSignal::F));
    assert!(!bench.board.contactor());
    bench.pass(4_000);
    bench.offer(16);
    bench.pass(1_000);
    assert!(!bench.board.contactor(), "the permission went with the sight of the car: {}", bench.log);
    bench.host(Command::AllowPower(Permission::Offered));
    bench.pass(100);
    assert!(bench.board.contactor(), "{}", bench.log);
    assert!(bench.board.plug_in().is_some_and(PlugIn::was_there), "the plug was in all the time");
}

/// Shows one level after another, `every` ms each, for a second; answers after how many ms the coil was off.
fn opens_after(bench: &mut Bench, every: u64, levels: &[i32]) -> u64 {
    let begun = bench.now;
    for level in levels.iter().cycle() {
        bench.level = *level;
        bench.look();
        bench.pass(every);
        if !bench.board.contactor() || bench.now - begun > core::time::Duration::from_secs(1) {
            break;
        }
    }
    (bench.now - begun).as_millis() as u64
}

#[test]
fn a_level_that_jumps_among_what_is_not_c_opens_like_a_steady_one() {
    for levels in [[9_000, 12_000], [9_000, 0], [12_000, -12_000], [9_000, 7_600], [0, -12_000]] {
        for every in [1, 2, 5, 10, 15, 20, 24, 26, 40] {
            let mut bench = Bench::charging(Config::default());
            let after = opens_after(&mut bench, every, &levels);
            assert!(after <= 50, "{levels:?} every {every} ms: {after} ms");
        }
    }
}

#[test]
fn a_level_that_does_not_come_to_rest_is_told() {
    let mut bench = Bench::charging(Config::default());
    opens_after(&mut bench, 10, &[9_000, 7_600]);
    for _ in 0..60 {
        bench.level = if bench.level == 9_000 { 7_600 } else { 9_000 };
        bench.look();
        bench.pass(10);
    }
    assert!(bench.board.faults().eq([Fault::PilotLost]), "{}", bench.log);
    bench.car(9_000);
    assert_eq!(bench.board.faults().count(), 0);
}

#[test]
fn nothing_closes_while_the_level_jumps() {
    let mut bench = Bench::charging(Config::default());
    bench.host(Command::AllowPower(Permission::Withdrawn));
    bench.pass(6_000);
    for _ in 0..40 {
        bench.level = if bench.level == 12_000 { -12_000 } else { 12_000 };
        bench.look();
        bench.host(Command::AllowPower(Permission::Offered));
        bench.pass(9);
        assert!(!bench.board.contactor(), "{}", bench.log);
    }
}

#[test]
fn proximity_that_jumps_is_a_fault_like_one_that_is_gone() {
    let mut bench = Bench::charging(Config::default());
    for turn in 0..10 {
        bench.sample.proximity = (turn % 2 == 0).then_some(Ohms(20));
        bench.look();
        bench.pass(9);
    }
    assert!(!bench.board.contactor() && bench.board.faults().eq([Fault::ProximityFault]), "{}", bench.log);
}

#[test]
fn a_change_of_the_signal_and_a_blind_board_hold_up_no_opening_for_proximity() {
    let mut bench = Bench::charging(Config::default());
    bench.sample.proximity = None;
    bench.look();
    let gone = bench.now;
    // From here on nothing is measured.
    bench.feed(Input::Command(Command::SetPilot(PilotSignal::X1)));
    while bench.board.contactor() {
        bench.now = bench.waits.expect("it wants to look again");
        bench.feed(Input::Timeout);
    }
    assert!(bench.now - gone <= core::time::Duration::from_millis(100), "{}", bench.log);
    assert!(bench.board.faults().eq([Fault::ProximityFault]), "{}", bench.log);
}

#[test]
fn a_plug_that_bounces_while_it_is_pushed_in_is_no_fault() {
    let mut bench = Bench::new(Config::default());
    bench.level = 9_000;
    for turn in 0..12 {
        bench.sample.proximity = (turn % 2 == 0).then_some(Ohms(220));
        bench.look();
        bench.pass(10);
    }
    bench.sample.proximity = Some(Ohms(220));
    bench.look();
    bench.pass(100);
    assert_eq!(bench.board.faults().count(), 0, "{}", bench.log);
    assert!(bench.log.contains("Cable(A32)"));
}

#[test]
fn a_permission_given_while_nobody_is_there_is_worth_nothing() {
    let mut bench = Bench::new(Config::default());
    bench.pass(100);
    bench.host(Command::AllowPower(Permission::Offered));
    bench.plug();
    bench.offer(16);
    bench.car(6_000);
    bench.pass(1_000);
    assert!(!bench.board.contactor(), "{}", bench.log);
    // The unplugging and the permission cross on the link.
    let mut bench = Bench::charging(Config::default());
    bench.car(12_000);
    bench.host(Command::AllowPower(Permission::Offered));
    bench.offer(16);
    bench.plug();
    bench.car(6_000);
    bench.pass(1_000);
    assert!(!bench.board.contactor(), "{}", bench.log);
}

#[test]
fn a_board_that_starts_says_nothing_of_the_pilot_before_it_knows() {
    let mut bench = Bench::new(Config::default());
    bench.level = 9_000;
    bench.sample.proximity = Some(Ohms(220));
    bench.look();
    bench.host(Command::AllowPower(Permission::Offered));
    assert!(bench.board.state().is_none() && !bench.board.permission().is_given());
    bench.pass(24);
    assert_eq!(bench.log, "");
    bench.pass(1);
    assert!(bench.log.contains("Pilot B1 of 0"), "{}", bench.log);
}

#[test]
fn plug_ins_are_numbered_and_a_host_that_begins_again_reads_the_same_number() {
    let numbers = |config: Config| {
        let mut bench = Bench::new(config);
        let mut numbers = std::vec::Vec::new();
        bench.pass(100);
        bench.plug();
        numbers.push(bench.board.plug_in().map(|plug_in| plug_in.number));
        bench.host(Command::Disable);
        bench.host(Command::Enable);
        bench.pass(100);
        numbers.push(bench.board.plug_in().map(|plug_in| plug_in.number));
        // Another car comes while nothing can be seen.
        bench.host(Command::Disable);
        bench.pass(10_000);
        bench.sample.proximity = None;
        bench.look();
        bench.pass(100);
        bench.sample.proximity = Some(Ohms(220));
        bench.host(Command::Enable);
        bench.pass(100);
        numbers.push(bench.board.plug_in().map(|plug_in| plug_in.number));
        bench.car(12_000);
        numbers.push(bench.board.plug_in().map(|plug_in| plug_in.number));
        numbers
    };
    let tethered = Config { outlet: Outlet::Tethered(Milliamps::from_amps(32)), ..Config::default() };
    for config in [Config::default(), tethered] {
        assert_eq!(numbers(config), [Some(1), Some(1), Some(2), None], "{:?}", config.outlet);
    }
}

#[test]
fn after_state_e_without_a_plug_the_next_plug_is_read() {
    let mut bench = Bench::new(Config::default());
    bench.car(12_000);
    bench.car(0);
    bench.plug();
    assert!(bench.log.contains("Cable(A32)"), "{}", bench.log);
}

#[test]
fn no_command_holds_up_an_opening() {
    for every in [1, 5, 12, 20, 24, 26, 40] {
        let mut bench = Bench::charging(Config::default());
        bench.level = 9_000;
        let begun = bench.now;
        for turn in 0..100 {
            let pwm = PilotSignal::Pwm(Duty::advertise(Milliamps::from_amps(16)).expect("a duty"));
            bench.host(Command::SetPilot(if turn % 2 == 0 { PilotSignal::X1 } else { pwm }));
            bench.pass(every);
            if !bench.board.contactor() {
                break;
            }
        }
        assert!((bench.now - begun).as_millis() <= 65, "every {every} ms: {}", bench.log);
    }
}

#[test]
fn no_command_holds_up_the_grace_or_the_over_current_time() {
    // 20 ms of an offer every 5 s do not begin the grace again.
    let mut bench = Bench::charging(Config::default());
    let begun = bench.now;
    while bench.board.contactor() && bench.now - begun < core::time::Duration::from_secs(60) {
        bench.host(Command::SetPilot(PilotSignal::X1));
        bench.pass(4_980);
        bench.offer(16);
        bench.pass(20);
    }
    assert!((bench.now - begun).as_millis() <= 10_000, "{}", bench.log);
    // 20 ms without an offer every 6 s do not begin the 7 s again.
    let mut bench = Bench::charging(Config::default());
    let begun = bench.now;
    bench.sample.current = PerPhase::all(Milliamps::from_amps(40));
    while bench.board.contactor() && bench.now - begun < core::time::Duration::from_secs(60) {
        bench.pass(5_980);
        bench.host(Command::SetPilot(PilotSignal::X1));
        bench.pass(20);
        bench.offer(16);
    }
    assert!((bench.now - begun).as_millis() <= 12_000, "{}", bench.log);
    assert!(bench.log.contains("Fault(OverCurrent)"), "{}", bench.log);
    // Nor does a host that begins again clear what the car did.
    bench.host(Command::Disable);
    bench.host(Command::Enable);
    bench.pass(100);
    assert!(bench.board.faults().eq([Fault::OverCurrent]));
}

#[test]
fn it_closes_only_at_a_duty_that_offers_a_current() {
    for (permille, offers) in [(0, false), (29, false), (50, false), (75, false), (80, true), (970, true), (971, false)]
    {
        let mut bench = Bench::new(Config::default());
        bench.plug();
        bench.host(Command::SetPilot(PilotSignal::Pwm(Duty::from_permille(permille).expect("a duty"))));
        bench.host(Command::AllowPower(Permission::Offered));
        bench.car(6_000);
        bench.pass(1_000);
        assert_eq!(bench.board.contactor(), offers, "{permille} per mille");
    }
}

#[test]
fn at_five_percent_it_closes_with_a_digital_permission_and_watches_its_limit() {
    let mut bench = Bench::new(Config::default());
    bench.plug();
    bench.host(Command::SetPilot(PilotSignal::Pwm(Duty::DIGITAL)));
    bench.host(Command::AllowPower(Permission::Digital { limit: Milliamps::from_amps(10) }));
    bench.car(6_000);
    assert!(bench.board.contactor(), "{}", bench.log);
    bench.sample.current = PerPhase::all(Milliamps::from_amps(11));
    bench.look();
    bench.pass(20_000);
    assert!(bench.board.contactor(), "11 A is within 10 A + 10 % + 0.5 A");
    bench.sample.current = PerPhase::all(Milliamps::from_amps(12));
    bench.look();
    bench.pass(7_000);
    assert!(bench.board.faults().eq([Fault::OverCurrent]), "{}", bench.log);
    // A permission for the duty says nothing about 5 %: what was closed digitally has its grace.
    let mut bench = Bench::charging(Config::default());
    bench.host(Command::SetPilot(PilotSignal::Pwm(Duty::DIGITAL)));
    bench.pass(5_999);
    assert!(bench.board.contactor());
    bench.pass(1);
    assert!(!bench.board.contactor());
}

#[test]
fn a_board_that_measures_nothing_opens() {
    let mut bench = Bench::charging(Config::default());
    let begun = bench.now;
    while let Some(at) = bench.waits.filter(|_| bench.board.contactor()) {
        bench.now = at;
        bench.feed(Input::Command(Command::Heartbeat));
        bench.feed(Input::Timeout);
    }
    assert_eq!((bench.now - begun).as_millis(), 200);
    assert!(bench.board.faults().eq([Fault::NoSample]), "{}", bench.log);
    bench.look();
    assert_eq!(bench.board.faults().count(), 0);
    assert!(!bench.board.contactor(), "the permission is gone");
}

#[test]
fn a_weld_that_comes_free_is_open_for_the_host_too() {
    let mut bench = Bench::charging(Config::default());
    bench.contactor_follows = false;
    bench.host(Command::AllowPower(Permission::Withdrawn));
    bench.pass(1_000);
    bench.car(12_000);
    bench.log.clear();
    bench.contactor_follows = true;
    bench.look();
    assert_eq!(bench.log, "  1300 ContactorOpened\n  1300 FaultCleared(ContactorWelded)\n");
}

#[test]
fn a_contactor_is_not_judged_by_a_sample_from_before_the_command() {
    let mut bench = Bench::charging(Config::default());
    bench.feed(Input::Command(Command::AllowPower(Permission::Withdrawn)));
    bench.now = bench.now + core::time::Duration::from_millis(199);
    bench.feed(Input::Timeout);
    bench.now = bench.now + core::time::Duration::from_millis(1);
    bench.feed(Input::Timeout);
    assert!(!bench.board.faults().any(|fault| fault == Fault::ContactorWelded), "{}", bench.log);
}

#[test]
fn a_car_that_chatters_is_served_twenty_times_a_minute_and_then_not_at_all() {
    let mut bench = Bench::charging(Config::default());
    for _ in 0..1_200 {
        bench.car(9_000);
        bench.pass(50);
        bench.car(6_000);
        bench.pass(50);
    }
    let count = |what: &str| bench.log.matches(what).count();
    // One more was before the log begins.
    assert_eq!(count("contactor on"), 59, "{}", bench.log);
    assert_eq!(count("ContactorBusy { closings: 20 }"), 1);
    assert_eq!(count("Fault(ContactorOverused)"), 1);
    bench.sample.proximity = None;
    bench.car(12_000);
    assert_eq!(bench.board.faults().count(), 0);
}

#[test]
fn a_residual_current_monitor_that_does_not_work_keeps_the_contactor_open() {
    let mut bench = Bench::new(Config::default());
    bench.monitor_works = false;
    bench.plug();
    bench.offer(16);
    bench.host(Command::AllowPower(Permission::Offered));
    bench.car(6_000);
    bench.pass(1_000);
    assert!(!bench.board.contactor() && bench.board.faults().eq([Fault::ResidualMonitorFailed]), "{}", bench.log);
    assert!(!bench.board.residual_test(), "the test current is off");
    bench.monitor_works = true;
    bench.sample.proximity = None;
    bench.car(12_000);
    bench.plug();
    bench.offer(16);
    bench.host(Command::AllowPower(Permission::Offered));
    bench.car(6_000);
    assert!(bench.board.contactor(), "{}", bench.log);
}
