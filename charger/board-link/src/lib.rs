//! The host's end of the link to a power board with a microcontroller, whatever the wire.
//!
//! ```text
//!   PowerBoard ── LinkedBoard (clock, runtime) ── HostLink (a value) ── messages of `wire::tux_evse`
//!                      │ MessageLink: a line in memory
//!                      └── PacketLink: rpmsg, a serial line
//! ```
//!
//! A wire has noise, and nothing here depends on a single message: each word of the host says everything that it wants, each
//! word of the board everything that it knows, and either says which word of the other it has heard. What was damaged is asked
//! for again at once; what was lost without a trace is made good within one beat. The link is given up when its board is
//! silent, or when so much is damaged that a withdrawal could not be promised any more: see [`Patience`].

#![allow(async_fn_in_trait)] // one thread, static dispatch: no caller needs a Send bound

mod host_link;
mod linked_board;
mod links;
mod lost;
mod ours;
mod patience;
mod serial;

pub use host_link::{HostLink, Input, Output};
pub use linked_board::LinkedBoard;
pub use links::{Heard, MessageLink, PacketLink, Received};
pub use lost::Lost;
pub use patience::Patience;
pub use serial::SerialLink;
