//! High-level communication of one EVSE with its car (ISO 15118-3, ISO 15118-2, DIN 70121): everything between the modem and the
//! network on its link on one side, and the session coordinator on the other. Without I/O and without a clock.
//!
//! ```text
//!   modem ── frames ──> slac::evse ──┐                                     ┌── HlcInput ──> session::Coordinator
//!                                    ├──> Communication ── poll_output() ──┤
//!   network ─ SDP, octets ─> secc ───┘                                     └── notes for the event log
//! ```
//!
//! | file | what is in it |
//! |---|---|
//! | `communication` | the machine: one dialog from the match to its end |
//! | `input`, `output` | what it is told, and what it wants |
//! | `config` | what is set once, and what the controller of the session is made of |
//! | `modem` | who the modem is, and whether another one is in its network |
//! | `discovery` | SDP: where a car may connect |
//! | `conversation` | one connection: its session, and when it is hung up |
//! | `told` | what the coordinator has told, for a controller that must be told again |
//! | `translate` | the words of the coordinator and those of the session |
//! | `message_notes`, `note`, `budget` | what the event log gets |
//!
//! A dialog that was left leaves nothing behind: each has a matching, a key and a controller of its own, which are dropped with it.

mod budget;
mod communication;
mod config;
mod conversation;
mod discovery;
mod input;
mod message_notes;
mod modem;
mod note;
mod output;
#[cfg(test)]
mod tests;
mod told;
mod translate;

pub use communication::Communication;
pub use config::{Config, Profile};
pub use input::Input;
pub use note::{From, Note};
pub use output::{NetworkCommand, Output};
