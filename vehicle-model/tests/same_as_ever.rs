//! What every built-in car does under anything that may happen to it, as one number for each car.
//!
//! The event log of a world is compared byte for byte, so a car must do the same as ever: the same values at the same
//! instants. Each car lives through seeded lives of random deeds, pilots, voltages and times; everything that can be seen
//! of it goes into a digest. A digest that changes means that worlds change: bless it only when that is meant.

use std::time::Duration;

use iec61851::{Duty, PilotSignal};
use units::{Instant, Microamps, Milliamps, Millihertz, Millivolts, Ohms, PerPhase, Phase, Soc};
use vehicle_model::{
    Action, Cable, CableRating, Car, CarFault, ChargePhase, Diode, Draw, Inlet, PilotSource, Profile, S2, Short,
    pilot_levels,
};

/// Lives of each car; in every other one most deeds move S2.
const LIVES: u64 = 16;
/// Things that happen in a life.
const DEEDS: u32 = 2_500;

/// SplitMix64: the test's own source of chance, so that no update of a crate changes the lives.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn within(&mut self, low: i32, high: i32) -> i32 {
        low + i32::try_from(self.below(u64::from(high.abs_diff(low)) + 1)).expect("a small range")
    }

    fn yes(&mut self) -> bool {
        self.below(2) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

/// FNV-1a over 64 bits, and how often the car was looked at: a life without charging would say little.
struct Digest {
    hash: u64,
    looks: u64,
    charging: u64,
    tapering: u64,
    s2_closed: u64,
}

impl Digest {
    fn number(&mut self, value: i64) {
        for byte in value.to_le_bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn ohms(&mut self, value: Option<Ohms>) {
        self.number(value.map_or(-1, |Ohms(ohms)| ohms.into()));
    }

    /// All that can be seen of a car.
    fn see(&mut self, car: &Car) {
        self.number(car.next_change().map_or(-1, |at| at.as_micros().cast_signed()));
        for phase in Phase::ALL {
            self.number(car.demand().current[phase].0.into());
            self.number(car.demand().power[phase].0.into());
        }
        let load = car.load();
        self.number(load.plugged.into());
        self.number(load.r2.0.into());
        self.ohms(load.r3);
        self.number(match load.diode {
            Diode::Good => 0,
            Diode::Open => 1,
            Diode::Shorted => 2,
        });
        self.number(match load.short_to_pe {
            None => 0,
            Some(Short::AfterDiode) => 1,
            Some(Short::BeforeDiode) => 2,
        });
        self.number(load.pe_open.into());
        self.number(load.pilot_open.into());
        let (high, low) = (Millivolts::from_volts(12), Millivolts::from_volts(-12));
        let levels = pilot_levels(&PilotSource { high, low, duty_permille: 266, resistance: Ohms(1000) }, &load);
        self.number(levels.high.0.into());
        self.number(levels.low.0.into());
        self.ohms(car.proximity());
        self.number(car.residual().0.into());
        self.number(car.pilot_noise().0.into());
        self.number(car.is_plugged().into());
        self.number(u16::from(car.soc()).into());
        self.number(u16::from(car.target()).into());
        let telemetry = car.telemetry();
        self.looks += 1;
        self.charging += u64::from(telemetry.inlet_power.0 > 0);
        self.tapering += u64::from(telemetry.phase == ChargePhase::Tapering);
        self.s2_closed += u64::from(load.r3.is_some());
        self.number(u16::from(telemetry.soc).into());
        self.number(telemetry.battery_power.0.into());
        self.number(telemetry.inlet_power.0.into());
        self.number(telemetry.charged.0);
        self.number(telemetry.inlet_energy.0);
        self.number(telemetry.losses.0);
        self.number(telemetry.temperature_c.to_bits().cast_signed());
        self.number(match telemetry.phase {
            ChargePhase::Constant => 0,
            ChargePhase::Full => 1,
            ChargePhase::Idle => 2,
            ChargePhase::Tapering => 3,
        });
    }
}

fn fault(chance: &mut Chance) -> CarFault {
    match chance.below(12) {
        0 => CarFault::Diode(chance.of(&[Diode::Good, Diode::Open, Diode::Shorted])),
        1 => CarFault::PeOpen,
        2 => CarFault::PilotShort(chance.of(&[Short::AfterDiode, Short::BeforeDiode])),
        3 => CarFault::PilotOpen,
        4 => CarFault::PilotNoise(Millivolts(chance.within(-900, 900))),
        5 => CarFault::Proximity(None),
        6 => CarFault::Proximity(Some(Ohms(chance.within(50, 3000)))),
        7 | 8 => CarFault::R2(Ohms(chance.within(1000, 4000))),
        9 | 10 => CarFault::R3(Ohms(chance.within(200, 2000))),
        _ => CarFault::ResidualCurrent(Microamps(chance.within(0, 30_000))),
    }
}

fn draw(chance: &mut Chance) -> Draw {
    match chance.below(4) {
        0 => Draw::AtMost(Milliamps(chance.within(0, 40_000))),
        1 => Draw::Fixed(Milliamps(chance.within(0, 40_000))),
        _ => Draw::AsOffered,
    }
}

fn cable(chance: &mut Chance) -> Cable {
    Cable::rated(chance.of(&[CableRating::A13, CableRating::A20, CableRating::A32, CableRating::A63]))
}

/// One thing that is done. Charging is what is done most: a life of faults only would show little.
fn action(chance: &mut Chance, car: &Car) -> Action {
    match chance.below(40) {
        0..=3 => Action::Break(fault(chance)),
        4..=9 => Action::Mend(fault(chance)),
        10 => Action::CableResistor(Ohms(chance.within(50, 3000))),
        11 => Action::Draw(draw(chance)),
        12 => Action::DrawOn(chance.of(&Phase::ALL), draw(chance)),
        13 => Action::HoldS2(Some(chance.of(&[S2::Closed, S2::Open]))),
        14..=16 => Action::HoldS2(None),
        17 => Action::IgnorePilot(chance.yes()),
        18 => Action::IgnorePilot(false),
        // A plug goes in where there is none. (A car that sleeps is not woken by a plug that is in already.)
        19..=24 if !car.is_plugged() || car.profile().pilot.sleeps_after_s == 0 => Action::PlugIn(cable(chance)),
        19 => Action::Unplug,
        25 if !car.is_plugged() => Action::PushIntoCar,
        20..=25 => Action::RequestEnergy(true),
        26 => Action::PullFromCar,
        27 => Action::PulseC(Duration::from_millis(chance.below(5_000))),
        28 => Action::RequestEnergy(chance.yes()),
        29..=31 => Action::RequestEnergy(true),
        32 => Action::RequestVentilation(chance.yes()),
        33 => Action::RequestWithPlug(chance.yes()),
        34 => Action::RequestWithPlug(false),
        35 => Action::SetSoc(Soc::from_percent(chance.of(&[3, 20, 50, 79, 80, 95, 99, 100])).expect("a percentage")),
        36 => Action::SetTarget(Soc::from_percent(chance.of(&[50, 80, 90, 100])).expect("a percentage")),
        37 => Action::SetTemperature(chance.within(-20, 45)),
        38 => Action::Unplug,
        _ => Action::PlugIn(cable(chance)).only_if(!car.is_plugged()),
    }
}

/// One thing that is done to S2, or to what moves it: such deeds overlap.
fn restless(chance: &mut Chance, car: &Car) -> Action {
    match chance.below(12) {
        0..=1 => Action::HoldS2(Some(chance.of(&[S2::Closed, S2::Open]))),
        2 => Action::HoldS2(None),
        3..=5 => Action::PulseC(Duration::from_millis(chance.below(3_000))),
        6 => Action::IgnorePilot(chance.yes()),
        7 => Action::RequestEnergy(chance.yes()),
        8 => Action::RequestEnergy(true),
        9 => Action::RequestWithPlug(chance.below(4) == 0),
        10 => Action::SetSoc(Soc::from_percent(chance.of(&[20, 50])).expect("a percentage")),
        _ => Action::PlugIn(cable(chance)).only_if(!car.is_plugged()),
    }
}

trait OnlyIf {
    fn only_if(self, may: bool) -> Self;
}

impl OnlyIf for Action {
    fn only_if(self, may: bool) -> Self {
        if may { self } else { Self::SetTarget(Soc::FULL) }
    }
}

fn pilot(chance: &mut Chance) -> PilotSignal {
    match chance.below(12) {
        0 => PilotSignal::E,
        1 => PilotSignal::F,
        2 => PilotSignal::X1,
        3 => PilotSignal::Pwm(Duty::DIGITAL),
        4 => PilotSignal::Pwm(Duty::from_permille(chance.below(1001) as u16).expect("a duty")),
        _ => Duty::advertise(Milliamps(chance.within(6_000, 63_000))).map_or(PilotSignal::X1, PilotSignal::Pwm),
    }
}

/// What stands at the lines of an outlet whose contactor follows S2, mostly.
fn lines(chance: &mut Chance, car: &Car) -> PerPhase<Millivolts> {
    if chance.below(20) == 0 {
        return PerPhase(Phase::ALL.map(|_| Millivolts(chance.of(&[0, 170_000, 230_000, 263_000, 270_000]))));
    }
    let volts = if car.load().r3.is_some() { 228_000 + chance.within(0, 3) * 1000 } else { 0 };
    PerPhase::all(Millivolts(volts))
}

/// The next instant: what the car waits for, a moment, some seconds, or many minutes.
fn later(chance: &mut Chance, now: Instant, car: &Car) -> Instant {
    let step = match chance.below(16) {
        0..=5 => return car.next_change().filter(|at| *at > now).unwrap_or(now),
        6..=7 => 0,
        8..=11 => chance.below(400_000),
        12..=14 => chance.below(9_000_000),
        _ => chance.below(2_400_000_000),
    };
    now + Duration::from_micros(step)
}

fn live(profile: &Profile, seed: u64, digest: &mut Digest) {
    let mut chance = Chance(seed);
    let mut car = Car::new(profile.clone(), seed);
    let mut now = Instant::ZERO;
    let mut inlet = Inlet::default();
    let is_restless = seed % 2 == 1;
    digest.see(&car);
    for _ in 0..DEEDS {
        match chance.below(10) {
            0..=1 => {
                // Sometimes time has passed that the car was not told of.
                now = if chance.below(4) == 0 { later(&mut chance, now, &car) } else { now };
                let deed = if is_restless { restless(&mut chance, &car) } else { action(&mut chance, &car) };
                car.act(now, deed);
                digest.see(&car);
            }
            2 => inlet.pilot = pilot(&mut chance),
            3 => inlet.frequency = Millihertz(chance.of(&[46_000, 49_900, 50_000, 50_000, 50_100, 53_000])),
            4..=5 if is_restless => now = now + Duration::from_millis(chance.below(900)),
            _ => now = later(&mut chance, now, &car),
        }
        for _ in 0..chance.below(4) {
            inlet.voltage = lines(&mut chance, &car);
            let demand = car.step(now, &inlet);
            assert_eq!(demand, *car.demand());
            digest.see(&car);
        }
    }
}

/// The digest of all lives of a car.
fn digest(profile: &Profile) -> String {
    let mut digest = Digest { hash: 0xcbf2_9ce4_8422_2325, looks: 0, charging: 0, tapering: 0, s2_closed: 0 };
    for seed in 0..LIVES {
        live(profile, seed, &mut digest);
    }
    let Digest { hash, looks, charging, tapering, s2_closed } = digest;
    let percent = |count: u64| count * 100 / looks;
    format!(
        "{hash:016x}: S2 closed {} %, charging {} %, tapering {} % of {looks} looks",
        percent(s2_closed),
        percent(charging),
        percent(tapering)
    )
}

#[test]
fn every_car_does_what_it_always_did() {
    let mut seen = Vec::new();
    for name in Profile::names() {
        let profile = Profile::builtin(name).expect("a built-in car");
        seen.push(format!("{name} {}", digest(&profile)));
    }
    // Habits that no built-in car has: it sleeps soon, follows late, is slow at everything.
    let mut sleepy = Profile::builtin("renault-zoe").expect("a built-in car");
    (sleepy.pilot.sleeps_after_s, sleepy.pilot.s2_delay_ms, sleepy.pilot.stop_ms) = (5, 2_500, 3_000);
    (sleepy.charger.follow_ms, sleepy.charger.ramp_a_per_s) = (5_000, 2.0);
    seen.push(format!("sleepy {}", digest(&sleepy)));
    assert_eq!(seen.join("\n"), PINNED.trim());
}

/// What stands here was made by the car before it was taken apart.
const PINNED: &str = "
audi-q4 ebd5b8843b297814: S2 closed 43 %, charging 18 %, tapering 1 % of 68292 looks
hyundai-kona 790ceda611b20884: S2 closed 44 %, charging 18 %, tapering 0 % of 68308 looks
ioniq-5-58 24b97feef32e0743: S2 closed 44 %, charging 18 %, tapering 1 % of 68307 looks
ioniq-5-72 e8ad81b944e66df0: S2 closed 44 %, charging 18 %, tapering 1 % of 68307 looks
mercedes-eqe cb2836311d68acef: S2 closed 44 %, charging 18 %, tapering 1 % of 68311 looks
opel-ampera-e 0021faa3f7060d0d: S2 closed 44 %, charging 18 %, tapering 1 % of 68308 looks
opel-mokka-e a35acf48209e352f: S2 closed 43 %, charging 19 %, tapering 1 % of 68325 looks
phev-16 5bb8da342d17e962: S2 closed 43 %, charging 18 %, tapering 1 % of 68290 looks
renault-zoe ba480c4bfd26b028: S2 closed 43 %, charging 18 %, tapering 1 % of 68303 looks
skoda-enyaq e9c1ccb43f5eb4a3: S2 closed 43 %, charging 18 %, tapering 1 % of 68292 looks
small-car-7 8f8b1371f61d5b1c: S2 closed 44 %, charging 18 %, tapering 1 % of 68308 looks
taycan-11 2dbd80889b49c9aa: S2 closed 37 %, charging 15 %, tapering 0 % of 68255 looks
tesla-model-3 babcab8cc0af5f66: S2 closed 44 %, charging 18 %, tapering 1 % of 68307 looks
tesla-model-y 9f803360c73e3118: S2 closed 44 %, charging 18 %, tapering 1 % of 68307 looks
van-22 d56457b6bd5e3383: S2 closed 44 %, charging 19 %, tapering 1 % of 68326 looks
vw-id3 599c645fd7f411ff: S2 closed 43 %, charging 18 %, tapering 1 % of 68292 looks
sleepy 1d8297bda4ef94e3: S2 closed 35 %, charging 14 %, tapering 1 % of 68273 looks
";
