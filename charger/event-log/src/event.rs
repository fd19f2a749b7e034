//! One event, and the line that it is in the file.

use serde::Deserialize;
use serde_json::Value;
use units::{EvseId, Instant};

use crate::Data;

/// The version of the line format that is written. A reader takes this one and version 1, which named no EVSE, and refuses others.
pub const VERSION: u8 = 2;

/// One event.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Event {
    /// The version of the line format.
    pub(crate) v: u8,
    /// Counts the events of one log.
    pub seq: u64,
    /// Virtual time.
    pub t: Instant,
    /// Microseconds of wall time since the run began: the only field that differs between two runs of one seed.
    pub wall: u64,
    /// The EVSE that it happened at; `None` for what belongs to the station, to the world or to the run.
    #[serde(default)]
    pub evse: Option<EvseId>,
    /// Who says it: `cp`, `board`, `session`, `ocpp`, ...
    pub source: String,
    /// What kind of thing happened.
    pub kind: String,
    /// What exactly.
    pub data: Data,
}

impl Event {
    /// An event that is not recorded but written by somebody who makes a log of logs.
    #[must_use]
    pub fn new(seq: u64, t: Instant, wall: u64, source: &str, kind: &str, data: Value) -> Self {
        Self { v: VERSION, seq, t, wall, evse: None, source: source.into(), kind: kind.into(), data: data.into() }
    }

    /// A copy for those who hear of it now, with the value of its data at hand.
    pub(crate) fn told(&self, value: Value) -> Self {
        let (source, kind) = (self.source.clone(), self.kind.clone());
        Self { source, kind, data: self.data.with_value(value), ..*self }
    }

    /// The line of the file, without its end. The order of the fields is fixed.
    #[must_use]
    pub fn line(&self) -> String {
        let evse = self.evse.map_or_else(String::new, |evse| format!(r#""evse":{evse},"#));
        format!(
            r#"{{"v":{},"seq":{},"t":{},"wall":{},{evse}"source":{},"kind":{},"data":{}}}"#,
            self.v,
            self.seq,
            self.t.as_micros(),
            self.wall,
            Value::from(self.source.as_str()),
            Value::from(self.kind.as_str()),
            self.data
        )
    }

    /// Whether it is of that source and kind.
    #[must_use]
    pub fn is(&self, source: &str, kind: &str) -> bool {
        self.source == source && self.kind == kind
    }

    /// A text field of its data; empty when there is none.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.data.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

/// A line without its wall time, to compare two runs.
#[must_use]
pub fn strip_wall(line: &str) -> String {
    let Some((before, after)) = line.split_once("\"wall\":") else { return line.into() };
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(',');
    format!("{before}{rest}")
}
