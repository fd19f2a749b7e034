//! An electric car, without any charger in the process.
//!
//! - [`Car`] is the whole car: feed it [`Action`]s (the driver, broken parts) and step it with what its inlet sees.
//! - [`pilot_levels`] solves the control-pilot line as a circuit, so that faults are causes: a shorted diode, a broken earth.
//! - [`Flank`] tells how fast that line goes from one plateau to the other.
//! - [`DcInlet`] is the car's side of a supply of direct current: contactors, pre-charge, welding detection.
//! - [`Driver`] arrives, plugs in, shows a card and leaves, by a [`DriverPlan`].
//! - [`hlc`] is the car's side of ISO 15118-2 and DIN 70121; a car drives it, or a test does alone.
//! - [`Profile`] is a car as a TOML file; `cars/` has some, and describes the format.
//!
//! A [`Car`] reads the pilot's duty cycle, and with a [`Speech`] it speaks with the station when that says 5 %: it matches the modems,
//! finds the station and connects. Its frames go to and come from its modem ([`Car::next_frame`], [`Car::hear`]). It knows no charger.
//!
//! | file | part of the car | where |
//! |---|---|---|
//! | `inlet` | cable, proximity, control pilot with S2, what is measured at the contacts | IEC 61851-1, annexes A and B |
//! | `evcc` | the communication controller: when S2 closes; in `digital` the way to the station, in `hlc` what it says there | IEC 61851-1, annex A; ISO 15118-2, -3 |
//! | `on_board_charger` | alternating current: offers with their delay, ramp, lines, losses | IEC 61851-1, table A.6 |
//! | `dc_inlet` | direct current: pins and contactors | IEC 61851-23, annex CC |
//! | `battery` | cells: voltage, limits, losses, warmth | |
//! | `driver`, `wishes` | who comes with the car, and what they want of it | |
//! | `action`, `telemetry` | what is done to a car, and how it stands | |
//! | `profile` | what kind of car it is | |
//! | `car` | the parts, wired | |
//!
//! A car needs somebody who says what stands at its inlet, and that need not be a charger:
//!
//! ```
//! use iec61851::{CableRating, Duty, PilotSignal};
//! use units::{Instant, Milliamps, Millivolts, PerPhase};
//! use vehicle_model::{Action, Cable, Car, Inlet, Profile};
//!
//! let mut car = Car::new(Profile::builtin("renault-zoe").unwrap(), 7);
//! car.act(Instant::ZERO, Action::PlugIn(Cable::rated(CableRating::A32)));
//! assert_eq!(car.proximity().unwrap().0, 220);
//!
//! // A pilot that offers 16 A; the mains are there as soon as the car asks for them with S2.
//! let pilot = PilotSignal::Pwm(Duty::advertise(Milliamps::from_amps(16)).unwrap());
//! for now in (0..10_000).step_by(100).map(Instant::from_millis) {
//!     let volts = if car.load().r3.is_some() { 230 } else { 0 };
//!     car.step(now, &Inlet { pilot, voltage: PerPhase::all(Millivolts::from_volts(volts)), ..Inlet::default() });
//! }
//! // 16 A is a duty of 26.6 %, and that reads as 15.96 A.
//! assert_eq!(car.demand().current, PerPhase::all(Milliamps(15_960)));
//! ```

mod action;
mod battery;
mod car;
mod dc_inlet;
mod driver;
mod evcc;
mod inlet;
mod on_board_charger;
mod profile;
mod sooner;
mod telemetry;
mod wishes;

pub use action::{Action, CarFault};
pub use battery::Battery;
pub use car::Car;
pub use dc_inlet::{ContactorState, DcAction, DcFault, DcInlet, DcLoad, DcPins, DcTarget, Pole, Welding};
pub use driver::{Deed, Driver, DriverPlan};
pub use evcc::{CarNote, Matching, Speech, hlc};
pub use iec61851::CableRating;
pub use inlet::{Cable, Diode, Flank, Inlet, PilotLevels, PilotLoad, PilotSource, S2, Short, pilot_levels};
pub use on_board_charger::{Demand, Draw};
pub use profile::{BatteryProfile, ChargerProfile, DcProfile, PilotProfile, Profile, ProfileError};
pub use profile::{
    Closer, EnergyKind, EvLimits, EvModeQuirks, EvStatusChange, EvStop, EvccMode, EvccProfile, EvccQuirks, Offer,
    SdpSecurity,
};
pub use telemetry::{ChargePhase, Telemetry};
