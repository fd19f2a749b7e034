//! The open sockets on one interface: where a car asks (SDP) and where it connects.

use std::io;
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};
use std::ops::RangeInclusive;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hardware::{ErrorKind, LinkError, bounds};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::ReadBuf;
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use crate::netlink::{self, Readiness, Watch};
use crate::plc::{LinkLocal, link_local};

/// The port of SDP (ISO 15118-2, table 19).
const DISCOVERY: u16 = 15118;
/// Where cars look for whoever offers charging: all nodes of the link.
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// Ports a car may be sent to; the first one that is free is taken. The standard allows any port from 49152 on. So few are
/// enough, and a charger that gives up its rights keeps only these.
pub const PORTS: RangeInclusive<u16> = 49_152..=49_167;

/// A longer datagram is cut: the questions of SDP have ten octets.
const LONGEST_DATAGRAM: usize = 1500;
/// What the kernel keeps for a car that sends faster than it is listened to, and of what it has not acknowledged. Set by hand, so
/// that the kernel does not make it megabytes.
const KERNEL_BUFFER: usize = 64 * 1024;
/// Connections that wait to be accepted. There is one car.
const BACKLOG: i32 = 4;
/// How long opening waits for the address of the link; there must be time left for the rest.
const ADDRESS: Duration = Duration::from_millis(1800);

/// Both sockets, and the watch over their interface.
#[derive(Debug)]
pub(super) struct Ears {
    interface: String,
    own: LinkLocal,
    watch: Watch,
    discovery: UdpSocket,
    listener: TcpListener,
    place: SocketAddrV6,
}

impl Ears {
    /// Opens them. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// [`ErrorKind::Disconnected`] when the interface is not there or off; [`ErrorKind::TimedOut`] when it has no address yet;
    /// [`ErrorKind::Refused`] when a port is somebody else's, or a socket is not allowed.
    pub(super) async fn open(interface: &str) -> Result<Self, LinkError> {
        let failed = |what: &'static str| move |cause: io::Error| lost(interface, what, &cause);
        // From here on no change is missed.
        let watch = Watch::open().map_err(failed("watching it"))?;
        match netlink::interface(interface).map_err(failed("looking at it"))? {
            Some(found) if found.up => {}
            Some(_) => return Err(gone(interface, "it is off")),
            None => return Err(gone(interface, "there is no such interface")),
        }
        let own = link_local(interface, ADDRESS).await?;
        let discovery = discovery(interface, own).map_err(failed("UDP port 15118"))?;
        let listener = listener(interface, own).map_err(failed("a TCP port from 49152 on"))?;
        let SocketAddr::V6(place) = listener.local_addr().map_err(failed("its address"))? else {
            return Err(LinkError::new(
                ErrorKind::Refused,
                interface.to_owned(),
                "it listens to something else than IPv6",
            ));
        };
        Ok(Self { interface: interface.to_owned(), own, watch, discovery, listener, place })
    }

    /// Where a car may connect.
    pub(super) const fn place(&self) -> SocketAddrV6 {
        self.place
    }

    /// Ready when the interface is off or gone, or has lost its address: why.
    pub(super) fn poll_gone(&self, context: &mut Context<'_>) -> Poll<LinkError> {
        loop {
            if let Err(cause) = ready!(self.watch.poll_change(context, self.own.scope)) {
                return Poll::Ready(lost(&self.interface, "watching it", &cause));
            }
            match self.is_there() {
                Ok(true) => {}
                Ok(false) => return Poll::Ready(gone(&self.interface, "it is off, or has lost its address")),
                Err(cause) => return Poll::Ready(lost(&self.interface, "looking at it", &cause)),
            }
        }
    }

    fn is_there(&self) -> io::Result<bool> {
        let up = netlink::Interface { index: self.own.scope, up: true };
        let usable = (self.own.address, Readiness::Usable);
        Ok(netlink::interface(&self.interface)? == Some(up) && netlink::link_local(self.own.scope)? == Some(usable))
    }

    /// The next datagram to the port of SDP, and who sent it.
    pub(super) fn poll_datagram(&self, context: &mut Context<'_>) -> Poll<Result<(SocketAddrV6, Vec<u8>), LinkError>> {
        let mut octets = [0; LONGEST_DATAGRAM];
        loop {
            let mut buffer = ReadBuf::new(&mut octets);
            match ready!(self.discovery.poll_recv_from(context, &mut buffer)) {
                Ok(SocketAddr::V6(from)) => return Poll::Ready(Ok((from, buffer.filled().to_vec()))),
                // It is bound to IPv6 alone.
                Ok(SocketAddr::V4(_)) => {}
                Err(cause) => return Poll::Ready(Err(lost(&self.interface, "hearing datagrams", &cause))),
            }
        }
    }

    /// The next car that connects.
    pub(super) fn poll_accept(&self, context: &mut Context<'_>) -> Poll<Result<(TcpStream, SocketAddrV6), LinkError>> {
        loop {
            match ready!(self.listener.poll_accept(context)) {
                Ok((stream, SocketAddr::V6(from))) => return Poll::Ready(Ok((stream, from))),
                Ok((_, SocketAddr::V4(_))) => {}
                Err(cause) if is_of_the_peer(&cause) => {}
                Err(cause) => return Poll::Ready(Err(lost(&self.interface, "accepting a connection", &cause))),
            }
        }
    }

    /// Sends a datagram from the port of SDP.
    ///
    /// # Errors
    /// The interface is gone, or does not take it within [`bounds::V2G_NETWORK`]. That nobody can be reached at that address is
    /// none: a datagram may be lost.
    pub(super) async fn answer(&self, to: SocketAddrV6, payload: &[u8]) -> Result<(), LinkError> {
        let sent = tokio::time::timeout(bounds::V2G_NETWORK, self.discovery.send_to(payload, to)).await;
        match sent {
            Ok(Ok(_)) => Ok(()),
            // Whoever asked chose the address, and may have chosen one that cannot be.
            Ok(Err(cause)) if matches!(cause.raw_os_error(), Some(libc::EINVAL | libc::EHOSTUNREACH)) => Ok(()),
            Ok(Err(cause)) => Err(lost(&self.interface, "answering", &cause)),
            Err(_) => Err(LinkError::new(ErrorKind::TimedOut, self.interface.clone(), "answering: it takes nothing")),
        }
    }
}

/// The socket of SDP: questions on this interface alone, to all nodes or to us.
fn discovery(interface: &str, own: LinkLocal) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM.nonblocking().cloexec(), Some(Protocol::UDP))?;
    socket.set_only_v6(true)?;
    // Before it is bound to a port: nothing of another interface slips in, and each EVSE has the port on an interface of its own.
    socket.bind_device(Some(interface.as_bytes()))?;
    socket.set_recv_buffer_size(KERNEL_BUFFER)?;
    socket.bind(&SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, DISCOVERY, 0, 0).into())?;
    socket.join_multicast_v6(&ALL_NODES, own.scope)?;
    UdpSocket::from_std(socket.into())
}

/// A listener at the first port that is free.
fn listener(interface: &str, own: LinkLocal) -> io::Result<TcpListener> {
    let mut taken = io::Error::from_raw_os_error(libc::EADDRINUSE);
    for port in PORTS {
        match listener_at(interface, SocketAddrV6::new(own.address, port, 0, own.scope)) {
            Err(cause) if cause.kind() == io::ErrorKind::AddrInUse => taken = cause,
            result => return result,
        }
    }
    Err(taken)
}

fn listener_at(interface: &str, place: SocketAddrV6) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV6, Type::STREAM.nonblocking().cloexec(), Some(Protocol::TCP))?;
    socket.set_only_v6(true)?;
    socket.bind_device(Some(interface.as_bytes()))?;
    // The port of the session before may still wait for its last segments.
    socket.set_reuse_address(true)?;
    // Connections inherit both.
    socket.set_recv_buffer_size(KERNEL_BUFFER)?;
    socket.set_send_buffer_size(KERNEL_BUFFER)?;
    socket.bind(&place.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Whether only the connection that would have been accepted broke (see `accept(2)`).
fn is_of_the_peer(cause: &io::Error) -> bool {
    matches!(
        cause.raw_os_error(),
        Some(
            libc::ECONNABORTED
                | libc::EINTR
                | libc::EPERM
                | libc::EPROTO
                | libc::EHOSTDOWN
                | libc::EHOSTUNREACH
                | libc::ENETUNREACH
        )
    )
}

fn gone(interface: &str, what: &str) -> LinkError {
    LinkError::new(ErrorKind::Disconnected, interface.to_owned(), what.to_owned())
}

/// What went wrong: an interface that is off or gone comes back; the rest is somebody's mistake.
fn lost(interface: &str, what: &str, cause: &io::Error) -> LinkError {
    let kind = match cause.raw_os_error() {
        Some(libc::ENETDOWN | libc::ENXIO | libc::ENODEV | libc::EADDRNOTAVAIL | libc::ENETUNREACH) => {
            ErrorKind::Disconnected
        }
        _ => ErrorKind::Refused,
    };
    LinkError::new(kind, interface.to_owned(), format!("{what}: {cause}"))
}
