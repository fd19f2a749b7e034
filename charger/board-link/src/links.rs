//! What carries the messages between a host and its board.

use hardware::LinkError;
use tokio::time::Instant;
use wire::tux_evse::{HighToLow, LowToHigh};

/// What came over a link that carries packets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Received {
    /// A whole packet.
    Packet(Vec<u8>),
    /// Something that was a packet when it was sent; the next one can be received.
    Damaged,
}

/// Carries packets, each of which is one message.
pub trait PacketLink {
    /// Whether a packet may be lost on the way without either side knowing.
    const LOSSY: bool;

    /// The device as its owner calls it.
    fn device(&self) -> &str;

    /// Sends one packet.
    ///
    /// # Errors
    /// The link is gone, or takes nothing.
    async fn send(&mut self, packet: &[u8]) -> Result<(), LinkError>;

    /// The next packet. Cancel safe.
    ///
    /// # Errors
    /// The link is gone.
    async fn receive(&mut self) -> Result<Received, LinkError>;

    /// Throws away what has arrived so far.
    ///
    /// # Errors
    /// The link is gone.
    async fn discard(&mut self) -> Result<(), LinkError>;
}

/// What came over a link to a power board.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Heard {
    /// A message.
    Message(LowToHigh),
    /// A message that nobody here knows.
    Unknown,
    /// Something that was a message when it was sent; the next one can be received.
    Damaged,
}

/// Carries messages to a power board and from it. Whatever carries packets does.
pub trait MessageLink {
    /// See [`PacketLink::LOSSY`].
    const LOSSY: bool;

    /// The device as its owner calls it.
    fn device(&self) -> &str;

    /// Sends one message, at that instant of the runtime's clock.
    ///
    /// # Errors
    /// The link is gone, or takes nothing.
    async fn send(&mut self, now: Instant, message: HighToLow) -> Result<(), LinkError>;

    /// The next message, if it has come until that instant and this can be known without waiting.
    ///
    /// # Errors
    /// The link is gone.
    fn try_receive(&mut self, _now: Instant) -> Result<Option<Heard>, LinkError> {
        Ok(None)
    }

    /// The next message, after none could be had without waiting. Cancel safe.
    ///
    /// # Errors
    /// The link is gone.
    async fn receive(&mut self) -> Result<Heard, LinkError>;

    /// Throws away what has arrived so far.
    ///
    /// # Errors
    /// The link is gone.
    async fn discard(&mut self) -> Result<(), LinkError>;

    /// When it is to be asked again for what it has received, although nobody says so: for a board that is in memory, and has no
    /// clock of its own.
    fn next_change(&self) -> Option<Instant> {
        None
    }
}

impl<T: PacketLink> MessageLink for T {
    const LOSSY: bool = T::LOSSY;

    fn device(&self) -> &str {
        PacketLink::device(self)
    }

    async fn send(&mut self, _now: Instant, message: HighToLow) -> Result<(), LinkError> {
        PacketLink::send(self, &message.encode()).await
    }

    async fn receive(&mut self) -> Result<Heard, LinkError> {
        let Received::Packet(packet) = PacketLink::receive(self).await? else { return Ok(Heard::Damaged) };
        Ok(match LowToHigh::decode(&packet) {
            Ok(Some(message)) => Heard::Message(message),
            Ok(None) => Heard::Unknown,
            Err(_) => Heard::Damaged,
        })
    }

    async fn discard(&mut self) -> Result<(), LinkError> {
        PacketLink::discard(self).await
    }
}
