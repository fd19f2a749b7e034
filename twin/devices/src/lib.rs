//! Models of devices that speak the wire protocols of the real ones: bytes in, bytes out, at an instant.
//!
//! A model knows nothing of how its bytes travel. The virtual rig puts it behind a bus of a guest kernel, the host layer
//! behind a pty or a socket; the backends of `hil` cannot tell it from the device. Each wire has one trait:
//!
//! | trait | wire |
//! |---|---|
//! | [`I2cChip`] | a chip at one address of an I2C bus |
//! | [`ByteDevice`] | a device on a serial line, or behind a byte stream |
//! | [`MessageDevice`] | a device that exchanges whole messages: rpmsg, UDP, Ethernet frames |
//! | [`CanNode`] | a node on a CAN bus |
//!
//! Models are `Send`: a wire may be served by a thread of its own. Nothing in here reads a clock; `now` comes in.

pub mod abb;
pub mod ad7991;
pub mod bare_board;
pub mod dc;
pub mod eastron;
pub mod isocha425;
pub mod linky;
pub mod lock_motor;
pub mod m4;
pub mod measured;
pub mod meters;
pub mod modbus;
pub mod pca9685;
pub mod plc_cable;
pub mod plc_modem;
pub mod pn532;
pub mod rectifier;
mod shared;
pub mod vpcd_card;

use units::Instant;

/// The chip does not acknowledge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Nack;

/// A chip at one address of an I2C bus.
pub trait I2cChip: Send {
    /// The master writes.
    ///
    /// # Errors
    /// The chip does not acknowledge.
    fn write(&mut self, now: Instant, bytes: &[u8]) -> Result<(), Nack>;

    /// The master reads as many bytes as the buffer is long.
    ///
    /// # Errors
    /// The chip does not acknowledge.
    fn read(&mut self, now: Instant, buffer: &mut [u8]) -> Result<(), Nack>;
}

/// A device on a serial line, or behind a byte stream.
pub trait ByteDevice: Send {
    /// Bytes arrive, cut anywhere.
    fn receive(&mut self, now: Instant, bytes: &[u8]);

    /// What the device sends now; empty when nothing.
    fn transmit(&mut self, now: Instant) -> Vec<u8>;

    /// When it wants to be asked again by itself.
    fn next_change(&self) -> Option<Instant>;
}

/// A device that exchanges whole messages.
pub trait MessageDevice: Send {
    /// A message arrives.
    fn receive(&mut self, now: Instant, message: &[u8]);

    /// The next message the device sends now, one a call.
    fn transmit(&mut self, now: Instant) -> Option<Vec<u8>>;

    /// When it wants to be asked again by itself.
    fn next_change(&self) -> Option<Instant>;
}

/// A node on a CAN bus.
pub trait CanNode: Send {
    /// A frame arrives.
    fn receive(&mut self, now: Instant, frame: wire::CanFrame);

    /// The next frame the node sends now, one a call.
    fn transmit(&mut self, now: Instant) -> Option<wire::CanFrame>;

    /// When it wants to be asked again by itself.
    fn next_change(&self) -> Option<Instant>;
}
