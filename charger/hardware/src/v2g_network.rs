//! The network on the data link to the car: IPv6 between two neighbours, for discovery (SDP) and one connection (ISO 15118-2
//! clauses 7.6 to 7.10).

use std::net::SocketAddrV6;

use crate::{HardwareError, LinkError};

/// What happens on the network to the car.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum V2gNetworkEvent {
    /// A datagram came to UDP port 15118, to us or to all nodes of the link.
    Datagram {
        /// Whom an answer goes to.
        from: SocketAddrV6,
        /// What it carries.
        payload: Vec<u8>,
    },
    /// A car has connected. What was said on a connection before it is over.
    Connected {
        /// Its end.
        from: SocketAddrV6,
    },
    /// Octets came on the connection, cut anyhow; never none.
    Received(Vec<u8>),
    /// The connection is gone: the car closed it, or it broke.
    Closed,
}

/// The network on the data link to one car. A model is an IPv6 stack of its own; a real one is the kernel's, on the interface
/// of the modem.
///
/// There is one connection at a time: a car that connects again takes the place of the one before.
pub trait V2gNetwork {
    /// What may go wrong at the interface.
    type Error: HardwareError;

    /// Opens the ears: UDP port 15118, and a TCP port from 49152 on. Answers where a car may connect. What was open before is
    /// closed without a word. Returns within [`bounds::V2G_NETWORK`](crate::bounds::V2G_NETWORK).
    async fn listen(&mut self) -> Result<SocketAddrV6, Self::Error>;

    /// Closes the ears, and a connection without a word. Returns within
    /// [`bounds::V2G_NETWORK`](crate::bounds::V2G_NETWORK).
    async fn deafen(&mut self) -> Result<(), Self::Error>;

    /// Answers a datagram. Returns within [`bounds::V2G_NETWORK`](crate::bounds::V2G_NETWORK).
    async fn answer(&mut self, to: SocketAddrV6, payload: &[u8]) -> Result<(), Self::Error>;

    /// Sends octets on the connection; without one they are lost. Waits for no acknowledgement: of a car that takes nothing the
    /// connection ends as closed. Returns within [`bounds::V2G_NETWORK`](crate::bounds::V2G_NETWORK).
    async fn send(&mut self, octets: &[u8]) -> Result<(), Self::Error>;

    /// Ends the connection after what was sent; without one it does nothing. [`V2gNetworkEvent::Closed`] does not follow.
    /// Returns within [`bounds::V2G_NETWORK`](crate::bounds::V2G_NETWORK).
    async fn hang_up(&mut self) -> Result<(), Self::Error>;

    /// The next thing that happens. Cancel safe. An error when the interface went away: [`Self::listen`] opens the ears again
    /// when it is back.
    async fn next_event(&mut self) -> Result<V2gNetworkEvent, Self::Error>;
}

impl<T: V2gNetwork> V2gNetwork for &mut T {
    type Error = T::Error;

    async fn listen(&mut self) -> Result<SocketAddrV6, Self::Error> {
        T::listen(self).await
    }

    async fn deafen(&mut self) -> Result<(), Self::Error> {
        T::deafen(self).await
    }

    async fn answer(&mut self, to: SocketAddrV6, payload: &[u8]) -> Result<(), Self::Error> {
        T::answer(self, to, payload).await
    }

    async fn send(&mut self, octets: &[u8]) -> Result<(), Self::Error> {
        T::send(self, octets).await
    }

    async fn hang_up(&mut self) -> Result<(), Self::Error> {
        T::hang_up(self).await
    }

    async fn next_event(&mut self) -> Result<V2gNetworkEvent, Self::Error> {
        T::next_event(self).await
    }
}

/// No network at all: of a charger that speaks with no car. There is no value of it.
#[derive(Clone, Copy, Debug)]
pub enum NoV2gNetwork {}

impl V2gNetwork for NoV2gNetwork {
    type Error = LinkError;

    async fn listen(&mut self) -> Result<SocketAddrV6, LinkError> {
        match *self {}
    }

    async fn deafen(&mut self) -> Result<(), LinkError> {
        match *self {}
    }

    async fn answer(&mut self, _: SocketAddrV6, _: &[u8]) -> Result<(), LinkError> {
        match *self {}
    }

    async fn send(&mut self, _: &[u8]) -> Result<(), LinkError> {
        match *self {}
    }

    async fn hang_up(&mut self) -> Result<(), LinkError> {
        match *self {}
    }

    async fn next_event(&mut self) -> Result<V2gNetworkEvent, LinkError> {
        match *self {}
    }
}
