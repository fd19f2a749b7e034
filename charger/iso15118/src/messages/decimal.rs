//! Decimal numbers as the messages have them: a small whole number and a power of ten.

/// The number in thousandths: exact for the powers that the schemas allow. What is smaller is cut off towards zero, and what
/// does not fit becomes the largest or smallest `i64`, since a hostile peer may send any power.
pub(crate) fn milli(value: i16, power: i8) -> i64 {
    let (value, steps) = (i64::from(value), i32::from(power) + 3);
    if steps >= 0 {
        (0..steps).fold(value, |value, _| value.saturating_mul(10))
    } else {
        (steps..0).fold(value, |value, _| value / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::milli;

    #[test]
    fn thousandths_are_exact_where_the_schemas_allow_the_power() {
        assert_eq!(milli(4, -3), 4);
        assert_eq!(milli(-125, -1), -12_500);
        assert_eq!(milli(400, 0), 400_000);
        assert_eq!(milli(i16::MAX, 3), 32_767_000_000);
        assert_eq!(milli(i16::MIN, 3), -32_768_000_000);
    }

    #[test]
    fn no_power_is_too_large_or_too_small() {
        assert_eq!(milli(1999, -6), 1);
        assert_eq!(milli(-1999, -6), -1);
        assert_eq!(milli(i16::MIN, i8::MIN), 0);
        assert_eq!(milli(9, 15), 9_000_000_000_000_000_000);
        assert_eq!(milli(1, i8::MAX), i64::MAX);
        assert_eq!(milli(-1, i8::MAX), i64::MIN);
        assert_eq!(milli(0, i8::MAX), 0);
    }
}
