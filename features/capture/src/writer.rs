//! Writes captures: pcap and pcapng.
//!
//! What is written is kept until it is taken, so a caller can write to a file or a pipe whenever it likes.

use crate::packet::LinkType;

/// The order of the bytes of a file's numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// Least significant first, as nearly all files have it.
    Little,
    /// Most significant first.
    Big,
}

impl Order {
    const fn u16(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    const fn u32(self, value: u32) -> [u8; 4] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }
}

/// The smallest unit of a time in a classic pcap file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Precision {
    /// What every program reads.
    Micros,
    /// What newer ones read.
    Nanos,
}

/// Writes classic pcap. Seconds have 32 bits in it: times after 2106 wrap.
#[derive(Clone, Debug)]
pub struct Pcap {
    order: Order,
    precision: Precision,
    bytes: Vec<u8>,
}

impl Default for Pcap {
    fn default() -> Self {
        Self::new()
    }
}

impl Pcap {
    /// A file of Ethernet frames, as tcpdump writes it.
    #[must_use]
    pub fn new() -> Self {
        Self::of(LinkType::Ethernet, Order::Little, Precision::Micros)
    }

    /// A file of any form.
    #[must_use]
    pub fn of(link: LinkType, order: Order, precision: Precision) -> Self {
        let mut bytes = Vec::new();
        let magic = match precision {
            Precision::Micros => 0xa1b2_c3d4,
            Precision::Nanos => 0xa1b2_3c4d,
        };
        bytes.extend(order.u32(magic));
        bytes.extend(order.u16(2));
        bytes.extend(order.u16(4));
        // Time zone and accuracy: nobody uses them. Then how much of a packet is captured at most.
        for value in [0, 0, 256 * 1024, u32::from(link.number())] {
            bytes.extend(order.u32(value));
        }
        Self { order, precision, bytes }
    }

    /// A packet at a time, in nanoseconds since 1970 (UTC).
    pub fn packet(&mut self, time: u64, packet: &[u8]) {
        self.packet_cut(time, packet, packet.len() as u32);
    }

    /// A packet of which only the beginning was captured; it had `original_length` bytes.
    pub fn packet_cut(&mut self, time: u64, packet: &[u8], original_length: u32) {
        let (seconds, nanos) = ((time / 1_000_000_000) as u32, (time % 1_000_000_000) as u32);
        let fraction = match self.precision {
            Precision::Micros => nanos / 1000,
            Precision::Nanos => nanos,
        };
        for value in [seconds, fraction, packet.len() as u32, original_length] {
            self.bytes.extend(self.order.u32(value));
        }
        self.bytes.extend(packet);
    }

    /// What was written since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// The file.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Writes pcapng.
#[derive(Clone, Debug)]
pub struct Pcapng {
    order: Order,
    /// Of each interface of the section: its unit of time, as option `if_tsresol` says it.
    resolutions: Vec<u8>,
    bytes: Vec<u8>,
}

impl Default for Pcapng {
    fn default() -> Self {
        Self::new()
    }
}

impl Pcapng {
    /// A file with one interface, number 0, of Ethernet frames and times in nanoseconds.
    #[must_use]
    pub fn new() -> Self {
        let mut file = Self::of(Order::Little);
        file.interface(LinkType::Ethernet.number(), 0, Some(9));
        file
    }

    /// A file of one section that has no interface yet.
    #[must_use]
    pub fn of(order: Order) -> Self {
        let mut file = Self { order, resolutions: Vec::new(), bytes: Vec::new() };
        file.section(order);
        file
    }

    /// Begins another section; its interfaces count from 0 again.
    pub fn section(&mut self, order: Order) {
        self.order = order;
        self.resolutions.clear();
        let body = [&order.u32(0x1a2b_3c4d)[..], &order.u16(1), &order.u16(0), &[0xff; 8]].concat();
        self.block(0x0a0d_0d0a, &body);
    }

    /// Describes the next interface and gives its number: its link type, how much of a packet is captured at most (0 for all),
    /// and its unit of time: `n` for 10⁻ⁿ seconds, `0x80 + n` for 2⁻ⁿ; microseconds when nothing is said.
    pub fn interface(&mut self, link: u16, snap_length: u32, resolution: Option<u8>) -> u32 {
        let mut body = [&self.order.u16(link)[..], &[0, 0], &self.order.u32(snap_length)].concat();
        if let Some(resolution) = resolution {
            body.extend(self.order.u16(9));
            body.extend(self.order.u16(1));
            body.extend([resolution, 0, 0, 0, 0, 0, 0, 0]);
        }
        self.block(1, &body);
        self.resolutions.push(resolution.unwrap_or(6));
        self.resolutions.len() as u32 - 1
    }

    /// A packet of interface 0 at a time, in nanoseconds since 1970 (UTC).
    pub fn packet(&mut self, time: u64, packet: &[u8]) {
        self.packet_on(0, time, packet);
    }

    /// A packet of any interface.
    pub fn packet_on(&mut self, interface: u32, time: u64, packet: &[u8]) {
        let count = self.count(interface, time);
        let length = packet.len() as u32;
        let mut body = Vec::new();
        for value in [interface, (count >> 32) as u32, count as u32, length, length] {
            body.extend(self.order.u32(value));
        }
        body.extend(packet);
        self.block(6, &body);
    }

    /// A time in the unit of an interface.
    fn count(&self, interface: u32, time: u64) -> u64 {
        let resolution = self.resolutions.get(interface as usize).copied().unwrap_or(6);
        let power = u32::from(resolution & 0x7f);
        let time = u128::from(time);
        let count = if resolution & 0x80 != 0 {
            (time << power.min(64)) / 1_000_000_000
        } else if power <= 9 {
            time / 10u128.pow(9 - power)
        } else {
            time.saturating_mul(10u128.saturating_pow(power - 9))
        };
        count as u64
    }

    /// A packet without a time, of interface 0.
    pub fn simple_packet(&mut self, packet: &[u8]) {
        let body = [&self.order.u32(packet.len() as u32)[..], packet].concat();
        self.block(3, &body);
    }

    /// The lines of a TLS key log; Wireshark wants them before the packets that need them.
    pub fn secrets(&mut self, key_log: &str) {
        let (kind, length) = (self.order.u32(0x544c_534b), self.order.u32(key_log.len() as u32));
        let body = [&kind[..], &length, key_log.as_bytes()].concat();
        self.block(10, &body);
    }

    /// Any block.
    pub fn block(&mut self, kind: u32, body: &[u8]) {
        let padding = body.len().next_multiple_of(4) - body.len();
        let length = self.order.u32((body.len() + padding) as u32 + 12);
        self.bytes.extend(self.order.u32(kind));
        self.bytes.extend(length);
        self.bytes.extend(body);
        self.bytes.extend(std::iter::repeat_n(0, padding));
        self.bytes.extend(length);
    }

    /// What was written since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// The file.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
