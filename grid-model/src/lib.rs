//! The supply of one house with a charger behind it: a three-phase source with impedance, the house's own load, events on
//! the grid, and meters.
//!
//! - [`Supply`] solves the voltages at the house connection for what is drawn there.
//! - [`EnergyMeter`] is the physics of a meter: registers that integrate what flows, and what can be wrong with them.
//! - [`Wiring`] tells which line of the house a line of the outlet is.
//! - [`Tariff`] tells what energy costs at a time of day.
//!
//! Values handed to a `step(now, ..)` hold from `now` until the next step; the ones before are integrated up to `now`. What
//! this is not: a feeder. A feeder can stand behind the source's terminals later.
//!
//! ```
//! use grid_model::{Load, Supply, SupplyConfig};
//! use units::Instant;
//!
//! let mut supply = Supply::new(SupplyConfig::default(), 1);
//! let terminals = supply.step(Instant::ZERO, &Load::default());
//! assert!((terminals.voltage.0[0].volts() - 230.0).abs() < 2.0);
//! ```

mod event;
mod house;
mod meter;
mod phasor;
mod supply;
mod tariff;
mod wiring;

pub use event::GridEvent;
pub use house::HouseProfile;
pub use meter::{EnergyMeter, MeterEvent, Reading};
pub use supply::{Load, Supply, SupplyConfig, SupplyTelemetry, Terminals};
pub use tariff::{Tariff, TariffBand};
pub use wiring::Wiring;
