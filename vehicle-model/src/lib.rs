//! An electric car, without any charger in the process.
//!
//! - [`Car`] is the whole car: feed it [`Action`]s (the driver, broken parts) and step it with what its inlet sees.
//! - [`pilot_levels`] solves the control-pilot line as a circuit, so that faults are causes: a shorted diode, a broken earth.
//! - [`Flank`] tells how fast that line goes from one plateau to the other.
//! - [`Driver`] arrives, plugs in, shows a card and leaves, by a [`DriverPlan`].
//! - [`Profile`] is a car as a TOML file; `cars/` has some, and describes the format.
//!
//! What it is not: it speaks no protocol yet (AC charging by pilot only), and it knows no charger.
//!
//! ```
//! use units::Instant;
//! use vehicle_model::{Action, Cable, CableRating, Car, Profile};
//!
//! let mut car = Car::new(Profile::builtin("renault-zoe").unwrap(), 7);
//! car.act(Instant::ZERO, Action::PlugIn(Cable::rated(CableRating::A32)));
//! assert_eq!(car.proximity().unwrap().0, 220);
//! ```

mod battery;
mod car;
mod charger;
mod circuit;
mod driver;
mod edges;
mod profile;

pub use battery::Battery;
pub use car::{Action, Cable, Car, CarFault, ChargePhase, Demand, Draw, Inlet, S2, Telemetry};
pub use circuit::{Diode, PilotLevels, PilotLoad, PilotSource, Short, pilot_levels};
pub use driver::{Deed, Driver, DriverPlan};
pub use edges::Flank;
pub use iec61851::CableRating;
pub use profile::{BatteryProfile, ChargerProfile, PilotProfile, Profile, ProfileError};
