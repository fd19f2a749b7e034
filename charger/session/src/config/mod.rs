//! What a session is told of its EVSE and of the station: the tables of `charger.toml` that it decides by.

mod authorization;
mod lock;
mod meter;
mod outlet;
mod outlives;
mod pilot;
mod tokens;

pub use authorization::{AuthorizationConfig, AuthorizationMode};
pub use lock::{LockConfig, LockWhen};
pub use meter::MeterConfig;
pub use outlet::{OutletConfig, OutletKind};
pub use outlives::SessionConfig;
pub use pilot::{BadgeFirst, PilotConfig};
pub(crate) use tokens::card_serial;
pub use tokens::{ListedKind, ListedToken, normalise};

/// Everything a session is told.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(test, derive(serde::Deserialize))]
pub struct Config {
    /// Its outlet.
    pub outlet: OutletConfig,
    /// How it drives the control pilot.
    pub pilot: PilotConfig,
    /// Who may charge.
    pub authorization: AuthorizationConfig,
    /// What a session outlives.
    pub session: SessionConfig,
    /// When the plug is held.
    pub lock: LockConfig,
    /// How often the meters are read.
    pub meter: MeterConfig,
}

#[cfg(test)]
impl Config {
    /// What the standard `charger.toml` says.
    pub(crate) fn standard() -> Self {
        toml::from_str(include_str!("../../../station/charger.toml")).expect("it is checked by its own tests")
    }
}
