//! The control pilot: `cp.csv` for a spreadsheet, `cp.vcd` for a wave viewer.

use event_log::Event;
use serde_json::Value;
use units::Instant;

/// What is known of the pilot at a moment. What was never told is nothing.
#[derive(Clone, Debug, Default, PartialEq)]
struct Pilot {
    /// `A1` to `F`.
    state: String,
    /// The upper and the lower level in volts.
    high_v: Option<f64>,
    low_v: Option<f64>,
    /// What the oscillator gives, in percent.
    duty_pct: Option<f64>,
    contactor: Option<bool>,
}

/// What the pilot was since when, one entry a change.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Trace(Vec<(Instant, Pilot)>);

impl Trace {
    /// The trace that the events tell: of the pilot itself (`cp/*`) where somebody looked at it, else as far as the board told.
    pub(super) fn of(events: &[Event]) -> Self {
        let seen = events.iter().any(|event| event.source == "cp");
        let levels = events.iter().any(|event| event.is("cp", "levels"));
        let (mut pilot, mut trace) = (Pilot::default(), Vec::new());
        let mut latest = Instant::ZERO;
        for event in events {
            let before = pilot.clone();
            match (event.source.as_str(), event.kind.as_str()) {
                ("cp", "state") => pilot.state = word(event.text("state")),
                ("cp", "signal") => pilot.duty_pct = duty(event.text("signal")),
                ("cp", "levels") => {
                    pilot.high_v = volts(&event.data, "high_mv");
                    pilot.low_v = volts(&event.data, "low_mv");
                }
                ("sample", "plot") if !levels => {
                    pilot.high_v = event.data.get("pilot_v").and_then(Value::as_f64).or(pilot.high_v);
                }
                ("board", "event") if !seen => pilot.told(&event.data),
                ("board", "command") if !seen && event.data.get("pilot").is_some() => {
                    pilot.duty_pct = duty(event.text("pilot"));
                }
                ("contactor", "closed") => pilot.contactor = Some(true),
                ("contactor", "open") => pilot.contactor = Some(false),
                _ => continue,
            }
            // No time runs backwards.
            latest = latest.max(event.t);
            if pilot != before {
                trace.push((latest, pilot.clone()));
            }
        }
        Self(trace)
    }

    /// Whether nothing is known of the pilot.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `cp.csv`: one row a change; a cell without a value is empty.
    pub(super) fn csv(&self) -> String {
        let mut out = String::from("t_s,state,high_v,low_v,duty_pct,contactor\n");
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
        for (t, pilot) in &self.0 {
            let contactor = pilot.contactor.map_or("", |closed| if closed { "closed" } else { "open" });
            out += &format!(
                "{},{},{},{},{},{contactor}\n",
                seconds(*t),
                pilot.state,
                number(pilot.high_v),
                number(pilot.low_v),
                number(pilot.duty_pct)
            );
        }
        out
    }

    /// `cp.vcd` (IEEE 1364): the state as a character (show it as ASCII) and whether the oscillator runs, the levels and the
    /// duty as numbers, the contactor as a line. Time in microseconds.
    pub(super) fn vcd(&self) -> String {
        let mut out = String::from(
            "$version Plugfest $end\n$timescale 1 us $end\n$scope module cp $end\n$var reg 8 s state $end\n\
             $var wire 1 p pwm $end\n$var real 64 h high_v $end\n$var real 64 l low_v $end\n$var real 64 d duty_pct $end\n\
             $var wire 1 c contactor $end\n$upscope $end\n$enddefinitions $end\n",
        );
        let mut before: Option<(Instant, Vec<String>)> = None;
        for (t, pilot) in &self.0 {
            let values = pilot.vcd();
            let (at, old) = before.take().map_or((None, Vec::new()), |(at, old)| (Some(at), old));
            if at != Some(*t) {
                out += &format!("#{}\n", t.as_micros());
            }
            for value in values.iter().filter(|value| !old.contains(value)) {
                out += value;
                out.push('\n');
            }
            before = Some((*t, values));
        }
        out
    }
}

impl Pilot {
    /// What the board says.
    fn told(&mut self, event: &Value) {
        if let Some(pilot) = event.get("Pilot") {
            let letter = word(pilot.get("state").and_then(Value::as_str).unwrap_or_default());
            let pwm = pilot.get("pwm").and_then(Value::as_bool).unwrap_or_default();
            self.state = match letter.as_str() {
                "E" | "F" | "" => letter,
                _ => format!("{letter}{}", if pwm { 2 } else { 1 }),
            };
        }
        match event.as_str() {
            Some("ContactorClosed") => self.contactor = Some(true),
            Some("ContactorOpened") => self.contactor = Some(false),
            _ => {}
        }
    }

    /// Its values as lines of a VCD file.
    fn vcd(&self) -> Vec<String> {
        let letter = self.state.bytes().next().map_or_else(|| "x".into(), |byte| format!("{byte:08b}"));
        let bit = |value: Option<bool>| value.map_or('x', |value| if value { '1' } else { '0' });
        let pwm = (!self.state.is_empty()).then(|| self.state.ends_with('2'));
        let mut values = vec![format!("b{letter} s"), format!("{}p", bit(pwm)), format!("{}c", bit(self.contactor))];
        let numbers = [("h", self.high_v), ("l", self.low_v), ("d", self.duty_pct)];
        values.extend(numbers.into_iter().filter_map(|(name, value)| Some(format!("r{:.3} {name}", value?))));
        values
    }
}

/// A state's name, and nothing that would break a row.
fn word(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).take(8).collect()
}

fn volts(data: &Value, field: &str) -> Option<f64> {
    data.get(field).and_then(Value::as_f64).map(|mv| mv / 1000.0)
}

/// The duty cycle of a signal in percent: `PWM 26.6 %`; +12 V is 100, state F is 0; E has none.
fn duty(signal: &str) -> Option<f64> {
    match signal.trim() {
        "X1" => Some(100.0),
        "F" => Some(0.0),
        other => {
            let number =
                other.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ' ').trim_end_matches(['%', ' ']);
            number.parse().ok().filter(|duty| (0.0..=100.0).contains(duty))
        }
    }
}

/// A time as the text files write it.
pub(super) fn seconds(t: Instant) -> String {
    format!("{}.{:06}", t.as_micros() / 1_000_000, t.as_micros() % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Events;
    use serde_json::json;

    #[test]
    fn the_pilot_is_a_table_and_a_wave() {
        let mut log = Events::default();
        log.at(0).record("cp", "state", json!({ "state": "A1" }));
        log.at(0).record("cp", "signal", json!({ "signal": "X1" }));
        log.at(1_500_000).record("cp", "state", json!({ "state": "B1" }));
        log.at(1_500_000).record("cp", "levels", json!({ "high_mv": 8_950, "low_mv": -11_980 }));
        log.at(2_000_000).record("cp", "signal", json!({ "signal": "PWM 26.6 %" }));
        log.at(2_000_000).record("cp", "state", json!({ "state": "B2" }));
        log.at(3_000_000).record("contactor", "closed", json!({}));
        // Nothing new, and another's business.
        log.at(3_500_000).record("cp", "state", json!({ "state": "B2" }));
        log.at(3_600_000).record("board", "event", json!({ "Pilot": { "state": "F", "pwm": false } }));
        let trace = Trace::of(&log.events());
        assert_eq!(
            trace.csv(),
            "\
t_s,state,high_v,low_v,duty_pct,contactor
0.000000,A1,,,,
0.000000,A1,,,100.000,
1.500000,B1,,,100.000,
1.500000,B1,8.950,-11.980,100.000,
2.000000,B1,8.950,-11.980,26.600,
2.000000,B2,8.950,-11.980,26.600,
3.000000,B2,8.950,-11.980,26.600,closed
"
        );
        let vcd = trace.vcd();
        let (_, changes) = vcd.split_once("$enddefinitions $end\n").expect("a header");
        assert_eq!(
            changes,
            "#0\nb01000001 s\n0p\nxc\nr100.000 d\n#1500000\nb01000010 s\nr8.950 h\nr-11.980 l\n#2000000\nr26.600 d\n1p\n\
             #3000000\n1c\n"
        );
    }

    #[test]
    fn where_nobody_looked_at_the_pilot_the_board_is_believed() {
        let mut log = Events::default();
        log.at(0).record("board", "command", json!({ "pilot": "PWM 53.3 %" }));
        log.at(10).record("board", "event", json!({ "Pilot": { "state": "C", "pwm": true } }));
        log.at(20).record("board", "event", json!("ContactorClosed"));
        log.at(30).record("board", "command", json!({ "allow_power": false }));
        log.at(40).record("board", "event", json!({ "Pilot": { "state": "F", "pwm": false } }));
        let rows = Trace::of(&log.events()).csv();
        let rows: Vec<_> = rows.lines().skip(1).collect();
        assert_eq!(
            rows,
            [
                "0.000000,,,,53.300,",
                "0.000010,C2,,,53.300,",
                "0.000020,C2,,,53.300,closed",
                "0.000040,F,,,53.300,closed"
            ]
        );
    }

    #[test]
    fn nothing_is_known_of_a_pilot_that_nobody_told_of() {
        let mut log = Events::default();
        log.at(0).record("meter", "reading", json!({ "power_w": 3 }));
        assert!(Trace::of(&log.events()).is_empty());
    }

    #[test]
    fn no_state_breaks_a_row_and_no_time_runs_backwards() {
        let mut log = Events::default();
        log.at(50).record("cp", "state", json!({ "state": "B\n,1" }));
        log.at(20).record("cp", "signal", json!({ "signal": "PWM 400 %" }));
        log.at(10).record("cp", "levels", json!({ "high_mv": "much" }));
        log.at(10).record("cp", "signal", json!({ "signal": "5.0 %" }));
        let trace = Trace::of(&log.events());
        assert_eq!(trace.csv().lines().skip(1).collect::<Vec<_>>(), ["0.000050,B1,,,,", "0.000050,B1,,,5.000,"]);
        assert_eq!(trace.vcd().matches('#').count(), 1);
    }
}
