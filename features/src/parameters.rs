//! Parameters with units.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use cucumber::Parameter;
use units::{Microamps, Milliamps, MilliwattHours, Ohms, Watts};

/// What `plugfest steps` shows of them.
pub(crate) const EXAMPLES: [(&str, &str); 16] = [
    ("cause", "the contactor welds | the pilot wire breaks | ... (something breaks or is mended)"),
    ("current", "16 A, 10.5 A"),
    ("device", "the power board | the meter | the lock | the DC supply | ... (a device on a link)"),
    ("duration", "100 ms, 6 s, 2 min, 8 h"),
    ("energy", "5 Wh, 3.2 kWh"),
    ("happenings", "contactor closings, pilot state changes, meter values, ... (what can happen more than once)"),
    ("limits", "between 11.4 V and 12.6 V, at most 100 ms, at least 1 Hz, exactly 1"),
    ("moment", "the contactor opens, the pilot is in state B, the fault PilotShort is detected, ..."),
    ("percent", "26.6 %, 80 %"),
    ("position", "open, closed"),
    ("power", "6900 W, 11 kW"),
    ("quantity", "pilot high level, pilot frequency, cable rating, meter power, ..."),
    ("residual", "6 mA, 5.9 mA"),
    ("resistance", "2740 ohm, 100 kohm"),
    ("state", "A, B, C, D, E, F"),
    ("voltage", "9 V, -12.6 V"),
];

/// A number and its unit.
fn split(text: &str) -> Result<(f64, &str), String> {
    let (number, unit) =
        text.split_once(' ').ok_or_else(|| format!("{text}: expected a number, a space and a unit"))?;
    let number = number.parse().map_err(|_| format!("{number}: expected a number"))?;
    Ok((number, unit))
}

/// Declares a parameter: a newtype over what the steps use, read from a number and a unit.
macro_rules! measure {
    ($(#[$doc:meta])* $name:ident($inner:ty), $param:literal, $regex:literal, |$number:ident, $unit:ident| $read:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Parameter)]
        #[param(name = $param, regex = $regex)]
        pub(crate) struct $name(pub(crate) $inner);

        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                let ($number, $unit) = split(text)?;
                $read.map(Self).ok_or_else(|| format!("{text}: unknown unit"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

measure!(
    /// A current.
    Current(Milliamps), "current", "-?[0-9.]+ A",
    |number, unit| (unit == "A").then(|| Milliamps((number * 1000.0).round() as i32))
);
measure!(
    /// A time.
    Time(Duration), "duration", "[0-9.]+ (?:ms|s|min|h)",
    |number, unit| match unit {
        "ms" => Some(Duration::from_secs_f64(number / 1000.0)),
        "s" => Some(Duration::from_secs_f64(number)),
        "min" => Some(Duration::from_secs_f64(number * 60.0)),
        "h" => Some(Duration::from_secs_f64(number * 3600.0)),
        _ => None,
    }
);
measure!(
    /// An energy.
    Energy(MilliwattHours), "energy", "[0-9.]+ (?:Wh|kWh)",
    |number, unit| match unit {
        "Wh" => Some(MilliwattHours((number * 1000.0).round() as i64)),
        "kWh" => Some(MilliwattHours((number * 1e6).round() as i64)),
        _ => None,
    }
);
measure!(
    /// A share.
    Percent(f64), "percent", "[0-9.]+ %",
    |number, unit| (unit == "%").then_some(number)
);
measure!(
    /// A power.
    Power(Watts), "power", "-?[0-9.]+ (?:W|kW)",
    |number, unit| match unit {
        "W" => Some(Watts(number.round() as i32)),
        "kW" => Some(Watts((number * 1000.0).round() as i32)),
        _ => None,
    }
);
measure!(
    /// A residual current.
    Residual(Microamps), "residual", "[0-9.]+ mA",
    |number, unit| (unit == "mA").then(|| Microamps((number * 1000.0).round() as i32))
);
measure!(
    /// A resistance.
    Resistance(Ohms), "resistance", "[0-9]+ k?ohm",
    |number, unit| match unit {
        "ohm" => Some(Ohms(number.round() as i32)),
        "kohm" => Some(Ohms((number * 1000.0).round() as i32)),
        _ => None,
    }
);
measure!(
    /// A voltage.
    Voltage(f64), "voltage", "-?[0-9.]+ V",
    |number, unit| (unit == "V").then_some(number)
);

/// A pilot state.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "state", regex = "[A-F]")]
pub(crate) struct State(pub(crate) char);

impl FromStr for State {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.chars().next().map(Self).ok_or_else(|| "expected A to F".into())
    }
}

/// Open or closed.
#[derive(Clone, Copy, Debug, Eq, Parameter, PartialEq)]
#[param(name = "position", regex = "open|closed")]
pub(crate) struct Position(pub(crate) bool);

impl FromStr for Position {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(text == "closed"))
    }
}
