//! What is told when a recording or its key log is not whole.

mod common;

use common::rustls_peers::{Peers, Setup, conversation};
use common::{Recording, data, events, transcript};
use rustls::CipherSuite;
use tls_reader::{Event, KeyLog, Label, MAX_WAITING, Side, TlsReader, Trouble, What, looks_like_tls, who_sent};

const TLS12: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
const TLS13: CipherSuite = CipherSuite::TLS13_AES_128_GCM_SHA256;

fn client_random(recording: &Recording) -> [u8; 32] {
    let events = recording.events();
    let hello = events.iter().find_map(|event| match &event.what {
        What::ClientHello(hello) => Some(hello.random),
        _ => None,
    });
    hello.expect("a hello")
}

/// The only trouble, which is the last event.
fn trouble(events: &[Event]) -> Trouble {
    let Some((Event { what: What::GivenUp(trouble), .. }, before)) = events.split_last() else {
        panic!("no trouble: {:#?}", transcript(events));
    };
    assert!(!before.iter().any(|event| matches!(event.what, What::GivenUp(_))));
    trouble.clone()
}

#[test]
fn a_key_log_without_the_connection_is_told_with_the_line_that_was_expected() {
    for (suite, label) in [(TLS12, Label::ClientRandom), (TLS13, Label::ClientHandshakeTrafficSecret)] {
        let setup = Setup::of(suite);
        let recording = conversation(&setup);
        let other = conversation(&setup).key_log();
        let events = events(&recording.pieces, &other);
        let client_random = client_random(&recording);
        assert_eq!(trouble(&events), Trouble::NoSecret { label, client_random });
        assert!(data(&events, Side::Client).is_empty());
        assert!(transcript(&events)[1].starts_with("server: TLS 1."), "what is in clear is read");
    }
}

#[test]
fn a_secret_that_is_wrong_is_told_and_nothing_comes_out() {
    for (suite, label, side) in [
        (TLS12, Label::ClientRandom, Side::Client),
        (TLS13, Label::ServerHandshakeTrafficSecret, Side::Server),
        (TLS13, Label::ClientTrafficSecret0, Side::Client),
        (TLS13, Label::ServerTrafficSecret0, Side::Server),
    ] {
        let mut recording = conversation(&Setup::of(suite));
        let lines = recording.key_log.lines().map(|line| match line.split_once(' ') {
            Some((word, rest)) if word == label.name() => {
                // One digit of the secret, which is behind the client random.
                let (before, digit) = rest.split_at(rest.len() - 1);
                let digit = if digit == "0" { '1' } else { '0' };
                format!("{word} {before}{digit}\n")
            }
            _ => format!("{line}\n"),
        });
        let lines: String = lines.collect();
        recording.key_log = lines;
        let events = recording.events();
        let Trouble::DoesNotFit { side: told, label: line, client_random: random, .. } = trouble(&events) else {
            panic!("{:#?}", transcript(&events));
        };
        assert_eq!((told, line, random), (side, label, client_random(&recording)));
        assert_eq!(data(&events, side), b"");
    }
}

#[test]
fn a_secret_of_another_length_is_told() {
    let mut recording = conversation(&Setup::of(CipherSuite::TLS13_AES_256_GCM_SHA384));
    let long = recording.key_log.lines().map(|line| {
        let cut = if line.starts_with("SERVER_HANDSHAKE") { line.len() - 32 } else { line.len() };
        format!("{}\n", &line[..cut])
    });
    recording.key_log = long.collect();
    let Trouble::SecretLength { label, got, expected, .. } = trouble(&recording.events()) else { panic!("a length") };
    assert_eq!((label, got, expected), (Label::ServerHandshakeTrafficSecret, 32, 48));
}

#[test]
fn secrets_may_come_after_what_they_open() {
    for suite in [TLS12, TLS13] {
        let recording = conversation(&Setup::of(suite));
        let mut reader = TlsReader::new();
        for (side, piece) in &recording.pieces {
            reader.handle(*side, piece, &KeyLog::new());
        }
        // Line by line, in the order in which they were written, and nothing new is sent.
        let mut key_log = KeyLog::new();
        for line in recording.key_log.lines() {
            assert_eq!(key_log.add(line), []);
            reader.handle(Side::Client, &[], &key_log);
        }
        reader.finish(&key_log);
        let late: Vec<_> = std::iter::from_fn(|| reader.poll()).collect();
        let sorted =
            |events: &[Event], side| events.iter().filter(|event| event.side == side).cloned().collect::<Vec<_>>();
        for side in [Side::Client, Side::Server] {
            assert_eq!(sorted(&late, side), sorted(&recording.events(), side));
        }
    }
}

#[test]
fn waiting_has_an_end() {
    let mut connection = Peers::new(&Setup::of(TLS13)).connect();
    connection.settle();
    connection.client_says(&[0; 2 * MAX_WAITING]);
    let recording = connection.close();
    let mut reader = TlsReader::new();
    for (side, piece) in &recording.pieces {
        reader.handle(*side, piece, &KeyLog::new());
    }
    // Not finished, and given up all the same.
    let events: Vec<_> = std::iter::from_fn(|| reader.poll()).collect();
    assert!(matches!(trouble(&events), Trouble::NoSecret { label: Label::ClientHandshakeTrafficSecret, .. }));
    // It stays so.
    reader.handle(Side::Client, &[0; 100], &recording.key_log());
    reader.finish(&recording.key_log());
    assert_eq!(reader.poll(), None);
}

#[test]
fn after_a_gap_the_other_side_is_read_on() {
    for suite in [TLS12, TLS13] {
        let mut connection = Peers::new(&Setup::of(suite)).connect();
        connection.settle();
        connection.client_says(b"heard");
        let gap = connection.recording.pieces.len();
        connection.client_says(b"missing");
        connection.client_says(b"not heard");
        connection.server_says(b"read on");
        let recording = connection.close();
        let key_log = recording.key_log();
        let mut reader = TlsReader::new();
        for (index, (side, piece)) in recording.pieces.iter().enumerate() {
            if index == gap {
                reader.gap(*side);
            } else {
                reader.handle(*side, piece, &key_log);
            }
        }
        reader.finish(&key_log);
        let events: Vec<_> = std::iter::from_fn(|| reader.poll()).collect();
        assert_eq!(data(&events, Side::Client), b"heard");
        assert_eq!(data(&events, Side::Server), b"read on");
        let told: Vec<_> = transcript(&events).into_iter().filter(|line| line.contains("missing")).collect();
        assert_eq!(told, ["client: bytes are missing in the recording"]);
    }
}

#[test]
fn without_a_hello_nothing_is_read() {
    let recording = conversation(&Setup::of(TLS13));
    let key_log = recording.key_log();
    for side in [Side::Client, Side::Server] {
        let mut reader = TlsReader::new();
        reader.gap(side);
        for (side, piece) in &recording.pieces {
            reader.handle(*side, piece, &key_log);
        }
        let events: Vec<_> = std::iter::from_fn(|| reader.poll()).collect();
        assert_eq!(trouble(&events), Trouble::NoHello { side });
    }
    // A recording that began too late begins within a record, or with one that is protected.
    let late = events(&recording.pieces[2..], &key_log);
    assert!(matches!(trouble(&late), Trouble::Malformed { side: Side::Client, at: 0, .. }), "{:?}", transcript(&late));
}

#[test]
fn a_recording_that_ends_within_a_record_says_so() {
    let mut recording = conversation(&Setup::of(TLS12));
    let (side, piece) = recording.pieces.last_mut().expect("pieces");
    assert_eq!(*side, Side::Server);
    piece.pop();
    let told = transcript(&recording.events());
    assert_eq!(told.last().map(String::as_str), Some("server: the recording ends within a record"));
}

#[test]
fn a_client_that_refuses_what_the_server_chose_says_so_in_clear() {
    let mut recording = conversation(&Setup::of(TLS13));
    recording.pieces.truncate(2);
    recording.pieces.push((Side::Client, vec![21, 3, 3, 0, 2, 2, 47]));
    let told = transcript(&recording.events());
    assert_eq!(told.last().map(String::as_str), Some("client: fatal illegal_parameter (47)"));
}

#[test]
fn nothing_in_clear_is_data() {
    for suite in [TLS12, TLS13] {
        let mut recording = conversation(&Setup::of(suite));
        recording.pieces.truncate(2);
        let [client, server] = [Side::Client, Side::Server].map(|side| {
            let mut recording = recording.clone();
            recording.pieces.push((side, b"\x17\x03\x03\0\x05hello".to_vec()));
            recording.events()
        });
        for (events, side) in [(client, Side::Client), (server, Side::Server)] {
            assert_eq!(data(&events, side), b"");
            trouble(&events);
        }
    }
}

#[test]
fn what_is_no_tls_is_told() {
    let mut reader = TlsReader::new();
    let key_log = KeyLog::new();
    reader.handle(Side::Client, &[1, 0xfe, 0x80, 1, 0, 0, 0, 0], &key_log);
    let event = reader.poll().expect("a trouble");
    assert_eq!(
        transcript(&[event]),
        ["client: given up: what the client sends is no TLS at byte 0: record type 1, expected 20 to 23"]
    );
}

#[test]
fn tls_is_known_by_its_first_bytes() {
    let recording = conversation(&Setup::of(TLS13));
    for side in [Side::Client, Side::Server] {
        let sent = recording.sent(side);
        assert!((1..sent.len()).all(|length| looks_like_tls(&sent[..length])));
        assert_eq!(who_sent(&sent), Some(side));
        assert_eq!(who_sent(&sent[..5]), None);
    }
    assert!(looks_like_tls(&[21, 3, 1, 0, 2, 2, 40]), "a server that refuses at once");
    assert_eq!(who_sent(&[21, 3, 1, 0, 2, 2, 40]), None);
    for other in [&[][..], &[1, 0xfe, 0x80, 1], b"GET / HTTP/1.1", &[22, 3, 4], &[22, 3, 3, 0xff], &[22, 3, 3, 0, 9, 3]]
    {
        assert!(!looks_like_tls(other), "{other:?}");
    }
}
