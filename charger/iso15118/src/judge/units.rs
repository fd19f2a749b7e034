//! Units (DIN, -2): each PhysicalValue has the unit of its quantity.

use exi::Tree;

use super::exchange::Seen;
use super::rule::{DIN_ISO2, Kind, Rule};
use super::verdict::Ledger;
use crate::wire::Side;

static CAR: Rule = Rule::car(
    "UNIT-CAR",
    Kind::Value,
    DIN_ISO2,
    "values of the car have the unit of their quantity: V, A, W, Wh, s",
    "a value with a unit in a request",
);
static STATION: Rule = Rule::station(
    "UNIT-STATION",
    Kind::Value,
    DIN_ISO2,
    "values of the station have the unit of their quantity: V, A, W, Wh, s",
    "a value with a unit in a response",
);

pub(super) static RULES: &[&Rule] = &[&CAR, &STATION];

/// The units that a field of that name may have; none for a name that tells no quantity.
fn units(name: &str) -> &'static [&'static str] {
    // The order matters: EVSECurrentRegulationTolerance is a current, EVSEPeakCurrentRipple too.
    if name.contains("Voltage") {
        &["V"]
    } else if name.contains("Current") {
        &["A"]
    } else if name.contains("Power") || name == "PMax" || name == "startValue" {
        &["W", "VA"]
    } else if name.contains("Energy") || name == "EAmount" || name == "MeterReading" {
        &["Wh"]
    } else if name.starts_with("RemainingTime") {
        &["s", "m", "h"]
    } else {
        &[]
    }
}

/// Messages have values at most so deep: schedules are lists in lists.
const DEPTH: usize = 12;

/// Calls `found` with each PhysicalValue that has a unit: the name of its field, and the unit.
fn walk<'a>(name: &'a str, tree: &'a Tree, depth: usize, found: &mut impl FnMut(&'a str, &'a str)) {
    if depth == 0 {
        return;
    }
    match tree {
        Tree::Fields(fields) => {
            if let (Some(unit), true) = (tree.get("Unit").and_then(Tree::as_text), tree.get("Value").is_some()) {
                found(name, unit);
                return;
            }
            fields.iter().for_each(|(name, field)| walk(name, field, depth - 1, found));
        }
        Tree::List(items) => items.iter().for_each(|item| walk(name, item, depth - 1, found)),
        Tree::Nothing | Tree::Boolean(_) | Tree::Whole(_) | Tree::Text(_) => {}
    }
}

pub(super) fn message(ledger: &mut Ledger, seen: &Seen<'_>) {
    let (mut any, mut wrong) = (false, None);
    walk("", seen.body, DEPTH, &mut |name, unit| {
        let expected = units(name);
        any |= !expected.is_empty();
        if !expected.is_empty() && !expected.contains(&unit) && wrong.is_none() {
            wrong = Some((name, unit, expected));
        }
    });
    if any {
        let rule = match seen.message.from {
            Side::Car => &CAR,
            Side::Station => &STATION,
        };
        ledger.check(rule, wrong.is_none(), &[seen.packet], || {
            let (name, unit, expected) = wrong.unwrap_or(("", "", &[]));
            format!("{name} in {unit} in {}: expected {}", seen.name, expected.join(" or "))
        });
    }
}
