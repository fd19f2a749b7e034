//! Numbers with a decimal exponent; their unit is fixed by the field in which they stand.

use serde::{Deserialize, Serialize};

/// `value` times ten to the power of `exponent`. The unit is fixed by the field, and named there.
/// One quantity can be written in several ways (1 and 10 times 0.1), which are not equal here: compare [`Self::milli`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RationalNumber {
    /// Power of ten, -128 to 127.
    #[serde(rename = "Exponent")]
    pub exponent: i8,
    /// Signed: power and current out of the car are negative where a present value is given.
    #[serde(rename = "Value")]
    pub value: i16,
}

impl RationalNumber {
    /// `value` times ten to the power of `exponent`.
    #[must_use]
    pub const fn new(value: i16, exponent: i8) -> Self {
        Self { exponent, value }
    }

    /// The number in thousandths of its unit: mW, mA, mV.
    /// What is finer than a thousandth is cut off towards zero, so that a limit never grows. What does not fit into an
    /// `i64` becomes its largest or smallest value: a peer may send any exponent.
    #[must_use]
    pub fn milli(&self) -> i64 {
        let value = i64::from(self.value);
        let power = i32::from(self.exponent) + 3;
        let ten_to_the_power = 10_i64.checked_pow(power.unsigned_abs());
        match (power < 0, ten_to_the_power) {
            (false, Some(factor)) => value.saturating_mul(factor),
            (false, None) => value.signum().saturating_mul(i64::MAX).saturating_sub(i64::from(value < 0)),
            (true, Some(divisor)) => value / divisor,
            (true, None) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::RationalNumber;

    #[test]
    fn thousandths_are_exact_where_they_can_be() {
        for (value, exponent, milli) in [
            (230, 0, 230_000),
            (-16, 0, -16_000),
            (11, 3, 11_000_000),
            (325, -1, 32_500),
            (1, -3, 1),
            (-32_768, -3, -32_768),
            (32, 14, 3_200_000_000_000_000_000),
        ] {
            assert_eq!(RationalNumber::new(value, exponent).milli(), milli, "{value} times ten to the {exponent}");
        }
    }

    #[test]
    fn what_is_finer_than_a_thousandth_is_cut_off_towards_zero() {
        assert_eq!(RationalNumber::new(19_999, -7).milli(), 1);
        assert_eq!(RationalNumber::new(-19_999, -7).milli(), -1);
        assert_eq!(RationalNumber::new(i16::MIN, -128).milli(), 0);
    }

    #[test]
    fn what_does_not_fit_ends_at_the_bounds() {
        assert_eq!(RationalNumber::new(1, 15).milli(), 1_000_000_000_000_000_000);
        assert_eq!(RationalNumber::new(10, 15).milli(), i64::MAX);
        assert_eq!(RationalNumber::new(-10, 15).milli(), i64::MIN);
        assert_eq!(RationalNumber::new(1, 127).milli(), i64::MAX);
        assert_eq!(RationalNumber::new(-1, 127).milli(), i64::MIN);
        assert_eq!(RationalNumber::new(0, 127).milli(), 0);
    }

    proptest! {
        #[test]
        fn every_number_of_the_schema_has_thousandths(value: i16, exponent: i8) {
            let milli = RationalNumber::new(value, exponent).milli();
            prop_assert!(milli == 0 || (milli < 0) == (value < 0));
            let wanted = f64::from(value) * 10_f64.powi(i32::from(exponent) + 3);
            let bounded = wanted.clamp(i64::MIN as f64, i64::MAX as f64);
            prop_assert!((milli as f64 - bounded).abs() <= bounded.abs() * 1e-9 + 1.0, "{milli} is not {wanted}");
        }
    }
}
