//! IPv4 and IPv6, and the headers of UDP and TCP in them.

mod fragments;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use etherparse::{IpNumber, Ipv6ExtensionSlice, LaxIpSlice, TcpSlice, UdpSlice};

use crate::remark::Trouble;
use crate::tcp::Segment;
use fragments::{Fragment, Fragments, Key};

/// An IP packet, put together again where it was fragmented.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IpPacket<'a> {
    /// Who sent it.
    pub source: IpAddr,
    /// To whom.
    pub destination: IpAddr,
    /// What the payload is, as IANA numbers it: 6 TCP, 17 UDP.
    pub protocol: u8,
    /// What is carried, behind all extension headers.
    pub payload: Cow<'a, [u8]>,
    /// How many bytes of it the capture does not have at its end.
    pub missing: usize,
}

/// Reads IP packets, and keeps fragments until the others come.
pub struct Ip {
    fragments: Fragments,
}

impl Ip {
    /// Keeps fragments of so many packets ([`crate::Limits::fragmented`]).
    #[must_use]
    pub const fn new(fragmented: usize) -> Self {
        Self { fragments: Fragments::new(fragmented) }
    }

    /// Reads a packet that begins with an IP header. `None` when it is a fragment, and others of its packet are missing. `number`
    /// is that of the packet in the capture. What was given up meanwhile is added to `lost`.
    ///
    /// # Errors
    ///
    /// It is no IP packet that can be read.
    pub fn packet<'a>(
        &mut self,
        bytes: &'a [u8],
        number: u64,
        lost: &mut Vec<Trouble>,
    ) -> Result<Option<IpPacket<'a>>, Trouble> {
        let (ip, stopped) = LaxIpSlice::from_slice(bytes).map_err(|error| Trouble::Ip(error.to_string()))?;
        if let Some((error, _)) = stopped {
            return Err(Trouble::Ip(error.to_string()));
        }
        let (source, destination) = (ip.source_addr(), ip.destination_addr());
        let payload = ip.payload().clone();
        let protocol = payload.ip_number;
        let missing = if payload.incomplete { length(&ip).saturating_sub(bytes.len()) } else { 0 };
        let Some((identification, fragment)) = fragment(&ip, payload.payload) else {
            let payload = Cow::Borrowed(payload.payload);
            return Ok(Some(IpPacket { source, destination, protocol: protocol.0, payload, missing }));
        };
        if missing > 0 {
            return Err(Trouble::Fragment(format!("{missing} bytes of it were not captured; expected all of it")));
        }
        let key = Key { source, destination, identification, protocol: protocol.0 };
        let whole = self.fragments.add(key, &fragment, number, lost)?;
        Ok(whole.map(|payload| IpPacket {
            source,
            destination,
            protocol: protocol.0,
            payload: Cow::Owned(payload),
            missing: 0,
        }))
    }

    /// What is still incomplete at the end of the capture.
    pub fn end(&mut self) -> impl Iterator<Item = Trouble> + use<> {
        self.fragments.end()
    }
}

/// How long the packet says it is, headers included.
fn length(ip: &LaxIpSlice<'_>) -> usize {
    match ip {
        LaxIpSlice::Ipv4(ip) => ip.header().total_len().into(),
        LaxIpSlice::Ipv6(ip) => 40 + usize::from(ip.header().payload_length()),
    }
}

/// Which packet it is a fragment of, and where in it; `None` for a whole packet.
fn fragment<'a>(ip: &LaxIpSlice<'_>, payload: &'a [u8]) -> Option<(u32, Fragment<'a>)> {
    match ip {
        LaxIpSlice::Ipv4(ip) => {
            let head = ip.header();
            head.is_fragmenting_payload().then(|| {
                let (offset, more) = (head.fragments_offset(), head.more_fragments());
                (head.identification().into(), Fragment { offset, more, payload })
            })
        }
        LaxIpSlice::Ipv6(ip) => ip.extensions().clone().into_iter().find_map(|extension| match extension {
            Ipv6ExtensionSlice::Fragment(head) if head.is_fragmenting_payload() => {
                let (offset, more) = (head.fragment_offset(), head.more_fragments());
                Some((head.identification(), Fragment { offset, more, payload }))
            }
            _ => None,
        }),
    }
}

/// What an IP packet carries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Transport<'a> {
    /// A UDP datagram.
    Udp {
        /// Who sent it.
        from: SocketAddr,
        /// To whom.
        to: SocketAddr,
        /// What it says.
        payload: &'a [u8],
    },
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// Something else, as ICMP; its number as IANA has it.
    Other(u8),
}

impl IpPacket<'_> {
    /// Reads the header of UDP or TCP. A segment that was cut by the capture is given with what is there.
    ///
    /// # Errors
    ///
    /// There is no whole header, or it is of a datagram that was cut.
    pub fn transport(&self) -> Result<Transport<'_>, Trouble> {
        let unreadable = |protocol, reason: String| Trouble::Transport { protocol, reason };
        let ends = |from, to| (SocketAddr::new(self.source, from), SocketAddr::new(self.destination, to));
        match IpNumber(self.protocol) {
            IpNumber::UDP => {
                let udp =
                    UdpSlice::from_slice_lax(&self.payload).map_err(|error| unreadable("UDP", error.to_string()))?;
                let (from, to) = ends(udp.source_port(), udp.destination_port());
                let (captured, length) = (udp.payload().len(), usize::from(udp.length()).saturating_sub(8));
                if captured < length || self.missing > 0 {
                    return Err(Trouble::CutDatagram { captured, length: length.max(captured + self.missing) });
                }
                Ok(Transport::Udp { from, to, payload: udp.payload() })
            }
            IpNumber::TCP => {
                let tcp = TcpSlice::from_slice(&self.payload).map_err(|error| unreadable("TCP", error.to_string()))?;
                let (from, to) = ends(tcp.source_port(), tcp.destination_port());
                Ok(Transport::Tcp(Segment {
                    from,
                    to,
                    sequence: tcp.sequence_number(),
                    acknowledgment: tcp.ack().then(|| tcp.acknowledgment_number()),
                    syn: tcp.syn(),
                    fin: tcp.fin(),
                    rst: tcp.rst(),
                    // The FIN stands behind all bytes, those too that were not captured.
                    uncaptured: self.missing,
                    payload: tcp.payload(),
                }))
            }
            IpNumber(other) => Ok(Transport::Other(other)),
        }
    }
}
