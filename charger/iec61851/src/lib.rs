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
//! let mut board = Machine::new(Config::default());
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
//! | `contactor` | command against feedback | |
//! | `over_current` | a car that takes too much | |
//! | `machine` | everything together | |
#![no_std]

#[cfg(test)]
extern crate std;

mod config;
mod contactor;
mod debounce;
mod duty;
mod event;
mod machine;
mod over_current;
mod proximity;
mod queue;
mod signal;
mod state;

pub use config::{Config, Outlet, ResidualPolicy, Timing};
pub use duty::{Duty, Offer};
pub use event::{Command, Event, Fault, Input, Output, Sample};
pub use machine::Machine;
pub use proximity::{CableRating, Proximity, classify};
pub use signal::PilotSignal;
pub use state::{Levels, PilotState};
