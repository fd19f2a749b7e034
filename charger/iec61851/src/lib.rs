//! IEC 61851-1 on the charger's side: control pilot, proximity, contactor and what opens it.
//!
//! This is the safety machine that runs on the microcontroller of a power board; in the twin it is the model of that
//! firmware, and on a board without a microcontroller it runs on the host. It is sans-IO and `no_std`: feed [`Input`]s to
//! [`Machine::handle_input`], then drain [`Machine::poll_output`] until it answers [`Output::Wait`].
//!
//! What it is not: it knows no session, no token and no limit in watts. A host may *permit* power
//! ([`Command::AllowPower`]); only this machine closes the contactor, and it opens it without asking anyone.
//!
//! ```
//! use iec61851::{Command, Config, Input, Machine, Output, PilotSignal, Sample};
//! use units::Instant;
//!
//! let mut board = Machine::new(Config::default(), 0x5eed);
//! board.handle_input(Instant::ZERO, Input::Command(Command::Enable));
//! assert!(matches!(board.poll_output(), Output::Pilot(PilotSignal::X1)));
//! ```
//!
//! | file | concept | where in IEC 61851-1 |
//! |---|---|---|
//! | `duty` | duty cycle and current | Annex A |
//! | `state` | pilot levels and states | Annex A |
//! | `proximity` | cable rating by PP | Annex B |
//! | `config` | times and limits | Annex A, table A.6 |
//! | `permission` | what a host may permit | |
//! | `plug_in` | which plug-in it is | |
//! | `contactor`, `wear` | command against feedback; how often it may close | |
//! | `over_current` | a car that takes too much | table A.6 |
//! | `residual_test` | self-test of the residual current monitor | |
//! | `debounce`, `steady`, `leak` | values that hold, conditions that hold, times that run back slowly | |
//! | `machine` | everything together | |
#![no_std]

#[cfg(test)]
extern crate std;

mod config;
mod contactor;
mod debounce;
mod duty;
mod event;
mod leak;
mod machine;
mod over_current;
mod permission;
mod plug_in;
mod proximity;
mod queue;
mod residual_test;
mod signal;
mod state;
mod steady;
mod wear;

pub use config::{Config, Outlet, ResidualPolicy, Timing};
pub use duty::{Duty, Offer};
pub use event::{Command, Event, Fault, Input, Output, Sample};
pub use machine::Machine;
pub use over_current::OverCurrent;
pub use permission::Permission;
pub use plug_in::PlugIn;
pub use proximity::{CableRating, Proximity, classify};
pub use signal::PilotSignal;
pub use state::{Levels, PilotState};
