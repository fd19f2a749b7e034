//! A measurement: what was measured, between which limits it should be, and whether it is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a measurement is as it should be.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// Outside its limits, or not measured at all.
    Fail,
    /// The rig has no instrument for it.
    Na,
    /// Within its limits.
    Pass,
}

/// One measurement.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Measurement {
    /// What was measured, as the checklist names it.
    pub name: String,
    /// The value; nothing when there was no reading.
    pub value: Option<f64>,
    /// The unit of value and limits: `V`, `ms`, `ohm`.
    pub unit: String,
    /// It must not be lower.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// It must not be higher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Whether it is as it should be.
    pub verdict: Judgement,
    /// Why it was not measured, or why it passes beyond a limit: the rig tells it no better.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Measurement {
    /// A value, judged by its limits; both belong to what is good. What is no number fails.
    #[must_use]
    pub fn taken(name: &str, value: f64, unit: &str, low: Option<f64>, high: Option<f64>) -> Self {
        let good = value.is_finite() && low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high);
        Self {
            name: name.into(),
            value: Some(value).filter(|value| value.is_finite()),
            unit: unit.into(),
            low,
            high,
            verdict: if good { Judgement::Pass } else { Judgement::Fail },
            note: String::new(),
        }
    }

    /// What should have been measured and was not.
    #[must_use]
    pub fn missed(name: &str, unit: &str, low: Option<f64>, high: Option<f64>) -> Self {
        Self::taken(name, f64::NAN, unit, low, high)
    }

    /// Whether its verdict is the one that follows from value and limits: one read from a file may say anything.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        if !self.note.is_empty() && self.verdict != Judgement::Fail {
            return self.verdict == Judgement::Pass || self.value.is_none();
        }
        let value = self.value.unwrap_or(f64::NAN);
        Self::taken(&self.name, value, &self.unit, self.low, self.high).verdict == self.verdict
    }

    /// Its limits in words; empty where it has none.
    #[must_use]
    pub fn limits(&self) -> String {
        match (self.low, self.high) {
            (Some(low), Some(high)) => format!("{} to {}", short(low), short(high)),
            (Some(low), None) => format!("at least {}", short(low)),
            (None, Some(high)) => format!("at most {}", short(high)),
            (None, None) => String::new(),
        }
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.map_or_else(|| "no reading".into(), |value| format!("{} {}", short(value), self.unit));
        write!(f, "{}: {value}", self.name)?;
        let limits = self.limits();
        if limits.is_empty() { Ok(()) } else { write!(f, " ({limits})") }
    }
}

/// A number with at most 4 decimals and no trailing zeros.
pub(crate) fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_themselves_are_good() {
        let duty = |value| Measurement::taken("low level", value, "V", Some(-12.6), Some(-11.4));
        assert_eq!(duty(-12.6).verdict, Judgement::Pass);
        assert_eq!(duty(-11.4).verdict, Judgement::Pass);
        assert_eq!(duty(-11.39).verdict, Judgement::Fail);
        assert_eq!(duty(-12.7).verdict, Judgement::Fail);
        assert_eq!(duty(f64::NAN).verdict, Judgement::Fail);
        assert_eq!(duty(f64::INFINITY).value, None);
        assert_eq!(Measurement::taken("x", 5.0, "V", None, None).verdict, Judgement::Pass);
        assert_eq!(Measurement::missed("x", "V", None, None).verdict, Judgement::Fail);
    }

    #[test]
    fn it_is_said_in_words() {
        let say = |low, high| Measurement::taken("rise", 9.25, "us", low, high).to_string();
        assert_eq!(say(None, Some(10.0)), "rise: 9.25 us (at most 10)");
        assert_eq!(say(Some(0.5), Some(10.0)), "rise: 9.25 us (0.5 to 10)");
        assert_eq!(say(Some(1.0), None), "rise: 9.25 us (at least 1)");
        assert_eq!(say(None, None), "rise: 9.25 us");
        assert_eq!(Measurement::missed("rise", "us", None, Some(10.0)).to_string(), "rise: no reading (at most 10)");
    }

    #[test]
    fn a_missing_reading_survives_the_file_and_a_false_verdict_is_seen() {
        let missed = Measurement::missed("rise", "us", None, Some(10.0));
        let text = serde_json::to_string(&missed).expect("JSON");
        assert_eq!(text, r#"{"name":"rise","value":null,"unit":"us","high":10.0,"verdict":"fail"}"#);
        let mut back: Measurement = serde_json::from_str(&text).expect("a measurement");
        assert_eq!(back, missed);
        assert!(back.is_consistent());
        back.verdict = Judgement::Pass;
        assert!(!back.is_consistent());
    }
}
