//! Numbers with a unit (ISO 15118-2 clause 8.5.2.7).

use serde::{Deserialize, Serialize};

use crate::messages::decimal;

/// A number with a unit: value times ten to the power of the multiplier.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PhysicalValue {
    /// Power of ten, -3..3.
    #[serde(rename = "Multiplier")]
    pub multiplier: i8,
    /// The unit; which one is right stands with each field that holds a value.
    #[serde(rename = "Unit")]
    pub unit: UnitSymbol,
    /// The number before the multiplier.
    #[serde(rename = "Value")]
    pub value: i16,
}

impl PhysicalValue {
    /// So many of the unit, times ten to the power of the multiplier.
    #[must_use]
    pub const fn new(value: i16, multiplier: i8, unit: UnitSymbol) -> Self {
        Self { multiplier, unit, value }
    }

    /// The value in thousandths of its unit: exact for the multipliers that the schema allows, saturating for any
    /// other.
    #[must_use]
    pub fn milli(&self) -> i64 {
        decimal::milli(self.value, self.multiplier)
    }
}

/// A unit.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum UnitSymbol {
    /// Hours, `h`.
    #[serde(rename = "h")]
    Hour,
    /// Minutes, `m`.
    #[serde(rename = "m")]
    Minute,
    /// Seconds, `s`.
    #[serde(rename = "s")]
    Second,
    /// Ampere, `A`.
    #[serde(rename = "A")]
    Ampere,
    /// Volt, `V`.
    #[serde(rename = "V")]
    Volt,
    /// Watt, `W`.
    #[serde(rename = "W")]
    Watt,
    /// Watt hours, `Wh`.
    #[serde(rename = "Wh")]
    WattHour,
}

#[cfg(test)]
mod tests {
    use super::{PhysicalValue, UnitSymbol};

    #[test]
    fn a_value_is_read_in_thousandths_of_its_unit() {
        assert_eq!(PhysicalValue::new(3985, -1, UnitSymbol::Volt).milli(), 398_500);
        assert_eq!(PhysicalValue::new(-5, 0, UnitSymbol::Ampere).milli(), -5_000);
        assert_eq!(PhysicalValue::new(150, 3, UnitSymbol::Watt).milli(), 150_000_000);
        assert_eq!(PhysicalValue::new(i16::MIN, -3, UnitSymbol::Second).milli(), -32_768);
    }

    #[test]
    fn a_multiplier_that_no_schema_allows_saturates() {
        assert_eq!(PhysicalValue::new(1, i8::MAX, UnitSymbol::Watt).milli(), i64::MAX);
        assert_eq!(PhysicalValue::new(-1, i8::MAX, UnitSymbol::Watt).milli(), i64::MIN);
        assert_eq!(PhysicalValue::new(1, i8::MIN, UnitSymbol::Watt).milli(), 0);
    }
}
