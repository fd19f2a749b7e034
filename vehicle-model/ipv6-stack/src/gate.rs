//! Which frames smoltcp gets to see: IPv6 for this host, TCP, UDP or ICMP without headers between, and of TCP what the peer may send.

use std::net::Ipv6Addr;

use smoltcp::wire::{EthernetFrame, EthernetProtocol, IpProtocol, Ipv6Packet, TcpPacket};

use crate::window::Edges;
use crate::wire::LONGEST_FRAME;

/// All nodes of the link (RFC 4291 section 2.7.1).
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

pub(crate) fn admits(frame: &[u8], mac: [u8; 6], address: Ipv6Addr, edges: &Edges) -> bool {
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
        IpProtocol::Udp => true,
        _ => false,
    }
}

/// Where neighbours ask for it (RFC 4291 section 2.7.1).
const fn solicited(address: Ipv6Addr) -> Ipv6Addr {
    let [.., high, low] = address.segments();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | (high & 0xff), low)
}
