//! Whole captures, as a story of what is in them.

use capture::testing::{Ends, Flags, MACS, Talk, ethernet, ethernet_frame, linux_cooked, tagged, tcp, udp};
use capture::writer::{Order, Pcap, Pcapng, Precision};
use capture::{Event, Frame, LinkType, Reader, TcpEvent};

/// One line for each event; bytes of streams as text.
fn story(bytes: &[u8]) -> Vec<String> {
    Reader::open(bytes).map(|event| event.map_or_else(|error| format!("ERROR {error}"), |event| line(&event))).collect()
}

fn line(event: &Event) -> String {
    let text = String::from_utf8_lossy;
    match event {
        Event::Frame(frame) => {
            format!(
                "{} frame {:04x} {:02x?} of {}",
                frame.packet,
                frame.ether_type,
                &frame.payload()[..3],
                frame.bytes.len()
            )
        }
        Event::Datagram(datagram) => {
            format!("{} {} to {}: {}", datagram.packet, datagram.from, datagram.to, text(&datagram.payload))
        }
        Event::Secrets(secrets) => format!("{} secrets {}", secrets.after, secrets.text.trim_end()),
        Event::Remark(remark) => format!("{} remark {}", remark.packet, remark.trouble),
        Event::Tcp { connection, event } => {
            let what = match event {
                TcpEvent::Opened { seen_from_start, .. } => format!("opened {seen_from_start}"),
                TcpEvent::Data { direction, bytes, .. } => format!("{direction:?} {}", text(bytes)),
                TcpEvent::Gap { direction, bytes, .. } => format!("{direction:?} gap of {bytes}"),
                TcpEvent::Duplicate { direction, .. } => format!("{direction:?} again"),
                TcpEvent::Finished { direction, .. } => format!("{direction:?} finished"),
                TcpEvent::Closed { how, .. } => format!("closed {how:?}"),
            };
            format!("{} tcp {connection} {what}", event.packet())
        }
    }
}

/// The packets of a session as a car has it: a modem's frame, a question to all, a conversation.
fn session() -> Vec<Vec<u8>> {
    let ends = Ends::v6(49152, 15118);
    let mut talk = Talk::new(Ends::v6(49153, 61341));
    let mut packets = vec![
        ethernet_frame([0xff; 6], MACS[0], 0x88e1, &[0x01, 0x64, 0x60]),
        ethernet(&udp(ends.client, ends.server, b"where")),
        ethernet(&udp(ends.server, ends.client, b"here")),
    ];
    let steps = [talk.open(), talk.client(b"ask"), talk.server(b"answer"), talk.close()];
    packets.extend(steps.concat().iter().map(|packet| ethernet(packet)));
    packets
}

const SESSION: [&str; 9] = [
    "1 frame 88e1 [01, 64, 60] of 60",
    "2 [fe80::a]:49152 to [fe80::b]:15118: where",
    "3 [fe80::b]:15118 to [fe80::a]:49152: here",
    "4 tcp 0 opened true",
    "7 tcp 0 Forward ask",
    "9 tcp 0 Backward answer",
    "11 tcp 0 Forward finished",
    "12 tcp 0 Backward finished",
    "12 tcp 0 closed Fin",
];

#[test]
fn a_session_in_every_format() {
    let mut pcap = Pcap::of(LinkType::Ethernet, Order::Big, Precision::Nanos);
    let mut pcapng = Pcapng::new();
    for (time, packet) in (0..).zip(session()) {
        pcap.packet(time, &packet);
        pcapng.packet(time, &packet);
    }
    assert_eq!(story(&pcap.into_bytes()), SESSION);
    let bytes = pcapng.into_bytes();
    assert_eq!(story(&bytes), SESSION);
    let mut reader = Reader::open(&bytes[..]);
    assert_eq!(reader.by_ref().count(), 9);
    let counts = reader.counts();
    assert_eq!((counts.packets, counts.frames, counts.datagrams, counts.segments), (13, 1, 2, 10));
}

#[test]
fn times_and_addresses_are_those_of_the_packets() {
    let mut file = Pcap::new();
    file.packet(1_772_431_200_000_001_000, &tagged(9, &ethernet_frame(MACS[1], MACS[0], 0x88e1, &[7, 8, 9])));
    let bytes = file.into_bytes();
    let mut reader = Reader::open(&bytes[..]);
    let Some(Ok(Event::Frame(frame))) = reader.next() else { panic!("a frame") };
    let Frame { time, link, source, destination, vlans, ether_type, .. } = &frame;
    assert_eq!((*time, *link, *ether_type), (1_772_431_200_000_001_000, LinkType::Ethernet, 0x88e1));
    assert_eq!((*source, *destination, &vlans[..]), (Some(MACS[0]), Some(MACS[1]), &[9][..]));
    assert_eq!((frame.bytes.len(), frame.payload().len()), (64, 46));
}

#[test]
fn secrets_come_where_they_stand() {
    let mut file = Pcapng::new();
    file.secrets("CLIENT_HANDSHAKE_TRAFFIC_SECRET 00 11\n");
    file.packet(0, &session()[1]);
    file.secrets("CLIENT_TRAFFIC_SECRET_0 00 22\n");
    assert_eq!(
        story(&file.into_bytes()),
        [
            "0 secrets CLIENT_HANDSHAKE_TRAFFIC_SECRET 00 11",
            "1 [fe80::a]:49152 to [fe80::b]:15118: where",
            "1 secrets CLIENT_TRAFFIC_SECRET_0 00 22",
        ]
    );
}

#[test]
fn what_was_open_is_closed_before_the_error() {
    let mut file = Pcap::new();
    for packet in &session()[..8] {
        file.packet(0, packet);
    }
    let mut bytes = file.into_bytes();
    bytes.truncate(bytes.len() - 1);
    let story = story(&bytes);
    assert_eq!(story[..5], SESSION[..5]);
    assert_eq!(story[5], "7 tcp 0 closed EndOfCapture");
    assert!(story[6].starts_with("ERROR the input ends in the middle of a packet at offset "), "{}", story[6]);
    assert_eq!(story.len(), 7);
}

#[test]
fn what_is_unreadable_is_told_and_the_rest_is_read() {
    let ends = Ends::v4(1, 2);
    let mut file = Pcap::new();
    file.packet(0, &[1, 2, 3]);
    let mut broken = ethernet(&udp(ends.client, ends.server, b"x"));
    broken[14] = 0x43;
    file.packet(0, &broken);
    let datagram = ethernet(&udp(ends.client, ends.server, b"cut in the middle of it"));
    file.packet_cut(0, &datagram[..50], datagram.len() as u32);
    // A fragment whose others do not come.
    let mut fragment = ethernet(&udp(ends.client, ends.server, &[b'f'; 64]));
    fragment[20] |= 0x20;
    file.packet(0, &fragment);
    file.packet(0, &ethernet(&udp(ends.client, ends.server, b"good")));
    let story = story(&file.into_bytes());
    assert_eq!(story[0], "1 remark 3 bytes of Ethernet; expected a header of 14");
    assert!(story[1].starts_with("2 remark IP: "), "{}", story[1]);
    assert_eq!(story[2], "3 remark a UDP datagram of which 8 of 23 bytes were captured; expected all of it");
    assert_eq!(story[3], "5 192.0.2.10:1 to 192.0.2.11:2: good");
    assert_eq!(
        story[4],
        "5 remark an IP packet of which only some fragments came, the last in packet 4; it is dropped"
    );
}

/// A capture that keeps only the beginning of packets: the streams have gaps, and go on behind them.
#[test]
fn a_stream_of_packets_that_were_cut() {
    let mut talk = Talk::new(Ends::v6(1, 2));
    let mut file = Pcap::new();
    let steps = [talk.open(), talk.client(b"0123456789"), talk.client(b"ABCDEFGHIJ"), talk.close()];
    for packet in steps.concat() {
        let frame = ethernet(&packet);
        file.packet_cut(0, &frame[..frame.len().min(14 + 40 + 20 + 4)], frame.len() as u32);
    }
    assert_eq!(
        story(&file.into_bytes()),
        [
            "1 tcp 0 opened true",
            "4 remark a TCP segment that was cut when it was captured: 4 bytes of its payload are there; expected all of it",
            "4 tcp 0 Forward 0123",
            "6 remark a TCP segment that was cut when it was captured: 4 bytes of its payload are there; expected all of it",
            "6 tcp 0 Forward gap of 6",
            "6 tcp 0 Forward ABCD",
            "8 tcp 0 Forward gap of 6",
            "8 tcp 0 Forward finished",
            "9 tcp 0 Backward finished",
            "9 tcp 0 closed Fin",
        ]
    );
}

#[test]
fn a_capture_of_all_interfaces_reads_as_one_of_ethernet() {
    let mut file = Pcap::of(LinkType::LinuxCooked, Order::Little, Precision::Micros);
    let ends = Ends::v6(1, 2);
    file.packet(0, &linux_cooked(0x88e1, &[1, 2, 3]));
    file.packet(0, &linux_cooked(0x86dd, &udp(ends.client, ends.server, b"hi")));
    file.packet(0, &linux_cooked(0x86dd, &tcp(ends.server, ends.client, Flags::NONE, 7, Some(1), b"there")));
    assert_eq!(
        story(&file.into_bytes()),
        [
            "1 frame 88e1 [01, 02, 03] of 19",
            "2 [fe80::a]:1 to [fe80::b]:2: hi",
            "3 tcp 0 opened false",
            "3 tcp 0 Forward there",
            "3 tcp 0 closed EndOfCapture",
        ]
    );
}

#[test]
fn what_is_no_capture_is_one_error() {
    assert_eq!(story(b""), ["ERROR the input is empty; expected a capture in pcap or pcapng format"]);
    assert_eq!(story(b"<html>").len(), 1);
}

#[test]
fn what_a_mirror_port_writes_twice_counts_once() {
    let mut file = Pcap::of(LinkType::Ethernet, Order::Little, Precision::Nanos);
    for (index, packet) in session().into_iter().enumerate() {
        let time = 1_000_000_000 + index as u64 * 5_000_000;
        file.packet(time, &packet);
        file.packet(time + 40_000, &packet);
    }
    let bytes = file.into_bytes();
    let told = story(&bytes);
    // The packets have other numbers, and the first of those that came again is told.
    let without_number = |line: &str| line.split_once(' ').map(|(_, rest)| rest.to_owned());
    let kept: Vec<_> = told
        .iter()
        .filter(|line| !line.contains("remark") && !line.contains("again"))
        .map(|line| without_number(line))
        .collect();
    assert_eq!(kept, SESSION.map(without_number));
    let remarks: Vec<_> = told.iter().filter(|line| line.contains("remark")).collect();
    assert_eq!(
        remarks,
        ["2 remark it is there twice within 10 ms, as a mirror port writes it; what is there twice counts once"]
    );
    let mut reader = Reader::open(&bytes[..]);
    assert!(reader.by_ref().all(|event| event.is_ok()));
    assert_eq!(reader.counts().twice, 3, "TCP knows itself what came again");
}
