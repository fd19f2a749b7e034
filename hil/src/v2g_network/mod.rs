//! The network to the car as the kernel has it, on the interface of the modem: SDP on UDP port 15118, and a TCP port to which the
//! car is sent (ISO 15118-2 clauses 7.6 to 7.10).
//!
//! | endpoint | network |
//! |---|---|
//! | `interface:eth1` | that network interface, by its IPv6 link-local address; needs no right |
//!
//! ```text
//!   KernelV2gNetwork ── Ears ─── UDP [::]:15118 on the interface, in the group ff02::1
//!          │              ├───── TCP [fe80::…%interface]:49152 or one of the next ports
//!          │              └───── netlink: the interface went away
//!          ├─ Connection ─────── the one connection that counts
//!          └─ Parting ────────── the one before, until its other end has hung up as well
//! ```
//!
//! A peer can make nothing grow: the kernel's buffers have a size, what a car does not take is bounded, a second connection takes the
//! place of the first, and nothing is read before somebody asks for it.

mod connection;
mod ears;

use std::net::SocketAddrV6;
use std::task::{Context, Poll};

use hardware::{ErrorKind, LinkError, V2gNetwork, V2gNetworkEvent};

use crate::options::Options;
use crate::{Endpoint, EndpointError, Open};
use connection::{Connection, Heard, Parting};
use ears::Ears;
pub use ears::PORTS;

/// The kernel's IPv6 on one interface. It opens and opens again by itself: [`V2gNetwork::listen`] is all that it takes.
#[derive(Debug)]
pub struct KernelV2gNetwork {
    interface: String,
    ears: Option<Ears>,
    connection: Option<Connection>,
    /// A car that took the place of another one, which is told first.
    arrived: Option<(Connection, SocketAddrV6)>,
    /// A connection is over, and nobody knows yet.
    closed: bool,
    parting: Option<Parting>,
    /// Who is listened to first the next time: nobody can talk so much that others are not heard.
    turn: usize,
}

impl Open for KernelV2gNetwork {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        let mut options = Options::of(endpoint);
        if endpoint.scheme() != "interface" {
            options.wrong("expected the network to the car: interface:INTERFACE");
        }
        options.interface("eth1");
        options.end()
    }

    /// Opens no socket: that is [`V2gNetwork::listen`].
    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        Ok(Self::of(endpoint)?)
    }
}

impl KernelV2gNetwork {
    /// The network at `interface:INTERFACE`. Nothing is opened yet.
    ///
    /// # Errors
    /// It is no such endpoint.
    pub fn of(endpoint: &Endpoint) -> Result<Self, EndpointError> {
        Self::check(endpoint)?;
        Ok(Self {
            interface: endpoint.target().to_owned(),
            ears: None,
            connection: None,
            arrived: None,
            closed: false,
            parting: None,
            turn: 0,
        })
    }

    /// Closes everything but a connection that has been hung up already.
    fn close(&mut self) {
        self.ears = None;
        self.connection = None;
        self.arrived = None;
        self.closed = false;
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Result<V2gNetworkEvent, LinkError>> {
        if std::mem::take(&mut self.closed) {
            return Poll::Ready(Ok(V2gNetworkEvent::Closed));
        }
        if let Some((connection, from)) = self.arrived.take() {
            self.connection = Some(connection);
            return Poll::Ready(Ok(V2gNetworkEvent::Connected { from }));
        }
        if self.parting.as_mut().is_some_and(|parting| parting.poll(context).is_ready()) {
            self.parting = None;
        }
        let Some(ears) = &self.ears else { return Poll::Pending };
        if let Poll::Ready(error) = ears.poll_gone(context) {
            self.close();
            return Poll::Ready(Err(error));
        }
        for _ in 0..3 {
            self.turn = (self.turn + 1) % 3;
            let polled = match self.turn {
                0 => self.poll_accept(context),
                1 => self.poll_datagram(context),
                _ => self.poll_connection(context),
            };
            if let Poll::Ready(result) = polled {
                if result.is_err() {
                    self.close();
                }
                return Poll::Ready(result);
            }
        }
        Poll::Pending
    }

    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<Result<V2gNetworkEvent, LinkError>> {
        let Some(ears) = &self.ears else { return Poll::Pending };
        loop {
            let (stream, from) = std::task::ready!(ears.poll_accept(context))?;
            let Some(connection) = Connection::of(stream) else { continue };
            if let Some(before) = self.connection.take() {
                before.abort();
                self.arrived = Some((connection, from));
                return Poll::Ready(Ok(V2gNetworkEvent::Closed));
            }
            self.connection = Some(connection);
            return Poll::Ready(Ok(V2gNetworkEvent::Connected { from }));
        }
    }

    fn poll_datagram(&mut self, context: &mut Context<'_>) -> Poll<Result<V2gNetworkEvent, LinkError>> {
        let Some(ears) = &self.ears else { return Poll::Pending };
        ears.poll_datagram(context).map_ok(|(from, payload)| V2gNetworkEvent::Datagram { from, payload })
    }

    fn poll_connection(&mut self, context: &mut Context<'_>) -> Poll<Result<V2gNetworkEvent, LinkError>> {
        let Some(connection) = &mut self.connection else { return Poll::Pending };
        connection.poll(context).map(|heard| {
            Ok(match heard {
                Heard::Octets(octets) => V2gNetworkEvent::Received(octets),
                Heard::End => {
                    self.part();
                    V2gNetworkEvent::Closed
                }
            })
        })
    }

    /// Lets go of the connection, if there is one, after what was sent.
    fn part(&mut self) {
        if let Some(connection) = self.connection.take() {
            let mut parting = connection.part();
            parting.begin();
            self.parting = Some(parting);
        }
    }
}

impl V2gNetwork for KernelV2gNetwork {
    type Error = LinkError;

    async fn listen(&mut self) -> Result<SocketAddrV6, LinkError> {
        self.close();
        let ears = self.ears.insert(Ears::open(&self.interface).await?);
        Ok(ears.place())
    }

    async fn deafen(&mut self) -> Result<(), LinkError> {
        self.close();
        Ok(())
    }

    async fn answer(&mut self, to: SocketAddrV6, payload: &[u8]) -> Result<(), LinkError> {
        match &self.ears {
            Some(ears) => ears.answer(to, payload).await,
            None => Err(LinkError::new(ErrorKind::Disconnected, self.interface.clone(), "answering: it is not open")),
        }
    }

    async fn send(&mut self, octets: &[u8]) -> Result<(), LinkError> {
        if let Some(connection) = &mut self.connection
            && let Err(cause) = connection.send(octets)
        {
            tracing::debug!(interface = self.interface, %cause, "the connection to the car is over");
            if let Some(connection) = self.connection.take() {
                connection.abort();
            }
            self.closed = true;
        }
        Ok(())
    }

    async fn hang_up(&mut self) -> Result<(), LinkError> {
        // What happened to it meanwhile is of no interest any more.
        self.closed = false;
        self.part();
        Ok(())
    }

    async fn next_event(&mut self) -> Result<V2gNetworkEvent, LinkError> {
        std::future::poll_fn(|context| self.poll_event(context)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Result<KernelV2gNetwork, EndpointError> {
        KernelV2gNetwork::of(&text.parse().expect("an endpoint"))
    }

    #[tokio::test]
    async fn what_is_no_interface_says_so() {
        for text in ["interface:eth1?port=1", "packet:eth1", "interface:/dev/eth1"] {
            assert!(network(text).is_err(), "{text}");
        }
        let mut network = network("interface:no-such-plc").expect("a name");
        let error = network.listen().await.expect_err("there is none");
        assert_eq!((error.kind, &*error.device), (ErrorKind::Disconnected, "no-such-plc"));
    }

    #[tokio::test]
    async fn who_does_not_listen_hears_and_says_nothing() {
        let mut network = network("interface:no-such-plc").expect("a name");
        assert_eq!(network.send(b"to nobody").await, Ok(()));
        assert_eq!((network.hang_up().await, network.deafen().await), (Ok(()), Ok(())));
        let to = SocketAddrV6::new(std::net::Ipv6Addr::LOCALHOST, 15118, 0, 0);
        assert_eq!(network.answer(to, b"to nobody").await.map_err(|error| error.kind), Err(ErrorKind::Disconnected));
        let event = std::future::poll_fn(|context| Poll::Ready(network.poll_event(context))).await;
        assert!(event.is_pending());
    }
}
