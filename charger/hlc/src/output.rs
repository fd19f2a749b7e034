//! What high-level communication wants.

use std::net::SocketAddrV6;

use session::HlcInput;
use units::Instant;

use crate::note::Note;

/// What high-level communication wants of its host. Asked for with `poll_output` after each input, until it is [`Output::Wait`].
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// This frame goes to the modem.
    Frame(Vec<u8>),
    /// Something is to be done on the network.
    Network(NetworkCommand),
    /// The session coordinator is told.
    Session(HlcInput),
    /// The modem works (again), or it is lost: why.
    Modem(Result<(), String>),
    /// Something for the event log.
    Note(Note),
    /// Nothing more until the next input, or until then.
    Wait(Option<Instant>),
}

/// What is to be done on the network to the car: a method of `hardware::V2gNetwork` each.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NetworkCommand {
    /// Open the ears. Answered by [`Input::Listening`](crate::Input::Listening) or [`Input::NetworkLost`](crate::Input::NetworkLost).
    Listen,
    /// Close the ears, and a connection.
    Deafen,
    /// Answer a datagram.
    Answer {
        /// Who asked.
        to: SocketAddrV6,
        /// The answer.
        payload: Vec<u8>,
    },
    /// Send octets on the connection.
    Send(Vec<u8>),
    /// End the connection after what was sent.
    HangUp,
}
