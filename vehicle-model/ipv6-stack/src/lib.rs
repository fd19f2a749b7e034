//! An IPv6 host on Ethernet frames, without I/O and without a clock: what a car, or a charger that is simulated, needs to find the
//! other side by SDP and to speak with it over TCP (ISO 15118-2 clause 7.7).
//!
//! ```text
//!   frames ── hear ──▶ ┌───────┐ ──▶ next_frame ── frames
//!     time ── advance ▶│ Stack │ ──▶ next_change ─ when again
//!    octets ── send ──▶└───────┘ ──▶ next_datagram, next_event
//! ```
//!
//! It has its link-local address, one UDP socket and one TCP connection at a time. smoltcp does the work; what stands around it here
//! is bounded in memory and in time, whatever the neighbour sends.
//!
//! | file | what |
//! |---|---|
//! | `gate` | which frames smoltcp gets to see |
//! | `wire` | frames that come and frames that wait |
//! | `window` | how much a peer may send, as it was told |
//! | `datagrams` | UDP |
//! | `connections` | TCP: who listens, who is connected, who leaves |
//! | `clock`, `random` | smoltcp's time, and numbers that follow from the seed |

mod clock;
mod connections;
mod datagrams;
mod gate;
mod random;
mod window;
mod wire;

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::time::Duration;

use smoltcp::iface::{Config, Interface, PollResult, SocketSet};
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr};
use units::Instant;

use crate::connections::Connections;
use crate::datagrams::Datagrams;
use crate::gate::Gate;
use crate::wire::Wire;

/// What smoltcp does in one go, at most: more waits for the next time, so that a peer that wants its octets one by one takes turns
/// with everything else.
const ROUNDS: usize = 256;

/// What happened to the connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// It is open.
    Connected {
        /// Who is at the other end.
        peer: SocketAddrV6,
    },
    /// The peer said this: as much as is there, wherever he cut it.
    Received(Vec<u8>),
    /// It is gone, or the attempt came to nothing. Not told of a connection that the host closed or aborted itself.
    Closed,
}

/// An IPv6 host.
///
/// After whatever is done to it there may be frames ([`Stack::next_frame`]), datagrams and events; who has fetched them all asks
/// [`Stack::next_change`] when to come again.
pub struct Stack {
    address: Ipv6Addr,
    mac: [u8; 6],
    now: Instant,
    /// There is nothing to do before then, as long as nothing is done to it; `None`: there may be at once.
    rests_until: Option<Instant>,
    interface: Interface,
    sockets: SocketSet<'static>,
    wire: Wire,
    datagrams: Datagrams,
    connections: Connections,
}

impl Stack {
    /// A host of that Ethernet address with its link-local address (EUI-64, RFC 4291 appendix A). What is random (sequence numbers
    /// and ports of TCP) follows from `seed`. A group bit in the address is taken as zero.
    #[must_use]
    pub fn new(mac: [u8; 6], seed: u64) -> Self {
        let [first, rest @ ..] = mac;
        let [b, c, d, e, f] = rest;
        let mac = [first & !1, b, c, d, e, f];
        let address = link_local(mac);
        let mut wire = Wire::default();
        let mut config = Config::new(HardwareAddress::Ethernet(EthernetAddress(mac)));
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut wire, clock::to_stack(Instant::ZERO));
        interface.update_ip_addrs(|addresses| {
            // There is room for the first.
            let _ = addresses.push(IpCidr::new(IpAddress::Ipv6(address), 64));
        });
        Self {
            address,
            mac,
            now: Instant::ZERO,
            rests_until: None,
            interface,
            sockets: SocketSet::new(Vec::new()),
            wire,
            datagrams: Datagrams::default(),
            connections: Connections::new(seed),
        }
    }

    /// Its link-local address.
    #[must_use]
    pub const fn address(&self) -> Ipv6Addr {
        self.address
    }

    /// A frame came. What is not IPv6, or not for this host, is passed over.
    pub fn hear(&mut self, now: Instant, frame: &[u8]) {
        self.pass(now);
        let (mac, address, bound) = (self.mac, self.address, self.datagrams.port());
        if gate::admits(frame, Gate { mac, address, bound, edges: self.wire.edges() }) {
            self.wire.came(frame);
            self.settle();
        }
    }

    /// Time passed: what was lost is said again, what is over ends.
    pub fn advance(&mut self, now: Instant) {
        self.pass(now);
        // Whoever looks at it often pays for what is due alone.
        if self.rests_until.is_none_or(|until| until <= self.now) {
            self.settle();
        }
    }

    /// The next frame to send. At most 128 wait; of more, TCP says again what was lost.
    pub fn next_frame(&mut self) -> Option<Vec<u8>> {
        self.wire.next()
    }

    /// When [`Stack::advance`] is due; `None`: nothing happens by itself.
    pub fn next_change(&mut self) -> Option<Instant> {
        let due = self.interface.poll_at(clock::to_stack(self.now), &self.sockets).map(clock::of_stack);
        // Whatever is due at once was just done as far as it goes; a moment later there is room for more.
        let due = due.map(|due| due.max(self.now + clock::MOMENT));
        let own = [self.connections.next_change(&self.sockets), self.datagrams.next_change()];
        let next = own.into_iter().chain([due]).flatten().min();
        if self.rests_until.is_some() {
            self.rests_until = self.rests_until.max(next);
        }
        next
    }

    /// Hears the datagrams (UDP) to this port, those to all nodes of the link (`ff02::1`) as well, and sends from it. Port 0 is none.
    pub fn bind(&mut self, port: u16) {
        self.rests_until = None;
        self.datagrams.bind(&mut self.sockets, port);
    }

    /// Hears no datagrams any longer.
    pub fn unbind(&mut self) {
        self.rests_until = None;
        self.datagrams.unbind(&mut self.sockets);
    }

    /// Sends a datagram from the bound port to a host of the link, or to all. What cannot be sent is lost, as on any line: without
    /// a port, of more than 1452 octets, to nowhere on the link, or to a neighbour who does not say where he is.
    pub fn send_to(&mut self, now: Instant, to: SocketAddrV6, payload: &[u8]) {
        self.pass(now);
        self.datagrams.send(&mut self.sockets, self.now, to, payload);
        self.settle();
    }

    /// The next datagram, and who sent it. At most 16 wait.
    pub fn next_datagram(&mut self) -> Option<(SocketAddrV6, Vec<u8>)> {
        let next = self.datagrams.next(&mut self.sockets);
        if next.is_some() {
            self.rests_until = None;
        }
        next
    }

    /// Accepts connections at this port (TCP), one at a time: the next one takes the place of the one before. Port 0 is none.
    pub fn listen(&mut self, port: u16) {
        self.rests_until = None;
        self.connections.listen(&mut self.sockets, port);
    }

    /// Accepts none any longer, and aborts the one that is open.
    pub fn stop_listening(&mut self) {
        self.connections.stop_listening(&mut self.sockets, self.now);
        self.settle();
    }

    /// Connects from a port of its own. A connection before is aborted. What is not answered within 5 s is closed.
    pub fn connect(&mut self, now: Instant, to: SocketAddrV6) {
        self.pass(now);
        self.connections.connect(&mut self.sockets, &mut self.interface, self.now, to);
        self.settle();
    }

    /// Says this on the connection. Up to 64 KiB wait for a slow peer; more than that ends the connection, and without a connection
    /// nothing happens.
    pub fn send(&mut self, now: Instant, octets: &[u8]) {
        self.pass(now);
        self.connections.send(&mut self.sockets, self.now, octets);
        self.settle();
    }

    /// Closes the connection after what was said (FIN). Nothing more is told of it.
    pub fn close(&mut self, now: Instant) {
        self.pass(now);
        self.connections.close(&mut self.sockets, self.now);
        self.settle();
    }

    /// Tears the connection down (RST). Nothing more is told of it.
    pub fn abort(&mut self, now: Instant) {
        self.pass(now);
        self.connections.abort(&mut self.sockets, self.now);
        self.settle();
    }

    /// What happened to the connection next. What the peer says waits for whoever asks here, and then the peer waits.
    pub fn next_event(&mut self) -> Option<Event> {
        let event = self.connections.next_event(&mut self.sockets, self.now);
        if event.is_some() {
            // There may be room for the peer again, or a last word to say.
            self.settle();
        }
        event
    }

    /// Time does not go back.
    fn pass(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    /// Goes as far as it goes now.
    fn settle(&mut self) {
        let now = clock::to_stack(self.now);
        self.rests_until = None;
        for _ in 0..ROUNDS {
            let polled = self.interface.poll(now, &mut self.wire, &mut self.sockets);
            let changed = self.connections.step(&mut self.sockets, self.now);
            if self.wire.is_full() {
                break;
            }
            if polled == PollResult::None && !changed {
                self.rests_until = Some(self.now + Duration::from_micros(1));
                break;
            }
        }
        self.datagrams.step(&mut self.sockets, self.now);
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack")
            .field("address", &self.address)
            .field("datagrams", &self.datagrams)
            .field("connections", &self.connections)
            .field("wire", &self.wire)
            .finish_non_exhaustive()
    }
}

/// fe80::/64 with the EUI-64 of the Ethernet address.
fn link_local([a, b, c, d, e, f]: [u8; 6]) -> Ipv6Addr {
    let pair = |high: u8, low: u8| u16::from_be_bytes([high, low]);
    Ipv6Addr::new(0xfe80, 0, 0, 0, pair(a ^ 2, b), pair(c, 0xff), pair(0xfe, d), pair(e, f))
}
