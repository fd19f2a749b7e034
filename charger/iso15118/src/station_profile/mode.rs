//! How a station charges by one protocol and with one kind of current, as it was measured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Spread;

/// What is expected of a distribution.
pub(super) const SPREAD: &str = "min, median and max in their order, and a count above 0";

/// How a station charges by one protocol.
///
/// Responses are called by their name in the standard. PowerDeliveryRes is there up to three times: under its name where it answers
/// the wish for power, as `PowerDeliveryRes-Stop` where it answers the end of that, and as `PowerDeliveryRes-Renegotiate`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StationMode {
    /// How many conversations it is derived from.
    pub conversations: u32,
    /// How a car may pay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payment: Vec<String>,
    /// The kinds of energy transfer that it offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub energy_transfer: Vec<String>,
    /// Whether charging costs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_service: Option<bool>,
    /// From a request to its response, ms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub response_ms: BTreeMap<String, Spread>,
    /// How many responses say Ongoing before one says Finished.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ongoing: BTreeMap<String, Spread>,
    /// From the first request to the response that says Finished, ms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ongoing_ms: BTreeMap<String, Spread>,
    /// How EVSEStatusCode, EVSEIsolationStatus and EVSENotification change, in the longest conversation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub isolation: Vec<EvseStatusChange>,
    /// What it says of itself in ChargeParameterDiscoveryRes, in the longest conversation.
    #[serde(default, skip_serializing_if = "EvseLimits::is_empty")]
    pub limits: EvseLimits,
    /// How the voltage is matched: seconds from the first PreChargeRes, the car's target and what is there, V; each holds until the
    /// next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pre_charge: Vec<(f64, f64, f64)>,
    /// How the current follows: seconds from the first CurrentDemandRes, the car's target in A, what flows in A, what is there in V,
    /// as the station says; each holds until the next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ramp: Vec<(f64, f64, f64, f64)>,
    /// The optional fields that it always sends: `SessionSetupRes/EVSETimeStamp`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional: Vec<String>,
    /// The optional fields that it sends in some of these messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional_at_times: Vec<String>,
    /// The responses that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<EvseFailure>,
    /// What is odd about it.
    #[serde(default)]
    pub quirks: EvseModeQuirks,
}

/// From a response on the station says so of itself.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EvseStatusChange {
    /// The response.
    pub at: String,
    /// Seconds from the first response with a status.
    pub seconds: f64,
    /// EVSEStatusCode; alternating current has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// EVSEIsolationStatus; missing: it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolation: Option<String>,
    /// EVSENotification where it is not None.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<String>,
}

/// A response that failed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EvseFailure {
    /// The response.
    pub at: String,
    /// Its ResponseCode.
    pub code: String,
    /// How often.
    pub count: u32,
}

/// What a station says of itself in ChargeParameterDiscoveryRes.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvseLimits {
    /// EVSEMaximumVoltageLimit: V.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_voltage_v: Option<f64>,
    /// EVSEMinimumVoltageLimit: V.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_voltage_v: Option<f64>,
    /// EVSENominalVoltage: V.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nominal_voltage_v: Option<f64>,
    /// EVSEMaximumCurrentLimit, EVSEMaxCurrent: A.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_current_a: Option<f64>,
    /// EVSEMinimumCurrentLimit: A.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_current_a: Option<f64>,
    /// EVSEMaximumPowerLimit: W.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_power_w: Option<f64>,
    /// EVSECurrentRegulationTolerance: A.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regulation_tolerance_a: Option<f64>,
    /// EVSEPeakCurrentRipple: A.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_ripple_a: Option<f64>,
    /// EVSEEnergyToBeDelivered: Wh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub energy_to_deliver_wh: Option<f64>,
    /// PMax of the first entry of the first schedule: W.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_power_w: Option<f64>,
    /// How many schedules it offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedules: Option<u64>,
}

impl EvseLimits {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn first_wrong(&self) -> Option<&'static str> {
        let values = [
            ("max_voltage_v", self.max_voltage_v),
            ("min_voltage_v", self.min_voltage_v),
            ("nominal_voltage_v", self.nominal_voltage_v),
            ("max_current_a", self.max_current_a),
            ("min_current_a", self.min_current_a),
            ("max_power_w", self.max_power_w),
            ("regulation_tolerance_a", self.regulation_tolerance_a),
            ("peak_ripple_a", self.peak_ripple_a),
            ("energy_to_deliver_wh", self.energy_to_deliver_wh),
            ("schedule_power_w", self.schedule_power_w),
        ];
        let wrong = |value: Option<f64>| value.is_some_and(|value| !(0.0..=10_000_000.0).contains(&value));
        values.into_iter().find(|(_, value)| wrong(*value)).map(|(key, _)| key)
    }
}

/// What is odd about how a station charges.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvseModeQuirks {
    /// The voltage of the cable check is still there when PreCharge begins: so many volts above the car's target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pre_charge_starts_above_v: Option<f64>,
    /// It says the car's target as what is there.
    #[serde(skip_serializing_if = "is_false")]
    pub mirrors_target: bool,
    /// The current that it says is so many times what the car asked for, in its median: above 2 it cannot be true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub present_current_factor: Option<f64>,
    /// EVSEMaximumCurrentLimit changes while energy flows: from, to, A.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_limit_moves_a: Option<(f64, f64)>,
    /// How many octets its session number has; 8 is usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id_octets: Option<u8>,
    /// Its values name no unit.
    #[serde(skip_serializing_if = "is_false")]
    pub values_without_unit: bool,
    /// So many octets of zero stand behind these messages, within the payload.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub zero_octets_behind: BTreeMap<String, u32>,
}

const fn is_false(value: &bool) -> bool {
    !*value
}

impl StationMode {
    /// How long it takes for the response to a request of that name.
    #[must_use]
    pub fn response(&self, request: &str) -> Option<&Spread> {
        let (name, rest) = request.split_once('-').map_or((request, None), |(name, rest)| (name, Some(rest)));
        let response = format!("{}Res", name.strip_suffix("Req")?);
        self.response_ms.get(&rest.map_or_else(|| response.clone(), |rest| format!("{response}-{rest}")))
    }

    /// The first key whose value cannot be, and what was expected there.
    pub(super) fn first_wrong(&self) -> Option<(String, &'static str)> {
        let tables = [("response_ms", &self.response_ms), ("ongoing", &self.ongoing), ("ongoing_ms", &self.ongoing_ms)];
        for (key, table) in tables {
            for (name, spread) in table {
                if !spread.is_right() {
                    return Some((format!("{key}.{name}"), SPREAD));
                }
                if !name.split('-').next().is_some_and(|name| name.ends_with("Res")) {
                    return Some((format!("{key}.{name}"), "the name of a response"));
                }
            }
        }
        if let Some(key) = self.limits.first_wrong() {
            return Some((format!("limits.{key}"), "from 0 to 10 000 000"));
        }
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        let pre_charge = self.pre_charge.iter().all(|(at, target, present)| finite(&[*at, *target, *present]));
        if !(pre_charge && self.pre_charge.is_sorted_by(|a, b| a.0 < b.0)) {
            return Some(("pre_charge".into(), "seconds (rising), V, V"));
        }
        let ramp = self.ramp.iter().all(|(at, target, amperes, volts)| finite(&[*at, *target, *amperes, *volts]));
        if !(ramp && self.ramp.is_sorted_by(|a, b| a.0 < b.0)) {
            return Some(("ramp".into(), "seconds (rising), A, A, V"));
        }
        if !(finite(&self.isolation.iter().map(|change| change.seconds).collect::<Vec<_>>())
            && self.isolation.is_sorted_by(|a, b| a.seconds <= b.seconds))
        {
            return Some(("isolation".into(), "seconds that rise"));
        }
        None
    }
}
