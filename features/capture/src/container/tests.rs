use std::io::{self, Read};

use super::*;
use crate::packet::LinkType;
use crate::writer::{Order, Pcap, Pcapng, Precision};

/// 2026-03-02T06:00:00.123456789Z.
const TIME: u64 = 1_772_431_200_123_456_789;

/// One line for each record, and one for the error.
fn lines(bytes: &[u8]) -> Vec<String> {
    lines_of(bytes)
}

fn lines_of(input: impl Read) -> Vec<String> {
    Container::new(input, Limits::default()).map(|record| line(&record)).collect()
}

fn line(record: &Result<Record, CaptureError>) -> String {
    match record {
        Ok(Record::Packet(packet)) => format!(
            "{} {} {:?} {}/{}",
            packet.number,
            packet.time,
            packet.link,
            String::from_utf8_lossy(&packet.bytes),
            packet.original_length
        ),
        Ok(Record::Secrets(secrets)) => format!("secrets after {}: {}", secrets.after, secrets.text),
        Ok(Record::Remark(remark)) => remark.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn pcap_has_two_orders_and_two_units() {
    for order in [Order::Little, Order::Big] {
        let mut file = Pcap::of(LinkType::Ethernet, order, Precision::Micros);
        file.packet(TIME, b"one");
        file.packet_cut(TIME + 1_000_000, b"two", 1500);
        assert_eq!(
            lines(&file.into_bytes()),
            ["1 1772431200123456000 Ethernet one/3", "2 1772431200124456000 Ethernet two/1500"]
        );
        let mut file = Pcap::of(LinkType::LinuxCooked2, order, Precision::Nanos);
        file.packet(TIME, b"one");
        assert_eq!(lines(&file.into_bytes()), ["1 1772431200123456789 LinuxCooked2 one/3"]);
    }
}

/// The bytes as the format's description has them, not as our writer writes them.
#[test]
fn a_pcap_file_byte_by_byte() {
    let file = [
        &[0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 1][..],
        &[0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 9, b'h', b'i'],
    ]
    .concat();
    assert_eq!(lines(&file), ["1 5000007000 Ethernet hi/9"]);
}

#[test]
fn a_pcapng_file_byte_by_byte() {
    let file = [
        // Section header, 28 bytes, version 1.0, length not said.
        &[0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0][..],
        &[0xff; 8],
        &[28, 0, 0, 0],
        // Interface of Ethernet, 65535 bytes at most, milliseconds, an offset of 100 s.
        &[1, 0, 0, 0, 44, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0, 0],
        &[9, 0, 1, 0, 3, 0, 0, 0, 14, 0, 8, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 44, 0, 0, 0],
        // Secrets: a TLS key log of five bytes.
        &[
            10, 0, 0, 0, 28, 0, 0, 0, 0x4b, 0x53, 0x4c, 0x54, 5, 0, 0, 0, b'k', b'e', b'y', b's', b'\n', 0, 0, 0, 28,
            0, 0, 0,
        ],
        // A block of names, which is skipped.
        &[4, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0],
        // An enhanced packet after 2^32 + 5 ms, with an option.
        &[6, 0, 0, 0, 48, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, b'h', b'i', 0, 0],
        &[2, 0, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0],
    ]
    .concat();
    let time = (4_294_967_296 + 5 + 100_000) * 1_000_000u64;
    assert_eq!(lines(&file), ["secrets after 0: keys\n".to_owned(), format!("1 {time} Ethernet hi/9")]);
}

#[test]
fn pcapng_has_sections_interfaces_and_units_of_time() {
    let mut file = Pcapng::of(Order::Big);
    let micros = file.interface(LinkType::Ethernet.number(), 0, None);
    let nanos = file.interface(LinkType::Ipv6.number(), 0, Some(9));
    let binary = file.interface(LinkType::Raw.number(), 0, Some(0x80 | 30));
    let picos = file.interface(LinkType::Null.number(), 0, Some(12));
    file.packet_on(nanos, TIME, b"a");
    file.packet_on(micros, TIME, b"bc");
    file.packet_on(binary, TIME, b"def");
    file.packet_on(picos, 1_000_123, b"ghij");
    file.secrets("CLIENT_RANDOM 01 02\n");
    // A custom block, and one that nobody has invented.
    file.block(0x0bad, &[0; 32]);
    file.block(0x8000_1234, &[1; 100_000]);
    file.section(Order::Little);
    file.interface(LinkType::Loop.number(), 0, Some(9));
    file.packet(TIME, b"klmno");
    assert_eq!(
        lines(&file.into_bytes()),
        [
            "1 1772431200123456789 Ipv6 a/1",
            "2 1772431200123456000 Ethernet bc/2",
            "3 1772431200123456788 Raw def/3",
            "4 1000123 Null ghij/4",
            "secrets after 4: CLIENT_RANDOM 01 02\n",
            "5 1772431200123456789 Loop klmno/5",
        ]
    );
}

#[test]
fn simple_packets_are_cut_as_the_interface_says_and_have_no_time() {
    let mut file = Pcapng::of(Order::Little);
    file.interface(LinkType::Ethernet.number(), 4, None);
    file.packet(7_000, b"once");
    // A simple packet of six bytes, of which the interface captures four.
    file.block(3, &[6, 0, 0, 0, b'c', b'u', b't', b'!']);
    file.simple_packet(b"no");
    assert_eq!(
        lines(&file.into_bytes()),
        [
            "1 7000 Ethernet once/4",
            "packet 2: simple packets have no time of their own; they get that of the packet before",
            "2 7000 Ethernet cut!/6",
            "3 7000 Ethernet no/2",
        ]
    );
}

#[test]
fn the_packet_block_of_old_files_is_read() {
    let mut file = Pcapng::new();
    let body = [[0, 0, 9, 0], [0, 0, 0, 0], [8, 0, 0, 0], [2, 0, 0, 0], [2, 0, 0, 0], [b'h', b'i', 0, 0]].concat();
    file.block(2, &body);
    assert_eq!(lines(&file.into_bytes()), ["1 8 Ethernet hi/2"]);
}

#[test]
fn what_cannot_be_read_in_a_pcapng_file_is_told_and_the_rest_is_read() {
    let mut file = Pcapng::new();
    let bluetooth = file.interface(201, 0, None);
    file.packet_on(bluetooth, TIME, b"skipped");
    file.packet_on(7, TIME, b"skipped");
    file.block(10, &[0x4c, 0x4b, 0x47, 0x57, 0, 0, 0, 0]);
    // Options that end in the middle of a value.
    file.block(1, &[1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 8, 0, 6, 0, 0, 0]);
    file.packet(9, b"read");
    assert_eq!(
        lines(&file.into_bytes()),
        [
            "packet 1: interface 1 has link type 201, its packets are skipped; expected 0 (BSD loopback), 1 (Ethernet), 101 (raw IP), \
             108 (OpenBSD loopback), 113 or 276 (Linux cooked), 228 (IPv4) or 229 (IPv6)",
            "packet 2: it is of interface 7, and 2 are described; the packet is skipped",
            "packet 2: secrets of kind 57474b4c with 0 bytes are skipped; expected a TLS key log (544c534b) of at most 1048576 bytes",
            "packet 2: the options of interface 2 cannot be read from byte 0 on; expected a code, a length and as many bytes",
            "3 9 Ethernet read/4",
        ]
    );
}

#[test]
fn what_is_no_capture_is_one_line() {
    assert_eq!(lines(b""), ["the input is empty; expected a capture in pcap or pcapng format"]);
    assert_eq!(
        lines(b"\x7fELF and more"),
        [
            "the input begins with [7f, 45, 4c, 46]; expected a capture: pcap (a1b2c3d4 or a1b23c4d in either byte order) or pcapng \
          (0a0d0d0a)"
        ]
    );
    assert_eq!(lines(b"no").len(), 1);
    let mut version = Pcap::new().into_bytes();
    version[4] = 3;
    assert_eq!(lines(&version), ["pcap of version 3.4 at offset 4; expected 2.4"]);
    let mut version = Pcapng::new().into_bytes();
    version[12] = 2;
    assert_eq!(lines(&version), ["pcapng of version 2.0 at offset 12; expected 1.0 or 1.2"]);
    let mut link = Pcap::new().into_bytes();
    link[20] = 105;
    assert!(
        lines(&link)[0].starts_with("link type 105 at offset 20; expected 0 (BSD loopback), "),
        "{:?}",
        lines(&link)
    );
}

#[test]
fn a_broken_length_names_the_packet_and_the_place() {
    let mut file = Pcap::new();
    file.packet(0, b"good");
    let begin = file.clone().into_bytes().len();
    file.packet(0, b"bad");
    let mut bytes = file.into_bytes();
    bytes[begin + 8..begin + 12].copy_from_slice(&0x0100_0000u32.to_le_bytes());
    assert_eq!(lines(&bytes)[1..], ["packet 2 at offset 44 says that it has 16777216 bytes; expected at most 262144"]);

    let mut file = Pcapng::new();
    let begin = file.clone().into_bytes().len();
    file.packet(0, b"bad!");
    let whole = file.into_bytes();
    let with = |at: usize, value: u32| {
        let mut bytes = whole.clone();
        bytes[begin + at..begin + at + 4].copy_from_slice(&value.to_le_bytes());
        lines(&bytes).join("; ")
    };
    assert_eq!(with(4, 35), "a packet at offset 60, after packet 0: 35 bytes; expected a multiple of 4, 12 at least");
    assert_eq!(with(4, 8), "a packet at offset 60, after packet 0: 8 bytes; expected a multiple of 4, 12 at least");
    assert_eq!(with(4, 28), "a packet at offset 60, after packet 0: 28 bytes; expected room for what it has to say");
    assert_eq!(
        with(20, 5),
        "a packet at offset 60, after packet 0: 36 bytes for a packet of 5; expected room for all of it"
    );
    assert_eq!(
        with(32, 40),
        "a packet at offset 60, after packet 0: 36 bytes at its beginning and 40 at its end; expected the same length at both"
    );
    assert_eq!(with(20, 0x0010_0000), "packet 1 at offset 60 says that it has 1048576 bytes; expected at most 262144");
}

/// A file that was cut anywhere gives all whole packets before the cut, and then one error that says so.
#[test]
fn a_file_may_be_cut_anywhere() {
    let mut pcap = Pcap::new();
    let mut pcapng = Pcapng::new();
    let mut ends = [Vec::new(), Vec::new()];
    for (file, ends) in [0, 1].into_iter().zip(&mut ends) {
        ends.push(if file == 0 { pcap.clone().into_bytes().len() } else { pcapng.clone().into_bytes().len() });
        for text in ["one", "two and", "three"] {
            let length = if file == 0 {
                pcap.packet(TIME, text.as_bytes());
                pcap.clone().into_bytes().len()
            } else {
                pcapng.packet(TIME, text.as_bytes());
                pcapng.clone().into_bytes().len()
            };
            ends.push(length);
        }
    }
    for (bytes, ends) in [pcap.into_bytes(), pcapng.into_bytes()].into_iter().zip(&ends) {
        let whole = lines(&bytes);
        assert_eq!(whole.len(), 3);
        for cut in 4..bytes.len() {
            let found = lines(&bytes[..cut]);
            let packets = ends.iter().filter(|end| **end <= cut).count().saturating_sub(1);
            assert_eq!(found[..packets], whole[..packets], "{cut}");
            // Between two records there is nothing to tell: 28 bytes are a whole pcapng section without anything in it.
            let clean = ends.contains(&cut) || (cut == 28 && bytes[0] == 0x0a);
            assert_eq!(found.len(), packets + usize::from(!clean), "{cut}: {found:?}");
            if !clean {
                assert!(found[packets].starts_with("the input ends in the middle of "), "{}", found[packets]);
            }
        }
    }
    let mut file = Pcap::new();
    file.packet(0, b"123456");
    let mut bytes = file.into_bytes();
    bytes.truncate(bytes.len() - 2);
    assert_eq!(
        lines(&bytes),
        ["the input ends in the middle of a packet at offset 24, after packet 0: 20 of 22 bytes are there"]
    );
}

/// A pipe that gives what it has, and that must not be asked for more than a packet needs.
struct Pipe<'a> {
    pieces: Vec<&'a [u8]>,
    at: usize,
}

impl Read for Pipe<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = *self.pieces.get(self.at).ok_or_else(|| io::Error::other("nobody writes any more"))?;
        let some = piece.len().min(buffer.len());
        buffer[..some].copy_from_slice(&piece[..some]);
        if some < piece.len() {
            self.pieces[self.at] = &piece[some..]
        } else {
            self.at += 1
        }
        Ok(some)
    }
}

#[test]
fn a_packet_is_given_as_soon_as_the_pipe_has_it() {
    let mut pcap = Pcap::new();
    let mut pcapng = Pcapng::new();
    pcap.packet(1000, b"first");
    pcapng.packet(1000, b"first");
    for (first, rest) in [
        (pcap.take(), {
            pcap.packet(2000, b"second");
            pcap.take()
        }),
        (pcapng.take(), {
            pcapng.packet(2000, b"second");
            pcapng.take()
        }),
    ] {
        // The first packet comes byte by byte, then the second all but its end; the pipe breaks there.
        let mut pieces: Vec<&[u8]> = first.chunks(1).collect();
        let fed = pieces.len();
        pieces.push(&rest[..rest.len() - 1]);
        let mut container = Container::new(Pipe { pieces, at: 0 }, Limits::default());
        assert_eq!(line(&container.next().expect("a record")), "1 1000 Ethernet first/5");
        assert_eq!(container.source.offset(), fed as u64);
        let error = line(&container.next().expect("an error"));
        let offset = first.len() + rest.len() - 1;
        assert_eq!(error, format!("reading at offset {offset}: nobody writes any more"));
        assert!(container.next().is_none());
    }
}

#[test]
fn a_signal_does_not_end_the_reading() {
    struct Interrupted<'a>(&'a [u8], bool);
    impl Read for Interrupted<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                Err(io::ErrorKind::Interrupted.into())
            } else {
                self.0.read(buffer.get_mut(..3).expect("room"))
            }
        }
    }
    let mut file = Pcapng::new();
    file.block(77, &[0; 64]);
    file.packet(5, b"here");
    let bytes = file.into_bytes();
    // The buffer in front of it always has room for three bytes.
    assert_eq!(lines_of(Interrupted(&bytes, false)), ["1 5 Ethernet here/4"]);
}
