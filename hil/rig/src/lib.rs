//! What a bench is, and what is kept of a run on it.
//!
//! A [`RigFile`] says on one page what a rig has, what it may do and how exactly it can tell time; [`decide`] matches the tags
//! of a scenario against it; a [`Reservation`] keeps others away, a [`Watchdog`] leaves it safe when the program dies. What was
//! seen becomes [`evidence`], and what was measured a signed [`bring_up`] report. What this crate is not: a driver. It opens
//! no device; whoever runs a rig does that with `hil`.

pub mod bring_up;
mod caps;
mod check;
mod decision;
pub mod evidence;
mod file;
mod list;
mod measurement;
mod reservation;
mod rig;
mod table;
#[cfg(test)]
mod testing;
pub mod wall;
pub mod watchdog;

pub use caps::{missing, provides};
pub use check::{Checked, Presence, check, presence};
pub use decision::{Decision, Flags, decide, may_energise, needs_power};
pub use file::{
    CapsTable, ChargerTable, DEVICES, DevicesTable, EvidenceTable, EvseTable, Host, ReservationTable, RigFile,
    RigFileError, RigTable, SafetyTable, TimingTable, World,
};
pub use list::list;
pub use measurement::{Judgement, Measurement};
pub use reservation::{Claim, Reservation, ReservationError};
pub use rig::{FindError, Rig, TWIN_CAPS};
pub use table::Table;
pub use watchdog::Watchdog;
