//! The link between Linux and the microcontroller of a Tux-EVSE power board, and what our own firmware adds to it.
//!
//! One message of protobuf (proto3) is one packet; there is no framing. The wire carries it over rpmsg, at most
//! [`MAX_PACKET`] bytes; `cobs_board` carries the same messages over a serial line.
//!
//! | field | down, [`HighToLow`] | up, [`LowToHigh`] |
//! |---|---|---|
//! | 1 | `set_pwm {state, duty}` | `event`, [`PlainEvent`] |
//! | 2 | `allow_power_on` | `heartbeat {}`, every 3 s |
//! | 3, 4, 5 | `enable {}`, `disable {}`, `heartbeat {}` | |
//! | 6 | `set_slac {state}` | |
//! | 100 | `hello {}` | `info {protocol, firmware, start}` |
//! | 102 | `host`, [`HostSays`] | |
//! | 106 | | `state`, [`BoardState`] |
//!
//! Fields from 100 on are ours (101, and upwards 101 to 105, were those of versions 1 and 2). The events of Tux-EVSE cannot say which version of
//! the messages a board speaks, what exactly is wrong, that it no longer is, what was true before the host came, or anything a
//! second time. A board that answers `hello` with `info` speaks ours, and then nothing of fields 1 and 2; one that gives itself
//! away by those is taken at its plain word by [`PlainHost`]. Neither side trips over the other's fields: unknown ones are
//! skipped. A plain firmware has room for [`MAX_PLAIN`] bytes, so nothing longer is said before it is known who listens.
//!
//! With a firmware of ours nothing depends on a single message:
//!
//! ```text
//!   host                                                board
//!    hello ───────────────────────────────────────────>
//!          <─────────────────────────────────────────── info: start 6
//!    host: start 7, word 1 ───────────────────────────> disabled, enabled: it tells what it sees from now on
//!          <─────────────────────────────────────────── state: start 7, heard 1, pilot C, cable 32 A, ..
//!    host: start 7, word 2, permission: offered (2) ──> allowed
//!          <─────────────────────────────────────────── state: heard 2, ..            at every change, and each 500 ms
//!    host: start 7, word 3, permission: offered (2) ──> a sign of life, each 500 ms; what was taken is not taken again
//! ```
//!
//! What makes the outlet safer is obeyed from anybody, without a start: `allow_power_on` that withdraws, `set_pwm` that stops
//! the oscillator, `disable`.

mod down;
mod faults;
mod host;
mod plain;
mod protobuf;
mod signal;
mod state;
mod up;

pub use down::{HighToLow, SlacState};
pub use faults::Faults;
pub use host::{HostSays, Permit, Wish, is_later};
pub use plain::{PermanentFault, PlainHost};
pub use protobuf::MessageError;
pub use state::{BEAT_MS, BoardState, Pilot};
pub use up::{Info, LowToHigh, PlainEvent};

/// What one rpmsg packet carries at most.
pub const MAX_PACKET: usize = 496;

/// What a plain Tux-EVSE firmware has room for: the longest message of its own vocabulary.
pub const MAX_PLAIN: usize = 9;
