//! What holds for any capture: streams come out as they went in, and nothing that a file says does harm.

use std::collections::{BTreeMap, VecDeque};
use std::env;

use proptest::prelude::*;

use crate::tcp::{Connections, Seen, Segment};
use crate::testing::{Ends, Flags, Talk, ethernet, ethernet_frame, linux_cooked2, tagged, tcp, udp};
use crate::writer::{Order, Pcap, Pcapng, Precision};
use crate::{CaptureError, Direction, Event, Limits, LinkType, Reader, TcpEvent};

/// Numbers that look random and are the same every time (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// One of so many, from 0.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// How often something is mutated: as often as it has time for in every run, or as often as `PLUGFEST_MUTATIONS` says.
fn mutations(usual: usize) -> usize {
    env::var("PLUGFEST_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// What must hold for the events of any capture: each stream is told without a hole, nothing is told of what is not open.
#[derive(Default)]
struct Witness {
    /// Of each connection that is open, where its two streams are.
    open: BTreeMap<u64, [u64; 2]>,
    /// Bytes in all events.
    bytes: usize,
    said: Vec<u8>,
}

impl Witness {
    fn sees(&mut self, event: &Event) {
        match event {
            Event::Frame(frame) => self.bytes += frame.bytes.len(),
            Event::Datagram(datagram) => self.bytes += datagram.payload.len(),
            Event::Secrets(secrets) => self.bytes += secrets.text.len(),
            Event::Remark(remark) => assert!(!remark.to_string().is_empty()),
            Event::Tcp { connection, event: TcpEvent::Opened { .. } } => {
                assert_eq!(self.open.insert(*connection, [0; 2]), None);
            }
            Event::Tcp { connection, event } => {
                let positions = self.open.get_mut(connection).expect("an open connection");
                let place = |direction: &Direction| usize::from(*direction == Direction::Backward);
                match event {
                    TcpEvent::Data { direction, offset, bytes, .. } => {
                        assert_eq!(*offset, positions[place(direction)]);
                        assert!(!bytes.is_empty());
                        positions[place(direction)] += bytes.len() as u64;
                        self.bytes += bytes.len();
                        if *direction == Direction::Forward {
                            self.said.extend(bytes);
                        }
                    }
                    TcpEvent::Gap { direction, offset, bytes, .. } => {
                        assert_eq!(*offset, positions[place(direction)]);
                        assert!(*bytes > 0);
                        positions[place(direction)] += bytes;
                    }
                    TcpEvent::Closed { totals, .. } => {
                        assert_eq!(totals.map(|totals| totals.bytes + totals.lost), *positions);
                        self.open.remove(connection);
                    }
                    _ => {}
                }
            }
        }
    }
}

fn read(bytes: &[u8], limits: Limits) -> (Witness, Option<CaptureError>) {
    let (mut witness, mut error) = (Witness::default(), None);
    let mut reader = Reader::with_limits(bytes, limits);
    while let Some(event) = reader.next() {
        assert!(error.is_none());
        assert!(reader.held() <= limits.held_by_all);
        match event {
            Ok(event) => witness.sees(&event),
            Err(found) => error = Some(found),
        }
    }
    assert!(reader.next().is_none());
    assert!(witness.open.is_empty());
    (witness, error)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Cut anywhere, some parts sent again with other cuts, all of it shuffled a little: the same stream.
    #[test]
    fn any_cutting_of_a_stream_gives_the_stream(
        said in prop::collection::vec(any::<u8>(), 1..4000),
        cuts in prop::collection::vec((0usize..4000, 0usize..700), 1..40),
        window in 1usize..12,
        first in any::<u32>(),
        seed in any::<u64>(),
        acknowledges in any::<bool>(),
    ) {
        let ends = Ends::v6(1, 2);
        let mut numbers = Numbers(seed);
        // The whole stream in parts, and parts of any place in between.
        let mut parts = Vec::new();
        let mut at = 0;
        for (again, length) in cuts.iter().cycle() {
            if at >= said.len() {
                break;
            }
            let end = (at + length.max(&1)).min(said.len());
            parts.push((at, end));
            let again = again % end;
            parts.push((again, (again + length).min(end)));
            at = end;
        }
        // None moves by more than the window.
        for group in parts.chunks_mut(window) {
            for place in (1..group.len()).rev() {
                group.swap(place, numbers.below(place + 1));
            }
        }
        let mut file = Pcap::new();
        let mut packet = |bytes: &[u8]| file.packet(0, &ethernet(bytes));
        packet(&tcp(ends.client, ends.server, Flags::SYN, first.wrapping_sub(1), None, &[]));
        packet(&tcp(ends.server, ends.client, Flags::SYN, 0, Some(first), &[]));
        let mut received = vec![false; said.len()];
        for (from, to) in parts {
            let sequence = first.wrapping_add(from as u32);
            packet(&tcp(ends.client, ends.server, Flags::NONE, sequence, Some(1), &said[from..to]));
            received[from..to].fill(true);
            if acknowledges {
                let all = received.iter().position(|received| !received).unwrap_or(said.len());
                packet(&tcp(ends.server, ends.client, Flags::NONE, 1, Some(first.wrapping_add(all as u32)), &[]));
            }
        }
        let (witness, error) = read(&file.into_bytes(), Limits::default());
        prop_assert!(error.is_none());
        prop_assert_eq!(witness.said, said);
    }

    /// Any bytes at all.
    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300), magic in 0usize..4) {
        let magic: &[u8] = [&[][..], &[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0], &[0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4], &[0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0]][magic];
        read(&[magic, &bytes].concat(), Limits::default());
    }
}

/// Small captures of every form.
fn captures() -> Vec<Vec<u8>> {
    let mut talk = Talk::numbered(Ends::v6(49152, 61341), u32::MAX - 3, 9);
    let mut packets: Vec<Vec<u8>> = talk.open();
    packets.extend(talk.client(b"supported"));
    packets.extend(talk.close());
    let ends = Ends::v4(5, 15118);
    packets.truncate(6);
    packets.push(udp(ends.client, ends.server, b"who is there"));
    let homeplug = ethernet_frame([0xff; 6], [2; 6], 0x88e1, &[1, 0x14, 0x60]);

    let mut little = Pcap::new();
    let mut big = Pcap::of(LinkType::LinuxCooked2, Order::Big, Precision::Nanos);
    let mut next = Pcapng::new();
    let mut other = Pcapng::of(Order::Big);
    other.interface(LinkType::Raw.number(), 0, None);
    next.secrets("CLIENT_RANDOM 00 11\n");
    for (time, packet) in (1..).zip(&packets) {
        little.packet(time, &ethernet(packet));
        big.packet(time, &linux_cooked2(if packet[0] >> 4 == 6 { 0x86dd } else { 0x0800 }, packet));
        next.packet(time, &ethernet(packet));
        other.packet(time, packet);
    }
    little.packet(9, &tagged(5, &homeplug));
    // An IPv4 packet in two fragments.
    let whole = udp(ends.client, ends.server, b"in two parts of 16 bytes");
    let (head, rest) = whole.split_at(20);
    for (place, part) in [(0x2000u16, &rest[..16]), (2, &rest[16..])] {
        let mut head = head.to_vec();
        head[3] = 20 + 16;
        head[6..8].copy_from_slice(&place.to_be_bytes());
        little.packet(9, &ethernet(&[&head[..], part].concat()));
    }
    next.simple_packet(&homeplug);
    next.block(77, &[0; 8]);
    vec![little.into_bytes(), big.into_bytes(), next.into_bytes(), other.into_bytes()]
}

/// Changes a file a little: bytes, the beginning and the end of what stands there, the order of its parts.
fn mutate(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(bytes.len());
        match numbers.below(8) {
            0 => bytes.truncate(at),
            1 => {
                let length = numbers.below(40).min(bytes.len() - at);
                let part = bytes[at..at + length].to_vec();
                let to = numbers.below(bytes.len());
                bytes.splice(to..to, part);
            }
            2 => {
                let length = numbers.below(20).min(bytes.len() - at);
                bytes.drain(at..at + length);
            }
            3 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][numbers.below(5)],
            4 => bytes[at] ^= 1 << numbers.below(8),
            _ => bytes[at] = numbers.next() as u8,
        }
        if bytes.is_empty() {
            return;
        }
    }
}

#[test]
fn mutated_files_do_no_harm() {
    let files = captures();
    for file in &files {
        let (witness, error) = read(file, Limits::default());
        assert!(error.is_none() && witness.said == b"supported", "{error:?}");
    }
    let mut numbers = Numbers(1);
    let limits = Limits { held: 600, held_by_all: 1000, connections: 3, fragmented: 2, ..Limits::default() };
    for round in 0..mutations(100_000) {
        let mut bytes = files[round % files.len()].clone();
        mutate(&mut bytes, &mut numbers);
        let (witness, _) = read(&bytes, limits);
        // Each byte of a file is told at most once, whatever the file says of lengths. (Secrets that are not UTF-8 grow.)
        assert!(witness.bytes <= 3 * bytes.len(), "{} of {}", witness.bytes, bytes.len());
    }
}

/// Segments of any kind, close to each other, of few connections: what must hold, holds after each.
#[test]
fn any_segments_do_no_harm() {
    let limits = Limits { held: 700, held_by_all: 1500, connections: 3, ..Limits::default() };
    let mut numbers = Numbers(2);
    let mut left = mutations(200_000);
    while left > 0 {
        let mut connections = Connections::new(limits);
        let mut witness = Witness::default();
        let mut out = VecDeque::new();
        let base = numbers.next() as u32;
        let mut fed = 0;
        let rounds = left.min(400);
        left -= rounds;
        for packet in 0..rounds as u64 {
            let ends = Ends::v4(numbers.below(4) as u16, 80);
            let (from, to) = ends.of(Direction::BOTH[numbers.below(2)]);
            let payload = &b"0123456789abcdef"[..numbers.below(17)];
            let kind = numbers.below(60);
            let near = |numbers: &mut Numbers| match numbers.below(500) {
                0 => numbers.next() as u32,
                _ => base.wrapping_add(packet as u32).wrapping_add(numbers.below(64) as u32),
            };
            let segment = Segment {
                from,
                to,
                sequence: near(&mut numbers),
                acknowledgment: (numbers.below(4) == 0).then(|| near(&mut numbers)),
                syn: kind == 0,
                fin: kind == 1,
                rst: kind == 2,
                uncaptured: if kind == 3 { numbers.below(9) } else { 0 },
                payload,
            };
            fed += payload.len();
            connections.segment(&segment, Seen { packet, time: packet }, &mut out);
            assert!(connections.held() <= limits.held_by_all && connections.kept() <= limits.connections);
            out.drain(..).for_each(|event| witness.sees(&event));
        }
        while connections.end(&mut out) {}
        out.drain(..).for_each(|event| witness.sees(&event));
        assert!(witness.open.is_empty() && witness.bytes <= fed);
        assert_eq!((connections.held(), connections.kept()), (0, 0));
    }
}
