//! What car and station said, as messages of a chart.

use std::collections::BTreeMap;

use event_log::Event;
use serde_json::Value;

use super::fields::{Leaf, exchange, leaves};
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

/// So many late ones of a name are told each by itself.
const LATE: usize = 10;

/// The longest text of all fields.
const FIELDS: usize = 4000;

/// What is remembered of a conversation, to tell what repeats.
#[derive(Default)]
pub(crate) struct Talk {
    /// Of each message by its name: what its fields said last, but for numbers.
    said: BTreeMap<String, BTreeMap<String, String>>,
    /// How often each exchange was too late.
    late: BTreeMap<String, usize>,
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
        }
        if repeats {
            let what = if failed { format!("{name}, failed") } else { exchange(&name).to_owned() };
            told.noise = Some(Noise::Repeated(what));
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
            let times = self.late.entry(name.clone()).or_default();
            *times += 1;
            told.kind = Kind::Trouble;
            told.noise = (*times > LATE).then(|| Noise::Repeated(format!("{name}, late")));
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

    /// Whether those before it of that name said the same but for numbers. A field that is there only now and then says nothing
    /// new as long as it has the value that it had.
    fn repeats(&mut self, name: &str, leaves: &[Leaf]) -> bool {
        let is_first = !self.said.contains_key(name);
        let said = self.said.entry(name.into()).or_default();
        let mut is_new = is_first;
        for leaf in leaves.iter().filter(|leaf| !may_change(leaf)) {
            let before = said.get_mut(&leaf.path);
            match before {
                Some(before) if *before == leaf.text => continue,
                Some(before) => before.clone_from(&leaf.text),
                None => drop(said.insert(leaf.path.clone(), leaf.text.clone())),
            }
            is_new = true;
        }
        !is_new
    }
}

/// What may change without any meaning: numbers, random octets, and whether a limit is reached.
fn may_change(leaf: &Leaf) -> bool {
    leaf.is_number || leaf.is_octets() || leaf.path.ends_with("LimitAchieved")
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
                if !whole {
                    return note(Lane::Session, Kind::Note, "connection opened", "before this was seen".into());
                }
                Some(Self::new(Lane::Car, Lane::Session, Kind::Arrow, "connection opened".into()))
            }
            ("v2g", "closed") => {
                let reset = data.get("reset") == Some(&Value::Bool(true));
                let text = if reset { "connection reset" } else { "connection closed" };
                let by = field(data, "by");
                let lane = if by.as_deref() == Some("station") { Lane::Session } else { Lane::Car };
                let detail = match by {
                    Some(by) => format!("by the {by}"),
                    None if data.get("by").is_none() => "by one of the two".into(),
                    None => "by nobody: nothing more was seen".into(),
                };
                note(lane, Kind::Note, text, detail)
            }
            ("v2g", "tls") => note(Lane::Session, Kind::Note, &word("text"), String::new()),
            ("v2g", "tls_stopped") => note(lane, Kind::Trouble, "TLS, not read any longer:", word("why")),
            ("v2g", "lost") => note(lane, Kind::Trouble, "lost:", octets()),
            ("v2g", "skipped") => note(lane, Kind::Trouble, "skipped:", octets()),
            ("v2g", "unfinished") => note(lane, Kind::Trouble, "V2GTP, unfinished:", octets()),
            ("v2g", "no_frame") => note(lane, Kind::Trouble, "no V2GTP:", word("error")),
            ("v2g", "payload") => note(lane, Kind::Note, &format!("payload {}", word("type")), octets()),
            _ => None,
        }
    }
}

/// From whom to whom. What nobody knows the sender of stands at one place and is no arrow.
fn ends(data: &Value) -> (Lane, Lane) {
    match data.get("from").and_then(Value::as_str) {
        Some("station") => (Lane::Session, Lane::Car),
        Some(_) => (Lane::Car, Lane::Session),
        None => (Lane::Session, Lane::Session),
    }
}

/// Where it stands and what it belongs to.
fn about(data: &Value) -> String {
    let packet = field(data, "packet").map(|packet| format!("packet {packet}"));
    let session = field(data, "session").map(|session| format!("session {session}"));
    // Logs of before have no words for what differs.
    let differs = (data.get("identical") == Some(&Value::Bool(false)))
        .then(|| field(data, "difference").unwrap_or_else(|| "other octets when written again".into()));
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
    // That all is well says nothing, and octets say nothing to people.
    let says = |leaf: &Leaf| match (leaf.name(), leaf.text.as_str()) {
        ("ResponseCode", "OK") | ("EVErrorCode", "NO_ERROR") | (_, "") => false,
        (name, _) => FIRST.contains(&name) || !leaf.is_octets(),
    };
    let mut sorted: Vec<_> = leaves.iter().filter(|leaf| says(leaf)).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{story, v2g_charge};
    use crate::{chart, transcript};
    use serde_json::json;

    #[test]
    fn a_charge_is_told_as_a_story_in_which_only_numbers_change() {
        assert_eq!(
            transcript(&v2g_charge().events()),
            "\
00:00:01.000  slac     -> CM_SLAC_PARM.REQ
00:00:01.100  slac     <- CM_SLAC_PARM.CNF sounds 10
00:00:01.200  slac     -> CM_MNBC_SOUND.IND countdown 0
00:00:01.200  slac     ... 2 \u{d7} CM_MNBC_SOUND.IND
00:00:02.000  slac     -> CM_SLAC_MATCH.REQ
00:00:02.100  slac     <- CM_SLAC_MATCH.CNF nid 026B0105
00:00:03.000  sdp      -> SDP request security None, transport Tcp
00:00:03.010  sdp      <- SDP response address fe80::2, port 61341
00:00:03.100  v2g      -> connection opened
00:00:04.000  v2g      -> supportedAppProtocolReq
00:00:04.020  v2g      <- supportedAppProtocolRes SchemaID 1
00:00:05.000  v2g      -> SessionSetupReq
00:00:05.020  v2g      <- SessionSetupRes ResponseCode OK_NewSessionEstablished
00:00:06.000  v2g      -> ChargeParameterDiscoveryReq RequestedEnergyTransferMode DC_extended
00:00:06.020  v2g      <- ChargeParameterDiscoveryRes
00:00:10.000  v2g      -> CableCheckReq EVRESSSOC 57, EVReady true
00:00:10.020  v2g      <- CableCheckRes EVSEProcessing Ongoing
00:00:12.000  v2g      -> CableCheckReq EVRESSSOC 57, EVReady true
00:00:12.020  v2g      <- CableCheckRes EVSEProcessing Finished
00:00:20.000  v2g      -> CurrentDemandReq EVTargetVoltage 400 V, EVTargetCurrent 40 A, EVRESSSOC 57, EVReady true
00:00:20.020  v2g      <- CurrentDemandRes EVSEPresentVoltage 380 V, EVSEPresentCurrent 0 A, EVSECurrentLimitAchieved true, EVSEMaximumCurrentLimit 50 A
00:00:21.000  v2g      ... 20 \u{d7} CurrentDemand
00:00:40.300  v2g      <- CurrentDemandRes after 300 ms, the car waits 250 ms; EVSEPresentVoltage 380 V, EVSEPresentCurrent 20 A, EVSECurrentLimitAchieved false, EVSEMaximumCurrentLimit 50 A
00:00:41.000  v2g      ... 19 \u{d7} CurrentDemand
00:01:01.000  v2g      -> SessionStopReq
00:01:01.020  v2g      <- SessionStopRes
00:01:02.000  v2g      connection reset by the station
"
        );
    }

    #[test]
    fn every_message_has_its_fields_and_the_time_it_took() {
        let messages = chart(&v2g_charge().events());
        let told = messages.iter().find(|message| message.text == "CableCheckRes").expect("there");
        assert_eq!(
            told.fields,
            "packet 102, iso2, session CF11ED7FAF5BFCFF\n20 ms after the request\nEVSEProcessing = Ongoing\nResponseCode = OK\n"
        );
        assert_eq!((told.from, told.to, told.kind), (Lane::Session, Lane::Car, Kind::Reply));
    }

    #[test]
    fn a_field_that_comes_and_goes_is_no_news_and_one_that_changes_is() {
        let mut log = story();
        for n in 0..20 {
            let mut body =
                json!({ "ResponseCode": "OK", "EVSEStatusCode": if n < 15 { "EVSE_Ready" } else { "EVSE_Shutdown" } });
            if n % 5 == 0 {
                body["MeterInfo"] = json!({ "MeterID": "meter", "MeterReading": n });
            }
            let request = json!({ "from": "car", "name": "CurrentDemandReq", "message": { "CurrentDemandReq": {} } });
            log.at(f64::from(n)).record("v2g", "message", request);
            let response =
                json!({ "from": "station", "name": "CurrentDemandRes", "message": { "CurrentDemandRes": body } });
            log.record("v2g", "message", response);
        }
        let told: Vec<_> = chart(&log.events()).into_iter().map(|message| message.text).collect();
        assert_eq!(
            told,
            [
                "CurrentDemandReq",
                "CurrentDemandRes",
                "15 \u{d7} CurrentDemand",
                "CurrentDemandRes",
                "4 \u{d7} CurrentDemand"
            ]
        );
    }

    #[test]
    fn what_fails_is_trouble_and_what_cannot_be_read_says_why() {
        let log = story();
        let failed = json!({ "from": "station", "name": "SessionSetupRes",
            "message": { "SessionSetupRes": { "ResponseCode": "FAILED_UnknownSession" } } });
        log.record("v2g", "message", failed);
        log.record("v2g", "message", json!({ "from": "car", "payload": "FF", "error": "no code for it" }));
        log.record("v2g", "lost", json!({ "from": "car", "octets": 12 }));
        log.record("v2g", "no_frame", json!({ "from": "station", "error": "version 9" }));
        log.record("v2g", "tls_stopped", json!({ "why": "no secret" }));
        log.record("v2g", "skipped", json!({ "from": "station", "octets": 3 }));
        log.record("v2g", "unfinished", json!({ "from": "station", "octets": 9, "expected": 12 }));
        let told: Vec<_> = chart(&log.events()).iter().map(|message| (message.kind, message.line())).collect();
        let trouble = |line: &str| (Kind::Trouble, line.to_owned());
        assert_eq!(
            told,
            [
                trouble("SessionSetupRes ResponseCode FAILED_UnknownSession"),
                trouble("message, unreadable no code for it"),
                trouble("lost: 12 octets"),
                trouble("no V2GTP: version 9"),
                trouble("TLS, not read any longer: no secret"),
                trouble("skipped: 3 octets"),
                trouble("V2GTP, unfinished: 9 octets"),
            ]
        );
    }
}
