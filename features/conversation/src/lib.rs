//! From a capture to what a car and a station said to each other: matching on the power line, discovery, and the messages of a
//! session, of any generation.
//!
//! A [`Follower`] is told the events of a [`capture::Reader`] and gives back [`Seen`] things, each with the number of its
//! *conversation*: what leads to a connection, and the connection. It holds what is not complete yet and nothing of what is over.
//!
//! What cannot be read is told in its place, and the rest is still read.

mod follower;
mod message;
mod stream;
mod tally;
mod tls;

pub use follower::{Follower, Options, Seen};
pub use tally::Tally;
