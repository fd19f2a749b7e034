//! The charger itself: services around the sans-IO cores, and the bus they meet on.
//!
//! - [`Bus`] carries typed messages between identities; `charger.toml` says who may ask what of whom, everything else is
//!   refused ([`Permissions`]).
//! - [`run`] puts services around [`session::Coordinator`], `energy` and `ocpp`: one per device, one for the CSMS. It knows devices
//!   only as the traits of `hardware`, in an [`Outfit`], so a model and a real board are the same to it.
//!
//! What it is not: it never closes a contactor (the power board does, when it is *permitted*), it knows no device, and it
//! does not know whether its clock is real.
//!
//! ```
//! let config = station::Config::from_toml("mine.toml", "[outlet]\nmax_current_a = 16\n").unwrap();
//! assert_eq!(config.evses.first().outlet.max_current().amps(), 16.0);
//! ```

mod bench;
mod bounded;
mod bus;
mod charger_toml;
mod config;
mod evse;
mod gist;
mod ids;
mod modem;
mod outfit;
mod restart;
mod run;
mod services;
mod station_devices;
mod tap;
mod together;

pub use bench::BenchCommand;
pub use bus::{Bus, BusError, Call, Permissions, Port, Service, Verb};
pub use config::{
    AuthorizationConfig, AuthorizationMode, Config, ConfigError, DcConfig, EvseConfig, Evses, HlcConfig,
    HlcParameterSet, HlcProfile, HlcProtocol, HlcService, HlcValue, ListedKind, ListedToken, LockConfig, LockWhen,
    MeterConfig, OutletConfig, OutletKind, Owner, PilotConfig, SessionConfig, StationConfig,
};
pub use modem::{ModemState, probe_modem};
pub use outfit::{EvseHardware, Hardware, Outfit};
pub use run::{Platform, StationError, run};
pub use services::PowerCall;
pub use tap::{Tap, tap};
