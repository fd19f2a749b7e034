//! What a session outlives: `[session]` in `charger.toml`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a session outlives.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SessionConfig {
    /// A power board that is back must tell within this what is at the plug, s.
    pub reconcile_s: u32,
    /// Board, link or host may be away for so long, and the car that never left charges on, s. 0: a host that starts again
    /// goes on with nothing.
    pub resume_within_s: u32,
    /// Whether it charges on as well when nobody can know that it never left: the board lost its power too, or counts no
    /// plug-ins.
    pub resume_after_power_loss: bool,
}

impl SessionConfig {
    /// A power board that is back must tell within this what is at the plug.
    #[must_use]
    pub fn reconcile(&self) -> Duration {
        Duration::from_secs(self.reconcile_s.into())
    }

    /// A host may be away for so long; `None`: it goes on with nothing.
    #[must_use]
    pub fn resume_within(&self) -> Option<Duration> {
        (self.resume_within_s > 0).then(|| Duration::from_secs(self.resume_within_s.into()))
    }

    /// A board or its link may be away for so long.
    #[must_use]
    pub fn hold(&self) -> Duration {
        self.reconcile().max(self.resume_within().unwrap_or_default())
    }
}
