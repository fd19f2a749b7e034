//! Where real cars differ from the standard, as data: all off unless a profile or a test says otherwise.

use std::collections::BTreeMap;
use std::time::Duration;

use units::Millivolts;

/// What is odd about how a car charges.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Quirks {
    /// It asks for whole amperes only.
    pub whole_amperes: bool,
    /// Its first targets are too low.
    pub low_first_targets: Option<LowTargets>,
    /// CurrentDemandReq has no limits.
    pub no_optional_limits: bool,
    /// After the end it looks for no welded contactor.
    pub skips_welding_detection: bool,
    /// It closes the connection instead of sending SessionStopReq.
    pub closes_instead_of_session_stop: bool,
    /// It renegotiates only if the response has the station's optional limits as well.
    pub renegotiates_with_limits_only: bool,
    /// It looks at EVSEStatusCode, and never at EVSENotification.
    pub obeys_status_code_only: bool,
    /// When it has measured the right voltage itself for so long, it minds no longer what the station says of its voltage.
    pub own_voltage_counts_after: Option<Duration>,
    /// Its values name no unit (DIN).
    pub values_without_unit: bool,
    /// So many octets of zero stand behind these messages, within the payload.
    pub zero_octets_behind: BTreeMap<String, u32>,
}

/// The first requests of the charge loop ask for a voltage below that of the battery, or below 0 V.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LowTargets {
    /// So many requests.
    pub requests: u32,
    /// What they ask for.
    pub voltage: Millivolts,
}
