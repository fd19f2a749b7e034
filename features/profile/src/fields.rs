//! Reads fields of messages that have no Rust type.

use std::collections::BTreeMap;

use exi::Tree;
use iso15118::Protocol;
use iso15118::station_profile::EvseLimits;
use iso15118::wire::{SeenMessage, milli};
use vehicle_model::EvLimits;

/// A value with a unit, or a plain number.
pub(crate) fn number(tree: &Tree, path: &str) -> Option<f64> {
    let value = tree.at(path)?;
    match value.as_whole() {
        Some(whole) => Some(i32::try_from(whole).ok()?.into()),
        // Beyond 2^53 a number is no quantity any more.
        None => Some(milli(value)? as f64 / 1_000.0),
    }
}

pub(crate) fn text<'a>(tree: &'a Tree, path: &str) -> Option<&'a str> {
    // Enumerations are short; free text is not taken.
    tree.at(path)?.as_text().filter(|text| text.len() <= 100)
}

pub(crate) fn flag(tree: &Tree, path: &str) -> Option<bool> {
    match tree.at(path)? {
        Tree::Boolean(value) => Some(*value),
        _ => None,
    }
}

fn whole<T: TryFrom<i128>>(tree: &Tree, path: &str) -> Option<T> {
    T::try_from(tree.at(path)?.as_whole()?).ok()
}

/// The texts of a list.
pub(crate) fn texts(tree: &Tree, path: &str) -> Vec<String> {
    match tree.at(path) {
        Some(Tree::List(items)) => items.iter().filter_map(Tree::as_text).map(str::to_owned).take(16).collect(),
        Some(Tree::Text(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// A limit as a profile can have it; what is below zero or beyond all bounds says nothing.
fn quantity(tree: &Tree, path: &str) -> Option<f64> {
    number(tree, path).filter(|value| (0.0..=10_000_000.0).contains(value))
}

fn percentage(tree: &Tree, path: &str) -> Option<u8> {
    whole(tree, path).filter(|value| *value <= 100)
}

/// What a car says of itself in ChargeParameterDiscoveryReq.
pub(crate) fn limits_of_car(body: &Tree) -> EvLimits {
    let max_schedule_entries = whole(body, "MaxEntriesSAScheduleTuple");
    if let Some(direct) = body.get("DC_EVChargeParameter") {
        return EvLimits {
            max_voltage_v: quantity(direct, "EVMaximumVoltageLimit"),
            max_current_a: quantity(direct, "EVMaximumCurrentLimit"),
            min_current_a: None,
            max_power_w: quantity(direct, "EVMaximumPowerLimit"),
            energy_capacity_wh: quantity(direct, "EVEnergyCapacity"),
            energy_request_wh: quantity(direct, "EVEnergyRequest"),
            departure_time_s: whole(direct, "DepartureTime"),
            full_soc: percentage(direct, "FullSOC"),
            bulk_soc: percentage(direct, "BulkSOC"),
            soc: percentage(direct, "DC_EVStatus/EVRESSSOC"),
            max_schedule_entries,
        };
    }
    let Some(alternating) = body.get("AC_EVChargeParameter") else {
        return EvLimits { max_schedule_entries, ..EvLimits::default() };
    };
    EvLimits {
        max_voltage_v: quantity(alternating, "EVMaxVoltage"),
        max_current_a: quantity(alternating, "EVMaxCurrent"),
        min_current_a: quantity(alternating, "EVMinCurrent"),
        energy_request_wh: quantity(alternating, "EAmount"),
        departure_time_s: whole(alternating, "DepartureTime"),
        max_schedule_entries,
        ..EvLimits::default()
    }
}

/// What a station says of itself in ChargeParameterDiscoveryRes.
pub(crate) fn limits_of_station(body: &Tree) -> EvseLimits {
    let schedules = body.at("SAScheduleList/SAScheduleTuple").and_then(|tuples| match tuples {
        Tree::List(items) => u64::try_from(items.len()).ok(),
        _ => None,
    });
    let first = "SAScheduleList/SAScheduleTuple/0/PMaxSchedule/PMaxScheduleEntry/0/PMax";
    let common = EvseLimits { schedules, schedule_power_w: quantity(body, first), ..EvseLimits::default() };
    if let Some(direct) = body.get("DC_EVSEChargeParameter") {
        return EvseLimits {
            max_voltage_v: quantity(direct, "EVSEMaximumVoltageLimit"),
            min_voltage_v: quantity(direct, "EVSEMinimumVoltageLimit"),
            max_current_a: quantity(direct, "EVSEMaximumCurrentLimit"),
            min_current_a: quantity(direct, "EVSEMinimumCurrentLimit"),
            max_power_w: quantity(direct, "EVSEMaximumPowerLimit"),
            regulation_tolerance_a: quantity(direct, "EVSECurrentRegulationTolerance"),
            peak_ripple_a: quantity(direct, "EVSEPeakCurrentRipple"),
            energy_to_deliver_wh: quantity(direct, "EVSEEnergyToBeDelivered"),
            ..common
        };
    }
    let Some(alternating) = body.get("AC_EVSEChargeParameter") else { return common };
    EvseLimits {
        nominal_voltage_v: quantity(alternating, "EVSENominalVoltage"),
        max_current_a: quantity(alternating, "EVSEMaxCurrent"),
        ..common
    }
}

/// The status of car or station, wherever it stands in a message.
pub(crate) fn status<'a>(body: &'a Tree, side: &str) -> Option<&'a Tree> {
    let places: &[&str] = match side {
        "EV" => &["DC_EVStatus", "DC_EVChargeParameter/DC_EVStatus", "DC_EVPowerDeliveryParameter/DC_EVStatus"],
        _ => &[
            "DC_EVSEStatus",
            "AC_EVSEStatus",
            "DC_EVSEChargeParameter/DC_EVSEStatus",
            "AC_EVSEChargeParameter/AC_EVSEStatus",
        ],
    };
    places.iter().find_map(|place| body.at(place))
}

/// Whether there is a value with a power of ten and no unit.
pub(crate) fn has_value_without_unit(tree: &Tree) -> bool {
    match tree {
        Tree::Fields(fields) => {
            if tree.get("Value").is_some() && tree.get("Multiplier").is_some() {
                return tree.get("Unit").is_none();
            }
            fields.iter().any(|(_, field)| has_value_without_unit(field))
        }
        Tree::List(items) => items.iter().any(has_value_without_unit),
        _ => false,
    }
}

/// The fields that DIN 70121 or ISO 15118-2 let somebody leave out, and that say something of who sends them.
static OPTIONAL: [&str; 30] = [
    "BulkChargingComplete",
    "BulkSOC",
    "ChargingProfile",
    "DateTimeNow",
    "DepartureTime",
    "EVCabinConditioning",
    "EVEnergyCapacity",
    "EVEnergyRequest",
    "EVMaximumCurrentLimit",
    "EVMaximumPowerLimit",
    "EVMaximumVoltageLimit",
    "EVRESSConditioning",
    "EVSECurrentRegulationTolerance",
    "EVSEEnergyToBeDelivered",
    "EVSEIsolationStatus",
    "EVSEMaxCurrent",
    "EVSEMaximumCurrentLimit",
    "EVSEMaximumPowerLimit",
    "EVSEMaximumVoltageLimit",
    "EVSETimeStamp",
    "FullSOC",
    "MaxEntriesSAScheduleTuple",
    "MeterInfo",
    "ReceiptRequired",
    "RemainingTimeToBulkSoC",
    "RemainingTimeToFullSoC",
    "SalesTariff",
    "ServiceCategory",
    "ServiceList",
    "ServiceScope",
];

/// How often each optional field was sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct OptionalFields {
    messages: BTreeMap<String, u64>,
    /// By message and field.
    sent: BTreeMap<(String, &'static str), u64>,
}

impl OptionalFields {
    pub(crate) fn see(&mut self, message: &SeenMessage) {
        let Some(body) = message.body() else { return };
        let name = message.name();
        *self.messages.entry(name.to_owned()).or_default() += 1;
        let mut found = Vec::new();
        walk(body, &mut found);
        found.retain(|field| !is_mandatory(message.protocol, name, field));
        for field in found {
            *self.sent.entry((name.to_owned(), field)).or_default() += 1;
        }
    }

    /// Those that each message of the name has, and those that some have, of several conversations together.
    pub(crate) fn together<'a>(all: impl IntoIterator<Item = &'a Self>) -> (Vec<String>, Vec<String>) {
        let (mut messages, mut sent) = (BTreeMap::<&str, u64>::new(), BTreeMap::<(&str, &str), u64>::new());
        for fields in all {
            for (name, count) in &fields.messages {
                *messages.entry(name.as_str()).or_default() += count;
            }
            for ((name, field), count) in &fields.sent {
                *sent.entry((name.as_str(), *field)).or_default() += count;
            }
        }
        let (mut always, mut at_times) = (Vec::new(), Vec::new());
        for ((name, field), count) in sent {
            let to = if messages.get(name) == Some(&count) { &mut always } else { &mut at_times };
            to.push(format!("{name}/{field}"));
        }
        (always, at_times)
    }
}

/// Whether a field of that name must be in this message, although it is optional in others.
fn is_mandatory(protocol: Option<Protocol>, message: &str, field: &str) -> bool {
    match field {
        "ServiceCategory" => message == "ServiceDiscoveryRes",
        "EVMaximumCurrentLimit" | "EVMaximumVoltageLimit" => message == "ChargeParameterDiscoveryReq",
        "EVSEMaxCurrent" | "EVSEMaximumCurrentLimit" | "EVSEMaximumVoltageLimit" => {
            message == "ChargeParameterDiscoveryRes"
        }
        "EVSEMaximumPowerLimit" => message == "ChargeParameterDiscoveryRes" && protocol == Some(Protocol::Iso2),
        _ => false,
    }
}

fn walk(tree: &Tree, found: &mut Vec<&'static str>) {
    let Tree::Fields(fields) = tree else { return };
    for (name, field) in fields {
        match OPTIONAL.iter().find(|optional| *optional == name) {
            Some(optional) if !found.contains(optional) => found.push(*optional),
            _ => {}
        }
        walk(field, found);
    }
}
