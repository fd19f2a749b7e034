//! The PLC modem to the car.
//!
//! | endpoint | link |
//! |---|---|
//! | `packet:eth2` | a network interface, frames of EtherType 88E1 over AF_PACKET; needs CAP_NET_RAW |
//!
//! [`Capture`] sees everything on such an interface: it is for the evidence of a bench, not for the charger.

mod capture;
mod link_layer;
mod link_local;
mod packet;

pub use capture::{Capture, Captured};
pub use link_local::{LinkLocal, link_local};
pub use packet::PacketLink;
