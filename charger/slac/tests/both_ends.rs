//! Two cars and two chargers whose cables lie beside each other: frames are lost, doubled and late, and modems hear what is not
//! for them. A seed says what happens; the same seed is the same story.

use std::collections::BTreeMap;
use std::time::Duration;

use slac::ev::{self, Ev, Nearness};
use slac::evse::{self, Evse};
use slac::{
    AttenProfileInd, AttenuationProfile, BROADCAST, Frame, LOCAL_MODEM, MacAddress, Message, Nmk, Output, SetKeyCnf,
};
use units::Instant;

/// Pairs that are plugged together: car and charger with the same number.
const PAIRS: usize = 2;
/// Between the ends of one cable, and from one cable to the other, in dB.
const NEAR_DB: u8 = 12;
const FAR_DB: u8 = 55;

/// `splitmix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

/// What the line does to a frame, in percent of all.
#[derive(Clone, Copy)]
struct Line {
    lost: u64,
    doubled: u64,
    late: u64,
}

const QUIET: Line = Line { lost: 0, doubled: 0, late: 0 };

/// Cars first, then chargers.
type Host = usize;

const fn car(pair: usize) -> Host {
    pair
}

const fn charger(pair: usize) -> Host {
    PAIRS + pair
}

const fn is_car(host: Host) -> bool {
    host < PAIRS
}

const fn address(host: Host) -> MacAddress {
    MacAddress([2, 0, 0, 0, 0, host as u8])
}

const fn modem(host: Host) -> MacAddress {
    MacAddress([2, 0, 0, 0, 1, host as u8])
}

fn host_of(address: MacAddress) -> Option<Host> {
    (0..2 * PAIRS).find(|host| self::address(*host) == address)
}

/// How a matching of a car ended.
#[derive(Clone, Debug, Eq, PartialEq)]
enum End {
    Linked { charger: Host },
    Failed(ev::Failure),
}

struct World {
    cars: Vec<Ev>,
    chargers: Vec<Evse>,
    keys: Vec<Option<Nmk>>,
    /// By time and number: to whom, and what.
    frames: BTreeMap<(u64, u64), (Host, Frame)>,
    count: u64,
    now: u64,
    random: Random,
    line: Line,
    ends: Vec<Option<End>>,
    matched: Vec<Option<Host>>,
    sent: usize,
}

impl World {
    fn new(seed: u64, line: Line) -> Self {
        let config = |host| ev::Config { nearness: Nearness::Within(40), ..ev::Config::new(address(host)) };
        Self {
            cars: (0..PAIRS).map(|pair| Ev::new(config(car(pair)))).collect(),
            chargers: (0..PAIRS).map(|pair| Evse::new(evse::Config::new(address(charger(pair))))).collect(),
            keys: vec![None; 2 * PAIRS],
            frames: BTreeMap::new(),
            count: 0,
            now: 0,
            random: Random(seed),
            line,
            ends: vec![None; PAIRS],
            matched: vec![None; PAIRS],
            sent: 0,
        }
    }

    fn at(&self) -> Instant {
        Instant::from_micros(self.now)
    }

    fn deliver(&mut self, after_us: u64, to: Host, frame: Frame) {
        self.count += 1;
        self.frames.insert((self.now + after_us, self.count), (to, frame));
    }

    /// A host gives a frame to its modem.
    fn sends(&mut self, from: Host, frame: Frame) {
        self.sent += 1;
        if frame.destination == LOCAL_MODEM {
            if let Message::SetKeyReq(request) = frame.message {
                // A modem that takes a key is deaf meanwhile, and its word of it may be lost as any other.
                self.keys[from] = Some(request.nmk);
                if !self.random.chance(self.line.lost) {
                    let answer = Message::SetKeyCnf(SetKeyCnf::new(1, 1, request.nonce));
                    self.deliver(300_000, from, Frame::new(frame.source, modem(from), answer));
                }
            }
            return;
        }
        for to in (0..2 * PAIRS).filter(|to| *to != from) {
            let is_for = frame.destination == BROADCAST || frame.destination == address(to);
            if !is_for || self.random.chance(self.line.lost) {
                continue;
            }
            let mut delay = 2_000 + self.random.next() % 1_000;
            if self.random.chance(self.line.late) {
                delay += self.random.next() % 400_000;
            }
            if matches!(frame.message, Message::MnbcSoundInd(_)) && !is_car(to) {
                let db = if charger(from) == to { NEAR_DB } else { FAR_DB };
                let profile = AttenuationProfile::new(vec![db; 58]).expect("58 groups");
                let profile = AttenProfileInd { car: frame.source, reserved: 0, profile };
                self.deliver(delay + 500, to, Frame::new(address(to), modem(to), Message::AttenProfileInd(profile)));
            }
            if self.random.chance(self.line.doubled) {
                self.deliver(delay + 1_000, to, frame.clone());
            }
            self.deliver(delay, to, frame.clone());
        }
    }

    /// Does what the hosts want; answers when the next of them wants something.
    fn settle(&mut self) -> Option<u64> {
        let mut next: Option<u64> = None;
        for host in 0..2 * PAIRS {
            loop {
                let (frame, wait) = if is_car(host) {
                    match self.cars[host].poll_output() {
                        Output::Send(frame) => (Some(frame), None),
                        Output::Event(event) => {
                            self.of_car(host, event);
                            continue;
                        }
                        Output::Wait(wait) => (None, wait),
                    }
                } else {
                    match self.chargers[host - PAIRS].poll_output() {
                        Output::Send(frame) => (Some(frame), None),
                        Output::Event(event) => {
                            if let evse::Event::Matched(car) = event {
                                self.matched[host - PAIRS] = host_of(car);
                            }
                            continue;
                        }
                        Output::Wait(wait) => (None, wait),
                    }
                };
                match frame {
                    Some(frame) => self.sends(host, frame),
                    None => {
                        next = next.into_iter().chain(wait.map(Instant::as_micros)).min();
                        break;
                    }
                }
            }
        }
        next
    }

    fn of_car(&mut self, host: Host, event: ev::Event) {
        match event {
            ev::Event::LinkUp => {
                let key = self.keys[host];
                let with = (PAIRS..2 * PAIRS).find(|other| self.keys[*other] == key).expect("somebody has the key");
                self.ends[host] = Some(End::Linked { charger: with });
            }
            ev::Event::Failed(why) => self.ends[host] = Some(End::Failed(why)),
            ev::Event::Matched(_) | ev::Event::Again(_) | ev::Event::LinkLost => {}
        }
    }

    /// Modems with one key have a link; told as often as anybody looks.
    fn links(&mut self) {
        let at = self.at();
        for host in 0..2 * PAIRS {
            let is_linked = |other: Host| is_car(other) != is_car(host) && self.keys[other] == self.keys[host];
            if self.keys[host].is_none() || !(0..2 * PAIRS).any(is_linked) {
                continue;
            }
            if is_car(host) {
                self.cars[host].handle_input(at, ev::Input::Link(true));
            } else {
                self.chargers[host - PAIRS].handle_input(at, evse::Input::Link(true));
            }
        }
    }

    /// Plugs both cars in and lets them match for so long.
    fn run(&mut self, seconds: u64) {
        let at = self.at();
        for pair in 0..PAIRS {
            self.chargers[pair].handle_input(at, evse::Input::SetKey(Nmk([pair as u8 + 1; 16])));
        }
        self.until(1_000_000);
        let gap = self.random.next() % 300_000;
        for pair in 0..PAIRS {
            let seed = self.random.next();
            let at = self.at();
            self.chargers[pair].handle_input(at, evse::Input::Begin);
            self.cars[pair].handle_input(at, ev::Input::Begin { seed });
            self.until(self.now + gap);
        }
        self.until(self.now + Duration::from_secs(seconds).as_micros() as u64);
    }

    fn until(&mut self, end: u64) {
        loop {
            let next = self.settle();
            self.links();
            let next = self.settle().or(next);
            let frame = self.frames.keys().next().map(|(at, _)| *at);
            let Some(at) = next.into_iter().chain(frame).min().filter(|at| *at <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(at);
            let at = self.at();
            match self.frames.first_entry().filter(|entry| entry.key().0 <= self.now) {
                Some(entry) => {
                    let (host, frame) = entry.remove();
                    if is_car(host) {
                        self.cars[host].handle_input(at, ev::Input::Frame(&frame));
                    } else {
                        self.chargers[host - PAIRS].handle_input(at, evse::Input::Frame(&frame));
                    }
                }
                None => {
                    self.cars.iter_mut().for_each(|car| car.handle_input(at, ev::Input::Time));
                    self.chargers.iter_mut().for_each(|charger| charger.handle_input(at, evse::Input::Time));
                }
            }
        }
    }
}

#[test]
fn on_a_quiet_line_each_car_matches_with_the_charger_that_it_is_plugged_in_at() {
    for seed in 0..200 {
        let mut world = World::new(seed, QUIET);
        world.run(5);
        for pair in 0..PAIRS {
            assert_eq!(world.ends[car(pair)], Some(End::Linked { charger: charger(pair) }), "seed {seed}, car {pair}");
            assert_eq!(world.matched[pair], Some(car(pair)), "seed {seed}");
        }
    }
}

#[test]
fn whatever_the_line_does_a_matching_ends_and_never_with_the_neighbour() {
    let (mut linked, mut failed) = (0, 0);
    for seed in 0..2_000 {
        let line = Line { lost: seed % 40, doubled: seed / 7 % 20, late: seed / 11 % 20 };
        let mut world = World::new(seed, line);
        world.run(40);
        for pair in 0..PAIRS {
            match &world.ends[car(pair)] {
                Some(End::Linked { charger: with }) => {
                    assert_eq!(*with, charger(pair), "seed {seed}: car {pair} is linked with its neighbour");
                    linked += 1;
                }
                Some(End::Failed(_)) => failed += 1,
                None => panic!("seed {seed}: the matching of car {pair} does not end"),
            }
            assert!(world.matched[pair].is_none_or(|matched| matched == car(pair)), "seed {seed}");
        }
        assert!(world.sent < 500, "seed {seed}: {} frames", world.sent);
    }
    // Neither of the two is all that happens.
    assert!(linked > 2_000 && failed > 100, "{linked} linked, {failed} failed");
}

#[test]
fn the_same_seed_is_the_same_story() {
    let story = |seed| {
        let mut world = World::new(seed, Line { lost: 10, doubled: 10, late: 10 });
        world.run(40);
        (world.sent, world.ends.clone(), world.count)
    };
    assert_eq!(story(11), story(11));
}
