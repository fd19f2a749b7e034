//! The tables of `charger.toml`, as they stand in the file.

use std::collections::BTreeMap;
use std::time::Duration;

use super::session::SessionConfig;
use super::tokens::ListedToken;
use energy::SiteConfig;
use serde::{Deserialize, Serialize};
use units::{Milliamps, Millivolts, Ohms, PhaseCount};

use crate::bus::{Service, ServiceTable};

/// The whole file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tables {
    pub(super) station: StationConfig,
    pub(super) outlet: OutletConfig,
    pub(super) pilot: PilotConfig,
    pub(super) authorization: AuthorizationConfig,
    pub(super) session: SessionConfig,
    pub(super) lock: LockConfig,
    pub(super) meter: MeterConfig,
    pub(super) site: SiteConfig,
    pub(super) dc: DcConfig,
    pub(super) service: BTreeMap<Service, ServiceTable>,
}

impl Tables {
    /// What the types alone do not say.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let checks = [
            ((6..=80).contains(&self.outlet.max_current_a), "outlet.max_current_a", "from 6 to 80 A"),
            ((100..=300).contains(&self.outlet.voltage_v), "outlet.voltage_v", "from 100 to 300 V, line to neutral"),
            (self.outlet.phases != PhaseCount::Two, "outlet.phases", "1 or 3"),
            (
                (1..=2).contains(&self.meter.interval_s),
                "meter.interval_s",
                "1 or 2 s: by the meter the charger sees whether the car takes what it is offered",
            ),
            (
                (self.meter.interval_s + 1..=60).contains(&self.meter.lost_after_s),
                "meter.lost_after_s",
                "more than meter.interval_s, and at most 60 s",
            ),
            (
                (self.meter.lost_after_s..=60).contains(&self.meter.slow_after_s),
                "meter.slow_after_s",
                "at least meter.lost_after_s, and at most 60 s",
            ),
            (self.authorization.second_tap_s <= 60, "authorization.second_tap_s", "from 0 to 60 s"),
            ((1..=60).contains(&self.session.reconcile_s), "session.reconcile_s", "from 1 to 60 s"),
            (self.session.resume_within_s <= 86_400, "session.resume_within_s", "from 0 (never) to 86400 s"),
            (self.meter.periodic_s >= 1, "meter.periodic_s", "at least 1 s"),
            ((6..=80).contains(&self.site.fail_safe_a), "site.fail_safe_a", "from 6 to 80 A"),
            (
                self.site.main_fuse_a == 0 || (6..=250).contains(&self.site.main_fuse_a),
                "site.main_fuse_a",
                "from 6 to 250 A, or 0 for no site limit",
            ),
            (self.site.resume_after_s >= self.site.raise_after_s, "site.resume_after_s", "at least site.raise_after_s"),
            ((1..=60).contains(&self.site.lost_after_s), "site.lost_after_s", "from 1 to 60 s"),
            (
                self.site.is_wired(self.outlet.phases),
                "site.lines",
                "a line of the house for each line of the outlet, none of them twice: such as [\"L2\", \"L3\", \"L1\"]",
            ),
            ((50..=1000).contains(&self.dc.interval_ms), "dc.interval_ms", "from 50 to 1000 ms"),
            ((1..=60).contains(&self.dc.lost_after_s), "dc.lost_after_s", "from 1 to 60 s"),
            ((1..=10_000).contains(&self.dc.insulation_min_kohm), "dc.insulation_min_kohm", "from 1 to 10000 kilohms"),
            (
                self.pilot.stop_grace_s >= 7,
                "pilot.stop_grace_s",
                "at least 7 s: the board itself waits 6 s for the car",
            ),
        ];
        checks.into_iter().find(|(good, ..)| !good).map_or(Ok(()), |(_, key, expected)| Err((key, expected)))
    }
}

/// Who the charger is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StationConfig {
    /// Its identity at the CSMS.
    pub id: String,
    /// Who made it.
    pub vendor: String,
    /// What it is.
    pub model: String,
    /// Its serial number.
    pub serial: String,
}

/// A socket or a fixed cable.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutletKind {
    /// The driver brings the cable; its rating is read from PP, and a lock holds it.
    Socket,
    /// The cable is fixed.
    Tethered,
}

/// The outlet.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OutletConfig {
    /// A socket or a fixed cable.
    pub kind: OutletKind,
    /// What its wiring and contactor can carry, each line.
    pub max_current_a: i32,
    /// Lines.
    pub phases: PhaseCount,
    /// Nominal voltage, line to neutral.
    pub voltage_v: i32,
    /// Whether cars that need ventilation may charge.
    pub ventilated: bool,
}

impl OutletConfig {
    /// What its wiring and contactor can carry, each line.
    #[must_use]
    pub fn max_current(&self) -> Milliamps {
        Milliamps::from_amps(self.max_current_a)
    }

    /// Nominal voltage, line to neutral.
    #[must_use]
    pub fn voltage(&self) -> Millivolts {
        Millivolts::from_volts(self.voltage_v)
    }
}

/// How the control pilot is driven.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PilotConfig {
    /// Whether the 5 % duty comes first.
    pub digital_first: bool,
    /// How long a car may take to start the digital link, s.
    pub link_timeout_s: u32,
    /// How long state F lasts between the 5 % duty and the nominal one, s.
    pub step_ef_s: u32,
    /// How long a car may stay in B with current offered before it gets a wake-up pulse, s.
    pub wake_up_after_s: u32,
    /// How long a stopped car may take to stop drawing, s.
    pub stop_grace_s: u32,
}

/// Who may charge.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorizationMode {
    /// Whoever plugs in.
    Free,
    /// Who presents a token, or whom the CSMS lets in.
    Token,
}

/// Authorization.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationConfig {
    /// Who may charge.
    pub mode: AuthorizationMode,
    /// A token first: how long the driver may take to plug in, s.
    pub connect_timeout_s: u32,
    /// How long the CSMS may take to answer, s.
    pub answer_timeout_s: u32,
    /// Whether a listed token is accepted without asking.
    pub pre_authorize: bool,
    /// Whether an unknown token may charge while the CSMS cannot be asked.
    pub offline_unknown: bool,
    /// Whether a transaction ends whose token the CSMS rejects afterwards.
    pub stop_on_invalid: bool,
    /// Whether the token of a remote start is checked as well.
    pub authorize_remote_start: bool,
    /// A card that is shown again within so many seconds does not undo what it has just done, s.
    pub second_tap_s: u32,
    /// Tokens this charger knows by itself.
    pub tokens: Vec<ListedToken>,
}

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

/// The meters.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MeterConfig {
    /// Between two readings, s.
    pub interval_s: u32,
    /// Between two meter values to the CSMS, s.
    pub periodic_s: u32,
    /// Without a reading for so long, no energy is given, when it fails or answers with nonsense, s.
    pub lost_after_s: u32,
    /// Without a reading for so long, no energy is given, when it does not say that anything is wrong, s.
    pub slow_after_s: u32,
}

impl MeterConfig {
    /// Without a reading for so long it is lost, when it fails.
    #[must_use]
    pub fn lost_after(&self) -> Duration {
        Duration::from_secs(self.lost_after_s.into())
    }

    /// Without a reading for so long it is lost, when it says nothing.
    #[must_use]
    pub fn slow_after(&self) -> Duration {
        Duration::from_secs(self.slow_after_s.into())
    }

    /// Between two readings.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::from_secs(self.interval_s.into())
    }
}

/// The DC side: rectifiers and insulation monitor, where there are any.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DcConfig {
    /// Between two readings, ms.
    pub interval_ms: u32,
    /// A device that is there and does not answer for so long is lost, s. One that is gone is lost at once.
    pub lost_after_s: u32,
    /// Less than this between the lines and earth is a fault, kilohms.
    pub insulation_min_kohm: i32,
}

impl DcConfig {
    /// Between two readings.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.interval_ms.into())
    }

    /// A device that does not answer for so long is lost.
    #[must_use]
    pub fn lost_after(&self) -> Duration {
        Duration::from_secs(self.lost_after_s.into())
    }

    /// Less than this is a fault.
    #[must_use]
    pub fn insulation_min(&self) -> Ohms {
        Ohms(self.insulation_min_kohm.saturating_mul(1000))
    }
}
