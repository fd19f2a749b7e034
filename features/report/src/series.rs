//! The curves of a scenario on one time axis.

use event_log::Event;
use serde_json::Value;
use units::Instant;

use crate::action::Action;
use crate::bands::{Band, bands};
use crate::curve::Curve;
use crate::escape::cut;
use crate::message::Kind;
use crate::v2g::{self, V2gCurve};
use crate::value::{field, float};

/// A moment to be marked.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// When.
    pub t: Instant,
    /// What.
    pub text: String,
    /// Whether a step failed here; else a fault was injected, mended, found or cleared.
    pub failure: bool,
}

/// All curves of a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The first event.
    pub begin: Instant,
    /// The last event.
    pub end: Instant,
    /// The pilot's high level in volts.
    pub pilot_v: Curve,
    /// What lasted: states, faults, whose limit held.
    pub bands: Vec<Band>,
    /// The current that the car may take, in amperes.
    pub limit_a: Curve,
    /// The current that it takes, in amperes; the highest of the phases.
    pub current_a: Curve,
    /// The power in watts.
    pub power_w: Curve,
    /// The battery's state of charge in percent.
    pub soc_pct: Curve,
    /// What the messages between car and station say.
    pub v2g: Vec<V2gCurve>,
    /// Faults and failures.
    pub marks: Vec<Mark>,
}

impl Series {
    const MARKS: usize = 24;

    /// The curves that the events give. Samples (`sample/plot`) come first; where there are none, the levels, limits, readings
    /// and telemetry themselves are drawn.
    #[must_use]
    pub fn from_events(events: &[Event]) -> Self {
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return Self::default() };
        let (begin, end) = (first.t, last.t.max(first.t));
        let curve = |source: &str, kind: &str, value: &dyn Fn(&Value) -> Option<f64>| {
            let points = events.iter().filter(|event| event.is(source, kind));
            // No time runs backwards, and no number is beyond drawing.
            let mut latest = begin;
            let points = points.filter_map(|event| {
                latest = latest.max(event.t);
                Some((latest, value(&event.data).filter(|value| value.abs() < 1e9)?))
            });
            Curve::of(points.collect()).thin(Curve::POINTS)
        };
        let sample = |name: &'static str| curve("sample", "plot", &|data| float(data, name));
        let or = |first: Curve, second: &dyn Fn() -> Curve| if first.is_empty() { second() } else { first };
        let milli = |name: &'static str| move |data: &Value| float(data, name).map(|value| value / 1000.0);
        let telemetry = |value: &dyn Fn(&Value) -> Option<f64>| curve("car", "telemetry", value);
        Self {
            begin,
            end,
            pilot_v: or(sample("pilot_v"), &|| curve("cp", "levels", &milli("high_mv"))),
            bands: bands(events, end),
            limit_a: or(sample("limit_a"), &|| curve("session", "limit", &milli("ma"))),
            current_a: or(sample("current_a"), &|| {
                or(telemetry(&highest_phase), &|| curve("meter", "reading", &highest_phase))
            }),
            power_w: or(sample("power_w"), &|| {
                let power = |data: &Value| float(data, "power_w");
                or(telemetry(&power), &|| curve("meter", "reading", &power))
            }),
            soc_pct: or(sample("soc_pct"), &|| telemetry(&|data| float(data, "soc").map(|soc| soc / 100.0))),
            v2g: v2g::curves(events),
            marks: marks(events),
        }
    }

    /// Whether there is nothing worth drawing: no curve and no states.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let curves = [&self.pilot_v, &self.limit_a, &self.current_a, &self.power_w, &self.soc_pct];
        let mut curves = curves.into_iter().chain(self.v2g.iter().map(|one| &one.curve));
        self.end <= self.begin || (self.bands.is_empty() && curves.all(|curve| curve.points().len() < 2))
    }
}

fn highest_phase(data: &Value) -> Option<f64> {
    match data.get("current_ma")? {
        Value::Array(phases) => phases.iter().filter_map(Value::as_f64).reduce(f64::max),
        // Phases by name.
        Value::Object(phases) => phases.values().filter_map(Value::as_f64).reduce(f64::max),
        one => one.as_f64(),
    }
    .map(|ma| ma / 1000.0)
}

/// A response that refuses.
fn failed_response(event: &Event) -> Option<String> {
    // Most are parsed for nothing else here.
    if !event.data.as_text().contains("\"FAILED") {
        return None;
    }
    let data = event.data.parse();
    let code = v2g::at(data.get("message")?, "ResponseCode")?.as_str().filter(|code| code.starts_with("FAILED"))?;
    Some(format!("{} {}", field(&data, "name").unwrap_or_default(), cut(code, 60)))
}

fn marks(events: &[Event]) -> Vec<Mark> {
    let text = |event: &Event, what: &str| {
        format!("{what} {}", field(&event.data, "what").unwrap_or_default()).trim().to_owned()
    };
    let marked = events.iter().filter_map(|event| {
        let (text, failure) = match (event.source.as_str(), event.kind.as_str()) {
            ("fault", "injected") => (text(event, "injected:"), false),
            ("fault", "mended") => (text(event, "mended:"), false),
            ("fault", "detected") => (text(event, "detected:"), false),
            ("fault", "cleared") => (text(event, "cleared:"), false),
            ("step", "end") if matches!(event.text("status"), "failed" | "undefined") => {
                (format!("failed: {}", cut(event.text("text"), 120)), true)
            }
            ("world", "action") => {
                let action = Action::of(event).filter(|action| action.kind == Kind::Fault)?;
                (format!("{} {}", action.text, action.detail).trim_end().to_owned(), false)
            }
            ("v2g", "message") => (failed_response(event)?, false),
            ("v2g", "lost") => (format!("lost: {} octets", field(&event.data, "octets").unwrap_or_default()), false),
            ("v2g", "closed") if event.data.get("reset") == Some(&Value::Bool(true)) => {
                ("connection reset".into(), false)
            }
            _ => return None,
        };
        Some(Mark { t: event.t, text, failure })
    });
    marked.take(Series::MARKS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{charge, story};
    use serde_json::json;

    #[test]
    fn a_charge_has_its_curves_and_faults() {
        let series = Series::from_events(&charge().events());
        assert_eq!(series.power_w.points().len(), 64);
        assert_eq!(series.power_w.range(), Some((0.0, 11040.0)));
        let marks: Vec<_> = series.marks.iter().map(|mark| mark.text.as_str()).collect();
        assert_eq!(marks, ["injected: the diode is shorted", "detected: DiodeFault"]);
    }

    #[test]
    fn without_samples_the_events_themselves_are_drawn() {
        let mut log = story();
        log.record("session", "limit", json!({ "ma": 16000, "by": "cable" }));
        log.at(1.0).record("cp", "levels", json!({ "high_mv": 9000, "low_mv": -12000 }));
        log.record("meter", "reading", json!({ "power_w": 3680, "current_ma": [16000, 0, 0] }));
        log.at(2.0).record("car", "telemetry", json!({ "soc": 4250 }));
        let series = Series::from_events(&log.events());
        assert_eq!(series.limit_a.range(), Some((16.0, 16.0)));
        assert_eq!(series.pilot_v.range(), Some((9.0, 9.0)));
        assert_eq!(series.current_a.range(), Some((16.0, 16.0)));
        assert_eq!(series.power_w.range(), Some((3680.0, 3680.0)));
        assert_eq!(series.soc_pct.range(), Some((42.5, 42.5)));
    }

    #[test]
    fn thinning_keeps_ends_and_peaks() {
        let points = (0..100_000_u32)
            .map(|n| (Instant::from_millis(n.into()), if n == 54_321 { 99.0 } else { f64::from(n % 7) }));
        let curve = Curve::of(points.collect());
        let thin = curve.thin(Curve::POINTS);
        assert!(thin.points().len() <= Curve::POINTS, "{}", thin.points().len());
        assert_eq!(thin.range(), Some((0.0, 99.0)));
        assert_eq!(thin.points().first(), curve.points().first());
        assert_eq!(thin.points().last(), curve.points().last());
        assert!(thin.points().windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }

    #[test]
    fn a_held_value_turns_corners() {
        let at = Instant::from_millis;
        let curve = Curve::of(vec![(at(0), 16.0), (at(10), 16.0), (at(20), 6.0)]);
        assert_eq!(curve.held(at(30)), [(at(0), 16.0), (at(20), 16.0), (at(20), 6.0), (at(30), 6.0)]);
    }
}
