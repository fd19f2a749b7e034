//! Captures that were made by hand, followed.

use capture::testing::{Ends, Flags, Talk, ethernet, ethernet_frame};
use capture::writer::Pcap;
use capture::{Direction, Event, Reader};
use conversation::{Follower, Options, Seen, Tally};
use exi::{Facets, Tree};
use iso15118::v2gtp::{Frame, PayloadType};
use iso15118::wire::{Side, Sighting, What};
use iso15118::{Protocol, schemas};

/// A frame with the message that the JSON says.
fn frame(set: &'static exi::SchemaSet, json: &str) -> Vec<u8> {
    let tree: Tree = serde_json::from_str(json).expect("JSON");
    let mut payload = Vec::new();
    exi::tree_to_document(set, &tree, Facets::Checked, &mut payload).expect("a message");
    Frame { payload_type: PayloadType::EXI, payload }.encode()
}

fn offer(namespace: &str, schema_id: u8) -> Vec<u8> {
    let json = format!(
        r#"{{"supportedAppProtocolReq": {{"AppProtocol": [{{"ProtocolNamespace": "{namespace}", "VersionNumberMajor": 2,
        "VersionNumberMinor": 0, "SchemaID": {schema_id}, "Priority": 1}}]}}}}"#
    );
    frame(&schemas::SAP, &json)
}

fn agreed(schema_id: u8) -> Vec<u8> {
    let json = format!(
        r#"{{"supportedAppProtocolRes": {{"ResponseCode": "OK_SuccessfulNegotiation", "SchemaID": {schema_id}}}}}"#
    );
    frame(&schemas::SAP, &json)
}

fn setup(set: &'static exi::SchemaSet) -> Vec<u8> {
    frame(
        set,
        r#"{"V2G_Message": {"Header": {"SessionID": "00"}, "Body": {"SessionSetupReq": {"EVCCID": "020000000001"}}}}"#,
    )
}

fn stop(set: &'static exi::SchemaSet) -> Vec<u8> {
    let request = if set.name == "din" { "{}" } else { r#"{"ChargingSession": "Terminate"}"# };
    frame(
        set,
        &format!(r#"{{"V2G_Message": {{"Header": {{"SessionID": "01"}}, "Body": {{"SessionStopReq": {request}}}}}}}"#),
    )
}

fn pcap(segments: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Pcap::new();
    for (index, segment) in segments.iter().enumerate() {
        file.packet(1_000_000_000 + index as u64 * 10_000_000, &ethernet(segment));
    }
    file.into_bytes()
}

fn follow(file: &[u8], options: Options) -> Vec<(u64, Sighting)> {
    let mut follower = Follower::new(options);
    let mut seen = Vec::new();
    for event in Reader::open(file) {
        let event: Event = event.expect("a whole capture");
        follower.take(event);
        seen.extend(follower.drain().filter_map(|seen| match seen {
            Seen::In { conversation, sighting, .. } => Some((conversation, sighting)),
            Seen::Remark(_) | Seen::Secrets(_) => None,
        }));
    }
    seen
}

/// Conversation, sender, generation and name of each message; other things by what they are.
fn told(seen: &[(u64, Sighting)]) -> Vec<String> {
    let line = |(conversation, sighting): &(u64, Sighting)| match &sighting.what {
        What::Message(message) => {
            let protocol = message.protocol.map_or("sap", Protocol::name);
            format!("{conversation} {} {protocol} {}", message.from, message.name())
        }
        What::Opened { from_the_start } => format!("{conversation} opened {from_the_start}"),
        What::Closed { by, reset } => format!("{conversation} closed {by:?} {reset}"),
        What::NoFrame { from, .. } => format!("{conversation} no frame of the {from}"),
        What::Skipped { from, octets } => format!("{conversation} skipped {octets} of the {from}"),
        What::Lost { from, octets } => format!("{conversation} lost {octets} of the {from}"),
        What::Unfinished { from, octets, expected } => {
            let expected = expected.map_or_else(String::new, |expected| format!(" of {expected}"));
            format!("{conversation} unfinished {octets}{expected} of the {from}")
        }
        other => format!("{conversation} {other:?}"),
    };
    seen.iter().map(line).collect()
}

#[test]
fn the_offer_chosen_decides_how_the_rest_is_read() {
    for (namespace, set, name) in
        [("urn:din:70121:2012:MsgDef", &schemas::DIN, "din"), ("urn:iso:15118:2:2013:MsgDef", &schemas::ISO2, "iso2")]
    {
        let mut talk = Talk::new(Ends::v6(50_000, 61_341));
        let segments = [
            talk.open(),
            talk.client(&offer(namespace, 7)),
            talk.server(&agreed(7)),
            talk.client(&setup(set)),
            talk.close(),
        ]
        .concat();
        let seen = follow(&pcap(&segments), Options::default());
        let expected = [
            "1 opened true".to_owned(),
            "1 car sap supportedAppProtocolReq".to_owned(),
            "1 station sap supportedAppProtocolRes".to_owned(),
            format!("1 car {name} SessionSetupReq"),
            "1 closed Some(Car) false".to_owned(),
        ];
        assert_eq!(told(&seen), expected);
        let mut tally = Tally::default();
        seen.iter().for_each(|(_, sighting)| tally.count(sighting));
        assert_eq!((tally.frames, tally.decoded, tally.identical, tally.errors), (3, 3, 3, 0));
    }
}

#[test]
fn a_manufacturers_protocol_is_found_from_the_messages() {
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let segments = [
        talk.open(),
        talk.client(&offer("urn:tesla:din:2018:MsgDef", 0)),
        talk.server(&agreed(0)),
        talk.client(&setup(&schemas::DIN)),
    ]
    .concat();
    let seen = told(&follow(&pcap(&segments), Options::default()));
    assert_eq!(seen[3], "1 car din SessionSetupReq");
}

#[test]
fn a_capture_that_begins_in_the_middle_is_read_from_its_messages() {
    for (set, name) in [(&schemas::DIN, "din"), (&schemas::ISO2, "iso2")] {
        let mut talk = Talk::new(Ends::v6(50_000, 61_341));
        let before = talk.open().len() + talk.client(&offer("urn:x", 1)).len() + talk.server(&agreed(1)).len();
        assert!(before > 3);
        let segments = [talk.client(&stop(set)), talk.close()].concat();
        let seen = told(&follow(&pcap(&segments), Options::default()));
        assert_eq!(seen[..2], ["1 opened false".to_owned(), format!("1 car {name} SessionStopReq")]);
    }
}

#[test]
fn a_session_whose_agreement_was_not_captured_is_read_from_its_messages() {
    for (set, name) in [(&schemas::DIN, "din"), (&schemas::ISO2, "iso2")] {
        let mut talk = Talk::new(Ends::v6(50_000, 61_341));
        let segments = [talk.open(), talk.client(&setup(set)), talk.client(&stop(set))].concat();
        let seen = told(&follow(&pcap(&segments), Options::default()));
        assert_eq!(seen[1..3], [format!("1 car {name} SessionSetupReq"), format!("1 car {name} SessionStopReq")]);
    }
}

#[test]
fn what_was_agreed_on_is_not_what_the_user_says_of_others() {
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let segments = [
        talk.open(),
        talk.client(&offer("urn:iso:15118:2:2013:MsgDef", 1)),
        talk.server(&agreed(1)),
        talk.client(&setup(&schemas::ISO2)),
    ]
    .concat();
    let named = Options { protocol: Some(Protocol::Din), ..Options::default() };
    assert_eq!(told(&follow(&pcap(&segments), named))[3], "1 car iso2 SessionSetupReq");
}

#[test]
fn a_new_connection_is_a_new_conversation() {
    let mut segments = Vec::new();
    for port in [50_000, 50_001] {
        let mut talk = Talk::new(Ends::v6(port, 61_341));
        segments.extend([talk.open(), talk.client(&offer("urn:din:70121:2012:MsgDef", 1)), talk.close()].concat());
    }
    let seen = follow(&pcap(&segments), Options::default());
    assert_eq!(seen.iter().map(|(conversation, _)| *conversation).collect::<Vec<_>>(), [1, 1, 1, 2, 2, 2]);
}

#[test]
fn a_side_that_sends_no_frame_is_read_again_from_its_next_frame_on() {
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let segments = [
        talk.open(),
        talk.client(&offer("urn:din:70121:2012:MsgDef", 1)),
        talk.client(b"GET / HTTP/1.1"),
        talk.client(b"Host: station"),
        talk.server(&agreed(1)),
        talk.client(&setup(&schemas::DIN)),
        talk.server(&[7; 5]),
        talk.server(&[7; 6]),
        talk.close(),
    ]
    .concat();
    let seen = told(&follow(&pcap(&segments), Options::default()));
    assert_eq!(
        seen[2..],
        [
            "1 no frame of the car",
            "1 station sap supportedAppProtocolRes",
            "1 skipped 13 of the car",
            "1 car din SessionSetupReq",
            "1 no frame of the station",
            "1 skipped 6 of the station",
            "1 closed Some(Car) false",
        ]
    );
}

#[test]
fn a_frame_whose_rest_never_comes_is_told_when_the_other_side_goes_on() {
    let request = setup(&schemas::DIN);
    // By its header one octet more follows; only a part came, and a part of the header; the last is cut off by its sender.
    let mut long = request.clone();
    long[7] += 1;
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let segments = [
        talk.open(),
        talk.client(&offer("urn:din:70121:2012:MsgDef", 1)),
        talk.server(&agreed(1)),
        talk.client(&long),
        talk.server(&agreed(1)),
        talk.client(&request),
        talk.server(&agreed(1)[..10]),
        talk.client(&request),
        talk.server(&agreed(1)[..3]),
        talk.client(&request),
        talk.client(&request[..9]),
        talk.close(),
    ]
    .concat();
    let seen = follow(&pcap(&segments), Options::default());
    // The packet with the wrong length, and not the one behind it: three of the connection, two each of offer and choice.
    let wrong = seen.iter().find(|(_, sighting)| matches!(sighting.what, What::Unfinished { .. }));
    assert_eq!(wrong.map(|(_, sighting)| sighting.packet), Some(8));
    let seen = told(&seen);
    let length = long.len();
    let expected = [
        format!("1 unfinished {length} of {} of the car", length + 1),
        "1 station din ".to_owned(),
        "1 car din SessionSetupReq".to_owned(),
        format!("1 unfinished 10 of {} of the station", agreed(1).len()),
        "1 car din SessionSetupReq".to_owned(),
        "1 unfinished 3 of the station".to_owned(),
        "1 car din SessionSetupReq".to_owned(),
        format!("1 unfinished 9 of {} of the car", request.len()),
        "1 closed Some(Car) false".to_owned(),
    ];
    assert_eq!(seen[3..], expected);
}

#[test]
fn what_was_lost_is_told_before_what_answers_it() {
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let segments = [
        talk.open(),
        talk.client(&offer("urn:din:70121:2012:MsgDef", 1)),
        talk.server(&agreed(1)),
        talk.client(&setup(&schemas::DIN)),
        talk.server(&agreed(1)),
        talk.client(&stop(&schemas::DIN)),
        talk.close(),
    ];
    let lost = |without: usize| {
        let kept = segments.iter().enumerate().filter(|(index, _)| *index != without);
        let kept: Vec<_> = kept.flat_map(|(_, segments)| segments.clone()).collect();
        told(&follow(&pcap(&kept), Options::default()))
    };
    let (offered, agreement) = (offer("urn:din:70121:2012:MsgDef", 1).len(), agreed(1).len());
    assert_eq!(
        lost(1)[..3],
        [
            "1 opened true".to_owned(),
            format!("1 lost {offered} of the car"),
            "1 station sap supportedAppProtocolRes".to_owned()
        ]
    );
    assert_eq!(lost(2)[2..4], [format!("1 lost {agreement} of the station"), "1 car din SessionSetupReq".to_owned()]);
    let request = setup(&schemas::DIN).len();
    assert_eq!(lost(3)[3..5], [format!("1 lost {request} of the car"), "1 station din ".to_owned()]);
    assert_eq!(lost(4)[4..6], [format!("1 lost {agreement} of the station"), "1 car din SessionStopReq".to_owned()]);
}

#[test]
fn what_a_lost_segment_leaves_of_its_message_is_passed_over() {
    // Header and payload in segments of their own, as many write them, and each of them lost in turn.
    let request = setup(&schemas::DIN);
    let (header, payload) = request.split_at(8);
    for without in [0, 1] {
        let mut talk = Talk::new(Ends::v6(50_000, 61_341));
        let begin = [talk.open(), talk.client(&offer("urn:din:70121:2012:MsgDef", 1)), talk.server(&agreed(1))];
        let parts = [talk.client(header), talk.client(payload)];
        let end = [talk.server(&agreed(1)), talk.client(&request), talk.close()];
        let parts = parts.into_iter().enumerate().filter(|(index, _)| *index != without).map(|(_, part)| part);
        let segments: Vec<_> = begin.into_iter().chain(parts).chain(end).flatten().collect();
        let seen = told(&follow(&pcap(&segments), Options::default()));
        let none = |word: &str| !seen.iter().any(|line| line.contains(word));
        assert!(none("no frame") && none("unfinished"), "{seen:?}");
        assert!(seen.iter().any(|line| line.contains("lost")), "{seen:?}");
        assert_eq!(seen[seen.len() - 2..], ["1 car din SessionSetupReq", "1 closed Some(Car) false"]);
    }
}

#[test]
fn a_connection_is_closed_when_the_first_side_has_said_everything() {
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let mut segments = [talk.open(), talk.client(&offer("urn:din:70121:2012:MsgDef", 1))].concat();
    let first = segments.len() as u64 + 1;
    // The FIN of the car is never answered, and sent again.
    let fin = talk.segment(Direction::Forward, Flags::FIN, true, &[]);
    segments.extend([fin.clone(), fin.clone(), fin]);
    let seen = follow(&pcap(&segments), Options::default());
    let (_, Sighting { packet, what, .. }) = seen.last().expect("something");
    assert!(matches!(what, What::Closed { by: Some(Side::Car), reset: false }), "{what:?}");
    assert_eq!(*packet, first);
}

#[test]
fn tls_whose_handshake_is_missing_is_told_on_the_link_and_nowhere_else() {
    let record = [&[23, 3, 3, 0, 5][..], &[7; 5]].concat();
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let segments = [talk.client(&record), talk.server(&record)].concat();
    let seen = told(&follow(&pcap(&segments), Options::default()));
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen[1].contains("TlsStopped") && seen[1].contains("its handshake is not in the capture"), "{seen:?}");
    // From its beginning on it is somebody else's.
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let segments = [talk.open(), talk.client(&record)].concat();
    assert_eq!(told(&follow(&pcap(&segments), Options::default())), [""; 0]);
}

#[test]
fn a_frame_that_was_cut_when_it_was_captured_is_nobodys_fault() {
    let sound = [&[0x01, 0x76, 0x60][..], &[0; 60]].concat();
    let frame = ethernet_frame([0xff; 6], [2; 6], 0x88e1, &sound);
    let mut file = Pcap::new();
    file.packet_cut(1_000_000_000, &frame[..30], u32::try_from(frame.len()).expect("short"));
    let mut follower = Follower::new(Options::default());
    Reader::open(&file.into_bytes()[..]).for_each(|event| follower.take(event.expect("a whole capture")));
    let seen: Vec<Seen> = follower.drain().collect();
    let [Seen::Remark(remark)] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(
        remark.to_string(),
        format!("packet 1: a frame of which 30 of {} bytes were captured; expected all of it", frame.len())
    );
}

#[test]
fn a_message_in_pieces_is_one_message() {
    let octets = setup(&schemas::DIN);
    for cut in 1..octets.len() {
        let mut talk = Talk::new(Ends::v6(50_000, 61_341));
        let (first, second) = octets.split_at(cut);
        let segments = [
            talk.open(),
            talk.client(&offer("urn:din:70121:2012:MsgDef", 1)),
            talk.server(&agreed(1)),
            talk.client(first),
            talk.client(second),
        ]
        .concat();
        let seen = follow(&pcap(&segments), Options::default());
        let last = seen.iter().rev().find_map(|(_, sighting)| match &sighting.what {
            What::Message(message) => Some((message.from, message.name().to_owned())),
            _ => None,
        });
        assert_eq!(last, Some((Side::Car, "SessionSetupReq".to_owned())), "cut after {cut}");
    }
}

#[test]
fn what_is_signed_or_stands_in_a_message_is_none() {
    let alone = frame(&schemas::ISO2, r#"{"SessionStopReq": {"ChargingSession": "Terminate"}}"#);
    let mut talk = Talk::new(Ends::v6(50_000, 61_341));
    let agreement = [talk.open(), talk.client(&offer("urn:iso:15118:2:2013:MsgDef", 1)), talk.server(&agreed(1))];
    let segments = [agreement.concat(), talk.client(&alone), talk.client(&stop(&schemas::ISO2))].concat();
    let seen = follow(&pcap(&segments), Options::default());
    let What::Message(message) = &seen[3].1.what else { panic!("{:?}", seen[3]) };
    let error = message.content.as_ref().expect_err("no message").to_string();
    assert_eq!(error, "no message of the set iso2: SessionStopReq stands at the top, expected V2G_Message");
    assert_eq!(told(&seen)[4], "1 car iso2 SessionStopReq");
}

/// What is told of a capture itself.
fn remarks(file: &[u8]) -> Vec<String> {
    let mut follower = Follower::new(Options::default());
    Reader::open(file).for_each(|event| follower.take(event.expect("a whole capture")));
    let told = follower.drain().filter_map(|seen| match seen {
        Seen::Remark(remark) => Some(remark.to_string()),
        Seen::In { .. } | Seen::Secrets(_) => None,
    });
    told.collect()
}

#[test]
fn late_octets_are_told_of_conversations_alone() {
    for (said, expected) in [
        (
            offer("urn:din:70121:2012:MsgDef", 1),
            &["packet 9: bytes of a TCP connection behind its end are dropped"][..],
        ),
        (b"GET / HTTP/1.1".to_vec(), &[]),
    ] {
        let mut talk = Talk::new(Ends::v6(50_000, 61_341));
        let mut segments = [talk.open(), talk.client(&said), talk.close()].concat();
        segments.truncate(8);
        segments.push(talk.segment(Direction::Forward, Flags::NONE, true, b"more"));
        assert_eq!(remarks(&pcap(&segments)), expected);
    }
}
