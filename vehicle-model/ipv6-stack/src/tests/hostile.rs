//! Frames that nobody should send.

use super::bench::{Bench, CAR, CHARGER, Line, PORT};
use crate::random::Random;
use crate::{Event, Stack};

/// What a connection has on the line.
fn samples(seed: u64) -> Vec<Vec<u8>> {
    let mut bench = Bench::new(seed, Line::default());
    bench.hosts[CHARGER].bind(15_118);
    bench.hosts[CAR].bind(50_000);
    bench.hosts[CAR].send_to(bench.now, "[ff02::1]:15118".parse().expect("an address"), &[0x10, 0]);
    bench.run(10);
    let car = bench.address(CAR, 50_000);
    bench.hosts[CHARGER].send_to(bench.now, car, &[9; 20]);
    bench.run(10);
    bench.hosts[CHARGER].listen(PORT);
    bench.connect();
    for host in [CAR, CHARGER] {
        bench.say(host, &[5; 3_000]);
        bench.run(20);
    }
    bench.hosts[CAR].close(bench.now);
    bench.run(20);
    bench.seen
}

/// Puts the right checksum behind an upper header, so that what is wrong comes further in.
fn seal(frame: &mut [u8]) {
    let Some(kind) = frame.get(20).copied() else { return };
    let at = match kind {
        6 => 54 + 16,
        17 => 54 + 6,
        58 => 54 + 2,
        _ => return,
    };
    let length = usize::from(u16::from_be_bytes([frame[18], frame[19]]));
    let Some(end) = Some(54 + length).filter(|end| *end <= frame.len() && *end >= at + 2) else { return };
    frame[at..at + 2].fill(0);
    let mut sum = u64::from(kind) + length as u64;
    for pair in frame[22..54].chunks(2).chain(frame[54..end].chunks(2)) {
        sum += u64::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    frame[at..at + 2].copy_from_slice(&(!(sum as u16)).to_be_bytes());
}

#[test]
fn changed_frames_harm_nobody() {
    for seed in 0..60 {
        let mut random = Random(seed);
        let samples = samples(seed);
        let mut bench = Bench::connected(seed, Line::default());
        for host in [CAR, CHARGER] {
            bench.hosts[host].bind(15_118);
        }
        for round in 0..400 {
            let mut frame = if round % 3 == 0 || bench.seen.is_empty() {
                samples[random.next() as usize % samples.len()].clone()
            } else {
                // Of the connection that is open now.
                bench.seen[bench.seen.len() - 1 - random.next() as usize % bench.seen.len().min(6)].clone()
            };
            for _ in 0..random.next() % 4 {
                let at = random.next() as usize % frame.len();
                frame[at] = match random.next() % 3 {
                    0 => random.next() as u8,
                    1 => frame[at].wrapping_add(1),
                    _ => frame[at] ^ (1 << (random.next() % 8)),
                };
            }
            if random.next().is_multiple_of(8) {
                frame.truncate(random.next() as usize % (frame.len() + 1));
            }
            if frame.len() > 56 && !random.next().is_multiple_of(4) {
                seal(&mut frame);
            }
            for host in [CAR, CHARGER] {
                bench.hosts[host].hear(bench.now, &frame);
            }
            if random.next().is_multiple_of(3) {
                bench.say(random.next() as usize % 2, &[round as u8; 700]);
            }
            bench.run(random.next() % 30);
            if bench.seen.len() > 2_000 {
                bench.seen.clear();
            }
            if random.next().is_multiple_of(40) {
                bench.connect();
            }
        }
        // Whoever was told a wrong place of his neighbour believes it for a minute.
        bench.run(70_000);
        bench.told = Default::default();
        bench.connect();
        bench.say(CAR, b"still there?");
        bench.run(10_000);
        assert!(bench.heard(CHARGER).ends_with(b"still there?"), "seed {seed}: {:?}", bench.told[CHARGER]);
    }
}

#[test]
fn noise_harms_nobody() {
    let mut random = Random(7);
    let mut stack = Stack::new([2, 0, 0, 0, 0, 1], 1);
    stack.listen(PORT);
    stack.bind(15_118);
    for _ in 0..20_000 {
        let length = random.next() as usize % 1_600;
        let mut frame: Vec<u8> = std::iter::repeat_with(|| random.next() as u8).take(length).collect();
        if length > 54 && random.next().is_multiple_of(2) {
            frame[..6].copy_from_slice(&[2, 0, 0, 0, 0, 1]);
            frame[12..15].copy_from_slice(&[0x86, 0xdd, 0x60]);
            frame[18..20].copy_from_slice(&(length as u16 - 54).to_be_bytes());
            frame[20] = [6, 17, 58, 0][random.next() as usize % 4];
            frame[22..24].copy_from_slice(&[0xfe, 0x80]);
            frame[38..54].copy_from_slice(&stack.address().octets());
            seal(&mut frame);
        }
        stack.hear(units::Instant::ZERO, &frame);
        let _ = stack.next_event();
    }
    // Nobody fetched a frame, and nobody read a datagram.
    let waiting = std::iter::from_fn(|| stack.next_frame()).count();
    assert!(waiting <= 128, "{waiting}");
    assert!(std::iter::from_fn(|| stack.next_datagram()).count() <= 16);
}

#[test]
fn a_peer_that_sends_more_than_it_may_is_not_heard() {
    // A host that has forgotten where its neighbour is can tell him nothing, while the peer goes on to send.
    let mut bench = Bench::connected(3, Line::default());
    bench.say(CAR, &[1; 100]);
    bench.run(20);
    let data = bench.seen.iter().rfind(|frame| frame.len() == 74 + 100).expect("a segment").clone();
    let next = u32::from_be_bytes([data[58], data[59], data[60], data[61]]) + 100;
    let question = bench.seen.iter().find(|frame| frame[20] == 58 && frame[54] == 135).expect("a question").clone();
    let charger = &mut bench.hosts[CHARGER];
    let mut now = bench.now + std::time::Duration::from_secs(1);
    for nth in 0..20 {
        let mut frame = question.clone();
        frame[37] = 100 + nth;
        seal(&mut frame);
        charger.hear(now, &frame);
    }
    let mut heard = 0;
    for nth in 0..60_u32 {
        let mut frame = data.clone();
        frame.resize(74 + 1_400, 9);
        frame[18..20].copy_from_slice(&(1_400_u16 + 20).to_be_bytes());
        frame[58..62].copy_from_slice(&(next + nth * 1_400).to_be_bytes());
        seal(&mut frame);
        charger.hear(now, &frame);
        while let Some(Event::Received(octets)) = charger.next_event() {
            heard += octets.len();
        }
        assert!(charger.next_change().is_some());
        now = now + std::time::Duration::from_millis(1);
        charger.advance(now);
    }
    assert!(heard <= 16 * 1024 + 100, "{heard}");
}

#[test]
fn who_only_begins_to_connect_keeps_nobody_out_for_long() {
    let mut bench = Bench::new(1, Line::default());
    bench.hosts[CHARGER].listen(PORT);
    bench.connect();
    let syn = bench.seen.iter().find(|frame| frame.len() > 67 && frame[20] == 6).expect("a segment").clone();
    let mut bench = Bench::new(2, Line::default());
    bench.hosts[CHARGER].listen(PORT);
    for nth in 0..200_u8 {
        let mut frame = syn.clone();
        frame[37] = nth;
        seal(&mut frame);
        bench.hosts[CHARGER].hear(bench.now, &frame);
    }
    bench.run(20_000);
    bench.connect();
    assert_eq!(bench.story(CAR), "connected");
}
