//! `plugfest decode`, as a user meets it.

mod common;

use capture::testing::{Ends, Talk, ethernet, udp};
use capture::writer::{Pcap, Pcapng};
use common::{Folder, code, plugfest};
use iso15118::v2gtp::{Frame, PayloadType};
use iso15118::{Protocol, set_of};
use std::process::Output;

/// 2023-11-14, in nanoseconds.
const TIME: u64 = 1_700_000_000_000_000_000;

/// The frame of a message, which is given as JSON, with so many octets of zero behind it.
fn frame(protocol: Option<Protocol>, message: &str, zeros: usize) -> Vec<u8> {
    let payload_type = PayloadType::EXI;
    let tree: exi::Tree = serde_json::from_str(message).expect("a message");
    let mut payload = Vec::new();
    exi::tree_to_document(set_of(protocol, payload_type).expect("a set"), &tree, exi::Facets::Off, &mut payload)
        .unwrap_or_else(|error| panic!("{message}: {error}"));
    payload.resize(payload.len() + zeros, 0);
    Frame { payload_type, payload }.encode()
}

const OFFER: &str = r#"{"supportedAppProtocolReq": {"AppProtocol": [{"ProtocolNamespace": "urn:iso:15118:2:2013:MsgDef",
    "VersionNumberMajor": 2, "VersionNumberMinor": 0, "SchemaID": 1, "Priority": 1}]}}"#;
const CHOICE: &str = r#"{"supportedAppProtocolRes": {"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": 1}}"#;
const STOP: &str =
    r#"{"V2G_Message": {"Header": {"SessionID": "01"}, "Body": {"SessionStopReq": {"ChargingSession": "Terminate"}}}}"#;

/// These packets, 1000.001 ms one after the other.
fn pcap(packets: &[Vec<u8>]) -> Pcap {
    let mut file = Pcap::new();
    for (number, packet) in (0..).zip(packets) {
        file.packet(TIME + number * 1_000_001_000, &ethernet(packet));
    }
    file
}

/// A car that offers ISO 15118-2 and says this then.
fn session(said: &[u8]) -> Pcap {
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let offer = talk.open().into_iter().chain(talk.client(&frame(None, OFFER, 0)));
    let packets: Vec<_> = offer.chain(talk.server(&frame(None, CHOICE, 0))).chain(talk.client(said)).collect();
    pcap(&packets)
}

fn file(folder: &Folder, name: &str, bytes: &[u8]) -> String {
    std::fs::write(folder.path(name), bytes).expect("written");
    folder.text(name)
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Lines of standard error, without the folder.
fn told(folder: &Folder, output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr).replace(&folder.text(""), "");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn packets_that_are_alike_are_told_once_and_counted() {
    let folder = Folder::new("decode-alike");
    let mut unknown = Pcapng::new();
    let interface = unknown.interface(195, 0, None);
    for _ in 0..500 {
        unknown.packet_on(interface, TIME, b"whatever");
    }
    let datagram = ethernet(&udp(Ends::v6(1, 2).client, Ends::v6(1, 15118).server, &[0; 100]));
    let mut cut = Pcap::new();
    for _ in 0..300 {
        cut.packet_cut(TIME, &datagram[..80], datagram.len() as u32);
    }
    let mut short = Pcap::new();
    for _ in 0..2 {
        short.packet_cut(TIME, &datagram[..10], datagram.len() as u32);
    }
    for (name, bytes, first, again) in [
        (
            "unknown.pcapng",
            unknown.into_bytes(),
            "packet 1: interface 1 has link type 195, its packets are skipped; expected ",
            "packets 2 to 500: 499 times more what was told of packet 1",
        ),
        (
            "cut.pcap",
            cut.into_bytes(),
            "packet 1: a UDP datagram of which ",
            "packets 2 to 300: 299 times more what was told of packet 1",
        ),
        (
            "short.pcap",
            short.into_bytes(),
            "packet 1: 10 bytes of Ethernet; expected a header of 14",
            "packet 2: once more what was told of packet 1",
        ),
    ] {
        let capture = file(&folder, name, &bytes);
        for verb in ["decode", "judge", "profile"] {
            let output = plugfest(&[verb, &capture]);
            let told = told(&folder, &output);
            assert_eq!(code(&output), 1, "{verb}: {told:?}");
            assert!(told[0].starts_with(&format!("{name}: {first}")), "{verb}: {told:?}");
            assert_eq!(told[1], format!("{name}: {again}"), "{verb}");
        }
    }
}

#[test]
fn of_what_nothing_can_be_read_there_is_one_line() {
    let folder = Folder::new("decode-nothing");
    std::fs::create_dir(folder.path("folder")).expect("made");
    let whole = session(&frame(Some(Protocol::Iso2), STOP, 0)).into_bytes();
    let mut unknown_link = Pcap::new().into_bytes();
    unknown_link[20] = 195;
    for (name, words) in [
        (folder.text("folder"), "this is a folder; expected a capture"),
        (folder.text("nowhere"), "No such file"),
        (file(&folder, "text", b"no capture at all"), "expected a capture"),
        (file(&folder, "torn", &whole[..30]), "ends in the middle of"),
        (file(&folder, "link", &unknown_link), "link type 195"),
    ] {
        for verb in ["decode", "judge", "profile"] {
            let output = plugfest(&[verb, &name]);
            let told = told(&folder, &output);
            assert_eq!(code(&output), 2, "{verb} {name}: {told:?}");
            assert!(told.len() == 1 && told[0].contains(words), "{verb} {name}: {told:?}");
        }
    }
    // What can be read beside it is read.
    let good = file(&folder, "good", &whole);
    let output = plugfest(&["decode", &folder.text("folder"), &good]);
    assert!(code(&output) == 2 && out(&output).contains("SessionStopReq"), "{}", out(&output));
    // A capture that is broken off behind a packet was read for the most part.
    let output = plugfest(&["decode", &file(&folder, "broken", &whole[..whole.len() - 1])]);
    assert_eq!(code(&output), 1);
}

#[test]
fn a_capture_without_packets_is_told() {
    let folder = Folder::new("decode-empty");
    for (name, bytes) in [("empty.pcap", Pcap::new().into_bytes()), ("empty.pcapng", Pcapng::new().into_bytes())] {
        let output = plugfest(&["decode", &file(&folder, name, &bytes)]);
        let told = told(&folder, &output);
        assert_eq!(code(&output), 0, "{told:?}");
        assert_eq!(told, [format!("{name}: it has no packets, only the header of a capture")]);
    }
}

#[test]
fn what_is_no_key_log_is_told_in_one_line() {
    let folder = Folder::new("decode-secrets");
    let capture = file(&folder, "empty.pcap", &Pcap::new().into_bytes());
    let lines = "hello you two\n".repeat(2_000);
    for (log, words) in [
        (&b"# keys\n\x80\xff\0"[..], "no key log: line 2 is not text, expected lines of a label such as CLIENT_RANDOM"),
        (lines.as_bytes(), "no key log: line 1 is not of its form (label \"hello\" is unknown"),
        (b"# nothing\n", "no secret in it, expected lines of a label"),
    ] {
        let log = file(&folder, "keys", log);
        let output = plugfest(&["decode", "--secrets", &log, &capture]);
        let told = told(&folder, &output);
        assert_eq!(code(&output), 2, "{told:?}");
        assert!(told.len() == 1 && told[0].starts_with(&format!("keys: {words}")), "{told:?}");
    }
    // Wrong lines beside good ones are counted.
    let good = format!("{lines}CLIENT_RANDOM {} {}\n", "00".repeat(32), "11".repeat(48));
    let output = plugfest(&["decode", "--secrets", &folder.file("keys", &good), &capture]);
    let told = told(&folder, &output);
    assert_eq!(code(&output), 0, "{told:?}");
    assert!(told.len() == 7 && told[5] == "keys: 1995 more wrong lines", "{told:?}");
}

#[test]
fn lines_of_json_have_exact_times_and_say_what_differs() {
    let folder = Folder::new("decode-json");
    for (zeros, difference) in [(1, "1 zero octet too many"), (2, "2 zero octets too many")] {
        let capture = session(&frame(Some(Protocol::Iso2), STOP, zeros)).into_bytes();
        let capture = file(&folder, "zeros.pcap", &capture);
        let output = plugfest(&["decode", "--json", &capture]);
        let shown = out(&output);
        let last = shown.lines().find(|line| line.contains("SessionStopReq")).expect("it was said");
        assert!(last.contains(r#""t":7.000007,"#), "{last}");
        assert!(last.contains(&format!(r#""identical":false,"difference":"{difference}""#)), "{last}");
        let chart = out(&plugfest(&["decode", &capture]));
        assert!(chart.contains(&format!("note={difference}")), "{chart}");
        let judged = out(&plugfest(&["judge", "--no-timing", &capture]));
        assert!(judged.contains(&format!("octets: {difference}")), "{judged}");
    }
}

#[test]
fn what_is_never_sent_alone_is_no_message() {
    let folder = Folder::new("decode-root");
    let body = r#"{"SessionStopReq": {"ChargingSession": "Terminate"}}"#;
    let signed = r#"{"SignedInfo": {"CanonicalizationMethod": {"@Algorithm": "a"}, "SignatureMethod": {"@Algorithm": "b"},
        "Reference": [{"DigestMethod": {"@Algorithm": "c"}, "DigestValue": "AAAA"}]}}"#;
    for (message, root) in [(body, "SessionStopReq"), (signed, "SignedInfo")] {
        let capture = session(&frame(Some(Protocol::Iso2), message, 0)).into_bytes();
        let output = plugfest(&["decode", &file(&folder, "root.pcap", &capture)]);
        let shown = out(&output);
        assert_eq!(code(&output), 1, "{shown}");
        let error = format!("error=no message of the set iso2: {root} stands at the top, expected V2G_Message");
        assert!(shown.contains(&error), "{shown}");
        assert!(shown.ends_with("frames 3, decoded 2, re-encoded identically 2, errors 1\n"), "{shown}");
    }
}

#[test]
fn whose_it_is_stays_open_where_nothing_says_it() {
    let folder = Folder::new("decode-sender");
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let _ = talk.open();
    // It began before the capture, and nothing in it can be read.
    let garbage = Frame { payload_type: PayloadType::EXI, payload: vec![0x80, 0xff, 0xff, 0xff] }.encode();
    let packets = [talk.server(&garbage), talk.client(&garbage), talk.close()].concat();
    let capture = file(&folder, "middle.pcap", &pcap(&packets).into_bytes());
    let chart = out(&plugfest(&["decode", &capture]));
    assert!(!chart.contains("car") && !chart.contains("station"), "{chart}");
    assert_eq!(chart.matches("  ?            message, unreadable").count(), 2, "{chart}");
    assert!(chart.contains("connection closed  by=one of the two"), "{chart}");
    let lines = out(&plugfest(&["decode", "--json", &capture]));
    assert!(lines.lines().count() == 4 && !lines.contains(r#""from":"#), "{lines}");
    let judged = out(&plugfest(&["judge", &capture]));
    assert!(!judged.contains("FAIL"), "{judged}");
    let page = folder.text("page");
    assert_eq!(code(&plugfest(&["decode", "--html", &page, &capture])), 1);
    assert!(!folder.read("page/scenarios/0001-middle/events.ndjson").contains(r#""from":"#));
    assert!(folder.read("page/report.html").contains("by one of the two"));
}

#[test]
fn the_help_has_the_exit_codes() {
    for verb in ["decode", "judge", "profile"] {
        let output = plugfest(&[verb, "--help"]);
        assert!(code(&output) == 0 && out(&output).contains("\nExit codes: 0 "), "{verb}: {}", out(&output));
    }
}
