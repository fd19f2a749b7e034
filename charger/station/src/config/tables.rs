//! The tables of `charger.toml`, as they stand in the file.

use std::collections::BTreeMap;

use energy::SiteConfig;
use serde::{Deserialize, Serialize};
use session::{AuthorizationConfig, LockConfig, MeterConfig, OutletConfig, PilotConfig, SessionConfig};

use super::dc::DcConfig;
use super::evse::EvseConfig;
use super::hlc::HlcConfig;
use super::wrong::Wrong;
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
    pub(super) hlc: HlcConfig,
    /// Where there are several EVSEs, each whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) evse: Vec<EvseConfig>,
    pub(super) service: BTreeMap<Service, ServiceTable>,
}

impl Tables {
    /// What the types alone do not say.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        let checks: [Wrong; 16] = [
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
            (
                self.site.main_fuse_a == 0 || self.site.fail_safe_a <= self.site.main_fuse_a,
                "site.fail_safe_a",
                "at most site.main_fuse_a",
            ),
            (
                self.site.station_fuse_a == 0 || (6..=250).contains(&self.site.station_fuse_a),
                "site.station_fuse_a",
                "from 6 to 250 A, or 0 for no limit of the station's own",
            ),
            (
                (0..=250).contains(&self.site.export_a),
                "site.export_a",
                "from 0 A (no car gives anything back) to 250 A",
            ),
            (
                self.site.main_fuse_a == 0 || self.site.export_a <= self.site.main_fuse_a,
                "site.export_a",
                "at most site.main_fuse_a",
            ),
            ((1..=1440).contains(&self.site.turn_min), "site.turn_min", "from 1 to 1440 min"),
            (self.site.resume_after_s >= self.site.raise_after_s, "site.resume_after_s", "at least site.raise_after_s"),
            ((1..=60).contains(&self.site.lost_after_s), "site.lost_after_s", "from 1 to 60 s"),
        ];
        checks.into_iter().find(|(good, ..)| !good).map_or(Ok(()), Err)
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
