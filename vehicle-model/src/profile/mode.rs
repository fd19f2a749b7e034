//! How a car charges by one protocol and with one kind of current, as it was measured.

use std::collections::BTreeMap;

use iso15118::Spread;
use serde::{Deserialize, Serialize};

/// What is expected of a distribution.
pub(super) const SPREAD: &str = "min, median and max in their order, and a count above 0";

/// How a car charges by one protocol.
///
/// Requests are called by their name in the standard. PowerDeliveryReq is there up to three times: under its name where it begins
/// the charging, as `PowerDeliveryReq-Stop` where it ends it, and as `PowerDeliveryReq-Renegotiate`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EvccMode {
    /// How many conversations it is derived from.
    pub conversations: u32,
    /// The kinds of energy transfer that it asked for: `DC_extended`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub energy_transfer: Vec<String>,
    /// How it wanted to pay: `ExternalPayment`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payment: Vec<String>,
    /// From a response to the request that follows, where that is another request than the one before, ms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pacing_ms: BTreeMap<String, Spread>,
    /// From a response to the same request again, ms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub repeat_ms: BTreeMap<String, Spread>,
    /// From request to request while energy flows, ms: with the station's delay in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub period_ms: BTreeMap<String, Spread>,
    /// How often it asked before it went on to another request. How long a station says Ongoing is in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub repeats: BTreeMap<String, Spread>,
    /// The optional fields that it always sends: `CurrentDemandReq/EVMaximumPowerLimit`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional: Vec<String>,
    /// The optional fields that it sends in some of these messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional_at_times: Vec<String>,
    /// How EVReady and EVErrorCode change, in the longest conversation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub status: Vec<EvStatusChange>,
    /// What it says of itself in ChargeParameterDiscoveryReq, in the longest conversation.
    #[serde(default, skip_serializing_if = "EvLimits::is_empty")]
    pub limits: EvLimits,
    /// What it wants while the voltage is matched: seconds from the first PreChargeReq, V, A; each holds until the next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pre_charge: Vec<(f64, f64, f64)>,
    /// What it wants while energy flows: seconds from the first CurrentDemandReq, state of charge in percent, V, A; each holds until
    /// the next. What the station could give has limited it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demand: Vec<(f64, f64, f64, f64)>,
    /// How it ends.
    #[serde(default)]
    pub stop: EvStop,
    /// What is odd about it.
    #[serde(default)]
    pub quirks: EvModeQuirks,
}

/// From a request on the car says so of itself.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EvStatusChange {
    /// The request.
    pub at: String,
    /// EVReady.
    pub ready: bool,
    /// EVErrorCode.
    pub error: String,
}

/// What a car says of itself in ChargeParameterDiscoveryReq.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvLimits {
    /// EVMaximumVoltageLimit, EVMaxVoltage: V.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_voltage_v: Option<f64>,
    /// EVMaximumCurrentLimit, EVMaxCurrent: A.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_current_a: Option<f64>,
    /// EVMinCurrent: A.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_current_a: Option<f64>,
    /// EVMaximumPowerLimit: W.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_power_w: Option<f64>,
    /// EVEnergyCapacity: Wh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub energy_capacity_wh: Option<f64>,
    /// EVEnergyRequest, EAmount: Wh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub energy_request_wh: Option<f64>,
    /// DepartureTime: seconds from now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure_time_s: Option<u64>,
    /// FullSOC: percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_soc: Option<u8>,
    /// BulkSOC: percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bulk_soc: Option<u8>,
    /// EVRESSSOC: percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soc: Option<u8>,
    /// MaxEntriesSAScheduleTuple.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_schedule_entries: Option<u64>,
}

impl EvLimits {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How a car ends its sessions. Conversations that the capture cut off are not in it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvStop {
    /// So many ended with SessionStopReq.
    pub session_stop: u32,
    /// In so many of these it wanted to go on later (ChargingSession is Pause).
    #[serde(skip_serializing_if = "is_zero")]
    pub pause: u32,
    /// In so many the connection ended without SessionStopReq.
    pub without: u32,
    /// What was said last in those, in the order of the alphabet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without_after: Vec<String>,
    /// Who ended the connection after SessionStopRes; missing: not captured, or now this one and now that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<Closer>,
    /// It was torn down (RST) and not closed (FIN).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<bool>,
    /// From SessionStopRes to the end of the connection, ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_to_close_ms: Option<Spread>,
}

/// Who ends a connection.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Closer {
    /// The car.
    Car,
    /// The station.
    Station,
}

/// What is odd about how a car charges.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvModeQuirks {
    /// It asks for a voltage or a current below zero.
    #[serde(skip_serializing_if = "is_false")]
    pub target_below_zero: bool,
    /// It asks for whole amperes only.
    #[serde(skip_serializing_if = "is_false")]
    pub whole_amperes: bool,
    /// It asks for 0 A while the voltage is matched.
    #[serde(skip_serializing_if = "is_false")]
    pub pre_charge_without_current: bool,
    /// EVReady is true in ChargeParameterDiscoveryReq already.
    #[serde(skip_serializing_if = "is_false")]
    pub ready_at_once: bool,
    /// Its values name no unit.
    #[serde(skip_serializing_if = "is_false")]
    pub values_without_unit: bool,
    /// So many octets of zero stand behind these messages, within the payload.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub zero_octets_behind: BTreeMap<String, u32>,
}

pub(super) const fn is_false(value: &bool) -> bool {
    !*value
}

const fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl EvccMode {
    /// How long it waits after a response until it sends this request; `again` when the request before was the same one.
    #[must_use]
    pub fn pacing(&self, request: &str, again: bool) -> Option<&Spread> {
        if again { self.repeat_ms.get(request) } else { self.pacing_ms.get(request) }
    }

    /// State of charge (percent), V and A that it wants so many seconds after its first CurrentDemandReq.
    #[must_use]
    pub fn demand_at(&self, seconds: f64) -> Option<(f64, f64, f64)> {
        let after = self.demand.partition_point(|point| point.0 <= seconds);
        let (_, soc, volts, amperes) = *self.demand.get(after.saturating_sub(1))?;
        Some((soc, volts, amperes))
    }

    /// The first key whose value cannot be, and what was expected there.
    pub(super) fn first_wrong(&self) -> Option<(String, &'static str)> {
        let tables = [
            ("pacing_ms", &self.pacing_ms),
            ("repeat_ms", &self.repeat_ms),
            ("period_ms", &self.period_ms),
            ("repeats", &self.repeats),
        ];
        for (key, table) in tables {
            for (name, spread) in table {
                if !spread.is_right() {
                    return Some((format!("{key}.{name}"), SPREAD));
                }
                if !name.split('-').next().is_some_and(iso15118::is_request) {
                    return Some((format!("{key}.{name}"), "the name of a request"));
                }
            }
        }
        if self.stop.stop_to_close_ms.is_some_and(|spread| !spread.is_right()) {
            return Some(("stop.stop_to_close_ms".into(), SPREAD));
        }
        if let Some(key) = self.limits.first_wrong() {
            return Some((format!("limits.{key}"), "from 0 to 10 000 000, percentages up to 100"));
        }
        let pre_charge = self.pre_charge.iter().all(|(at, volts, amperes)| all_finite(&[*at, *volts, *amperes]));
        if !(pre_charge && self.pre_charge.is_sorted_by(|a, b| a.0 < b.0)) {
            return Some(("pre_charge".into(), "seconds (rising), V, A"));
        }
        let demand = self
            .demand
            .iter()
            .all(|(at, soc, volts, amperes)| all_finite(&[*at, *soc, *volts, *amperes]) && (0.0..=100.0).contains(soc));
        if !(demand && self.demand.is_sorted_by(|a, b| a.0 < b.0)) {
            return Some(("demand".into(), "seconds (rising), state of charge (0 to 100), V, A"));
        }
        None
    }
}

fn all_finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}

impl EvLimits {
    fn first_wrong(&self) -> Option<&'static str> {
        let values = [
            ("max_voltage_v", self.max_voltage_v),
            ("max_current_a", self.max_current_a),
            ("min_current_a", self.min_current_a),
            ("max_power_w", self.max_power_w),
            ("energy_capacity_wh", self.energy_capacity_wh),
            ("energy_request_wh", self.energy_request_wh),
        ];
        let wrong = |value: Option<f64>| value.is_some_and(|value| !(0.0..=10_000_000.0).contains(&value));
        let percentages = [("full_soc", self.full_soc), ("bulk_soc", self.bulk_soc), ("soc", self.soc)];
        let value = values.into_iter().find(|(_, value)| wrong(*value)).map(|(key, _)| key);
        value.or_else(|| percentages.into_iter().find(|(_, soc)| soc.is_some_and(|soc| soc > 100)).map(|(key, _)| key))
    }
}
