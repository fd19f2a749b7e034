//! Stories of a car at a supply of direct current, each as a transcript.

use proptest::prelude::*;
use units::{MilliwattHours, Soc};

use super::*;
use crate::{Action, Cable, CableRating, Car, ChargePhase, Profile, Telemetry};

/// What the supply does.
#[derive(Clone, Copy, Debug)]
enum Does {
    /// It gives nothing, and takes a constant current from pins that nothing else holds.
    Off,
    /// It holds a voltage as long as that takes no more than a current.
    On { voltage: Millivolts, limit: Milliamps },
}

/// A supply without inertia. It takes no current back: it has a diode.
struct Supply {
    does: Does,
    volts: f64,
    seen_at: Instant,
}

impl Supply {
    /// How fast pins fall.
    const FALL_V_PER_S: f64 = 2_000.0;
    /// How often somebody wants to see that.
    const LOOK: Duration = Duration::from_millis(50);

    /// What is at the pins with that load.
    fn pins(&mut self, now: Instant, load: DcLoad) -> DcPins {
        let seconds = now.since(self.seen_at).as_secs_f64();
        self.seen_at = now;
        let amps;
        (self.volts, amps) = match (load, self.does) {
            (DcLoad::Battery { voltage, .. }, Does::Off) => (voltage.volts(), 0.0),
            (DcLoad::Battery { voltage, milliohms }, Does::On { voltage: wanted, limit }) => {
                let ohms = f64::from(milliohms) / 1000.0;
                let amps = ((wanted.volts() - voltage.volts()) / ohms).min(limit.amps()).max(0.0);
                (voltage.volts() + amps * ohms, amps)
            }
            (DcLoad::Open, Does::On { voltage, .. }) => (voltage.volts(), 0.0),
            (DcLoad::Open, Does::Off) => ((self.volts - Self::FALL_V_PER_S * seconds).max(0.0), 0.0),
        };
        // Rounded down: no more than was asked for.
        DcPins { voltage: Millivolts((self.volts * 1000.0) as i32), current: Milliamps((amps * 1000.0) as i32) }
    }

    /// When somebody wants to look at it.
    fn next_look(&self, load: DcLoad) -> Option<Instant> {
        let falls = matches!((self.does, load), (Does::Off, DcLoad::Open)) && self.volts > 0.0;
        falls.then(|| self.seen_at + Self::LOOK)
    }
}

struct Bench {
    car: Car,
    now: Instant,
    supply: Supply,
    story: Vec<String>,
}

impl Bench {
    /// A car with 400 V class contactors, plugged in and half full.
    fn plugged() -> Self {
        let mut car = Car::new(Profile::builtin("vw-id3").expect("a car"), 1);
        car.act(Instant::ZERO, Action::PlugIn(Cable::rated(CableRating::A32)));
        let supply = Supply { does: Does::Off, volts: 0.0, seen_at: Instant::ZERO };
        let mut bench = Self { car, now: Instant::ZERO, supply, story: Vec::new() };
        bench.see();
        bench
    }

    fn dc(&self) -> &DcInlet {
        self.car.dc_inlet().expect("a car with pins")
    }

    fn act(&mut self, action: DcAction) -> &mut Self {
        self.car.act(self.now, Action::Dc(action));
        self.see();
        self
    }

    fn supply(&mut self, volts: i32, amps: i32) -> &mut Self {
        let (voltage, limit) = (Millivolts::from_volts(volts), Milliamps::from_amps(amps));
        self.supply.does = Does::On { voltage, limit };
        self.see();
        self
    }

    fn off(&mut self) -> &mut Self {
        self.supply.does = Does::Off;
        self.see();
        self
    }

    /// Time passes; the car is stepped whenever something changes.
    fn pass(&mut self, ms: u64) -> &mut Self {
        let end = self.now + Duration::from_millis(ms);
        while self.now < end {
            let next = sooner(self.car.next_change(), self.supply.next_look(self.car.dc_load()));
            self.now = next.filter(|at| *at > self.now).unwrap_or(end).min(end);
            self.see();
        }
        self
    }

    /// Steps, and writes down what is another than before.
    fn see(&mut self) {
        loop {
            let load = self.car.dc_load();
            let pins = self.supply.pins(self.now, load);
            self.car.step_dc(self.now, pins);
            if self.car.dc_load() == load {
                break;
            }
        }
        let pins = self.dc().pins();
        let state = match self.dc().state() {
            ContactorState::Closed => "closed",
            ContactorState::Closing { .. } => "closing",
            ContactorState::Open => "open",
            ContactorState::PreCharge => "pre-charge",
            ContactorState::TestingMinus { .. } => "testing DC-",
            ContactorState::TestingOpen { .. } => "testing both",
            ContactorState::TestingPlus { .. } => "testing DC+",
        };
        let line = format!("{state}, {:.0} V, {:.0} A", pins.voltage.volts(), pins.current.amps());
        if self.story.last().is_none_or(|last| !last.ends_with(&line)) {
            self.story.push(format!("{} ms: {line}", self.now.as_millis()));
        }
    }

    fn story(&mut self) -> String {
        std::mem::take(&mut self.story).join("\n")
    }

    /// Closed, and charging with 100 A.
    fn charging() -> Self {
        let mut bench = Self::plugged();
        bench.act(DcAction::Close).supply(403, 0).pass(100).supply(454, 100).pass(1_000);
        bench.story.clear();
        bench
    }
}

#[test]
fn the_contactors_wait_until_the_supply_has_come_within_20_volts() {
    let mut bench = Bench::plugged();
    bench.act(DcAction::Close).pass(1_000);
    bench.supply(382, 2).pass(1_000);
    bench.supply(423, 2).pass(1_000);
    bench.supply(384, 2).pass(1_000);
    assert_eq!(
        bench.story(),
        "0 ms: open, 0 V, 0 A
0 ms: pre-charge, 0 V, 0 A
1000 ms: pre-charge, 382 V, 0 A
2000 ms: pre-charge, 423 V, 0 A
3000 ms: closing, 384 V, 0 A
3050 ms: closed, 403 V, 0 A"
    );
}

#[test]
fn what_the_supply_gives_goes_into_the_battery() {
    let mut bench = Bench::charging();
    bench.supply(454, 50).pass(1_800_000);
    let telemetry = bench.car.telemetry();
    let gap = telemetry.inlet_energy - telemetry.charged - telemetry.losses;
    assert!(gap.0.abs() <= 2, "{telemetry:?}");
    // Half an hour with 50 A, and a second with 100 A before it, at a little more than the 403 V of a battery half full.
    assert!((10_100.0..10_600.0).contains(&telemetry.inlet_energy.watt_hours()), "{telemetry:?}");
    assert!((67.0..69.0).contains(&telemetry.soc.percent()), "{telemetry:?}");
    assert_eq!(telemetry.phase, ChargePhase::Constant);
    assert!(telemetry.losses > MilliwattHours::ZERO);
}

#[test]
fn it_asks_for_what_the_battery_takes_and_ends_full() {
    let mut bench = Bench::charging();
    let full = Soc::from_percent(99).expect("a percentage");
    let mut asked = Vec::new();
    while bench.car.soc() < full && bench.now < Instant::from_millis(5 * 3_600_000) {
        let target = bench.car.dc_target().expect("pins");
        if bench.now.as_millis() / 1000 % 1800 == 1 {
            asked.push(format!("{:.0} % {:.0} A", bench.car.soc().percent(), target.current.amps()));
        }
        bench.supply.does = Does::On { voltage: target.voltage, limit: target.current };
        bench.pass(1_000);
        let pins = bench.dc().pins();
        assert!(pins.voltage <= target.voltage, "{pins:?} and not {target:?}");
    }
    assert_eq!(asked.join(", "), "50 % 167 A, 89 % 56 A");
    assert_eq!(bench.car.telemetry().phase, ChargePhase::Tapering);
}

#[test]
fn no_current_flows_back_into_a_supply_with_less_voltage() {
    let mut bench = Bench::charging();
    bench.supply(200, 100).pass(1_000);
    assert_eq!(bench.story(), "1100 ms: closed, 403 V, 0 A");
}

#[test]
fn welding_detection_sees_the_voltage_fall_with_each_contactor() {
    let mut bench = Bench::charging();
    bench.off().act(DcAction::DetectWelding).pass(3_000);
    assert_eq!(bench.dc().welding(), Welding::None);
    assert_eq!(
        bench.story(),
        "1100 ms: closed, 403 V, 0 A
1100 ms: testing DC+, 403 V, 0 A
1150 ms: testing DC+, 303 V, 0 A
1200 ms: testing DC+, 203 V, 0 A
1250 ms: testing DC+, 103 V, 0 A
1300 ms: testing DC+, 3 V, 0 A
1350 ms: testing DC+, 0 V, 0 A
2100 ms: testing DC-, 0 V, 0 A
3100 ms: open, 0 V, 0 A"
    );
}

#[test]
fn welding_detection_names_the_contactor_that_is_welded() {
    for (faults, found) in [
        (vec![DcFault::Welded(Pole::Plus)], Welding::One(Pole::Plus)),
        (vec![DcFault::Welded(Pole::Minus)], Welding::One(Pole::Minus)),
        (vec![DcFault::Welded(Pole::Plus), DcFault::Welded(Pole::Minus)], Welding::Both),
    ] {
        let mut bench = Bench::charging();
        for fault in &faults {
            bench.act(DcAction::Break(*fault));
        }
        bench.off().act(DcAction::DetectWelding).pass(3_000);
        assert_eq!(bench.dc().welding(), found, "{faults:?}");
        assert_eq!(bench.dc().state(), ContactorState::Open);
        bench.act(DcAction::Close);
        assert_eq!(bench.dc().welding(), Welding::Unknown, "what was found is old once they close again");
    }
}

#[test]
fn welding_detection_closes_nothing_and_says_when_there_was_nothing_to_see() {
    // Never closed, and one of them welded: to close the other would put the battery on the pins.
    let mut bench = Bench::plugged();
    bench.act(DcAction::Break(DcFault::Welded(Pole::Plus))).act(DcAction::DetectWelding).pass(3_000);
    assert_eq!((bench.dc().welding(), bench.dc().looks()), (Welding::Unseen, 1));
    assert_eq!(bench.story(), "0 ms: open, 0 V, 0 A");
    // At a supply of another voltage.
    bench.supply(450, 10).act(DcAction::DetectWelding).pass(3_000);
    assert_eq!((bench.dc().welding(), bench.dc().looks()), (Welding::Both, 2));
    assert_eq!(
        bench.story(),
        "3000 ms: open, 450 V, 0 A
3000 ms: testing both, 450 V, 0 A
4000 ms: open, 450 V, 0 A"
    );
    // Closed, but one of them does not conduct.
    let mut bench = Bench::charging();
    bench.act(DcAction::Break(DcFault::StaysOpen(Pole::Minus))).off().pass(1_000).act(DcAction::DetectWelding);
    assert_eq!((bench.dc().welding(), bench.dc().state()), (Welding::Unseen, ContactorState::Open));
}

#[test]
fn what_comes_on_in_the_middle_of_welding_detection_is_not_closed_onto() {
    let mut bench = Bench::charging();
    bench.act(DcAction::Break(DcFault::Welded(Pole::Minus)));
    bench.off().act(DcAction::DetectWelding).pass(500).supply(450, 10).pass(3_000);
    assert_eq!(bench.dc().welding(), Welding::Both, "the supply keeps its voltage");
    assert!(!bench.story().contains("450 V, 10 A"));
}

#[test]
fn a_battery_at_its_reserve_leaves_the_load_as_far_as_its_contactors_open() {
    let mut bench = Bench::charging();
    bench.car.act(bench.now, Action::SetSoc(Soc::from_percent(5).expect("a percentage")));
    let pins = DcPins { voltage: Millivolts::from_volts(360), current: Milliamps::from_amps(-18) };
    bench.car.step_dc(bench.now, pins);
    assert_eq!((bench.dc().state(), bench.dc().pins().current), (ContactorState::Open, Milliamps::ZERO));
    for pole in [Pole::Plus, Pole::Minus] {
        bench.car.act(bench.now, Action::Dc(DcAction::Break(DcFault::Welded(pole))));
    }
    for _ in 0..20 {
        bench.now = bench.now + Duration::from_secs(60);
        bench.car.step_dc(bench.now, pins);
    }
    bench.act(DcAction::DetectWelding).pass(1_000);
    assert_eq!((bench.dc().welding(), bench.dc().looks()), (Welding::Both, 1), "it can still look");
    let Telemetry { inlet_energy, charged, losses, .. } = bench.car.telemetry();
    assert!(bench.car.soc() < Soc::from_percent(2).expect("a percentage"));
    assert!((inlet_energy - charged - losses).0.abs() <= 2 && inlet_energy.watt_hours() < -2_000.0);
}

#[test]
fn a_supply_that_keeps_its_voltage_looks_as_if_both_were_welded() {
    let mut bench = Bench::charging();
    bench.supply(400, 1).act(DcAction::DetectWelding).pass(3_000);
    assert_eq!(bench.dc().welding(), Welding::Both);
}

#[test]
fn a_contactor_that_stays_open_lets_nothing_through() {
    let mut bench = Bench::plugged();
    bench.act(DcAction::Break(DcFault::StaysOpen(Pole::Minus)));
    bench.act(DcAction::Close).supply(403, 2).pass(100).supply(454, 100).pass(10_000);
    assert_eq!(
        bench.story(),
        "0 ms: open, 0 V, 0 A
0 ms: pre-charge, 0 V, 0 A
0 ms: closing, 403 V, 0 A
50 ms: closed, 403 V, 0 A
100 ms: closed, 454 V, 0 A"
    );
}

#[test]
fn pins_without_a_cable_have_a_voltage_only_where_both_contactors_are_welded() {
    let mut bench = Bench::charging();
    bench.car.act(bench.now, Action::Unplug);
    bench.pass(1_000);
    bench.act(DcAction::Break(DcFault::Welded(Pole::Plus))).act(DcAction::Break(DcFault::Welded(Pole::Minus)));
    assert_eq!(bench.story(), "2100 ms: open, 0 V, 0 A\n2100 ms: open, 403 V, 0 A");
}

#[test]
fn a_car_without_pins_takes_no_direct_current() {
    let mut car = Car::new(Profile::builtin("phev-16").expect("a car"), 1);
    car.act(Instant::ZERO, Action::PlugIn(Cable::rated(CableRating::A32)));
    car.act(Instant::ZERO, Action::Dc(DcAction::Close));
    car.step_dc(Instant::ZERO, DcPins { voltage: Millivolts::from_volts(400), current: Milliamps::ZERO });
    assert_eq!((car.dc_load(), car.dc_target()), (DcLoad::Open, None));
}

/// Something that may happen at the pins.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Act(DcAction),
    Supply(Does),
    Time { ms: u64 },
    Cable { plugged: bool },
}

fn happening() -> impl Strategy<Value = Happening> {
    let pole = prop_oneof![Just(Pole::Plus), Just(Pole::Minus)];
    let fault = (pole, any::<bool>())
        .prop_map(|(pole, welded)| if welded { DcFault::Welded(pole) } else { DcFault::StaysOpen(pole) });
    let on = (0..900i32, 0..300i32).prop_map(|(volts, amps)| Does::On {
        voltage: Millivolts::from_volts(volts),
        limit: Milliamps::from_amps(amps),
    });
    // A supply that is where the car wants it, or there is nothing to see.
    let right = (385..480i32)
        .prop_map(|volts| Does::On { voltage: Millivolts::from_volts(volts), limit: Milliamps::from_amps(80) });
    prop_oneof![
        3 => Just(Happening::Act(DcAction::Close)),
        1 => Just(Happening::Act(DcAction::Open)),
        1 => Just(Happening::Act(DcAction::DetectWelding)),
        1 => fault.clone().prop_map(|fault| Happening::Act(DcAction::Break(fault))),
        2 => fault.prop_map(|fault| Happening::Act(DcAction::Mend(fault))),
        1 => on.prop_map(Happening::Supply),
        4 => right.prop_map(Happening::Supply),
        1 => Just(Happening::Supply(Does::Off)),
        6 => (0..20_000u64).prop_map(|ms| Happening::Time { ms }),
        1 => any::<bool>().prop_map(|plugged| Happening::Cable { plugged }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens: contactors begin to close on matching voltages only, no current flows out of the battery or past an
    /// open contact, and energy is neither lost nor made.
    #[test]
    fn whatever_happens_nothing_surges_and_the_balance_closes(
        life in proptest::collection::vec(happening(), 1..120),
    ) {
        let mut bench = Bench::plugged();
        let mut before = bench.dc().state();
        for happening in life {
            match happening {
                Happening::Act(action) => { bench.act(action); }
                Happening::Supply(does) => { bench.supply.does = does; bench.see(); }
                Happening::Time { ms } => { bench.now = bench.now + Duration::from_millis(ms); bench.see(); }
                Happening::Cable { plugged: true } => {
                    bench.car.act(bench.now, Action::PlugIn(Cable::rated(CableRating::A32)));
                    bench.see();
                }
                Happening::Cable { plugged: false } => {
                    bench.car.act(bench.now, Action::Unplug);
                    bench.see();
                }
            }
            let dc = bench.dc();
            if matches!((before, dc.state()), (ContactorState::PreCharge, ContactorState::Closing { .. })) {
                // Nothing flows yet, so the target is the battery's own voltage.
                let battery = bench.car.dc_target().expect("pins").voltage;
                prop_assert!((dc.pins().voltage - battery).abs() <= Millivolts::from_volts(20), "{:?}", dc);
            }
            prop_assert!(dc.pins().current >= Milliamps::ZERO);
            prop_assert!(dc.is_connected() || dc.pins().current == Milliamps::ZERO, "{:?}", dc);
            before = dc.state();
        }
        let Telemetry { inlet_energy, charged, losses, .. } = bench.car.telemetry();
        let gap = (inlet_energy - charged - losses).0.abs();
        prop_assert!(gap <= 2, "{inlet_energy} in, {charged} charged, {losses} lost");
    }
}
