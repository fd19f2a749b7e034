//! The seam between the charger and the world: small traits for what a charger touches.
//!
//! A trait says what the charger *wants* (allow power, engage the lock, read the meter), never how a device does it. Each is
//! accepted only with two implementations, a model and a real device, and one user. What this crate is not: a driver, a
//! model, or a place for session logic.
//!
//! | trait | what it is |
//! |---|---|
//! | [`PowerBoard`] | the board that runs `iec61851`: pilot, contactor, safety |
//! | [`ConnectorLock`] | holds the plug in the socket |
//! | [`Meter`] | energy, power, current, voltage |
//! | [`TokenReader`] | RFID cards and the like |
//! | [`Panel`] | what the driver sees |
//! | [`PowerSupplyDc`] | rectifiers of a DC charger |
//! | [`InsulationMonitor`] | DC lines against earth |
//! | [`PlcLink`] | the modem to the car |
//! | [`V2gNetwork`] | IPv6 on the data link that two modems made |
//!
//! Middleware wraps any implementor and is one itself: [`Record`] tells a tap what crossed the seam, [`Fault`] breaks the
//! crossing in the ways real links break. Both work alike around a model and around a device:
//!
//! ```
//! use hardware::{Fault, FaultPlan, Record};
//! # #[derive(Debug)] struct ModelBoard;
//! let faults = FaultPlan::new();
//! let board = Record::new(Fault::new(ModelBoard, faults.clone()), |_crossing| {});
//! # let _ = board;
//! ```
//!
//! Every call is bounded in time, see [`bounds`]. Every method is `async` and every `next_*` method is cancel safe: dropping the future loses nothing, so a service can wait
//! for the device and for its own commands in one `select!`. Futures need not be `Send`: a charger runs on one thread.
#![allow(async_fn_in_trait)] // one thread, static dispatch: no caller needs a Send bound

pub mod bounds;
mod error;
mod fault;
mod insulation;
mod lock;
mod meter;
mod panel;
mod plc;
mod power_board;
mod record;
mod supply;
mod token;
mod v2g_network;

pub use error::{ErrorKind, HardwareError, LinkError};
pub use fault::{Fault, FaultPlan, LinkFault, Noise};
pub use insulation::{InsulationMonitor, InsulationReading};
pub use lock::{ConnectorLock, LockPosition};
pub use meter::{Meter, MeterReading};
pub use panel::{Panel, Screen, Sign};
pub use plc::{MacAddress, PlcLink};
pub use power_board::{BoardInfo, PROTOCOL_VERSION, PowerBoard};
pub use record::{Crossing, Record};
pub use supply::{PowerSupplyDc, SupplyCapabilities, SupplyReading, SupplyTarget};
pub use token::{Token, TokenKind, TokenReader, is_random_uid};
pub use v2g_network::{NoV2gNetwork, V2gNetwork, V2gNetworkEvent};
