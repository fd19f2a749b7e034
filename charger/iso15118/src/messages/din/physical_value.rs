//! Numbers with a unit (DIN 70121 clause 9.5.2.4).

use serde::{Deserialize, Serialize};

use crate::messages::decimal;

/// A number with a unit: value times ten to the power of the multiplier.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PhysicalValue {
    /// Power of ten, -3..3.
    #[serde(rename = "Multiplier")]
    pub multiplier: i8,
    /// The unit; missing: the one that belongs to the field which holds the value.
    #[serde(rename = "Unit")]
    pub unit: Option<UnitSymbol>,
    /// The number before the multiplier.
    #[serde(rename = "Value")]
    pub value: i16,
}

impl PhysicalValue {
    /// So many of the unit, times ten to the power of the multiplier.
    #[must_use]
    pub const fn new(value: i16, multiplier: i8, unit: UnitSymbol) -> Self {
        Self { multiplier, unit: Some(unit), value }
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
    /// Ampere hours, `Ah`.
    #[serde(rename = "Ah")]
    AmpereHour,
    /// Volt, `V`.
    #[serde(rename = "V")]
    Volt,
    /// Volt-ampere, `VA`.
    #[serde(rename = "VA")]
    VoltAmpere,
    /// Watt, `W`.
    #[serde(rename = "W")]
    Watt,
    /// Watt per second, `W/s`.
    #[serde(rename = "W/s")]
    WattPerSecond,
    /// Watt hours, `Wh`.
    #[serde(rename = "Wh")]
    WattHour,
}

#[cfg(test)]
mod tests {
    use super::{PhysicalValue, UnitSymbol};

    #[test]
    fn a_value_is_read_in_thousandths_of_its_unit_even_if_it_names_none() {
        let volts = PhysicalValue::new(3985, -1, UnitSymbol::Volt);
        assert_eq!(volts.unit, Some(UnitSymbol::Volt));
        assert_eq!(volts.milli(), 398_500);
        assert_eq!(PhysicalValue { unit: None, ..volts }.milli(), 398_500);
    }

    #[test]
    fn a_multiplier_that_no_schema_allows_saturates() {
        assert_eq!(PhysicalValue::new(1, i8::MAX, UnitSymbol::Watt).milli(), i64::MAX);
        assert_eq!(PhysicalValue::new(-1, i8::MAX, UnitSymbol::Watt).milli(), i64::MIN);
        assert_eq!(PhysicalValue::new(1, i8::MIN, UnitSymbol::Watt).milli(), 0);
    }
}
