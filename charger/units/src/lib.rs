//! Units and time, shared by every crate of the house.
//!
//! A quantity is a whole number of a small unit, so that arithmetic is exact and snapshots are stable; the unit is in the type,
//! never in a comment. [`Instant`] is the project's only notion of "now": the time since the run began, whoever drives it
//! (a paused clock, the machine's clock, a replay).
//!
//! `no_std`: the firmware of the power board uses these types too.
#![no_std]

mod electric;
mod energy;
mod evse;
mod phases;
mod time;

pub use electric::{Microamps, Milliamps, Millihertz, Millivolts, Ohms, Watts};
pub use energy::{MilliwattHours, Soc};
pub use evse::EvseId;
pub use phases::{PerPhase, Phase, PhaseCount};
pub use time::Instant;
