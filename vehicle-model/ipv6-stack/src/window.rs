//! How much a peer may send, as it was told.
//!
//! smoltcp takes what fits into its buffer, though it has not told the peer so yet, and computes with the difference as if that could
//! not be: a peer that sends more than it may would end the program. So what this host told is written down here when it goes out,
//! and a segment beyond it does not come in (RFC 9293 section 3.10.7.4: it is not acceptable).

use std::collections::VecDeque;
use std::net::Ipv6Addr;

use smoltcp::wire::TcpPacket;

/// There are fewer connections at a time.
const MOST: usize = 8;

/// A connection as this host sees it: its own port, and the peer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Peer {
    port: u16,
    address: Ipv6Addr,
    peer_port: u16,
}

/// The end of what each peer may send, by the last word to him.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edges(VecDeque<(Peer, u32)>);

impl Edges {
    /// A segment goes out to that address.
    pub(crate) fn said(&mut self, to: Ipv6Addr, segment: &TcpPacket<&[u8]>) {
        if segment.rst() || !segment.ack() {
            return;
        }
        let peer = Peer { port: segment.src_port(), address: to, peer_port: segment.dst_port() };
        // The buffers are so small that windows are never scaled.
        let edge = sequence(segment.ack_number()).wrapping_add(segment.window_len().into());
        // The same connection again is the newest.
        self.0.retain(|(known, _)| *known != peer);
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back((peer, edge));
    }

    /// Whether a segment from that address keeps within what its sender was told.
    pub(crate) fn admit(&self, from: Ipv6Addr, segment: &TcpPacket<&[u8]>) -> bool {
        let peer = Peer { port: segment.dst_port(), address: from, peer_port: segment.src_port() };
        let length = segment.payload().len();
        if length == 0 || segment.syn() {
            return true;
        }
        // To whom nothing was said yet, nothing was granted.
        let edge = self.0.iter().find(|(known, _)| *known == peer).map(|(_, edge)| *edge);
        let end = sequence(segment.seq_number()).wrapping_add(u32::try_from(length).unwrap_or(u32::MAX));
        edge.is_some_and(|edge| end.wrapping_sub(edge).cast_signed() <= 0)
    }
}

const fn sequence(number: smoltcp::wire::TcpSeqNumber) -> u32 {
    number.0.cast_unsigned()
}
