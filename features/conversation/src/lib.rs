//! From a capture to what a car and a station said to each other: matching on the power line, discovery, and the messages of a
//! session, of any generation.
//!
//! A [`Follower`] is told the events of a [`capture::Reader`] and gives back [`Seen`] things, each with the number of its
//! *conversation*: what leads to a connection, and the connection. It holds what is not complete yet and nothing of what is over.
//!
//! [`record`] writes what was seen into an event log, for a capture and for a session that runs.
//!
//! What cannot be read is told in its place, and the rest is still read.

mod events;
mod follower;
mod guess;
mod message;
mod side;
mod stream;
mod tally;
mod tls;

pub use events::record;
pub use follower::{Follower, Options, Seen};
pub use guess::without_guess;
pub use side::{name, side};
pub use tally::Tally;
