//! Parameters with a number and a unit. Each has bounds: what no charger, car or house can have is an error of the feature.

use std::str::FromStr;
use std::time::Duration;

use cucumber::Parameter;
use units::{Microamps, Milliamps, Millihertz, MilliwattHours, Ohms, Watts};

/// How a kind of parameter is read.
struct Scale {
    /// The units it may be written in, and how many of the first one each is.
    units: &'static [(&'static str, f64)],
    /// The least and the most that it may be, in the first unit.
    bounds: (f64, f64),
    /// The same, for people.
    range: &'static str,
    /// The least that is told from nothing, in the first unit.
    finest: f64,
}

impl Scale {
    /// A number and its unit, in the first unit.
    fn read(&self, text: &str) -> Result<f64, String> {
        let (number, unit) = split(text)?;
        let units = || self.units.iter().map(|(unit, _)| *unit).collect::<Vec<_>>().join(", ");
        let found = self.units.iter().find(|(own, _)| *own == unit);
        let (_, factor) = found.ok_or_else(|| format!("{text}: the unit is one of {}", units()))?;
        let (value, (low, high)) = (number * factor, self.bounds);
        if !(low..=high).contains(&value) {
            return Err(format!("{text}: expected {}", self.range));
        }
        if value != 0.0 && value.abs() < self.finest {
            return Err(format!("{text}: nothing less than {} {} is told from nothing", self.finest, self.units[0].0));
        }
        Ok(value)
    }
}

/// A number and its unit.
fn split(text: &str) -> Result<(f64, &str), String> {
    let Some((number, unit)) = text.split_once(' ') else {
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).unwrap_or(text.len());
        return Err(match text.split_at(end) {
            ("", _) | (_, "") => format!("{text}: expected a number, a space and a unit"),
            (number, unit) => format!("{text}: there is a space between a number and its unit: {number} {unit}"),
        });
    };
    let number = number.parse().map_err(|_| format!("{number}: expected a number"))?;
    Ok((number, unit))
}

/// Declares a parameter: a newtype over what the steps use, with its units and bounds.
macro_rules! measure {
    (
        $(#[$doc:meta])* $name:ident($inner:ty), $param:literal, $regex:literal,
        $units:expr, $bounds:expr, $range:literal, $finest:literal, |$value:ident| $make:expr
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Parameter)]
        #[param(name = $param, regex = $regex)]
        pub(crate) struct $name(pub(crate) $inner);

        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                const SCALE: Scale = Scale { units: &$units, bounds: $bounds, range: $range, finest: $finest };
                SCALE.read(text).map(|$value| Self($make))
            }
        }
    };
}

measure!(
    /// A current.
    Current(Milliamps), "current", "-?[0-9.]+ A", [("A", 1.0)], (0.0, 1000.0), "from 0 to 1000 A", 0.001,
    |amps| Milliamps((amps * 1000.0).round() as i32)
);
measure!(
    /// A time.
    Time(Duration), "duration", "[0-9.]+ (?:ms|s|min|h)",
    [("s", 1.0), ("ms", 1e-3), ("min", 60.0), ("h", 3600.0)], (0.001, 366.0 * 86_400.0), "from 1 ms to 8784 h (366 days)", 0.001,
    |seconds| Duration::from_micros((seconds * 1e6).round() as u64)
);
measure!(
    /// An energy.
    Energy(MilliwattHours), "energy", "[0-9.]+ (?:Wh|kWh)",
    [("Wh", 1.0), ("kWh", 1000.0)], (0.0, 1e9), "from 0 to 1000000 kWh", 0.001,
    |wh| MilliwattHours((wh * 1000.0).round() as i64)
);
measure!(
    /// By how much a register jumps.
    Jump(MilliwattHours), "jump", "-?[0-9.]+ (?:Wh|kWh)",
    [("Wh", 1.0), ("kWh", 1000.0)], (-1e9, 1e9), "from -1000000 to 1000000 kWh", 0.001,
    |wh| MilliwattHours((wh * 1000.0).round() as i64)
);
measure!(
    /// A share.
    Percent(f64), "percent", "[0-9.]+ %", [("%", 1.0)], (0.0, 100.0), "from 0 to 100 %", 0.0001,
    |percent| percent
);
measure!(
    /// How high something is, in parts of its nominal value.
    Level(f64), "level", "[0-9.]+ %", [("%", 1.0)], (0.0, 200.0), "from 0 to 200 %", 0.0001,
    |percent| percent
);
measure!(
    /// A power; negative where it flows out of the house.
    Power(Watts), "power", "-?[0-9.]+ (?:W|kW)",
    [("W", 1.0), ("kW", 1000.0)], (-1e6, 1e6), "from -1000 to 1000 kW", 1.0,
    |watts| Watts(watts.round() as i32)
);
measure!(
    /// A residual current.
    Residual(Microamps), "residual", "[0-9.]+ mA", [("mA", 1.0)], (0.0, 1000.0), "from 0 to 1000 mA", 0.001,
    |milliamps| Microamps((milliamps * 1000.0).round() as i32)
);
measure!(
    /// A resistance.
    Resistance(Ohms), "resistance", "[0-9]+ k?ohm",
    [("ohm", 1.0), ("kohm", 1000.0)], (1.0, 1e8), "from 1 ohm to 100000 kohm", 1.0,
    |ohms| Ohms(ohms.round() as i32)
);
measure!(
    /// A voltage.
    Voltage(f64), "voltage", "-?[0-9.]+ V", [("V", 1.0)], (-2000.0, 2000.0), "from -2000 to 2000 V", 0.001,
    |volts| volts
);
measure!(
    /// A capacitance, picofarads.
    Capacitance(i32), "capacitance", "[0-9.]+ nF", [("nF", 1.0)], (0.0, 1000.0), "from 0 to 1000 nF", 0.001,
    |nanofarads| (nanofarads * 1000.0).round() as i32
);
measure!(
    /// A frequency of the mains.
    Frequency(Millihertz), "frequency", "[0-9.]+ Hz", [("Hz", 1.0)], (1.0, 1000.0), "from 1 to 1000 Hz", 0.001,
    |hertz| Millihertz((hertz * 1000.0).round() as i32)
);

/// A number of things that are counted; none is one too.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "count", regex = "[0-9]+")]
pub(crate) struct Count(pub(crate) u32);

/// How often something is done, or has to be seen: once at least, for otherwise the sentence would do or check nothing.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "times", regex = "[0-9]+")]
pub(crate) struct Times(pub(crate) u32);

/// More than this is a mistake.
const MOST: u32 = 100_000;

/// A whole number from `least` on.
fn whole(text: &str, least: u32) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (least..=MOST).contains(number));
    number.ok_or_else(|| format!("{text}: expected a whole number from {least} to {MOST}"))
}

impl FromStr for Count {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        whole(text, 0).map(Self)
    }
}

impl FromStr for Times {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        whole(text, 1).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<T: FromStr<Err = String> + std::fmt::Debug>(text: &str) -> String {
        text.parse::<T>().expect_err(text)
    }

    #[test]
    fn what_nothing_can_be_is_refused_with_its_bounds() {
        assert_eq!(refused::<Time>("0 s"), "0 s: expected from 1 ms to 8784 h (366 days)");
        assert_eq!(refused::<Time>("1000000000 h"), "1000000000 h: expected from 1 ms to 8784 h (366 days)");
        assert_eq!(refused::<Current>("-16 A"), "-16 A: expected from 0 to 1000 A");
        assert_eq!(refused::<Current>("0.0000001 A"), "0.0000001 A: nothing less than 0.001 A is told from nothing");
        assert_eq!(refused::<Current>("1.2.3 A"), "1.2.3: expected a number");
        assert_eq!(refused::<Energy>("5 kW"), "5 kW: the unit is one of Wh, kWh");
        assert_eq!(refused::<Count>("4294967296"), "4294967296: expected a whole number from 0 to 100000");
        assert_eq!(refused::<Times>("0"), "0: expected a whole number from 1 to 100000");
        assert_eq!(refused::<Percent>("200 %"), "200 %: expected from 0 to 100 %");
        assert_eq!(refused::<Resistance>("0 ohm"), "0 ohm: expected from 1 ohm to 100000 kohm");
        // Whatever the number of digits, it is a number or none.
        assert!(format!("{} W", "9".repeat(400)).parse::<Power>().is_err());
    }

    #[test]
    fn a_unit_wants_a_space() {
        let told = "16A: there is a space between a number and its unit: 16 A";
        assert_eq!(refused::<Current>("16A"), told);
        assert_eq!(refused::<Current>("many"), "many: expected a number, a space and a unit");
    }

    #[test]
    fn values_keep_their_meaning() {
        assert_eq!("1500 ms".parse::<Time>().map(|time| time.0), Ok(Duration::from_millis(1500)));
        assert_eq!("0.1 s".parse::<Time>().map(|time| time.0), Ok(Duration::from_millis(100)));
        assert_eq!("10.5 A".parse::<Current>().map(|current| current.0), Ok(Milliamps(10_500)));
        assert_eq!("-3 kW".parse::<Power>().map(|power| power.0), Ok(Watts(-3000)));
        assert_eq!("-5 kWh".parse::<Jump>().map(|jump| jump.0), Ok(MilliwattHours(-5_000_000)));
        assert_eq!("100 kohm".parse::<Resistance>().map(|ohms| ohms.0), Ok(Ohms(100_000)));
    }
}
