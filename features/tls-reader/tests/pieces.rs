//! However the streams are cut into pieces, the same is learned.

mod common;

use common::model::Model;
use common::rustls_peers::{Peers, Setup, conversation};
use common::{Recording, events, transcript};
use proptest::prelude::*;
use rustls::CipherSuite;
use tls_reader::Side;

fn recordings() -> Vec<(Recording, &'static str)> {
    let tls12 = Setup { client_certificate: true, ..Setup::of(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256) };
    let tls13 = Setup { client_certificate: true, ..Setup::of(CipherSuite::TLS13_AES_256_GCM_SHA384) };
    let retry = Setup { retry: true, ..Setup::of(CipherSuite::TLS13_CHACHA20_POLY1305_SHA256) };
    let mut cbc = Model::static_ecdh(false);
    cbc.says(Side::Client, b"one", 0);
    cbc.says(Side::Server, b"two", 15);
    let mut keys = Peers::new(&Setup::of(CipherSuite::TLS13_AES_128_GCM_SHA256)).connect();
    keys.settle();
    keys.client.refresh_traffic_keys().expect("new keys");
    keys.client_says(b"one");
    keys.server_says(b"two");
    let broken = |mut recording: Recording| {
        let last = recording.pieces.len() - 2;
        recording.pieces[last].1[7] ^= 1;
        recording
    };
    vec![
        (conversation(&tls12), "TLS 1.2"),
        (conversation(&tls13), "TLS 1.3"),
        (conversation(&retry), "retried"),
        (cbc.recording, "CBC"),
        (keys.close(), "new keys"),
        (broken(conversation(&tls12)), "broken TLS 1.2"),
        (broken(conversation(&tls13)), "broken TLS 1.3"),
    ]
}

/// Each turn of a side in pieces of these sizes, over and over.
fn cut(recording: &Recording, sizes: &[usize]) -> Vec<(Side, Vec<u8>)> {
    let mut sizes = sizes.iter().copied().cycle();
    let mut pieces = Vec::new();
    for (side, mut turn) in recording.turns() {
        while !turn.is_empty() {
            let size = sizes.next().expect("a size").min(turn.len());
            let rest = turn.split_off(size);
            pieces.push((side, turn));
            turn = rest;
        }
    }
    pieces
}

#[test]
fn one_byte_at_a_time_says_the_same() {
    for (recording, name) in recordings() {
        let expected = recording.events();
        let got = events(&cut(&recording, &[1]), &recording.key_log());
        assert_eq!(got, expected, "{name}: {:#?}", transcript(&got));
    }
}

#[test]
fn all_of_one_side_before_the_other_says_the_same_of_each() {
    for (recording, name) in recordings().into_iter().take(5) {
        for first in [Side::Client, Side::Server] {
            let pieces = [first, first.other()].map(|side| (side, recording.sent(side)));
            let got = events(&pieces, &recording.key_log());
            for side in [Side::Client, Side::Server] {
                let of = |events: &[tls_reader::Event]| {
                    events.iter().filter(|event| event.side == side).cloned().collect::<Vec<_>>()
                };
                assert_eq!(of(&got), of(&recording.events()), "{name}, {first} first: {:#?}", transcript(&got));
            }
        }
    }
}

#[test]
fn any_pieces_say_the_same() {
    let recordings: Vec<_> =
        recordings().into_iter().map(|(recording, name)| (recording.events(), recording, name)).collect();
    let sizes = prop::collection::vec(prop_oneof![1usize..8, 1usize..200, 1usize..5000], 1..12);
    proptest!(ProptestConfig::with_cases(128), |(sizes in sizes, which in 0..recordings.len())| {
        let (expected, recording, name) = &recordings[which];
        let got = events(&cut(recording, &sizes), &recording.key_log());
        prop_assert_eq!(&got, expected, "{}", name);
    });
}
