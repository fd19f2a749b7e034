//! Measurements: a value with its unit, the limits it must keep, and the record of both in the event log.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use cucumber::Parameter;
use event_log::Log;
use serde_json::{Value as Json, json};
use twin::Signal;

use crate::parameters::{Words, expression, length, one_of, text};

/// Why a rig cannot measure it.
#[must_use]
pub fn not_measured(signal: Signal) -> String {
    format!("this rig has no instrument for the {signal}")
}

/// What the charger itself tells of it last, in the unit without a prefix; `None`: it does not tell it, an instrument does.
pub(crate) fn told(signal: Signal, log: &Log) -> Option<f64> {
    match signal {
        Signal::CableRating => {
            let rating = last(log, "board", "event", |data| data["Cable"].as_str().map(str::to_owned));
            Some(rating.and_then(|text| text.trim_start_matches('A').parse().ok()).unwrap_or(f64::NAN))
        }
        Signal::InsulationResistance => {
            let ohms = |data: &Json| Some(data["resistance_ohm"].as_f64().unwrap_or(f64::NAN));
            Some(last(log, "insulation", "reading", ohms).unwrap_or(f64::NAN))
        }
        Signal::InsulationVoltage => {
            let millivolts = last(log, "insulation", "reading", |data| data["voltage_mv"].as_f64());
            Some(millivolts.unwrap_or(f64::NAN) / 1000.0)
        }
        _ => None,
    }
}

fn last<T>(log: &Log, source: &str, kind: &str, read: impl Fn(&Json) -> Option<T>) -> Option<T> {
    log.latest(source, kind, |event| read(&event.data))
}

/// A quantity in a sentence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured(pub(crate) Signal);

/// The name of each.
const NAMES: [&str; Signal::MEASURED.len()] = {
    let mut names = [""; Signal::MEASURED.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = Signal::MEASURED[at].name();
        at += 1;
    }
    names
};
const EXPRESSION: [u8; length(&NAMES)] = expression(&NAMES);

impl Parameter for Measured {
    const NAME: &'static str = "quantity";
    const REGEX: &'static str = text(&EXPRESSION);
}

impl Words for Measured {
    fn words() -> Vec<&'static str> {
        NAMES.to_vec()
    }
}

impl FromStr for Measured {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let name = one_of("quantity", &NAMES, text)?;
        let found = Signal::MEASURED.into_iter().find(|signal| signal.name() == name);
        found.map(Self).ok_or_else(|| format!("there is no quantity {text:?}"))
    }
}

/// The units that limits are written in: the unit without a prefix, and how many of those one is.
const UNITS: [(&str, &str, f64); 19] = [
    ("", "", 1.0),
    ("%", "", 1e-2),
    ("A", "A", 1.0),
    ("Hz", "Hz", 1.0),
    ("V", "V", 1.0),
    ("W", "W", 1.0),
    ("Wh", "Wh", 1.0),
    ("h", "s", 3600.0),
    ("kHz", "Hz", 1e3),
    ("kW", "W", 1e3),
    ("kWh", "Wh", 1e3),
    ("kohm", "ohm", 1e3),
    ("mA", "A", 1e-3),
    ("mV", "V", 1e-3),
    ("min", "s", 60.0),
    ("ms", "s", 1e-3),
    ("ohm", "ohm", 1.0),
    ("s", "s", 1.0),
    ("us", "s", 1e-6),
];

/// No limit is larger, in the unit without a prefix.
const MOST: f64 = 1e9;

/// What a value must keep: `between 11.4 V and 12.6 V`, `at most 100 ms`, `at least 1 Hz`, `exactly 1`.
#[derive(Clone, Copy, Debug, Parameter, PartialEq)]
#[param(
    name = "limits",
    regex = "between -?[0-9.]+(?: [a-zA-Z%]+)? and -?[0-9.]+(?: [a-zA-Z%]+)?|at most -?[0-9.]+(?: [a-zA-Z%]+)?|at least -?[0-9.]+(?: [a-zA-Z%]+)?|exactly -?[0-9.]+(?: [a-zA-Z%]+)?"
)]
pub(crate) struct Limits {
    low: Option<f64>,
    high: Option<f64>,
    /// The unit they are written in: its own name, the one without a prefix, the factor.
    unit: (&'static str, &'static str, f64),
}

impl FromStr for Limits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
            let unit = *UNITS.iter().find(|(own, ..)| *own == unit).ok_or_else(|| format!("{unit}: unknown unit"))?;
            let value = number.parse::<f64>().map_err(|_| format!("{number}: expected a number"))?;
            // No instrument shows more, and no time that long can be waited for.
            if value.abs() * unit.2 > MOST {
                return Err(format!("{text}: expected at most {MOST:e} in the unit without a prefix"));
            }
            Ok((value, unit))
        };
        let one = |rest: &str, low: bool, high: bool| {
            let (number, unit) = number(rest)?;
            Ok(Self { low: low.then_some(number), high: high.then_some(number), unit })
        };
        if let Some(rest) = text.strip_prefix("at most ") {
            one(rest, false, true)
        } else if let Some(rest) = text.strip_prefix("at least ") {
            one(rest, true, false)
        } else if let Some(rest) = text.strip_prefix("exactly ") {
            one(rest, true, true)
        } else {
            let rest = text.strip_prefix("between ").unwrap_or(text);
            let (low, high) = rest.split_once(" and ").ok_or_else(|| format!("{text}: expected two limits"))?;
            let ((low, unit), (high, other)) = (number(low)?, number(high)?);
            if unit != other || low > high {
                return Err(format!("{text}: expected the lower one first, both in one unit"));
            }
            Ok(Self { low: Some(low), high: Some(high), unit })
        }
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.unit.0.is_empty() { String::new() } else { format!(" {}", self.unit.0) };
        match (self.low, self.high) {
            (Some(low), Some(high)) if low == high => write!(f, "exactly {low}{unit}"),
            (Some(low), Some(high)) => write!(f, "{low}{unit} to {high}{unit}"),
            (Some(low), None) => write!(f, "at least {low}{unit}"),
            (None, Some(high)) => write!(f, "at most {high}{unit}"),
            (None, None) => f.write_str("anything"),
        }
    }
}

impl Limits {
    /// Whether they are limits of something in that unit (without a prefix), of which there is never less than `least`: limits
    /// that everything keeps, or nothing, check nothing.
    pub(crate) fn fit(&self, base: &str, least: f64) -> Result<(), String> {
        let factor = self.unit.2;
        if self.unit.1 != base {
            let expected =
                if base.is_empty() { "no unit, or %".to_owned() } else { format!("another unit, such as {base}") };
            Err(format!("{self}: expected {expected}"))
        } else if self.high.is_some_and(|high| high * factor < least) {
            Err(format!("{self}: there is never less than {least}, so that nothing can keep it"))
        } else if self.high.is_none() && self.low.is_some_and(|low| low * factor <= least) {
            Err(format!("{self}: there is never less than {least}, so that nothing can break it"))
        } else {
            Ok(())
        }
    }

    /// Whether something that is counted can be so: there is no half of it.
    pub(crate) fn are_whole(&self) -> Result<(), String> {
        let broken = [self.low, self.high].into_iter().flatten().any(|limit| limit.fract() != 0.0);
        if broken { Err(format!("{self}: expected whole numbers")) } else { Ok(()) }
    }

    /// How long a time that must keep them is worth waiting for.
    pub(crate) fn patience(&self) -> Duration {
        let longest = self.high.or(self.low).unwrap_or(0.0) * self.unit.2;
        Duration::from_secs_f64((longest * 2.0).max(longest + 5.0).max(0.0))
    }

    /// A value in the unit of the limits, as it is recorded: six digits tell more than any instrument.
    fn written(&self, value: f64) -> f64 {
        let value = value / self.unit.2;
        format!("{value:.5e}").parse().unwrap_or(value)
    }

    /// How far inside a value (in the unit without a prefix) is; negative outside.
    pub(crate) fn margin(&self, value: f64) -> f64 {
        let below = self.high.map_or(f64::INFINITY, |high| high * self.unit.2 - value);
        let above = self.low.map_or(f64::INFINITY, |low| value - low * self.unit.2);
        below.min(above)
    }

    /// Whether a value (in the unit without a prefix) keeps them, told no better than `tolerance`.
    fn keep(&self, value: f64, tolerance: f64) -> bool {
        // Decimal limits are no binary fractions.
        let slack = tolerance + 1e-9 * self.unit.2;
        self.low.is_none_or(|low| value >= low * self.unit.2 - slack)
            && self.high.is_none_or(|high| value <= high * self.unit.2 + slack)
    }
}

/// What came of a measurement, in the unit without a prefix.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reading {
    /// A value, and how well it is told.
    Value { value: f64, tolerance: f64 },
    /// There was nothing to measure where something should be: it fails.
    Nothing(String),
    /// This rig cannot measure it: no verdict.
    NotMeasured(String),
}

impl Reading {
    /// What a rig's instrument showed; a value that is not a number is nothing.
    pub(crate) fn of(quantity: Signal, shown: Result<f64, String>) -> Self {
        match shown {
            Ok(value) if value.is_finite() => Self::Value { value, tolerance: 0.0 },
            Ok(_) => Self::Nothing(format!("there is no {quantity} to be measured")),
            Err(why) => Self::NotMeasured(why),
        }
    }
}

/// Which check of the bring-up list a scenario is: from its tags.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Check {
    id: String,
    area: &'static str,
    title: String,
}

/// The areas, by the middle of the check's id (`BU-CP-01`).
const AREAS: [(&str, &str); 14] = [
    ("CK", "clock"),
    ("CP", "control pilot"),
    ("DC", "DC supply"),
    ("ER", "errors"),
    ("IM", "insulation monitor"),
    ("LK", "lock"),
    ("MT", "meter"),
    ("OC", "over-current"),
    ("PP", "proximity"),
    ("RC", "residual current"),
    ("RL", "relay"),
    ("RS", "restart"),
    ("WD", "welded contactor"),
    ("", ""),
];

impl Check {
    /// Reads tags and name of the scenario from the first event of its log. Measurements of a scenario that is no check of
    /// the list are recorded without an id.
    pub(crate) fn of(log: &Log) -> Self {
        last(log, "run", "begin", |begin| Some(Self::from_begin(begin))).unwrap_or_default()
    }

    fn from_begin(begin: &Json) -> Self {
        let tags = begin["tags"].as_array().into_iter().flatten().filter_map(Json::as_str);
        let id = tags.map(|tag| tag.trim_start_matches('@')).find(|tag| tag.starts_with("BU-")).unwrap_or_default();
        let middle = id.split('-').nth(1).unwrap_or_default();
        let area = AREAS.iter().find(|(own, _)| *own == middle).map_or("", |(_, area)| *area);
        Self { id: id.into(), area, title: begin["name"].as_str().unwrap_or_default().into() }
    }

    /// Records a measurement; answers what is wrong with it, or that it could not be made.
    pub(crate) fn record(&self, log: &Log, quantity: &str, limits: &Limits, reading: &Reading) -> Outcome {
        let (value, outcome) = match reading {
            Reading::Value { value, tolerance } if limits.keep(*value, *tolerance) => (Some(*value), Outcome::Pass),
            Reading::Value { value, .. } => {
                let (value, written) = (*value, limits.written(*value));
                let why = format!("the {quantity} is {written} {}, expected {limits}", limits.unit.0);
                (Some(value), Outcome::Fail(why.replace(" ,", ",")))
            }
            Reading::Nothing(why) => (None, Outcome::Fail(why.clone())),
            Reading::NotMeasured(why) => (None, Outcome::NotMeasured(why.clone())),
        };
        let (verdict, mut reason) = match &outcome {
            Outcome::Pass => ("pass", String::new()),
            Outcome::Fail(_) if value.is_some() => ("fail", String::new()),
            Outcome::Fail(why) => ("fail", why.clone()),
            Outcome::NotMeasured(why) => ("na", why.clone()),
        };
        if let (Reading::Value { value, tolerance }, Outcome::Pass) = (reading, &outcome)
            && !limits.keep(*value, 0.0)
        {
            reason = format!("told no better than {:?}", Duration::from_secs_f64(*tolerance));
        }
        log.record(
            "measurement",
            "value",
            json!({ "check": self.id, "title": self.title, "area": self.area, "quantity": quantity,
                "value": value.map(|value| limits.written(value)), "unit": limits.unit.0, "low": limits.low,
                "high": limits.high, "verdict": verdict, "reason": reason }),
        );
        outcome
    }
}

/// What came of a recorded measurement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// It keeps its limits.
    Pass,
    /// It does not: why.
    Fail(String),
    /// It could not be made: why.
    NotMeasured(String),
}

impl Measured {
    /// Whether limits are written in a unit of the quantity.
    pub(crate) fn fits(self, limits: &Limits) -> Result<(), String> {
        limits.fit(self.0.unit().base, self.0.least())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(text: &str) -> Limits {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    fn record(quantity: Signal, text: &str, shown: Result<f64, String>) -> Json {
        let log = Log::memory();
        log.record("run", "begin", json!({ "name": "a title", "tags": ["@bring-up", "@BU-CP-03"] }));
        Check::of(&log).record(&log, quantity.name(), &limits(text), &Reading::of(quantity, shown));
        Json::clone(&log.snapshot().remove(1).data)
    }

    #[test]
    fn every_name_is_in_the_sentences() {
        for quantity in Signal::MEASURED {
            assert_eq!(quantity.name().parse::<Measured>().map(|found| found.0), Ok(quantity));
            let regex = regex::Regex::new(&format!("^(?:{})$", <Measured as Parameter>::REGEX));
            assert!(regex.is_ok_and(|regex| regex.is_match(quantity.name())), "{quantity}");
        }
    }

    #[test]
    fn a_measurement_is_recorded_with_everything_that_was_asked() {
        assert_eq!(
            record(Signal::PilotHigh, "between 11.4 V and 12.6 V", Ok(12.04)),
            json!({ "check": "BU-CP-03", "title": "a title", "area": "control pilot", "quantity": "pilot high level",
                "value": 12.04, "unit": "V", "low": 11.4, "high": 12.6, "verdict": "pass", "reason": "" })
        );
        let failed = record(Signal::PilotRiseTime, "at most 10 us", Ok(10.4e-6));
        assert_eq!((&failed["value"], &failed["low"], &failed["verdict"]), (&json!(10.4), &Json::Null, &json!("fail")));
        let nothing = record(Signal::PilotRiseTime, "at most 10 us", Ok(f64::NAN));
        assert_eq!((&nothing["value"], &nothing["verdict"]), (&Json::Null, &json!("fail")));
        let not = record(Signal::PilotRiseTime, "at most 10 us", Err("no oscilloscope".into()));
        assert_eq!((&not["verdict"], &not["reason"]), (&json!("na"), &json!("no oscilloscope")));
    }

    #[test]
    fn a_limit_belongs_to_the_values_it_allows() {
        let keeps = |text: &str, value: f64| limits(text).keep(value, 0.0);
        assert!(keeps("at most 100 ms", 0.1) && !keeps("at most 100 ms", 0.101));
        assert!(keeps("at least 6 s", 6.0) && !keeps("at least 6 s", 5.999));
        assert!(keeps("between -12.6 V and -11.4 V", -12.6) && !keeps("between -12.6 V and -11.4 V", -11.3));
        assert!(keeps("exactly 1", 1.0) && !keeps("exactly 1", 2.0));
        assert!(limits("at most 100 ms").keep(0.14, 0.05), "a clock of 50 ms cannot tell");
    }

    #[test]
    fn limits_that_are_none_are_refused() {
        let huge = format!("at most {} h", "9".repeat(400));
        for text in ["between 12 V and 11 V", "between 1 V and 2 A", "at most 3 parsec", "at most V", &huge] {
            assert!(text.parse::<Limits>().is_err(), "{text}");
        }
        assert!(Measured(Signal::PilotHigh).fits(&limits("at most 10 us")).is_err());
        let frequency = |text| Measured(Signal::PilotFrequency).fits(&limits(text));
        assert!(frequency("at least 0 Hz").is_err_and(|why| why.contains("nothing can break it")));
        assert!(frequency("at most -1 Hz").is_err_and(|why| why.contains("nothing can keep it")));
        assert_eq!(frequency("at most 0 Hz"), Ok(()));
        assert_eq!(Measured(Signal::PilotLow).fits(&limits("at least -13 V")), Ok(()));
    }
}
