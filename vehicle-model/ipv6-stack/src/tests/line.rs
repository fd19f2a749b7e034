//! What a bad line does to two hosts.

use super::bench::{Bench, CAR, CHARGER, Line};

/// Requests and responses over a line that loses, doubles and mixes.
fn session(seed: u64) -> Bench {
    let line = Line { lost: seed % 25, doubled: seed / 3 % 20, late: seed / 5 % 40 };
    let mut bench = Bench::connected(seed, line);
    bench.run(5_000);
    for nth in 0..20_u32 {
        let length = (seed as usize * 131 + nth as usize * 977) % 6_000;
        bench.say(CAR, &vec![nth as u8; length]);
        bench.run(seed % 400);
        bench.say(CHARGER, &vec![nth as u8 + 100; length / 2]);
        bench.run(seed % 300);
    }
    bench.run(60_000);
    bench
}

#[test]
fn whatever_the_line_does_what_is_said_arrives_once_and_in_order_or_both_ends_know() {
    let (mut whole, mut broken) = (0, 0);
    for seed in 0..120 {
        let bench = session(seed);
        let heard = bench.heard(CHARGER);
        assert!(heard.is_sorted(), "seed {seed}: out of order");
        let length = |nth: usize| (seed as usize * 131 + nth * 977) % 6_000;
        let expected: usize = (0..20).map(length).sum();
        if heard.len() == expected {
            whole += 1;
        } else {
            broken += 1;
            assert!(bench.told[CAR].contains(&crate::Event::Closed), "seed {seed}: {} of {expected}", heard.len());
        }
    }
    assert!(whole > 100, "{whole} whole, {broken} broken");
}

#[test]
fn the_same_seed_is_the_same_frames_octet_for_octet() {
    assert!(session(17).seen == session(17).seen);
    assert!(session(17).seen != session(18).seen);
}
