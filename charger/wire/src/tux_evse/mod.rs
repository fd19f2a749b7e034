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
//! | 100 | | `info {protocol, firmware}`: the answer to `enable` |
//! | 101 | | `pilot {state, pwm}` |
//! | 102 | | `fault {code, present}` |
//! | 103 | | `cable {amps}` |
//! | 104 | | `contactor` |
//!
//! Fields from 100 on are ours. The events of Tux-EVSE cannot say which version of the messages a board speaks, what exactly
//! is wrong, that it no longer is, or what was true before the host came. A board that answers `enable` with `info` speaks
//! ours, and then nothing of field 1; one that does not is taken at its plain word by [`PlainHost`]. Neither side trips over
//! the other's fields: unknown ones are skipped.

mod down;
mod plain;
mod protobuf;
mod up;

pub use down::{HighToLow, SlacState};
pub use plain::{PermanentFault, PlainHost};
pub use protobuf::MessageError;
pub use up::{Info, LowToHigh, PlainEvent};

/// What one rpmsg packet carries at most.
pub const MAX_PACKET: usize = 496;
