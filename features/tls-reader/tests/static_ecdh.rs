//! 0xc025, which ISO 15118-2 allows and no library speaks any more: connections written by hand.

mod common;

use common::model::{CERTIFICATE, Model};
use common::{data, transcript};
use tls_reader::{Side, What};

#[test]
fn static_ecdh_is_read_with_the_mac_inside_and_outside() {
    for (encrypt_then_mac, flag) in [(false, ""), (true, ", encrypt then MAC")] {
        let mut model = Model::static_ecdh(encrypt_then_mac);
        model.says(Side::Client, b"one", 0);
        model.says(Side::Server, b"two", 0);
        model.sealed(Side::Server, 21, &[1, 0], 0);
        let events = model.recording.events();
        assert_eq!(
            transcript(&events),
            [
                "client: hello to anybody for []",
                &format!("server: TLS 1.2, TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256 (0xc025){flag}"),
                "server: 1 certificates",
                "server: no client certificate wanted",
                "client: finished",
                "server: finished",
                "client: \"one\"",
                "server: \"two\"",
                "server: warning close_notify (0)",
            ]
        );
        assert_eq!(events[2].what, What::Certificates(vec![CERTIFICATE.to_vec()]));
        assert_eq!(events[1].bytes, events[3].bytes, "one record has them all");
    }
}

#[test]
fn padding_may_be_as_long_as_a_byte_can_say() {
    for encrypt_then_mac in [false, true] {
        let mut model = Model::static_ecdh(encrypt_then_mac);
        for (length, more) in [(0, 0), (1, 15), (15, 15), (16, 14), (31, 0), (47, 7), (600, 3)] {
            model.says(Side::Client, &vec![0xd5; length], more);
        }
        let events = model.recording.events();
        assert_eq!(data(&events, Side::Client), model.recording.client_said, "{:#?}", transcript(&events));
        assert!(!transcript(&events).iter().any(|line| line.contains("given up")));
    }
}

#[test]
fn a_byte_that_is_not_as_it_was_sent_ends_the_connection_without_data() {
    for encrypt_then_mac in [false, true] {
        let mut model = Model::static_ecdh(encrypt_then_mac);
        model.says(Side::Client, b"this was sent", 1);
        let last = model.recording.pieces.len() - 1;
        let length = model.recording.pieces[last].1.len();
        // From the first byte behind the header on: start of the chain, text, MAC, padding.
        for place in 5..length {
            let mut recording = model.recording.clone();
            recording.pieces[last].1[place] ^= 1;
            let events = recording.events();
            assert_eq!(data(&events, Side::Client), b"");
            let told = transcript(&events);
            let end = told.last().expect("an event");
            let expected = "line CLIENT_RANDOM for the client random c1c1c1c1";
            assert!(
                end.starts_with("client: given up: the client's record at byte ") && end.contains(expected),
                "{end}"
            );
        }
    }
}
