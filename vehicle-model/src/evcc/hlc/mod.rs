//! High-level communication: the EVCC that speaks with the station by DIN 70121 and ISO 15118-2, as a machine without I/O.
//!
//! ```text
//!   host ── handle_input(now, Input) ──> Evcc ── poll_output() ──> Output: octets, events, when to come again
//! ```
//!
//! The car says what its battery wants ([`Battery`]) and what it measures ([`Present`]); the EVCC says what the pilot has to show and
//! what the contactors have to do, and ends each session with one of [`Event::Ended`], [`Event::Paused`] or [`Event::Failed`].
//! How a car talks is a [`Config`], made of its profile.
//!
//! | file | what |
//! |---|---|
//! | `controller` | the machine: which request when, what a response leads to |
//! | `talk` | one session: how far it is, what the car says in it |
//! | `sap` | which protocol |
//! | `request`, `response` | what both generations have in common |
//! | `iso2`, `din` | the words of each |
//! | `schedule`, `wish`, `value` | which schedule, what the station asks for, numbers |
//! | `config`, `pacing`, `quirks` | how a car talks |
//! | `event` | inputs, outputs, and why a session ended |

mod config;
mod controller;
mod din;
mod event;
mod iso2;
mod pacing;
mod quirks;
mod request;
mod response;
mod sap;
mod schedule;
mod talk;
mod value;
mod wish;

#[cfg(test)]
mod tests;

pub use config::{Config, Mode, OnFailed, Purpose, Ready, Told};
pub use controller::Evcc;
pub use event::{
    Battery, Code, Contactors, End, Event, Failure, Fault, Input, Limits, Most, Offer, Output, PausedSession, Pilot,
    Present, Schedule, Setup, StationWish, Stop,
};
pub use pacing::Pacing;
pub use quirks::{LowTargets, Quirks};
