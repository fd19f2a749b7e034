use super::*;
use crate::link;
use crate::packet::LinkType;
use crate::testing::{Ends, Flags, MACS, ethernet, ethernet_frame, linux_cooked, linux_cooked2, tagged, tcp, udp};

fn datagram() -> (Ends, Vec<u8>) {
    let ends = Ends::v6(50000, 15118);
    (ends, udp(ends.client, ends.server, b"payload"))
}

/// The text of a datagram in a packet of a link.
fn text(link: LinkType, bytes: &[u8]) -> Result<String, Trouble> {
    let carried = link::carried(link, bytes)?;
    let packet = Ip::new(8).packet(carried.payload, 1, &mut Vec::new())?.expect("not a fragment");
    match packet.transport()? {
        Transport::Udp { from, to, payload } => Ok(format!("{from} {to} {}", String::from_utf8_lossy(payload))),
        other => Ok(format!("{other:?}")),
    }
}

#[test]
fn every_link_gives_the_same_datagram() {
    let (_, packet) = datagram();
    let said = "[fe80::a]:50000 [fe80::b]:15118 payload";
    let frame = ethernet(&packet);
    for (link, bytes) in [
        (LinkType::Ethernet, frame.clone()),
        (LinkType::Ethernet, tagged(7, &frame)),
        (LinkType::Ethernet, tagged(9, &tagged(7, &frame))),
        (LinkType::LinuxCooked, linux_cooked(link::IPV6, &packet)),
        (LinkType::LinuxCooked2, linux_cooked2(link::IPV6, &packet)),
        (LinkType::Raw, packet.clone()),
        (LinkType::Ipv6, packet.clone()),
        (LinkType::Null, [&[30, 0, 0, 0][..], &packet].concat()),
        (LinkType::Null, [&[0, 0, 0, 24][..], &packet].concat()),
        (LinkType::Loop, [&[0, 0, 0, 28][..], &packet].concat()),
    ] {
        assert_eq!(text(link, &bytes).as_deref(), Ok(said), "{link:?}");
    }
    let ends = Ends::v4(1, 2);
    let packet = udp(ends.client, ends.server, b"four");
    for (link, bytes) in [
        (LinkType::Ethernet, ethernet(&packet)),
        (LinkType::Raw, packet.clone()),
        (LinkType::Ipv4, packet.clone()),
        (LinkType::Null, [&[2, 0, 0, 0][..], &packet].concat()),
    ] {
        assert_eq!(text(link, &bytes).as_deref(), Ok("192.0.2.10:1 192.0.2.11:2 four"), "{link:?}");
    }
}

#[test]
fn a_link_tells_addresses_and_vlans() {
    let frame = tagged(100, &ethernet_frame(MACS[1], MACS[0], 0x88e1, b"\x01\x14\x60"));
    let carried = link::carried(LinkType::Ethernet, &frame).expect("a frame");
    assert_eq!((carried.source, carried.destination), (Some(MACS[0]), Some(MACS[1])));
    assert_eq!((carried.vlans, carried.ether_type), (vec![100], 0x88e1));
    assert_eq!(&carried.payload[..4], b"\x01\x14\x60\0");
    let cooked = linux_cooked2(0x88e1, b"\x01");
    let carried = link::carried(LinkType::LinuxCooked2, &cooked).expect("a frame");
    assert_eq!((carried.source, carried.destination, carried.ether_type), (Some(MACS[0]), None, 0x88e1));
}

#[test]
fn what_is_too_short_says_how_long_it_should_be() {
    let told = |link, bytes: &[u8]| text(link, bytes).map_err(|trouble| trouble.to_string());
    let error = |text: &str| Err(text.to_owned());
    assert_eq!(told(LinkType::Ethernet, &[0; 13]), error("13 bytes of Ethernet; expected a header of 14"));
    assert_eq!(told(LinkType::LinuxCooked2, &[0; 19]), error("19 bytes of Linux cooked; expected a header of 20"));
    let tag = [&[0; 12][..], &[0x81, 0, 0, 1]].concat();
    assert_eq!(told(LinkType::Ethernet, &tag), error("2 bytes of Ethernet; expected a header of 4"));
    assert_eq!(
        told(LinkType::Raw, &[0x50]),
        error("raw IP with 0x5 where the protocol stands; expected that of IPv4 or IPv6")
    );
    let (_, packet) = datagram();
    assert!(matches!(text(LinkType::Ipv6, &packet[..39]), Err(Trouble::Ip(_))));
    assert!(matches!(text(LinkType::Ipv6, &packet[..44]), Err(Trouble::Transport { protocol: "UDP", .. })));
    assert_eq!(
        told(LinkType::Ipv6, &packet[..50]),
        error("a UDP datagram of which 2 of 7 bytes were captured; expected all of it")
    );
}

#[test]
fn extension_headers_are_skipped() {
    let (_, packet) = datagram();
    let (head, rest) = packet.split_at(40);
    let mut head = head.to_vec();
    // Hop-by-hop and destination options, of eight bytes of padding each.
    head[5] += 16;
    head[6] = 0;
    let packet = [&head[..], &[60, 0, 1, 4, 0, 0, 0, 0], &[17, 0, 1, 4, 0, 0, 0, 0], rest].concat();
    assert_eq!(text(LinkType::Raw, &packet).as_deref(), Ok("[fe80::a]:50000 [fe80::b]:15118 payload"));
}

#[test]
fn icmp_is_neither_udp_nor_tcp() {
    let (_, mut packet) = datagram();
    packet[6] = 58;
    assert_eq!(text(LinkType::Raw, &packet).as_deref(), Ok("Other(58)"));
}

#[test]
fn a_segment_that_was_cut_says_how_much_is_missing() {
    let ends = Ends::v6(1, 2);
    let packet = tcp(ends.client, ends.server, Flags::NONE, 1, Some(2), b"0123456789");
    let packet = Ip::new(8).packet(&packet[..64], 1, &mut Vec::new()).expect("IP").expect("no fragment");
    let Ok(Transport::Tcp(segment)) = packet.transport() else { panic!("{packet:?}") };
    assert_eq!((segment.payload, segment.uncaptured), (&b"0123"[..], 6));
}

/// The fragments of an IPv6 packet, of so many bytes each.
fn fragments(packet: &[u8], size: usize, identification: u8) -> Vec<Vec<u8>> {
    let (head, rest) = packet.split_at(40);
    let parts = rest.chunks(size).count();
    rest.chunks(size)
        .enumerate()
        .map(|(at, part)| {
            let mut fragment = head.to_vec();
            fragment[4..6].copy_from_slice(&(part.len() as u16 + 8).to_be_bytes());
            fragment[6] = 44;
            let place = (at * size) as u16 | u16::from(at + 1 < parts);
            fragment.extend([head[6], 0]);
            fragment.extend(place.to_be_bytes());
            fragment.extend([0, 0, 0, identification]);
            fragment.extend(part);
            fragment
        })
        .collect()
}

#[test]
fn fragments_are_put_together_in_any_order() {
    let ends = Ends::v6(1, 2);
    let said: Vec<u8> = (0..100).collect();
    let packet = udp(ends.client, ends.server, &said);
    let (one, other) = (fragments(&packet, 32, 1), fragments(&packet, 64, 2));
    assert_eq!((one.len(), other.len()), (4, 2));
    let mut ip = Ip::new(8);
    let mut lost = Vec::new();
    for fragment in [&one[2], &other[1], &one[0], &one[3], &one[0]] {
        assert_eq!(ip.packet(fragment, 1, &mut lost), Ok(None));
    }
    for fragment in [&one[1], &other[0]] {
        let whole = ip.packet(fragment, 2, &mut lost).expect("a fragment").expect("the last one");
        let Ok(Transport::Udp { payload, .. }) = whole.transport() else { panic!("{whole:?}") };
        assert_eq!(payload, said);
    }
    assert_eq!((lost.len(), ip.end().count()), (0, 0));
}

#[test]
fn fragments_whose_others_never_come_are_told() {
    let (_, packet) = datagram();
    let mut ip = Ip::new(2);
    let mut lost = Vec::new();
    for (number, identification) in (1..).zip(0..5) {
        assert_eq!(ip.packet(&fragments(&packet, 8, identification)[0], number, &mut lost), Ok(None));
    }
    let left = |last| Trouble::FragmentsLost { last };
    assert_eq!(lost, [left(1), left(2), left(3)]);
    assert_eq!(ip.end().collect::<Vec<_>>(), [left(4), left(5)]);
    // A fragment in the middle whose length is no multiple of eight cannot be placed.
    let mut odd = fragments(&packet, 8, 9)[0].clone();
    odd.pop();
    odd[5] -= 1;
    let told = ip.packet(&odd, 6, &mut lost).expect_err("unaligned").to_string();
    assert!(told.starts_with("an IP fragment: "), "{told}");
}
