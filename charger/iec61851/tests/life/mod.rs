//! Random lives of the safety machine, watched by an oracle that knows the rules and not the code.

pub(crate) mod oracle;
pub(crate) mod world;

use iec61851::{Command, Config, Duty, Outlet, Permission, PilotSignal, ResidualPolicy};
use units::Milliamps;

use self::world::World;

/// A stream of random numbers that is the same everywhere (splitmix64).
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    pub(crate) fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }
}

/// The levels a car, a broken wire or a bad contact makes, and the edges of the windows.
const LEVELS: [i32; 17] = [
    12_000, 9_000, 6_000, 6_000, 6_000, 3_000, 0, -12_000, 7_600, 10_300, 7_100, 7_400, 4_900, 4_600, 7_900, 1_500,
    8_000,
];

/// Lives one random life; returns how many inputs it had.
///
/// # Errors
/// The rule that was broken, and when.
pub(crate) fn live(seed: u64) -> Result<u64, String> {
    let mut dice = Dice::new(seed);
    let config = Config {
        outlet: if dice.one_in(4) { Outlet::Tethered(Milliamps::from_amps(32)) } else { Outlet::Socket },
        ventilated: dice.one_in(3),
        contactor_feedback: !dice.one_in(8),
        residual: ResidualPolicy { reclose: dice.one_in(3), self_test: !dice.one_in(4), ..Config::default().residual },
        ..Config::default()
    };
    let mut world = World::new(config, &mut dice);
    for _ in 0..dice.between(1, 60) {
        step(&mut world, &mut dice);
        world.oracle.verdict().map_err(|rule| format!("seed {seed}: {rule}"))?;
    }
    Ok(world.inputs)
}

fn step(world: &mut World, dice: &mut Dice) {
    match dice.below(30) {
        0..=5 => {
            let command = command(dice);
            world.command(command);
        }
        // What leads to charging comes more often than chance would have it.
        6..=9 => {
            world.plug(9_000);
            world.pass(dice, 150);
            world.command(Command::SetPilot(offer(dice)));
            world.command(Command::AllowPower(Permission::Offered));
            world.level = 6_000;
            world.pass(dice, 300);
        }
        10..=13 => world.level = dice.of(&LEVELS),
        14 => world.level = dice.between(-13_000, 13_000) as i32,
        15 => world.noise = dice.of(&[0, 0, 0, 50, 300, 1_000]),
        16..=17 => {
            let (a, b) = (dice.of(&LEVELS), dice.of(&LEVELS));
            let every = dice.of(&[1, 2, 5, 10, 12, 15, 20, 24, 26, 40, 120]);
            for turn in 0..dice.between(1, 30) {
                world.level = if turn % 2 == 0 { a } else { b };
                world.pass(dice, every);
            }
        }
        18 => {
            let signals = [offer(dice), PilotSignal::X1, signal(dice)];
            let every = dice.of(&[1, 5, 12, 20, 24, 26, 40, 980, 4_980]);
            for _ in 0..dice.between(1, 12) {
                let signal = dice.of(&signals);
                world.command(Command::SetPilot(signal));
                world.pass(dice, every);
            }
        }
        19 => world.proximity = dice.of(&[Some(220), Some(220), Some(680), Some(20), None]),
        20 => {
            for _ in 0..dice.between(1, 12) {
                world.proximity = dice.of(&[None, Some(20), Some(220)]);
                world.pass(dice, 9);
            }
            world.proximity = Some(220);
        }
        21 => world.residual = dice.of(&[0, 0, 0, 5_900, 6_000, -6_000, 20_000]),
        22 => world.current = dice.of(&[0, 0, 6_000, 16_000, 20_000, 32_000, 40_000, -40_000]),
        23 => world.diode = !dice.one_in(3),
        24 => world.follows = !dice.one_in(3),
        25 => world.monitor_works = !dice.one_in(3),
        26 => {
            world.measures = !dice.one_in(2);
            let ms = dice.of(&[20, 100, 190, 210, 400]);
            world.pass(dice, ms);
            world.measures = true;
        }
        27 => world.beats = !dice.one_in(3),
        _ => {
            let ms = dice.of(&[5, 30, 100, 300, 1_000, 3_000, 8_000]);
            world.pass(dice, ms);
        }
    }
}

fn command(dice: &mut Dice) -> Command {
    match dice.below(12) {
        0..=3 => Command::AllowPower(Permission::Offered),
        4 => Command::AllowPower(Permission::Withdrawn),
        5 => Command::AllowPower(Permission::Digital { limit: Milliamps::from_amps(dice.of(&[0, 10, 32])) }),
        6 => Command::Enable,
        7 => Command::Disable,
        8 => Command::Heartbeat,
        _ => Command::SetPilot(signal(dice)),
    }
}

fn offer(dice: &mut Dice) -> PilotSignal {
    let amps = dice.of(&[6, 16, 32]);
    PilotSignal::Pwm(Duty::advertise(Milliamps::from_amps(amps)).expect("6 A or more"))
}

fn signal(dice: &mut Dice) -> PilotSignal {
    match dice.below(6) {
        0 => PilotSignal::X1,
        1 => PilotSignal::E,
        2 => PilotSignal::F,
        3 => PilotSignal::Pwm(Duty::from_permille(dice.below(1_001) as u16).expect("at most 1000")),
        4 => PilotSignal::Pwm(Duty::DIGITAL),
        _ => offer(dice),
    }
}
