//! Recordings and key logs that somebody changed: nothing panics, nothing grows, and nothing comes out that was not sent.
//!
//! `PLUGFEST_MUTATIONS=N` changes so many instead of the usual number.

mod common;

use std::env;

use common::model::Model;
use common::rustls_peers::{Peers, Setup, conversation};
use common::{Recording, data};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rustls::CipherSuite;
use tls_reader::{Event, KeyLog, MAX_LINES, MAX_WAITING, Side, TlsReader, What};

/// What may be held of a connection: of each side what waits, a record and a handshake message.
const MOST_HELD: usize = 2 * (MAX_WAITING + (18 << 10) + 5 + (128 << 10) + 4 + (16 << 10));

fn mutations() -> u32 {
    env::var("PLUGFEST_MUTATIONS").map_or(100_000, |number| number.parse().expect("PLUGFEST_MUTATIONS is a number"))
}

fn recordings() -> Vec<Recording> {
    let mut recordings = Vec::new();
    for suite in [
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS13_AES_256_GCM_SHA384,
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
    ] {
        recordings.push(conversation(&Setup { client_certificate: true, ..Setup::of(suite) }));
    }
    recordings.push(conversation(&Setup { retry: true, ..Setup::of(CipherSuite::TLS13_AES_128_GCM_SHA256) }));
    for encrypt_then_mac in [false, true] {
        let mut model = Model::static_ecdh(encrypt_then_mac);
        model.says(Side::Client, b"supportedAppProtocolReq", 0);
        model.says(Side::Server, b"supportedAppProtocolRes", 2);
        model.says(Side::Client, b"sessionSetupReq", 0);
        recordings.push(model.recording);
    }
    let early = Peers::new(&Setup { early_data: true, ..Setup::of(CipherSuite::TLS13_AES_128_GCM_SHA256) });
    let mut first = early.connect();
    first.settle();
    first.server_says(b"first");
    recordings.push(first.close());
    let mut again = early.connect();
    std::io::Write::write_all(&mut again.client.early_data().expect("a ticket"), b"too early").expect("a buffer");
    again.settle();
    again.client.refresh_traffic_keys().expect("new keys");
    again.client_says(b"again");
    recordings.push(again.close());
    recordings
}

/// A recording that was read up to each of its pieces, so that a change costs only what comes behind it.
struct Begun {
    recording: Recording,
    key_log: KeyLog,
    /// Before each piece: the reader, and what each side had said.
    before: Vec<(TlsReader, [Vec<u8>; 2])>,
}

impl Begun {
    fn of(recording: Recording) -> Self {
        let key_log = recording.key_log();
        let mut reader = TlsReader::new();
        let mut said = [Vec::new(), Vec::new()];
        let mut before = Vec::new();
        for (side, piece) in &recording.pieces {
            before.push((reader.clone(), said.clone()));
            reader.handle(*side, piece, &key_log);
            let events: Vec<_> = std::iter::from_fn(|| reader.poll()).collect();
            said[0].extend(data(&events, Side::Client));
            said[1].extend(data(&events, Side::Server));
        }
        assert_eq!(said, [recording.client_said.clone(), recording.server_said.clone()]);
        Self { recording, key_log, before }
    }

    /// Reads on from a piece with others instead.
    fn read_on(&self, from: usize, pieces: &[(Side, Vec<u8>)], gap: Option<usize>) {
        let (reader, said) = &self.before[from];
        let (mut reader, mut said) = (reader.clone(), said.clone());
        for (index, (side, piece)) in pieces.iter().enumerate() {
            if gap == Some(index) {
                reader.gap(*side);
            }
            reader.handle(*side, piece, &self.key_log);
            assert!(reader.held() <= MOST_HELD);
        }
        reader.finish(&self.key_log);
        let events: Vec<_> = std::iter::from_fn(|| reader.poll()).collect();
        self.check(&events, &mut said);
        assert_eq!(reader.held(), 0, "nothing is held when it is over");
    }

    fn check(&self, events: &[Event], said: &mut [Vec<u8>; 2]) {
        for (side, said) in [Side::Client, Side::Server].into_iter().zip(said) {
            said.extend(data(events, side));
            let really = self.recording.said(side);
            assert!(really.starts_with(said), "the {side} never said {:?}", String::from_utf8_lossy(said));
        }
        let given_up = events.iter().filter(|event| matches!(event.what, What::GivenUp(_))).count();
        assert!(given_up <= 1);
    }
}

struct Seeds(ChaCha8Rng);

impl Seeds {
    fn below(&mut self, end: usize) -> usize {
        let end = u32::try_from(end.max(1)).expect("small");
        usize::try_from(self.0.next_u32() % end).expect("32 bits")
    }

    fn byte(&mut self) -> u8 {
        self.0.next_u32().to_le_bytes()[0]
    }

    /// One change of some bytes.
    fn change(&mut self, bytes: &mut Vec<u8>) {
        let place = self.below(bytes.len());
        match self.below(7) {
            0 if !bytes.is_empty() => bytes[place] = self.byte(),
            1 if !bytes.is_empty() => bytes[place] ^= 1 << self.below(8),
            2 => bytes.insert(place, self.byte()),
            3 if !bytes.is_empty() => drop(bytes.remove(place)),
            4 => bytes.truncate(place),
            5 => {
                let end = place + self.below(bytes.len() - place + 1);
                let copy = bytes[place..end].to_vec();
                bytes.splice(end..end, copy);
            }
            // Lengths and types stand at the beginning.
            _ if !bytes.is_empty() => {
                let place = self.below(bytes.len().min(60));
                bytes[place] = if self.below(2) == 0 { 0xff } else { self.byte() };
            }
            _ => {}
        }
    }
}

#[test]
fn a_changed_recording_says_nothing_that_was_not_sent() {
    let begun: Vec<_> = recordings().into_iter().map(Begun::of).collect();
    let mut seeds = Seeds(ChaCha8Rng::seed_from_u64(15118));
    for _ in 0..mutations() {
        let begun = &begun[seeds.below(begun.len())];
        let all = &begun.recording.pieces;
        let from = seeds.below(all.len());
        let mut pieces = all[from..].to_vec();
        let other = seeds.below(pieces.len());
        let mut gap = None;
        match seeds.below(16) {
            0 => drop(pieces.remove(0)),
            1 => pieces.insert(other, pieces[0].clone()),
            2 => pieces.swap(0, other),
            3 => pieces[0].0 = pieces[0].0.other(),
            4 => gap = Some(other),
            _ => {
                for _ in 0..=seeds.below(3) {
                    seeds.change(&mut pieces[0].1);
                }
            }
        }
        begun.read_on(from, &pieces, gap);
    }
}

#[test]
fn a_changed_key_log_says_nothing_that_was_not_sent() {
    let begun: Vec<_> = recordings().into_iter().map(Begun::of).collect();
    let mut seeds = Seeds(ChaCha8Rng::seed_from_u64(20));
    for _ in 0..mutations() / 50 {
        let begun = &begun[seeds.below(begun.len())];
        let mut text = begun.recording.key_log.clone().into_bytes();
        for _ in 0..=seeds.below(3) {
            seeds.change(&mut text);
        }
        let (key_log, complaints) = KeyLog::parse(&String::from_utf8_lossy(&text));
        assert!(complaints.len() <= MAX_LINES + 1);
        let events = common::events(&begun.recording.pieces, &key_log);
        begun.check(&events, &mut Default::default());
    }
}

#[test]
fn bytes_of_any_kind_end_in_words() {
    let mut seeds = Seeds(ChaCha8Rng::seed_from_u64(2));
    for _ in 0..mutations() / 10 {
        let mut reader = TlsReader::new();
        let key_log = KeyLog::new();
        for _ in 0..seeds.below(6) {
            let side = if seeds.below(2) == 0 { Side::Client } else { Side::Server };
            let mut piece = vec![0; seeds.below(300)];
            seeds.0.fill_bytes(&mut piece);
            // A header that is right, or none.
            if piece.len() > 6 && seeds.below(4) > 0 {
                let length = u16::try_from(piece.len() - 5).expect("short").to_be_bytes();
                piece[..3].copy_from_slice(&[20 + seeds.byte() % 4, 3, 3]);
                piece[3..5].copy_from_slice(&length);
            }
            reader.handle(side, &piece, &key_log);
            assert!(reader.held() <= MOST_HELD);
        }
        reader.finish(&key_log);
        assert!(std::iter::from_fn(|| reader.poll()).all(|event| !matches!(event.what, What::Data(_))));
        assert_eq!(reader.held(), 0);
    }
}
