//! The world around a charger, and a clock for both.
//!
//! - [`Twin`] is one world: cars, a house on a grid, a power board at each EVSE that runs its firmware, a host that runs the charger's
//!   services, a CSMS. One seed, one clock, one event log.
//! - [`Setup`] says what it is made of, and where each of its parties is: the [charger](ChargerChoice), the [car](CarChoice) at each
//!   EVSE, the [CSMS](CsmsChoice).
//! - [`Action`] is what can be done to it: causes, never verdicts. [`Signal`] is what can be measured in it.
//! - The charger in it is the production stack, on simulated backends of the same traits a real board has.
//!
//! ```
//! use std::time::Duration;
//! use twin::{Action, Setup, Signal, Twin};
//! use vehicle_model::{Action as Car, Cable, CableRating, Profile};
//!
//! let mut setup = Setup::standard(Profile::builtin("renault-zoe").unwrap(), 7);
//! setup.charger.authorization.mode = station::AuthorizationMode::Free;
//! let mut twin = Twin::new(setup).unwrap();
//! twin.act(Action::Car(Car::PlugIn(Cable::rated(CableRating::A32))));
//! assert!(twin.run_until(Duration::from_secs(20), |twin| twin.probe(Signal::CarPower).is_ok_and(|watts| watts > 10_000.0)));
//! ```

mod action;
mod backends;
mod csms;
mod device;
mod error;
mod firmware;
mod frames;
mod host;
mod parties;
mod ports;
mod probe;
mod runtime;
mod setup;
mod signal;
mod store;
mod terminals;
mod twin;
mod vocabulary;
mod world;

pub use action::{Action, ChargerPower, CsmsAction, DcLineAction, HostAction, LineAction, MeterAt};
pub use csms::{Csms, CsmsClock, CsmsLink, FloodFrame, Misbehaviour, Opinion, Policy, Reply, Request};
pub use device::{Device, PerDevice, PerStation};
pub use devices::plc_cable::{Condition, Conditions as CableConditions, End as CableEnd};
pub use devices::plc_modem::ModemFault;
pub use error::TwinError;
pub use firmware::{Firmware, LineEnd, Way};
pub use frames::FrameSink;
pub use parties::{CarChoice, ChargerChoice, CsmsChoice, HostMaker, NotModelled, PartiesError};
pub use ports::LockFault;
pub use probe::{Balance, CarView, OutletView, Snapshot};
pub use runtime::Pace;
pub use setup::{EPOCH_MICROS, EvseSetup, Setup, SetupError, check_url};
pub use signal::{Signal, Unit};
pub use store::StoreFault;
pub use terminals::{OutsideHost, Terminals};
pub use twin::Twin;
pub use vocabulary::Vocabulary;
pub use world::{ContactorFault, MonitorFault, PilotFault};
