//! `plugfest profile` as a user meets it.

mod common;

use capture::testing::{Ends, Talk, ethernet};
use capture::writer::Pcap;
use common::{Folder, code, plugfest, said};
use iso15118::Message;
use iso15118::messages::sap;
use iso15118::v2gtp::Frame;

fn frame(message: sap::Message) -> Vec<u8> {
    let (payload_type, payload) = Message::Sap(message).encode().expect("a message");
    Frame { payload_type, payload }.encode()
}

/// A car that offers one protocol, and is refused.
fn capture(namespace: &str) -> Vec<u8> {
    let mut pcap = Pcap::new();
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let offer = sap::AppProtocol {
        protocol_namespace: namespace.into(),
        version_number_major: 2,
        version_number_minor: 0,
        schema_id: 7,
        priority: 1,
    };
    let request = sap::SupportedAppProtocolReq { app_protocol: vec![offer] };
    let response =
        sap::SupportedAppProtocolRes { response_code: sap::ResponseCode::FailedNoNegotiation, schema_id: None };
    let said = [
        (0, talk.open()),
        (15, talk.client(&frame(sap::Message::SupportedAppProtocolReq(request)))),
        (35, talk.server(&frame(sap::Message::SupportedAppProtocolRes(response)))),
        (1_035, talk.close()),
    ];
    for (milliseconds, packets) in said {
        for packet in packets {
            pcap.packet(1_700_000_000_000_000_000 + milliseconds * 1_000_000, &ethernet(&packet));
        }
    }
    pcap.into_bytes()
}

fn file(folder: &Folder, name: &str, bytes: &[u8]) -> String {
    std::fs::write(folder.path(name), bytes).expect("written");
    folder.text(name)
}

#[test]
fn a_car_and_a_station_are_printed() {
    let folder = Folder::new("profile");
    let capture = file(&folder, "one.pcap", &capture("urn:din:70121:2012:MsgDef"));
    let output = plugfest(&["profile", "--name", "mine", &capture]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(
        said(&output),
        "# Measured: `plugfest profile --car --name \"mine\" CAPTURE...` with the captures of `sources`.\n\
         [evcc]\n\
         connection_to_offer_ms = { median = 15, min = 15, max = 15, count = 1 }\n\
         conversations = 1\n\
         offer = [\n    \
         { namespace = \"urn:din:70121:2012:MsgDef\", major = 2, minor = 0, schema_id = 7, priority = 1 },\n\
         ]\n\
         refusal_to_close_ms = { median = 1000, min = 1000, max = 1000, count = 1 }\n\
         sources = [\"one.pcap\"]\n"
    );
    let output = plugfest(&["profile", "--station", "--name", "mine", &capture]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("refuses = [\"urn:din:70121:2012:MsgDef\"]"), "{}", said(&output));
}

#[test]
fn what_is_set_by_hand_stays_in_a_car_file() {
    let folder = Folder::new("profile-out");
    let capture = file(&folder, "one.pcap", &capture("urn:din:70121:2012:MsgDef"));
    let hand = include_str!("../../../vehicle-model/cars/small-car-7.toml");
    let car = folder.file("car.toml", hand);
    for _ in 0..2 {
        let output = plugfest(&["profile", "--name", "mine", "--out", &car, &capture]);
        assert_eq!((code(&output), said(&output).as_str()), (0, ""));
        let text = folder.read("car.toml");
        assert!(text.starts_with(hand.trim_end()) && text.matches("[evcc]").count() == 1, "{text}");
    }
    let output = plugfest(&["charge", "--car", &car, "--auth", "free", "--duration", "60"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let new = folder.text("new.toml");
    let output = plugfest(&["profile", "--name", "mine", "--out", &new, &capture]);
    assert!(code(&output) == 0 && said(&output).contains("set by hand what is called assumed"), "{}", said(&output));
    // It is a car at once, and is written again.
    let output = plugfest(&["charge", "--car", &new, "--auth", "free", "--duration", "60"]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    let text = folder.read("new.toml");
    assert!(text.contains("capacity_kwh = 60 # assumed\n"), "{text}");
    let output = plugfest(&["profile", "--name", "mine", "--out", &new, &capture]);
    assert_eq!((code(&output), said(&output).as_str()), (0, ""));
    assert_eq!(folder.read("new.toml"), text);
}

#[test]
fn one_capture_that_cannot_be_read_keeps_no_other_from_being_read() {
    let folder = Folder::new("profile-several");
    let good = file(&folder, "good.pcap", &capture("urn:din:70121:2012:MsgDef"));
    let text = folder.file("text.pcap", "this is no capture at all, whatever its name is\n");
    let output = plugfest(&["profile", "nowhere.pcap", &good, &text]);
    let said = said(&output);
    assert_eq!(code(&output), 2, "{said}");
    for words in ["nowhere.pcap: No such file", "text.pcap: ", "sources = [\"good.pcap\"]"] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn wrong_inputs_are_told_in_one_line() {
    let folder = Folder::new("profile-wrong");
    let empty = file(&folder, "empty.pcap", &Pcap::new().into_bytes());
    let text = folder.file("text.pcap", "this is no capture at all, whatever its name is\n");
    let good = file(&folder, "good.pcap", &capture("urn:din:70121:2012:MsgDef"));
    let other = folder.file("other.toml", "name = \"something else\"\n");
    for (arguments, expected, words) in [
        (vec!["profile", &empty], 1, "nothing to derive: no conversation in which a car offers protocols"),
        (vec!["profile", "--station", &empty], 1, "nothing to derive: no conversation in which a station answers"),
        (vec!["profile", "nowhere.pcap"], 2, "nowhere.pcap: "),
        (vec!["profile", &text], 2, "text.pcap: "),
        (vec!["profile", "--out", &other, &good], 2, "other.toml: the whole file: missing field `battery`\n"),
        (vec!["profile", "--station", "--out", &other, &good], 2, "other.toml: the whole file: missing field"),
        (vec!["profile", "--out", "/proc/no/such", &good], 2, "/proc/no/such: it cannot be written: "),
        (vec!["profile", "--out", "/dev/full", &good], 2, "/dev/full: it cannot be written: No space left on device"),
        (vec!["profile", "--station", "--out", "/dev/full", &good], 2, "/dev/full: it cannot be written: No space"),
        (vec!["profile", "--out", ".", &good], 2, ".: this is a folder; expected a file to write"),
    ] {
        let output = plugfest(&arguments);
        let said = said(&output);
        assert!(code(&output) == expected && said.contains(words), "{arguments:?}: exit {}: {said}", code(&output));
        assert_eq!(said.lines().filter(|line| line.contains(": ")).count(), said.lines().count(), "{said}");
    }
    assert_eq!(folder.read("other.toml"), "name = \"something else\"\n");
    let output = plugfest(&["profile", "--car", "--station", &good]);
    assert_eq!(code(&output), 2);
}
