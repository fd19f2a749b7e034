//! Connections between two rustls peers, read with the client's key log.

mod common;

use std::io::Write as _;

use common::rustls_peers::{Peers, Setup, conversation};
use common::{Recording, data, transcript};
use rustls::CipherSuite;
use tls_reader::{Side, What};

fn reads_all(recording: &Recording) -> Vec<String> {
    let events = recording.events();
    for side in [Side::Client, Side::Server] {
        assert_eq!(data(&events, side), recording.said(side), "what the {side} said");
    }
    transcript(&events)
}

#[test]
fn tls12_with_galois_counter_mode() {
    for (suite, name) in [
        (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (0xc02b)"),
        (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 (0xc02c)"),
    ] {
        let setup = Setup { protocols: &["v2g", "other"], ..Setup::of(suite) };
        assert_eq!(
            reads_all(&conversation(&setup)),
            [
                "client: hello to secc.example for [\"v2g\", \"other\"]",
                &format!("server: TLS 1.2, {name}, extended master secret"),
                "server: protocol v2g",
                "server: 2 certificates",
                "server: no client certificate wanted",
                "client: finished",
                "server: finished",
                "client: \"supportedAppProtocolReq\"",
                "server: \"supportedAppProtocolRes\"",
                "client: warning close_notify (0)",
                "server: warning close_notify (0)",
            ]
        );
    }
}

#[test]
fn tls13_with_each_suite() {
    for (suite, name) in [
        (CipherSuite::TLS13_AES_128_GCM_SHA256, "TLS_AES_128_GCM_SHA256 (0x1301)"),
        (CipherSuite::TLS13_AES_256_GCM_SHA384, "TLS_AES_256_GCM_SHA384 (0x1302)"),
        (CipherSuite::TLS13_CHACHA20_POLY1305_SHA256, "TLS_CHACHA20_POLY1305_SHA256 (0x1303)"),
    ] {
        let setup = Setup { protocols: &["v2g"], ..Setup::of(suite) };
        assert_eq!(
            reads_all(&conversation(&setup)),
            [
                "client: hello to secc.example for [\"v2g\"]",
                &format!("server: TLS 1.3, {name}"),
                "server: protocol v2g",
                "server: 2 certificates",
                "server: no client certificate wanted",
                "server: finished",
                "client: finished",
                "server: ticket",
                "server: ticket",
                "client: \"supportedAppProtocolReq\"",
                "server: \"supportedAppProtocolRes\"",
                "client: warning close_notify (0)",
                "server: warning close_notify (0)",
            ]
        );
    }
}

#[test]
fn certificates_come_as_they_were_shown_and_the_clients_too() {
    for suite in [CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, CipherSuite::TLS13_AES_256_GCM_SHA384] {
        let setup = Setup { client_certificate: true, ..Setup::of(suite) };
        let peers = Peers::new(&setup);
        let mut connection = peers.connect();
        connection.settle();
        connection.client_says(b"hello");
        let recording = connection.close();
        let events = recording.events();
        assert_eq!(data(&events, Side::Client), b"hello");
        let chains: Vec<_> = events
            .iter()
            .filter_map(|event| match &event.what {
                What::Certificates(chain) => Some((event.side, chain)),
                _ => None,
            })
            .collect();
        let [(Side::Server, server), (Side::Client, client)] = &chains[..] else { panic!("two chains: {chains:?}") };
        assert_eq!(**server, peers.chain);
        assert_eq!(client.len(), 2);
        assert_eq!(client[1], peers.chain[1], "one root");
        assert!(events.iter().any(|event| event.what == What::ClientCertificate { requested: true }));
    }
}

#[test]
fn a_place_is_that_of_the_record() {
    let recording = conversation(&Setup::of(CipherSuite::TLS13_AES_128_GCM_SHA256));
    let sent = recording.sent(Side::Client);
    let events = recording.events();
    let hello = events.iter().find(|event| matches!(event.what, What::ClientHello(_))).expect("a hello");
    let length = usize::from(u16::from_be_bytes([sent[3], sent[4]]));
    assert_eq!(hello.bytes, 0..5 + length as u64);
    let said = events.iter().find(|event| event.side == Side::Client && matches!(event.what, What::Data(_)));
    let place = said.expect("data").bytes.clone();
    let record = &sent[usize::try_from(place.start).expect("short")..usize::try_from(place.end).expect("short")];
    // Text, type and tag.
    assert_eq!(record[..5], [23, 3, 3, 0, 23 + 1 + 16]);
    assert_eq!(record.len(), 5 + 23 + 1 + 16);
}

#[test]
fn what_is_long_comes_in_several_records() {
    for suite in [CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, CipherSuite::TLS13_CHACHA20_POLY1305_SHA256] {
        let mut connection = Peers::new(&Setup::of(suite)).connect();
        connection.settle();
        let long: Vec<u8> = (0..60_000u32).map(|number| number.to_le_bytes()[0]).collect();
        connection.client_says(&long);
        connection.server_says(&long[7..]);
        reads_all(&connection.close());
    }
}

#[test]
fn either_side_takes_new_keys() {
    let mut connection = Peers::new(&Setup::of(CipherSuite::TLS13_AES_256_GCM_SHA384)).connect();
    connection.settle();
    connection.client_says(b"one");
    for text in [&b"two"[..], b"three"] {
        connection.client.refresh_traffic_keys().expect("new keys");
        connection.client_says(text);
        connection.server_says(text);
    }
    connection.server.refresh_traffic_keys().expect("new keys");
    connection.server_says(b"four");
    connection.client_says(b"five");
    let told = reads_all(&connection.close());
    let talk: Vec<_> = told.iter().skip_while(|line| !line.contains("one")).map(String::as_str).collect();
    assert_eq!(
        talk,
        [
            "client: \"one\"",
            "client: new keys, yours too",
            "client: \"two\"",
            "server: new keys",
            "server: \"two\"",
            "client: new keys, yours too",
            "client: \"three\"",
            "server: new keys",
            "server: \"three\"",
            "server: new keys, yours too",
            "server: \"four\"",
            "client: new keys",
            "client: \"five\"",
            "client: warning close_notify (0)",
            "server: warning close_notify (0)",
        ]
    );
}

#[test]
fn a_connection_is_taken_up_again() {
    for (suite, name) in [
        (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "TLS 1.2"),
        (CipherSuite::TLS13_AES_128_GCM_SHA256, "TLS 1.3"),
    ] {
        let peers = Peers::new(&Setup::of(suite));
        let mut first = peers.connect();
        first.settle();
        first.server_says(b"first");
        reads_all(&first.close());
        let mut again = peers.connect();
        again.settle();
        again.client_says(b"again");
        again.server_says(b"and again");
        let told = reads_all(&again.close());
        assert!(told[1].starts_with(&format!("server: {name}, ")) && told[1].contains(", resumed"), "{}", told[1]);
        assert!(told.iter().all(|line| !line.contains(" certificates")), "{told:#?}");
        assert!(told.iter().any(|line| line == "server: no client certificate wanted"), "{told:#?}");
    }
}

#[test]
fn a_server_wants_another_share_of_the_client() {
    let setup = Setup { retry: true, ..Setup::of(CipherSuite::TLS13_AES_256_GCM_SHA384) };
    let told = reads_all(&conversation(&setup));
    assert_eq!(
        told[..4],
        [
            "client: hello to secc.example for []",
            "server: retry with group Some(24)",
            "client: hello to secc.example for []",
            "server: TLS 1.3, TLS_AES_256_GCM_SHA384 (0x1302)",
        ]
    );
}

#[test]
fn early_data_is_passed_over_and_all_else_is_read() {
    let setup = Setup { early_data: true, ..Setup::of(CipherSuite::TLS13_AES_128_GCM_SHA256) };
    let peers = Peers::new(&setup);
    let mut first = peers.connect();
    first.settle();
    first.server_says(b"first");
    let _ = first.close();
    let mut again = peers.connect();
    let mut early = again.client.early_data().expect("a ticket that allows it");
    early.write_all(b"too early").expect("a buffer");
    again.settle();
    again.client_says(b"in time");
    again.server_says(b"well");
    let told = reads_all(&again.close());
    let early: Vec<_> = told.iter().filter(|line| line.contains("early data")).collect();
    assert_eq!(early, ["client: early data (0-RTT), which is not read here"]);
}

#[test]
fn an_alert_is_told_in_clear_and_under_keys() {
    // The peers have no version in common.
    let tls12 = Peers::new(&Setup::of(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256));
    let tls13 = Peers::new(&Setup::of(CipherSuite::TLS13_AES_128_GCM_SHA256));
    let mut connection = tls12.connect();
    connection.server = rustls::ServerConnection::new(tls13.server.clone()).expect("a server");
    connection.settle();
    assert_eq!(
        transcript(&connection.recording.events()),
        ["client: hello to secc.example for []", "server: fatal protocol_version (70)"]
    );
    // The client does not know who signed the server's certificate, and the server learns it under keys.
    for (suite, version) in [
        (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "TLS 1.2"),
        (CipherSuite::TLS13_AES_128_GCM_SHA256, "TLS 1.3"),
    ] {
        let mut connection = Peers::new(&Setup::of(suite)).connect();
        let stranger = Peers::new(&Setup::of(suite));
        connection.server = rustls::ServerConnection::new(stranger.server.clone()).expect("a server");
        connection.settle();
        let told = transcript(&connection.recording.events());
        assert_eq!(told.last().map(String::as_str), Some("client: fatal decrypt_error (51)"), "{version}: {told:#?}");
    }
}

#[test]
fn a_suite_that_is_not_read_is_named() {
    let suite = CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
    let told = transcript(&conversation(&Setup::of(suite)).events());
    assert_eq!(
        told,
        [
            "client: hello to secc.example for []",
            "server: TLS 1.2, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 (0xcca9), extended master secret",
            "server: given up: TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 (0xcca9) is not read here",
        ]
    );
}
