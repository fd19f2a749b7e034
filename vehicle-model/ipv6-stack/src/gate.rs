//! Which frames smoltcp gets to see: IPv6 for this host, TCP, UDP or ICMP without headers between, and of TCP what the peer may send.

use std::net::Ipv6Addr;

use smoltcp::wire::{EthernetFrame, EthernetProtocol, IpProtocol, Ipv6Packet, TcpPacket, UdpPacket};

use crate::window::Edges;
use crate::wire::LONGEST_FRAME;

/// All nodes of the link (RFC 4291 section 2.7.1).
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// Who the host is, and what it hears and has said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gate<'a> {
    pub(crate) mac: [u8; 6],
    pub(crate) address: Ipv6Addr,
    /// The port of UDP.
    pub(crate) bound: Option<u16>,
    pub(crate) edges: &'a Edges,
}

/// Whether smoltcp gets to see a frame.
pub(crate) fn admits(frame: &[u8], gate: Gate<'_>) -> bool {
    let Gate { mac, address, bound, edges } = gate;
    if frame.len() > LONGEST_FRAME {
        return false;
    }
    let Ok(frame) = EthernetFrame::new_checked(frame) else { return false };
    let destination = frame.dst_addr();
    if frame.ethertype() != EthernetProtocol::Ipv6 || !(destination.0 == mac || destination.is_multicast()) {
        return false;
    }
    let Ok(packet) = Ipv6Packet::new_checked(frame.payload()) else { return false };
    let to = packet.dst_addr();
    if ![address, ALL_NODES, solicited(address)].contains(&to) || packet.src_addr() == address {
        return false;
    }
    match packet.next_header() {
        IpProtocol::Icmpv6 => true,
        // A connection has one peer.
        IpProtocol::Tcp => {
            to == address
                && TcpPacket::new_checked(packet.payload())
                    .is_ok_and(|segment| edges.admit(packet.src_addr(), &segment))
        }
        // What goes to all is not answered with an error (RFC 4443 section 2.4, e.3).
        IpProtocol::Udp => {
            to == address
                || UdpPacket::new_checked(packet.payload()).is_ok_and(|datagram| Some(datagram.dst_port()) == bound)
        }
        _ => false,
    }
}

/// Where neighbours ask for it (RFC 4291 section 2.7.1).
const fn solicited(address: Ipv6Addr) -> Ipv6Addr {
    let [.., high, low] = address.segments();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | (high & 0xff), low)
}
