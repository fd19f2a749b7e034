//! Two hosts, the line between them, and what each of them was told.

use std::collections::BTreeMap;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::time::Duration;

use units::Instant;

use crate::random::Random;
use crate::{Event, Stack};

pub(super) const PORT: u16 = 61_341;
pub(super) const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// What the line does to a frame, in percent of all.
#[derive(Clone, Copy, Default)]
pub(super) struct Line {
    pub(super) lost: u64,
    pub(super) doubled: u64,
    pub(super) late: u64,
}

pub(super) const CAR: usize = 0;
pub(super) const CHARGER: usize = 1;

/// A frame on its way: by time and number, to whom and what.
type Frames = BTreeMap<(Instant, u64), (usize, Vec<u8>)>;

pub(super) struct Bench {
    pub(super) hosts: [Stack; 2],
    pub(super) now: Instant,
    pub(super) line: Line,
    random: Random,
    frames: Frames,
    count: u64,
    /// Everything that was on the line.
    pub(super) seen: Vec<Vec<u8>>,
    /// What the hosts were told, in its order; octets that follow each other are one.
    pub(super) told: [Vec<Event>; 2],
    pub(super) datagrams: [Vec<(SocketAddrV6, Vec<u8>)>; 2],
    /// How often a host was asked to do something in a step of the clock, at most.
    pub(super) busiest: u64,
}

impl Bench {
    pub(super) fn new(seed: u64, line: Line) -> Self {
        let host = |number: u8| Stack::new([2, 0, 0, 0, 0, number], seed.wrapping_add(number.into()));
        Self {
            hosts: [host(1), host(2)],
            now: Instant::ZERO,
            line,
            random: Random(seed),
            frames: Frames::new(),
            count: 0,
            seen: Vec::new(),
            told: Default::default(),
            datagrams: Default::default(),
            busiest: 0,
        }
    }

    pub(super) fn address(&self, host: usize, port: u16) -> SocketAddrV6 {
        SocketAddrV6::new(self.hosts[host].address(), port, 0, 0)
    }

    /// Takes what a host has for the line and for whoever sits in front of it.
    fn settle(&mut self) {
        for host in [CAR, CHARGER] {
            while let Some(event) = self.hosts[host].next_event() {
                match (self.told[host].last_mut(), event) {
                    (Some(Event::Received(before)), Event::Received(more)) => before.extend(more),
                    (_, event) => self.told[host].push(event),
                }
            }
            while let Some(datagram) = self.hosts[host].next_datagram() {
                self.datagrams[host].push(datagram);
            }
            while let Some(frame) = self.hosts[host].next_frame() {
                self.seen.push(frame.clone());
                if self.chance(self.line.lost) {
                    continue;
                }
                let copies = if self.chance(self.line.doubled) { 2 } else { 1 };
                for _ in 0..copies {
                    let late = if self.chance(self.line.late) { self.random.next() % 60_000 } else { 0 };
                    self.count += 1;
                    let at = self.now + Duration::from_micros(2_000 + late);
                    self.frames.insert((at, self.count), (1 - host, frame.clone()));
                }
            }
        }
    }

    fn chance(&mut self, percent: u64) -> bool {
        percent > 0 && self.random.next() % 100 < percent
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, milliseconds: u64) {
        let end = self.now + Duration::from_millis(milliseconds);
        let (mut steps, mut at) = (0, self.now);
        loop {
            self.settle();
            let frame = self.frames.keys().next().map(|(at, _)| *at);
            let due = [CAR, CHARGER].map(|host| self.hosts[host].next_change());
            let Some(next) = due.into_iter().chain([frame]).flatten().min().filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            steps = if self.now == at { steps + 1 } else { 0 };
            at = self.now;
            self.busiest = self.busiest.max(steps);
            assert!(steps < 2_000, "time does not pass");
            match self.frames.first_entry().filter(|entry| entry.key().0 <= self.now) {
                Some(entry) => {
                    let (host, frame) = entry.remove();
                    self.hosts[host].hear(self.now, &frame);
                }
                None => self.hosts.iter_mut().for_each(|host| host.advance(self.now)),
            }
        }
    }

    /// The car is connected with the charger.
    pub(super) fn connected(seed: u64, line: Line) -> Self {
        let mut bench = Self::new(seed, line);
        bench.hosts[CHARGER].listen(PORT);
        bench.connect();
        bench
    }

    pub(super) fn connect(&mut self) {
        let to = self.address(CHARGER, PORT);
        self.hosts[CAR].connect(self.now, to);
        self.run(100);
    }

    pub(super) fn say(&mut self, host: usize, octets: &[u8]) {
        self.hosts[host].send(self.now, octets);
    }

    /// What a host was told since the last time, in short.
    pub(super) fn story(&mut self, host: usize) -> String {
        let told: Vec<String> = std::mem::take(&mut self.told[host])
            .into_iter()
            .map(|event| match event {
                Event::Connected { .. } => "connected".to_owned(),
                Event::Received(octets) => String::from_utf8_lossy(&octets).into_owned(),
                Event::Closed => "closed".to_owned(),
            })
            .collect();
        told.join(", ")
    }

    /// What a host has heard altogether.
    pub(super) fn heard(&self, host: usize) -> Vec<u8> {
        let octets = |event: &Event| match event {
            Event::Received(octets) => octets.clone(),
            Event::Connected { .. } | Event::Closed => Vec::new(),
        };
        self.told[host].iter().flat_map(octets).collect()
    }
}
