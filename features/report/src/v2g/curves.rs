//! What the messages say of voltage, current, power and the battery, over time.

use event_log::Event;
use serde_json::Value;
use units::Instant;

use super::fields::amount;
use crate::curve::Curve;

/// What is measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Quantity {
    /// Volts.
    Voltage,
    /// Amperes.
    Current,
    /// Watts.
    Power,
    /// Percent of the battery.
    Charge,
}

/// Which value of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Which {
    /// What the station measures.
    AtStation,
    /// What the car measures.
    AtCar,
    /// What the car asks for, or the station sets.
    Target,
    /// The most that the car takes.
    CarLimit,
    /// The most that the station gives.
    StationLimit,
}

impl Which {
    /// All, the one that matters most first.
    pub(crate) const ALL: [Self; 5] = [Self::AtStation, Self::AtCar, Self::Target, Self::CarLimit, Self::StationLimit];

    /// A few words beside a curve.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtStation => "station",
            Self::AtCar => "car",
            Self::Target => "target",
            Self::CarLimit => "car's limit",
            Self::StationLimit => "station's limit",
        }
    }

    /// Whether it is a bound, and no value that anything has.
    #[must_use]
    pub const fn is_limit(self) -> bool {
        matches!(self, Self::CarLimit | Self::StationLimit)
    }
}

/// A curve of what the messages say.
#[derive(Clone, Debug, PartialEq)]
pub struct V2gCurve {
    /// What is measured.
    pub quantity: Quantity,
    /// Which value of it.
    pub which: Which,
    /// The curve.
    pub curve: Curve,
    /// The last message of all: what was said holds no longer.
    pub until: Instant,
}

/// The fields that are drawn, by the names of all generations.
const FIELDS: [(&str, Quantity, Which); 32] = {
    use Quantity::{Charge, Current, Power, Voltage};
    use Which::{AtCar, AtStation, CarLimit, StationLimit, Target};
    [
        ("EVSEPresentVoltage", Voltage, AtStation),
        ("EVPresentVoltage", Voltage, AtCar),
        ("EVTargetVoltage", Voltage, Target),
        ("EVMaximumVoltageLimit", Voltage, CarLimit),
        ("EVMaximumVoltage", Voltage, CarLimit),
        ("EVMaxVoltage", Voltage, CarLimit),
        ("EVSEMaximumVoltageLimit", Voltage, StationLimit),
        ("EVSEMaximumVoltage", Voltage, StationLimit),
        ("EVSEMaxVoltage", Voltage, StationLimit),
        ("EVSENominalVoltage", Voltage, AtStation),
        ("EVSEPresentCurrent", Current, AtStation),
        ("EVTargetCurrent", Current, Target),
        ("EVMaximumCurrentLimit", Current, CarLimit),
        ("EVMaximumChargeCurrent", Current, CarLimit),
        ("EVMaxCurrent", Current, CarLimit),
        ("EVSEMaximumCurrentLimit", Current, StationLimit),
        ("EVSEMaximumChargeCurrent", Current, StationLimit),
        ("EVSEMaxCurrent", Current, StationLimit),
        ("EVSEPresentActivePower", Power, AtStation),
        ("EVPresentActivePower", Power, AtCar),
        ("EVTargetActivePower", Power, Target),
        ("EVSETargetActivePower", Power, Target),
        ("EVMaximumPowerLimit", Power, CarLimit),
        ("EVMaximumChargePower", Power, CarLimit),
        ("EVSEMaximumPowerLimit", Power, StationLimit),
        ("EVSEMaximumChargePower", Power, StationLimit),
        ("EVSEMaxPower", Power, StationLimit),
        ("PMax", Power, StationLimit),
        ("EVRESSSOC", Charge, AtCar),
        ("PresentSOC", Charge, AtCar),
        ("BulkSOC", Charge, Target),
        ("FullSOC", Charge, CarLimit),
    ]
};

/// What becomes a curve.
type Points = (Quantity, Which, Vec<(Instant, f64)>);

/// No number beyond this is drawn.
const HIGHEST: f64 = 1e9;

/// The curves that the messages give, in the order of their quantities.
pub(crate) fn curves(events: &[Event]) -> Vec<V2gCurve> {
    let mut found: Vec<Points> = Vec::new();
    let mut latest = Instant::ZERO;
    for event in events.iter().filter(|event| event.is("v2g", "message")) {
        // No time runs backwards.
        latest = latest.max(event.t);
        let mut values = Vec::new();
        if let Some(message) = event.data.parse().get("message") {
            collect(message, &mut values);
        }
        let of = |values: &[(Quantity, Which, f64)], quantity| {
            values.iter().find(|one| (one.0, one.1) == (quantity, Which::AtStation)).map(|one| one.2)
        };
        // What a DC station gives it tells as two numbers.
        if let (Some(v), Some(a)) = (of(&values, Quantity::Voltage), of(&values, Quantity::Current)) {
            values.push((Quantity::Power, Which::AtStation, v * a));
        }
        for (quantity, value, amount) in values {
            match found.iter_mut().find(|one| (one.0, one.1) == (quantity, value)) {
                // Of phases and entries of a schedule the first one stands for all.
                Some((_, _, points)) if points.last().is_some_and(|(t, _)| *t == latest) => {}
                Some((_, _, points)) => points.push((latest, amount)),
                None => found.push((quantity, value, vec![(latest, amount)])),
            }
        }
    }
    found
        .into_iter()
        .map(|(quantity, which, points)| V2gCurve {
            quantity,
            which,
            until: latest,
            curve: Curve::of(points).thin(Curve::POINTS),
        })
        .collect()
}

fn collect(message: &Value, out: &mut Vec<(Quantity, Which, f64)>) {
    match message {
        Value::Object(fields) => {
            for (name, value) in fields {
                let known = FIELDS.iter().find(|(known, ..)| known == name);
                match (known, amount(value)) {
                    (Some((_, quantity, which)), Some(amount)) if amount.abs() < HIGHEST => {
                        out.push((*quantity, *which, amount));
                    }
                    (Some(_), Some(_)) => {}
                    _ => collect(value, out),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, out)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::v2g_charge;

    #[test]
    fn the_messages_of_a_charge_give_its_curves() {
        let curves = curves(&v2g_charge().events());
        let range = |quantity, which| {
            let curve = curves.iter().find(|one| (one.quantity, one.which) == (quantity, which));
            curve.and_then(|one| one.curve.range())
        };
        assert_eq!(range(Quantity::Voltage, Which::AtStation), Some((380.0, 380.0)));
        assert_eq!(range(Quantity::Voltage, Which::Target), Some((400.0, 400.0)));
        assert_eq!(range(Quantity::Current, Which::AtStation), Some((0.0, 39.0)));
        assert_eq!(range(Quantity::Current, Which::StationLimit), Some((50.0, 50.0)));
        assert_eq!(range(Quantity::Power, Which::AtStation), Some((0.0, 380.0 * 39.0)));
        assert_eq!(range(Quantity::Charge, Which::AtCar), Some((57.0, 57.0)));
        assert_eq!(range(Quantity::Power, Which::CarLimit), None);
    }
}
