//! From captures of charging sessions to profiles: of the car (its table `evcc`, see [`vehicle_model::EvccProfile`]) and of the
//! station ([`iso15118::station_profile::StationProfile`]).
//!
//! A [`Profiler`] is told what was seen, as a [`conversation::Follower`] gives it, capture by capture, and is asked for the profile
//! at the end. It keeps measurements and no messages; what it keeps is bounded, however long a capture is. What no conversation
//! told is left out, and nothing personal is kept: identifiers are counted and made up.
//!
//! ```
//! use conversation::{Follower, Options};
//! use profile::Profiler;
//!
//! let mut profiler = Profiler::new();
//! profiler.begin("empty.pcap");
//! let mut follower = Follower::new(Options::default());
//! follower.drain().for_each(|seen| profiler.take(&seen));
//! assert_eq!(profiler.car().unwrap_err().to_string(), "no conversation in which a car offers protocols");
//! ```

mod car;
mod car_file;
mod course;
mod exchange;
mod fields;
mod mode;
mod notes;
mod profiler;
mod quirks;
mod samples;
mod settings;
mod station;
mod stop;
mod text;

pub use car::DerivedCar;
pub use car_file::car_file;
pub use profiler::{NothingToDerive, Profiler};
pub use station::DerivedStation;
pub use text::{measured_part, station_file};
