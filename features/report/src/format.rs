//! Quantities and times as people read them.

/// A span of seconds: `0.4 s`, `14.2 s`, `3 min 20 s`, `2 h 05 min`.
pub(crate) fn span(seconds: f64) -> String {
    let s = seconds.max(0.0);
    if s < 0.0995 {
        format!("{:.0} ms", s * 1000.0)
    } else if s < 59.95 {
        format!("{s:.1} s")
    } else {
        let whole = s.round() as u64;
        match whole {
            ..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
            _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
        }
    }
}

/// A number with at most `digits` decimals and no trailing zeros.
pub(crate) fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".into() } else { text.into() }
}

/// Watts: `830 W`, `7.36 kW`.
pub(crate) fn power(watts: f64) -> String {
    if watts.abs() < 1000.0 { format!("{} W", number(watts, 0)) } else { format!("{} kW", number(watts / 1000.0, 2)) }
}

/// A number of things: `1 scenario`, `2 scenarios`.
pub(crate) fn count(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_the_unit_that_fits() {
        let said: Vec<_> = [0.0, 0.004, 0.4, 59.94, 59.96, 200.4, 7_503.0, -3.0].into_iter().map(span).collect();
        assert_eq!(said, ["0 ms", "4 ms", "0.4 s", "59.9 s", "1 min 00 s", "3 min 20 s", "2 h 05 min", "0 ms"]);
    }

    #[test]
    fn numbers_have_no_needless_digits() {
        assert_eq!(
            [number(16.0, 2), number(26.65, 1), number(-0.001, 2), number(1200.0, 0)],
            ["16", "26.6", "0", "1200"]
        );
        assert_eq!([power(-999.4), power(7360.0)], ["-999 W", "7.36 kW"]);
    }
}
