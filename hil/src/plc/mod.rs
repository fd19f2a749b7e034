//! The PLC modem to the car.
//!
//! | endpoint | link |
//! |---|---|
//! | `packet:eth2` | a network interface, frames of EtherType 88E1 over AF_PACKET; needs CAP_NET_RAW |
//!
//! [`EthernetPort`] is for a host of its own, as a simulated car is.
//!
//! [`Capture`] sees everything on such an interface: it is for the evidence of a bench, not for the charger.

mod capture;
mod ethernet;
mod link_layer;
mod link_local;
mod packet;

pub use capture::{Capture, Captured};
pub use ethernet::EthernetPort;
pub use link_local::{LinkLocal, link_local};
pub use packet::PacketLink;
