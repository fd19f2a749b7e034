//! Whatever happens, in whatever order: no panic, the contactors close only at the same voltage, and each session ends with
//! everything off.

use std::collections::BTreeMap;
use std::time::Duration;

use exi::{Facets, Tree};
use iso15118::v2gtp::Frame;
use iso15118::{Protocol, name_of, set_of};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use units::{Instant, Milliamps, Millivolts, Soc};

use super::super::*;
use super::bench::{battery, config};
use super::station::Station;
use crate::EnergyKind;

const RUNS: u64 = 20_000;

fn below(random: &mut ChaCha8Rng, limit: u64) -> u64 {
    random.next_u64() % limit.max(1)
}

/// A host that looks at what it is told.
#[derive(Clone)]
struct Host {
    evcc: Evcc,
    protocol: Option<Protocol>,
    now: Instant,
    /// What was measured last, and what the battery has.
    voltage: Millivolts,
    battery: Battery,
    contactors: Contactors,
    closed: bool,
    pilot: Pilot,
    connections: u32,
    ends: u32,
    /// The name of the request that has no answer yet.
    asked: Option<String>,
    wait: Option<Instant>,
}

impl Host {
    fn new(config: Config) -> Self {
        Self {
            evcc: Evcc::new(config, battery()),
            protocol: None,
            now: Instant::ZERO,
            voltage: Millivolts::ZERO,
            battery: battery(),
            contactors: Contactors::Open,
            closed: true,
            pilot: Pilot::B,
            connections: 0,
            ends: 0,
            asked: None,
            wait: None,
        }
    }

    /// Tells something, and takes all that comes of it. The octets of the last request, if there was one.
    fn tell(&mut self, input: Input<'_>) -> Option<Vec<u8>> {
        match &input {
            Input::Connected { .. } => {
                (self.protocol, self.asked, self.closed) = (None, None, false);
                self.connections += 1;
            }
            Input::Inlet(present) => self.voltage = present.voltage,
            Input::Battery(battery) => self.battery = *battery,
            Input::Contactors(contactors) => self.contactors = *contactors,
            _ => {}
        }
        let protocol = self.protocol;
        self.evcc.handle_input(self.now, input);
        let mut sent = None;
        for _ in 0..64 {
            match self.evcc.poll_output() {
                Output::Send(octets) => {
                    // SAP until something is agreed on; the agreement stands before the request in the outputs.
                    self.asked = name(self.protocol, &octets);
                    assert!(self.asked.is_some(), "a request of {protocol:?} that cannot be read: {octets:?}");
                    sent = Some(octets);
                }
                Output::Close => self.closed = true,
                Output::Event(event) => self.event(&event),
                Output::Wait(until) => {
                    self.wait = until;
                    return sent;
                }
            }
        }
        panic!("it does not come to an end")
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::Agreed(protocol) => self.protocol = Some(*protocol),
            Event::CloseContactors => {
                let apart = i64::from(self.voltage.0).abs_diff(i64::from(self.battery.voltage.0));
                assert!(apart <= 20_000, "closed at {} V of {}", self.voltage, self.battery.voltage);
                self.contactors = Contactors::Closed;
            }
            Event::OpenContactors => {
                self.contactors = Contactors::Open;
            }
            Event::PowerWanted(pilot) => self.pilot = *pilot,
            Event::Ended(_) | Event::Paused(_) | Event::Failed { .. } => self.ends += 1,
            Event::SessionSetUp { .. } | Event::Offer(_) | Event::Limits(_) | Event::StationWants(_) => {}
        }
    }

    /// Only time passes, until nothing more is waited for.
    fn run_out(&mut self) {
        for _ in 0..200 {
            let Some(until) = self.wait else { return };
            self.now = self.now.max(until);
            self.tell(Input::Time);
        }
        panic!("it waits for ever")
    }
}

fn name(protocol: Option<Protocol>, octets: &[u8]) -> Option<String> {
    let (frame, _) = Frame::decode(octets).ok()??;
    let set = set_of(protocol, frame.payload_type)?;
    let tree: Tree = exi::from_document(set, &frame.payload, Facets::Off).ok()?;
    Some(name_of(&tree).to_owned())
}

/// Answers to each request, and the car as it was at each moment of a good session.
struct Recorded {
    answers: BTreeMap<String, Vec<(Vec<u8>, i32)>>,
    moments: Vec<Host>,
}

fn record(protocol: Protocol, kind: EnergyKind) -> Recorded {
    let mut station = Station::new(protocol, kind == EnergyKind::Dc);
    let mut host = Host::new(config(kind));
    let mut recorded = Recorded { answers: BTreeMap::new(), moments: Vec::new() };
    station.connected();
    host.tell(Input::Connected { session: None });
    let mut request: Option<Vec<u8>> = None;
    let mut negotiates_again = protocol == Protocol::Iso2;
    while !host.closed {
        let count = |name: &str| station.count(name);
        if count("CurrentDemandReq").max(count("ChargingStatusReq")) == 12 {
            host.tell(Input::Stop(Stop::Full));
        } else if count("CurrentDemandReq").max(count("ChargingStatusReq")) == 6
            && std::mem::take(&mut negotiates_again)
        {
            host.tell(Input::Renegotiate);
        }
        let contactors = host.contactors;
        recorded.moments.push(host.clone());
        let sent = match request.take() {
            Some(request) => {
                let name = host.asked.clone().expect("a request");
                let answer = station.answer(&request).expect("an answer");
                recorded.answers.entry(name).or_default().push((answer.clone(), station.voltage));
                let present = Present { voltage: Millivolts::from_volts(station.voltage), current: Milliamps::ZERO };
                host.tell(Input::Inlet(present));
                host.asked = None;
                host.tell(Input::Received(&answer))
            }
            None => {
                host.now = host.now.max(host.wait.expect("it goes on"));
                host.tell(Input::Time)
            }
        };
        request = sent;
        if host.contactors != contactors {
            let contactors = host.contactors;
            if let Some(more) = host.tell(Input::Contactors(contactors)) {
                request = Some(more);
            }
        }
    }
    assert_eq!((host.ends, host.connections), (1, 1));
    recorded
}

fn random_battery(random: &mut ChaCha8Rng) -> Battery {
    let volts = [380, 380, 395, 150, 0, 900][below(random, 6) as usize];
    Battery {
        soc: Soc::from_percent(below(random, 101) as u16).expect("a percentage"),
        voltage: Millivolts::from_volts(volts),
        target_current: Milliamps(below(random, 900_000) as i32 - 100_000),
        ready: below(random, 4) > 0,
        ..battery()
    }
}

/// One thing happens.
fn step(random: &mut ChaCha8Rng, host: &mut Host, recorded: &Recorded) {
    let any = |random: &mut ChaCha8Rng| {
        let lists: Vec<_> = recorded.answers.values().collect();
        let list = lists[below(random, lists.len() as u64) as usize];
        list[below(random, list.len() as u64) as usize].clone()
    };
    match below(random, 100) {
        0..60 => {
            let Some(asked) = host.asked.take() else {
                if let Some(until) = host.wait {
                    host.now = host.now.max(until);
                }
                host.tell(Input::Time);
                return;
            };
            let Some(list) = recorded.answers.get(&asked) else { return };
            let (answer, volts) = list[below(random, list.len() as u64) as usize].clone();
            host.now = host.now + Duration::from_millis(below(random, 200));
            let present = Present { voltage: Millivolts::from_volts(volts), current: Milliamps::ZERO };
            host.tell(Input::Inlet(present));
            if below(random, 8) == 0 {
                let (one, two) = answer.split_at(below(random, answer.len() as u64) as usize);
                host.tell(Input::Received(one));
                host.tell(Input::Received(two));
            } else {
                host.tell(Input::Received(&answer));
            }
        }
        60..64 => drop(host.tell(Input::Received(&any(random).0))),
        64..67 => {
            let mut answer = any(random).0;
            let at = below(random, answer.len() as u64) as usize;
            answer[at] ^= 1 << below(random, 8);
            host.tell(Input::Received(&answer));
        }
        67..69 => {
            let octets: Vec<u8> = (0..below(random, 40)).map(|_| random.next_u64() as u8).collect();
            host.tell(Input::Received(&octets));
        }
        69..75 => {
            host.now = host.now + Duration::from_millis(below(random, 12_000));
            host.tell(Input::Time);
        }
        75..79 => {
            let stop = [Stop::Driver, Stop::Full, Stop::Car][below(random, 3) as usize];
            host.tell(Input::Stop(stop));
        }
        79..82 => drop(host.tell(Input::Pause)),
        82..85 => drop(host.tell(Input::Renegotiate)),
        85..89 => drop(host.tell(Input::Battery(random_battery(random)))),
        89..93 => {
            let volts = [0, 376, 380, 400, 700][below(random, 5) as usize];
            let current = Milliamps(below(random, 100_000) as i32);
            host.tell(Input::Inlet(Present { voltage: Millivolts::from_volts(volts), current }));
        }
        93..97 => {
            let contactors = if below(random, 2) == 0 { Contactors::Open } else { host.contactors };
            host.tell(Input::Contactors(contactors));
        }
        97..98 => drop(host.tell(Input::Closed)),
        98..99 => drop(host.tell(Input::Connected { session: Some(PausedSession { id: [7; 8], schedule: 1 }) })),
        _ => drop(host.tell(Input::Time)),
    }
}

#[test]
fn whatever_happens_each_session_ends_with_everything_off() {
    let recorded = [
        record(Protocol::Iso2, EnergyKind::Ac),
        record(Protocol::Iso2, EnergyKind::Dc),
        record(Protocol::Din, EnergyKind::Dc),
    ];
    let mut charged = 0;
    for seed in 0..RUNS {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let recorded = &recorded[below(&mut random, 3) as usize];
        let mut host = recorded.moments[below(&mut random, recorded.moments.len() as u64) as usize].clone();
        charged += u32::from(host.pilot == Pilot::C);
        for _ in 0..4 + below(&mut random, 16) {
            step(&mut random, &mut host, recorded);
        }
        host.run_out();
        assert_eq!(host.ends, host.connections, "seed {seed}: each session has one end");
        assert_eq!(host.contactors, Contactors::Open, "seed {seed}");
        assert_eq!(host.pilot, Pilot::B, "seed {seed}");
    }
    assert!(charged > 5_000, "{charged} began while energy was wanted");
}
