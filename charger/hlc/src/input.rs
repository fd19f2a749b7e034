//! What high-level communication is told.

use std::net::SocketAddrV6;

use hardware::{MacAddress, SupplyCapabilities, V2gNetworkEvent};
use session::HlcOutput;
use units::{Milliamps, Millivolts};

/// What high-level communication is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// Time has passed.
    Time,
    /// The link to the modem is there, and the host has this address on it.
    ModemLink(MacAddress),
    /// The link to the modem is gone: why.
    ModemLinkLost(String),
    /// The data link to the car that is invited is there without a matching: plain Ethernet, no modem.
    LinkedWithoutMatching,
    /// A frame came from the modem: Ethernet, whole, without check sequence.
    Frame(Vec<u8>),
    /// The ears are open: a car may connect there. Answers [`NetworkCommand::Listen`](crate::NetworkCommand::Listen).
    Listening(SocketAddrV6),
    /// The network is gone, or its ears could not be opened: why. What was open is closed.
    NetworkLost(String),
    /// Something happened on the network.
    Network(V2gNetworkEvent),
    /// The session coordinator says something.
    Session(HlcOutput),
    /// What the DC supply can do: from now on this EVSE gives direct current.
    SupplyCapabilities(SupplyCapabilities),
    /// DC: what is measured at the output.
    Measured {
        /// The voltage.
        voltage: Millivolts,
        /// The current.
        current: Milliamps,
    },
    /// What the meter shows.
    Meter {
        /// Energy into the car, Wh.
        reading_wh: u64,
    },
    /// The emergency button, or danger: the car is to stop at once.
    EmergencyShutdown,
}
