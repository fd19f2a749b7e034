//! UDP: one port, and what comes and goes there.

use std::net::SocketAddrV6;
use std::time::Duration;

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::udp;
use smoltcp::wire::{IpAddress, IpEndpoint};
use units::Instant;

/// So many datagrams wait in each direction, and so many octets in them.
const MOST_DATAGRAMS: usize = 16;
const MOST_OCTETS: usize = 16 * 1024;

/// What fits into a frame behind the headers of Ethernet, IPv6 and UDP.
const LONGEST: usize = 1452;

/// A neighbour who does not say within this time where he is keeps up nobody else's datagrams any longer. He is asked once a
/// second.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// The bound port.
#[derive(Debug, Default)]
pub(crate) struct Datagrams {
    bound: Option<Bound>,
}

#[derive(Debug)]
struct Bound {
    port: u16,
    socket: SocketHandle,
    /// Since then something waits to go.
    waits_since: Option<Instant>,
}

impl Datagrams {
    pub(crate) fn bind(&mut self, sockets: &mut SocketSet<'static>, port: u16) {
        self.unbind(sockets);
        let buffer = || udp::PacketBuffer::new(vec![udp::PacketMetadata::EMPTY; MOST_DATAGRAMS], vec![0; MOST_OCTETS]);
        let mut socket = udp::Socket::new(buffer(), buffer());
        // It refuses port 0 alone.
        if socket.bind(port).is_ok() {
            self.bound = Some(Bound { port, socket: sockets.add(socket), waits_since: None });
        }
    }

    pub(crate) fn unbind(&mut self, sockets: &mut SocketSet<'static>) {
        if let Some(bound) = self.bound.take() {
            sockets.remove(bound.socket);
        }
    }

    pub(crate) fn port(&self) -> Option<u16> {
        self.bound.as_ref().map(|bound| bound.port)
    }

    pub(crate) fn send(&mut self, sockets: &mut SocketSet<'static>, now: Instant, to: SocketAddrV6, payload: &[u8]) {
        let on_the_link = to.ip().is_unicast_link_local() || to.ip().segments()[0] == 0xff02;
        let Some(bound) = &mut self.bound else { return };
        if !on_the_link || to.port() == 0 || payload.len() > LONGEST {
            return;
        }
        let socket = sockets.get_mut::<udp::Socket<'_>>(bound.socket);
        // Where there is no room it is lost.
        if socket.send_slice(payload, IpEndpoint::new(IpAddress::Ipv6(*to.ip()), to.port())).is_ok() {
            bound.waits_since.get_or_insert(now);
        }
    }

    pub(crate) fn next(&self, sockets: &mut SocketSet<'static>) -> Option<(SocketAddrV6, Vec<u8>)> {
        let bound = self.bound.as_ref()?;
        let (payload, from) = sockets.get_mut::<udp::Socket<'_>>(bound.socket).recv().ok()?;
        let IpAddress::Ipv6(address) = from.endpoint.addr else { return None };
        Some((SocketAddrV6::new(address, from.endpoint.port, 0, 0), payload.to_vec()))
    }

    /// What waits for too long is lost.
    pub(crate) fn step(&mut self, sockets: &mut SocketSet<'static>, now: Instant) {
        let Some(bound) = &mut self.bound else { return };
        if sockets.get::<udp::Socket<'_>>(bound.socket).send_queue() == 0 {
            bound.waits_since = None;
        }
        if bound.waits_since.is_some_and(|since| since + PATIENCE <= now) {
            let port = bound.port;
            self.bind(sockets, port);
        }
    }

    pub(crate) fn next_change(&self) -> Option<Instant> {
        self.bound.as_ref()?.waits_since.map(|since| since + PATIENCE)
    }
}
