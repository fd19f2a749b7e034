//! `[lock]` in `charger.toml`.

use serde::{Deserialize, Serialize};

/// When the plug is held.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LockWhen {
    /// Once the session is authorized.
    Authorized,
    /// As soon as a plug is in.
    Plugged,
}

/// The lock.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LockConfig {
    /// When the plug is held.
    pub when: LockWhen,
}
