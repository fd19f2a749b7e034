//! Packets for tests: datagrams, and conversations over TCP, as two machines and a cable would make them. [`crate::writer`] puts
//! them into a file. Checksums are right, so other programs read them too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use etherparse::{IpHeaders, IpNumber, Ipv4Header, Ipv6FlowLabel, Ipv6Header, PacketBuilder, TcpHeader};

use crate::event::Direction;

/// The MAC address of the machine at the lower end of [`Ends`], and that of the other one.
pub const MACS: [[u8; 6]; 2] = [[0x02, 0, 0, 0, 0, 0x0a], [0x02, 0, 0, 0, 0, 0x0b]];

/// Who talks to whom.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ends {
    /// Who opens the connection.
    pub client: SocketAddr,
    /// Who waits for it.
    pub server: SocketAddr,
}

impl Ends {
    /// Two machines with link-local IPv6 addresses, `fe80::a` and `fe80::b`.
    #[must_use]
    pub const fn v6(client: u16, server: u16) -> Self {
        Self {
            client: SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x0a)), client),
            server: SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x0b)), server),
        }
    }

    /// Two machines with IPv4 addresses, 192.0.2.10 and 192.0.2.11.
    #[must_use]
    pub const fn v4(client: u16, server: u16) -> Self {
        Self {
            client: SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10)), client),
            server: SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 11)), server),
        }
    }

    /// From whom to whom a stream goes.
    #[must_use]
    pub const fn of(&self, direction: Direction) -> (SocketAddr, SocketAddr) {
        match direction {
            Direction::Forward => (self.client, self.server),
            Direction::Backward => (self.server, self.client),
        }
    }
}

/// What a TCP segment has beside its bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Flags {
    /// It begins.
    pub syn: bool,
    /// It has sent everything.
    pub fin: bool,
    /// It breaks off.
    pub rst: bool,
}

impl Flags {
    /// None of them.
    pub const NONE: Self = Self { syn: false, fin: false, rst: false };
    /// SYN alone.
    pub const SYN: Self = Self { syn: true, ..Self::NONE };
    /// FIN alone.
    pub const FIN: Self = Self { fin: true, ..Self::NONE };
    /// RST alone.
    pub const RST: Self = Self { rst: true, ..Self::NONE };
}

/// The IP header between two addresses; of two versions it takes that of the sender.
fn ip(from: IpAddr, to: IpAddr, protocol: IpNumber, length: usize) -> IpHeaders {
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let mut head =
                Ipv4Header { source: from.octets(), destination: to.octets(), protocol, ..Default::default() };
            head.time_to_live = 64;
            head.set_payload_len(length).expect("a payload that an IP packet can have");
            IpHeaders::Ipv4(head, Default::default())
        }
        (from, to) => {
            let octets = |address| match address {
                IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
                IpAddr::V6(address) => address.octets(),
            };
            let head = Ipv6Header {
                traffic_class: 0,
                flow_label: Ipv6FlowLabel::ZERO,
                payload_length: u16::try_from(length).expect("a payload that an IP packet can have"),
                next_header: protocol,
                hop_limit: 255,
                source: octets(from),
                destination: octets(to),
            };
            IpHeaders::Ipv6(head, Default::default())
        }
    }
}

/// The IP packet of a TCP segment.
///
/// # Panics
///
/// The payload does not fit into an IP packet.
#[must_use]
pub fn tcp(
    from: SocketAddr,
    to: SocketAddr,
    flags: Flags,
    sequence: u32,
    acknowledgment: Option<u32>,
    payload: &[u8],
) -> Vec<u8> {
    let mut head = TcpHeader::new(from.port(), to.port(), sequence, 64240);
    head.acknowledgment_number = acknowledgment.unwrap_or(0);
    (head.ack, head.syn, head.fin, head.rst) = (acknowledgment.is_some(), flags.syn, flags.fin, flags.rst);
    head.psh = !payload.is_empty();
    let builder = PacketBuilder::ip(ip(from.ip(), to.ip(), IpNumber::TCP, 20 + payload.len())).tcp_header(head);
    let mut packet = Vec::with_capacity(builder.size(payload.len()));
    builder.write(&mut packet, payload).expect("a payload that an IP packet can have");
    packet
}

/// The IP packet of a UDP datagram.
///
/// # Panics
///
/// The payload does not fit into an IP packet.
#[must_use]
pub fn udp(from: SocketAddr, to: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let head = ip(from.ip(), to.ip(), IpNumber::UDP, 8 + payload.len());
    let builder = PacketBuilder::ip(head).udp(from.port(), to.port());
    let mut packet = Vec::with_capacity(builder.size(payload.len()));
    builder.write(&mut packet, payload).expect("a payload that an IP packet can have");
    packet
}

/// The Ethernet frame around an IP packet, between [`MACS`].
#[must_use]
pub fn ethernet(ip_packet: &[u8]) -> Vec<u8> {
    let version_6 = ip_packet.first().is_some_and(|first| first >> 4 == 6);
    let ether_type = if version_6 { crate::link::IPV6 } else { crate::link::IPV4 };
    let source_at = if version_6 { 23 } else { 15 };
    let [lower, upper] = MACS;
    let from_lower = ip_packet.get(source_at).is_none_or(|last| *last == 10);
    let (source, destination) = if from_lower { (lower, upper) } else { (upper, lower) };
    ethernet_frame(destination, source, ether_type, ip_packet)
}

/// Any Ethernet frame, padded to the 60 bytes that it has on the wire at least.
#[must_use]
pub fn ethernet_frame(destination: [u8; 6], source: [u8; 6], ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = [&destination[..], &source, &ether_type.to_be_bytes(), payload].concat();
    frame.resize(frame.len().max(60), 0);
    frame
}

/// An Ethernet frame with a tag of IEEE 802.1Q.
///
/// # Panics
///
/// The frame has no header.
#[must_use]
pub fn tagged(vlan: u16, frame: &[u8]) -> Vec<u8> {
    let (addresses, rest) = frame.split_at(12);
    [addresses, &[0x81, 0x00], &vlan.to_be_bytes(), rest].concat()
}

/// An IP packet as `tcpdump -i any` writes it, sent by the lower of [`MACS`].
#[must_use]
pub fn linux_cooked(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let [[a, b, c, d, e, f], _] = MACS;
    let head = [0, 0, 0, 1, 0, 6, a, b, c, d, e, f, 0, 0];
    [&head, &ether_type.to_be_bytes()[..], payload].concat()
}

/// The same in the second version, on interface 3.
#[must_use]
pub fn linux_cooked2(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let [[a, b, c, d, e, f], _] = MACS;
    let head = [0, 0, 0, 0, 0, 3, 0, 1, 0, 6, a, b, c, d, e, f, 0, 0];
    [&ether_type.to_be_bytes()[..], &head, payload].concat()
}

/// A conversation over TCP. Each step gives the IP packets that go over the cable.
#[derive(Clone, Copy, Debug)]
pub struct Talk {
    /// Who talks.
    pub ends: Ends,
    /// The sequence number of what each says next.
    next: [u32; 2],
}

impl Talk {
    /// A conversation that begins with the sequence numbers 1000 and 5000.
    #[must_use]
    pub const fn new(ends: Ends) -> Self {
        Self::numbered(ends, 1000, 5000)
    }

    /// A conversation that begins with sequence numbers of choice.
    #[must_use]
    pub const fn numbered(ends: Ends, client: u32, server: u32) -> Self {
        Self { ends, next: [client, server] }
    }

    const fn place(direction: Direction) -> usize {
        match direction {
            Direction::Forward => 0,
            Direction::Backward => 1,
        }
    }

    /// One segment of any kind, at the place that is next; what it carries counts.
    pub fn segment(&mut self, direction: Direction, flags: Flags, acknowledges: bool, payload: &[u8]) -> Vec<u8> {
        let (from, to) = self.ends.of(direction);
        let (mine, other) = (Self::place(direction), Self::place(direction.opposite()));
        let sequence = self.next[mine];
        let length = payload.len() as u32 + u32::from(flags.syn) + u32::from(flags.fin);
        self.next[mine] = sequence.wrapping_add(length);
        tcp(from, to, flags, sequence, acknowledges.then_some(self.next[other]), payload)
    }

    /// SYN, its answer, and the acknowledgment of that.
    pub fn open(&mut self) -> Vec<Vec<u8>> {
        vec![
            self.segment(Direction::Forward, Flags::SYN, false, &[]),
            self.segment(Direction::Backward, Flags::SYN, true, &[]),
            self.segment(Direction::Forward, Flags::NONE, true, &[]),
        ]
    }

    /// One side says something, in segments of at most 1440 bytes, and the other acknowledges all of it.
    pub fn says(&mut self, direction: Direction, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut segments: Vec<_> =
            bytes.chunks(1440).map(|part| self.segment(direction, Flags::NONE, true, part)).collect();
        segments.push(self.segment(direction.opposite(), Flags::NONE, true, &[]));
        segments
    }

    /// The client says something; see [`Talk::says`].
    pub fn client(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.says(Direction::Forward, bytes)
    }

    /// The server says something; see [`Talk::says`].
    pub fn server(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.says(Direction::Backward, bytes)
    }

    /// The client has said everything, then the server has.
    pub fn close(&mut self) -> Vec<Vec<u8>> {
        vec![
            self.segment(Direction::Forward, Flags::FIN, true, &[]),
            self.segment(Direction::Backward, Flags::FIN, true, &[]),
            self.segment(Direction::Forward, Flags::NONE, true, &[]),
        ]
    }

    /// One side breaks off.
    pub fn reset(&mut self, direction: Direction) -> Vec<u8> {
        self.segment(direction, Flags::RST, true, &[])
    }
}
