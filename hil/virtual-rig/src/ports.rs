//! Places on the loopback that are ours for as long as a scenario lasts, whether anybody listens there or not: several scenarios
//! run at a time, and a port that was only looked for may be another's when it is used.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::ops::Deref;

use tokio::net::{TcpListener, TcpSocket, UdpSocket};

/// Connections that wait to be accepted.
const WAITING: u32 = 16;

/// A TCP port at which a model listens, and sometimes does not: connections are refused then, and the port stays ours.
#[derive(Debug)]
pub(crate) struct OwnPort {
    /// Bound and never listening: the kernel gives the port to nobody who asks for any port.
    _held: TcpSocket,
    address: SocketAddr,
}

impl OwnPort {
    /// A port that nobody else has; inside the runtime.
    pub(crate) fn new() -> io::Result<Self> {
        let held = bound((Ipv4Addr::LOCALHOST, 0).into())?;
        let address = held.local_addr()?;
        Ok(Self { _held: held, address })
    }

    /// Its number.
    pub(crate) fn number(&self) -> u16 {
        self.address.port()
    }

    /// Listens there until the listener is dropped; inside the runtime.
    pub(crate) fn listen(&self) -> io::Result<OwnListener> {
        bound(self.address)?.listen(WAITING).map(OwnListener)
    }
}

/// Listens as long as it is there, and not a moment longer: a program that is being started has all our files until it runs, and
/// would keep the port open for that time.
#[derive(Debug)]
pub(crate) struct OwnListener(TcpListener);

impl Deref for OwnListener {
    type Target = TcpListener;

    fn deref(&self) -> &TcpListener {
        &self.0
    }
}

impl Drop for OwnListener {
    fn drop(&mut self) {
        // It is closed right after, whatever came of this.
        let _ = rustix::net::shutdown(&self.0, rustix::net::Shutdown::Both);
    }
}

/// A socket that shares its port with others that do not listen.
fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// A socket to send datagrams from, and a place that is free for whom they are for. The kernel gives nobody else the port of this
/// socket while it is open; an address of the loopback that is named after the port is then nobody else's either. Inside the runtime.
pub(crate) fn datagrams() -> io::Result<(UdpSocket, SocketAddrV4)> {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    let socket = UdpSocket::from_std(socket)?;
    let port = socket.local_addr()?.port();
    let [high, low] = port.to_be_bytes();
    Ok((socket, SocketAddrV4::new(Ipv4Addr::new(127, 1, high, low), port)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpStream;

    #[tokio::test]
    async fn a_port_stays_ours_while_nobody_listens_and_can_be_listened_at_again() {
        let port = OwnPort::new().expect("a port");
        let place = (Ipv4Addr::LOCALHOST, port.number());
        let mut others_have = Vec::new();
        for _ in 0..3 {
            let refused = TcpStream::connect(place).await.expect_err("nobody listens").kind();
            assert_eq!(refused, io::ErrorKind::ConnectionRefused);
            let listener = port.listen().expect("it is ours");
            let client = TcpStream::connect(place).await.expect("somebody listens");
            drop(listener.accept().await.expect("the client"));
            drop(client);
            // Somebody else has the listener's file as well, as a program has that is being started.
            others_have.push(std::os::fd::AsFd::as_fd(&*listener).try_clone_to_owned().expect("a copy"));
        }
        // Whoever takes any port does not get this one.
        let others: Vec<_> = (0..200).map(|_| OwnPort::new().expect("a port")).collect();
        assert!(others.iter().all(|other| other.number() != port.number()));
    }

    #[tokio::test]
    async fn datagrams_have_a_place_that_can_be_bound() {
        let (first, place) = datagrams().expect("a socket");
        let (_second, other) = datagrams().expect("a socket");
        assert_ne!(place, other);
        let charger = UdpSocket::bind(place).await.expect("it is free");
        first.send_to(b"TIC", place).await.expect("it goes");
        let mut buffer = [0; 8];
        assert_eq!(charger.recv_from(&mut buffer).await.expect("it comes").0, 3);
    }
}
