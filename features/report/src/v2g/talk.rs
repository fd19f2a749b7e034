//! What car and station said, as messages of a chart.

use std::collections::BTreeMap;

use event_log::Event;
use serde_json::Value;

use super::fields::{Leaf, leaves};
use super::pace::{Lag, Pace, Waited};
use crate::escape::cut;
use crate::format::span;
use crate::message::{Kind, Lane, Message, Noise};
use crate::value::field;

/// What matters first in a line.
const FIRST: [&str; 20] = [
    "ResponseCode",
    "error",
    "EVSEProcessing",
    "EVErrorCode",
    "EVSEStatusCode",
    "EVTargetVoltage",
    "EVTargetCurrent",
    "EVSEPresentVoltage",
    "EVSEPresentCurrent",
    "EVSEMaxCurrent",
    "EVRESSSOC",
    "PresentSOC",
    "RequestedEnergyTransferMode",
    "EVRequestedEnergyTransferType",
    "ChargeProgress",
    "ReadyToChargeState",
    "ChargingSession",
    "EVCCID",
    "EVSEID",
    "EVSEIsolationStatus",
];

/// The longest line of details.
const WIDTH: usize = 150;

/// The longest text of all fields.
const FIELDS: usize = 4000;

/// `CurrentDemand` of `CurrentDemandReq`.
pub(crate) fn exchange(name: &str) -> &str {
    name.strip_suffix("Req").or_else(|| name.strip_suffix("Res")).unwrap_or(name)
}

/// What is remembered of a conversation, to tell what repeats.
#[derive(Default)]
pub(crate) struct Talk {
    /// Of each message by its name: all of the last one but its numbers.
    shapes: BTreeMap<String, String>,
    /// The car's address on the power line, from its first message of matching on.
    car: Option<String>,
    pace: Pace,
}

impl Talk {
    /// The next event as a message.
    pub(crate) fn message(&mut self, event: &Event) -> Option<Message> {
        // Parsed for this look alone: there are thousands.
        let data = event.data.parse();
        let lag = self.pace.next(event, &data);
        let told = match (event.source.as_str(), event.kind.as_str()) {
            ("v2g", "message") => self.v2g(&data, lag),
            ("slac", "frame") => self.slac(&data),
            ("sdp", "message") => self.sdp(&data),
            (source, kind) => Told::other(source, kind, &data)?,
        };
        let fields = about(&data) + &told.fields;
        Some(Message {
            t: event.t,
            seq: event.seq,
            evse: None,
            from: told.from,
            to: told.to,
            actor: match event.source.as_str() {
                "slac" => "slac",
                "sdp" => "sdp",
                _ => "v2g",
            },
            text: told.text,
            detail: told.detail,
            fields: cut(&fields, FIELDS),
            kind: told.kind,
            noise: told.noise,
            times: 1,
        })
    }

    fn v2g(&mut self, data: &Value, lag: Option<Lag>) -> Told {
        let name = field(data, "name").unwrap_or_else(|| "message, unreadable".into());
        let leaves = leaves(data.get("message").unwrap_or(&Value::Null));
        let (from, to) = ends(data);
        let mut told = Told::new(from, to, if name.ends_with("Res") { Kind::Reply } else { Kind::Arrow }, name.clone());
        told.detail = brief(&leaves);
        told.fields = all(&leaves);
        if let Some(error) = field(data, "error") {
            (told.kind, told.detail) = (Kind::Trouble, error);
            return told;
        }
        let failed = leaves.iter().any(|leaf| leaf.name() == "ResponseCode" && leaf.text.starts_with("FAILED"));
        let repeats = self.repeats(&name, &leaves);
        if failed {
            told.kind = Kind::Trouble;
        } else if repeats {
            told.noise = Some(Noise::Repeated(exchange(&name).into()));
        }
        let Some(lag) = lag else { return told };
        let after = span_exactly(lag.micros);
        told.fields = match lag.waited {
            Waited::Station => format!("{after} after the request\n"),
            Waited::Car => format!("{after} after the response\n"),
        } + &told.fields;
        if lag.is_beyond() {
            let limit = lag.limit.map_or_else(String::new, span_exactly);
            let late = match lag.waited {
                Waited::Station => format!("after {after}, the car waits {limit}"),
                Waited::Car => format!("after {after}, the station waits {limit}"),
            };
            told.detail = if told.detail.is_empty() { late } else { format!("{late}; {}", told.detail) };
            (told.kind, told.noise) = (Kind::Trouble, None);
        }
        told
    }

    fn slac(&mut self, data: &Value) -> Told {
        let name = field(data, "name").unwrap_or_else(|| "HomePlug".into());
        let source = field(data, "source");
        let from = data.get("from").and_then(Value::as_str);
        if from == Some("car") && self.car.is_none() {
            self.car.clone_from(&source);
        }
        let leaves = leaves(data.get("message").unwrap_or(&Value::Null));
        let mut told = if from.is_some() {
            let (from, to) = ends(data);
            let reply = [".CNF", ".RSP"].iter().any(|end| name.ends_with(end));
            Told::new(from, to, if reply { Kind::Reply } else { Kind::Arrow }, name.clone())
        } else {
            // Between a controller and its modem.
            let lane = if source.is_some() && source == self.car { Lane::Car } else { Lane::Session };
            Told::new(lane, lane, Kind::Note, name.clone())
        };
        told.fields = all(&leaves);
        if self.repeats(&name, &leaves) {
            told.noise = Some(Noise::Repeated(name));
        } else if from.is_some() {
            told.detail = brief(&leaves);
        }
        told
    }

    fn sdp(&mut self, data: &Value) -> Told {
        let name = field(data, "name").unwrap_or_else(|| "SDP".into());
        let leaves = leaves(data.get("message").unwrap_or(&Value::Null));
        let (from, to) = ends(data);
        let mut told = Told::new(from, to, if from == Lane::Session { Kind::Reply } else { Kind::Arrow }, name.clone());
        (told.detail, told.fields) = (brief(&leaves), all(&leaves));
        if self.repeats(&name, &leaves) {
            told.noise = Some(Noise::Repeated(name));
        }
        told
    }

    /// Whether the last one of that name was the same but for its numbers.
    fn repeats(&mut self, name: &str, leaves: &[Leaf]) -> bool {
        let shape = shape(leaves);
        self.shapes.get(name).is_some_and(|last| *last == shape) || {
            self.shapes.insert(name.into(), shape);
            false
        }
    }
}

/// All of a message but what may change without any meaning: numbers, random octets, and whether a limit is reached.
fn shape(leaves: &[Leaf]) -> String {
    let mut shape = String::new();
    for leaf in leaves {
        shape.push_str(&leaf.path);
        let random = leaf.text.len() >= 16 && leaf.text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !leaf.is_number && !random && !leaf.path.ends_with("LimitAchieved") {
            shape.push('=');
            shape.push_str(&leaf.text);
        }
        shape.push('\n');
    }
    shape
}

/// Something that was seen, on its way to a message.
struct Told {
    from: Lane,
    to: Lane,
    kind: Kind,
    text: String,
    detail: String,
    fields: String,
    noise: Option<Noise>,
}

impl Told {
    const fn new(from: Lane, to: Lane, kind: Kind, text: String) -> Self {
        Self { from, to, kind, text, detail: String::new(), fields: String::new(), noise: None }
    }

    /// What is no message of the two.
    fn other(source: &str, kind: &str, data: &Value) -> Option<Self> {
        let lane = ends(data).0;
        let word = |name: &str| field(data, name).unwrap_or_default();
        let note =
            |lane, kind, text: &str, detail: String| Some(Self { detail, ..Self::new(lane, lane, kind, text.into()) });
        let octets = || format!("{} octets", word("octets"));
        match (source, kind) {
            ("slac", "unreadable") => note(Lane::Session, Kind::Trouble, "HomePlug, unreadable:", word("error")),
            ("sdp", "unreadable") => note(Lane::Session, Kind::Trouble, "SDP, unreadable:", word("error")),
            ("v2g", "opened") => {
                let whole = data.get("from_the_start") != Some(&Value::Bool(false));
                let detail = if whole { "" } else { "before this was seen" };
                Some(Self {
                    detail: detail.into(),
                    ..Self::new(Lane::Car, Lane::Session, Kind::Arrow, "connection opened".into())
                })
            }
            ("v2g", "closed") => {
                let reset = data.get("reset") == Some(&Value::Bool(true));
                let text = if reset { "connection reset" } else { "connection closed" };
                let by = field(data, "by");
                let lane = if by.as_deref() == Some("station") { Lane::Session } else { Lane::Car };
                let detail = by.map_or_else(|| "by nobody: nothing more was seen".into(), |by| format!("by the {by}"));
                note(lane, Kind::Note, text, detail)
            }
            ("v2g", "tls") => note(Lane::Session, Kind::Note, &word("text"), String::new()),
            ("v2g", "lost") => note(lane, Kind::Trouble, "lost:", octets()),
            ("v2g", "no_frame") => note(lane, Kind::Trouble, "no V2GTP:", word("error")),
            ("v2g", "payload") => note(lane, Kind::Note, &format!("payload {}", word("type")), octets()),
            _ => None,
        }
    }
}

/// From whom to whom.
fn ends(data: &Value) -> (Lane, Lane) {
    match data.get("from").and_then(Value::as_str) {
        Some("station") => (Lane::Session, Lane::Car),
        _ => (Lane::Car, Lane::Session),
    }
}

/// Where it stands and what it belongs to.
fn about(data: &Value) -> String {
    let packet = field(data, "packet").map(|packet| format!("packet {packet}"));
    let session = field(data, "session").map(|session| format!("session {session}"));
    let differs =
        (data.get("identical") == Some(&Value::Bool(false))).then(|| "other octets when written again".into());
    let source = field(data, "source").map(|source| format!("from {source}"));
    let parts = [packet, field(data, "protocol"), session, source, differs];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ") + "\n"
}

/// Each value on a line.
fn all(leaves: &[Leaf]) -> String {
    leaves.iter().map(|leaf| format!("{} = {}\n", leaf.path, leaf.text)).collect()
}

/// As many values as a line holds, each under its last name, what matters first.
fn brief(leaves: &[Leaf]) -> String {
    let place = |leaf: &Leaf| FIRST.iter().position(|name| *name == leaf.name()).unwrap_or(FIRST.len());
    // That all is well says nothing.
    let well =
        |leaf: &Leaf| matches!((leaf.name(), leaf.text.as_str()), ("ResponseCode", "OK") | ("EVErrorCode", "NO_ERROR"));
    let mut sorted: Vec<_> = leaves.iter().filter(|leaf| !well(leaf)).collect();
    sorted.sort_by_key(|leaf| place(leaf));
    let mut line = String::new();
    for leaf in sorted {
        let piece = format!("{}{} {}", if line.is_empty() { "" } else { ", " }, leaf.name(), leaf.text);
        if !line.is_empty() && line.chars().count() + piece.chars().count() > WIDTH {
            break;
        }
        line.push_str(&piece);
    }
    cut(&line, WIDTH)
}

/// A span with milliseconds where they matter.
pub(crate) fn span_exactly(micros: u64) -> String {
    if micros < 10_000_000 {
        let ms = (micros + 500) / 1000;
        if ms < 1000 { format!("{ms} ms") } else { format!("{}.{:03} s", ms / 1000, ms % 1000) }
    } else {
        span(micros as f64 / 1e6)
    }
}
