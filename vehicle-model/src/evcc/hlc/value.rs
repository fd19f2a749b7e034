//! Numbers as the messages have them: a small whole number and a power of ten.

use iso15118::messages::{din, iso2};

/// The finest power of ten at which the value fits, from `finest` to 3: what is smaller is cut off, so that a limit is never
/// passed. A value beyond all of them becomes the greatest that can be said.
pub(super) fn decimal(milli: i64, finest: i8) -> (i16, i8) {
    for power in finest.clamp(-3, 3)..=3 {
        let divisor = 10_i64.pow(u32::from((power + 3).unsigned_abs()));
        if let Ok(value) = i16::try_from(milli.div_euclid(divisor)) {
            return (value, power);
        }
    }
    (if milli < 0 { i16::MIN } else { i16::MAX }, 3)
}

/// How fine a car says a quantity.
const fn finest(unit: iso2::UnitSymbol, whole: bool) -> i8 {
    match unit {
        iso2::UnitSymbol::Volt => -1,
        iso2::UnitSymbol::Ampere if whole => 0,
        iso2::UnitSymbol::Ampere => -1,
        iso2::UnitSymbol::Hour
        | iso2::UnitSymbol::Minute
        | iso2::UnitSymbol::Second
        | iso2::UnitSymbol::Watt
        | iso2::UnitSymbol::WattHour => 0,
    }
}

/// A quantity in thousandths of its unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Quantity {
    milli: i64,
    unit: iso2::UnitSymbol,
    whole: bool,
}

impl Quantity {
    pub(super) const fn volts(milli: i64) -> Self {
        Self { milli, unit: iso2::UnitSymbol::Volt, whole: false }
    }

    /// `whole`: without a fraction, as some cars say it.
    pub(super) const fn amperes(milli: i64, whole: bool) -> Self {
        Self { milli, unit: iso2::UnitSymbol::Ampere, whole }
    }

    pub(super) const fn watts(watts: i64) -> Self {
        Self { milli: watts.saturating_mul(1_000), unit: iso2::UnitSymbol::Watt, whole: true }
    }

    pub(super) const fn watt_hours(watt_hours: i64) -> Self {
        Self { milli: watt_hours.saturating_mul(1_000), unit: iso2::UnitSymbol::WattHour, whole: true }
    }

    pub(super) const fn seconds(seconds: i64) -> Self {
        Self { milli: seconds.saturating_mul(1_000), unit: iso2::UnitSymbol::Second, whole: true }
    }

    pub(super) fn iso2(self) -> iso2::PhysicalValue {
        let (value, multiplier) = decimal(self.milli, finest(self.unit, self.whole));
        iso2::PhysicalValue::new(value, multiplier, self.unit)
    }

    /// `named`: with its unit, which the schema of DIN lets be missing.
    pub(super) fn din(self, named: bool) -> din::PhysicalValue {
        let (value, multiplier) = decimal(self.milli, finest(self.unit, self.whole));
        let unit = match self.unit {
            iso2::UnitSymbol::Hour => din::UnitSymbol::Hour,
            iso2::UnitSymbol::Minute => din::UnitSymbol::Minute,
            iso2::UnitSymbol::Second => din::UnitSymbol::Second,
            iso2::UnitSymbol::Ampere => din::UnitSymbol::Ampere,
            iso2::UnitSymbol::Volt => din::UnitSymbol::Volt,
            iso2::UnitSymbol::Watt => din::UnitSymbol::Watt,
            iso2::UnitSymbol::WattHour => din::UnitSymbol::WattHour,
        };
        din::PhysicalValue { multiplier, unit: named.then_some(unit), value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_said_as_finely_as_it_fits_and_never_above_itself() {
        assert_eq!(decimal(398_560, -1), (3_985, -1));
        assert_eq!(decimal(4_000_000, -1), (4_000, 0));
        assert_eq!(decimal(-50, -1), (-1, -1));
        assert_eq!(decimal(326_000_000, 0), (32_600, 1));
        assert_eq!(decimal(i64::MAX, 0), (i16::MAX, 3));
        assert_eq!(decimal(i64::MIN, 0), (i16::MIN, 3));
    }

    #[test]
    fn some_cars_say_whole_amperes() {
        let amperes = |whole| Quantity::amperes(12_790, whole).iso2();
        assert_eq!((amperes(false).value, amperes(false).multiplier), (127, -1));
        assert_eq!((amperes(true).value, amperes(true).multiplier), (12, 0));
    }
}
