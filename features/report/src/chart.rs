//! The events of a scenario as messages between the parties.

use event_log::Event;
use serde_json::Value;

use crate::action::Action;
use crate::evses::several;
use crate::format::{number, power};
use crate::message::{Kind, Lane, Message, Noise};
use crate::ocpp::Frames;
use crate::v2g::{Talk, is_of_talk};
use crate::value::{field, fields, float, short};

/// The messages of a scenario in their order, what repeats told by its number. Kinds of events that are no message (samples,
/// levels, telemetry) and kinds unknown to this version are passed over.
#[must_use]
pub fn chart(events: &[Event]) -> Vec<Message> {
    collapse(messages(events))
}

/// Every message by itself.
pub(crate) fn messages(events: &[Event]) -> Vec<Message> {
    let (mut frames, mut talk) = (Frames::default(), Talk::default());
    let apart = !several(events).is_empty();
    let placed = |mut message: Message, event: &Event| {
        message.evse = event.evse.or(message.evse).filter(|_| apart);
        message
    };
    let mut told = |event: &Event| {
        if is_of_talk(event) { talk.message(event) } else { message(event, &mut frames) }
    };
    events.iter().filter_map(|event| told(event).map(|message| placed(message, event))).collect()
}

/// Joins what repeats. Between two messages of interest there is at most one of each [`Noise`], where the first one stood.
pub(crate) fn collapse(messages: Vec<Message>) -> Vec<Message> {
    let mut out: Vec<Message> = Vec::with_capacity(messages.len());
    let mut quiet_from = 0;
    for message in messages {
        if message.noise.is_none() {
            out.push(message);
            quiet_from = out.len();
            continue;
        }
        match out[quiet_from..]
            .iter_mut()
            .find(|earlier| (&earlier.noise, earlier.evse) == (&message.noise, message.evse))
        {
            // The answers to what repeats are not counted: every call has one.
            Some(earlier) if message.kind != Kind::Reply => earlier.times += 1,
            Some(_) => {}
            None if message.kind == Kind::Reply => {}
            None => out.push(message),
        }
    }
    for message in &mut out {
        if let (Some(noise), 2..) = (&message.noise, message.times) {
            message.text = noise.told(message.times);
            (message.detail, message.fields) = (String::new(), String::new());
        }
    }
    out
}

/// An event of the power board. Its pilot by the name of the state (IEC 61851-1, table A.2): a letter, and 2 with PWM.
fn board_event(data: &Value) -> String {
    let Some(pilot) = data.get("Pilot") else { return short(data) };
    let (state, pwm) = (field(pilot, "state"), pilot.get("pwm").and_then(Value::as_bool));
    match (state, pwm) {
        (Some(state), Some(pwm)) if ["A", "B", "C", "D"].contains(&&*state) => {
            format!("state {state}{}", 1 + u8::from(pwm))
        }
        (Some(state), _) => format!("state {state}"),
        (None, _) => short(data),
    }
}

fn message(event: &Event, frames: &mut Frames) -> Option<Message> {
    use Kind::{Arrow, Failure, Fault, Note, Step, Trouble};
    use Lane::{Board, Car, Csms, Meter, Session};
    let data = &event.data;
    let what = || field(data, "what").unwrap_or_else(|| short(data));
    let none = String::new;
    let (from, to, actor, kind, text, detail) = match (event.source.as_str(), event.kind.as_str()) {
        ("ocpp", "sent" | "received") => {
            let sent = event.kind == "sent";
            let frame = frames.read(data.get("frame").unwrap_or(&Value::Null), sent);
            let (from, to) = if sent { (Session, Csms) } else { (Csms, Session) };
            let mut message = plain(event, from, to, "csms", frame.kind, frame.title, frame.detail);
            message.noise = frame.noise;
            message.evse = frame.evse;
            return Some(message);
        }
        ("meter", "reading") => {
            let mut message = plain(event, Meter, Session, "meter", Arrow, "reading".into(), reading(data));
            message.noise = Some(Noise::MeterReading);
            return Some(message);
        }
        ("board", "command") => {
            let text = short(data);
            // A sign of life twice a second says nothing; that it stays away is a fault, and told as one.
            if text.to_ascii_lowercase().contains("heartbeat") {
                return None;
            }
            (Session, Board, "board", Arrow, text.replace('_', " "), none())
        }
        ("board", "started") => (Board, Session, "board", Arrow, "started".into(), short(data)),
        ("board", "damaged") => (Board, Board, "board", Note, "damaged messages".into(), short(data)),
        ("board", "event") => (Board, Session, "board", Arrow, board_event(data), none()),
        ("bus", "call") if data.get("allowed") == Some(&Value::Bool(false)) => {
            let (caller, verb) = (field(data, "caller").unwrap_or_default(), field(data, "verb").unwrap_or_default());
            (Session, Session, "bus", Trouble, format!("refused: {caller} may not call {verb}"), none())
        }
        ("car", "action") => (Car, Car, "car", Note, what(), none()),
        ("contactor", "closed") => (Board, Board, "board", Note, "contactor closed".into(), none()),
        ("contactor", "open") => (Board, Board, "board", Note, "contactor open".into(), none()),
        ("cp", "state") => {
            (Car, Board, "pilot", Arrow, format!("state {}", field(data, "state").unwrap_or_default()), none())
        }
        ("cp", "signal") => (Board, Car, "pilot", Arrow, field(data, "signal").unwrap_or_default(), none()),
        ("device", "failed") => (Board, Board, "device", Trouble, "failed:".into(), what()),
        ("fault", "injected") => (Board, Board, "fault", Fault, format!("injected: {}", what()), none()),
        ("fault", "mended") => (Board, Board, "fault", Fault, format!("mended: {}", what()), none()),
        ("fault", "detected") => {
            let mrec = field(data, "mrec").map(|code| format!("MREC {code}"));
            let detail = field(data, "detail").filter(|text| !text.is_empty());
            let detail = [mrec, detail].into_iter().flatten().collect::<Vec<_>>().join(", ");
            (Session, Session, "fault", Trouble, format!("detected: {}", what()), detail)
        }
        ("fault", "cleared") => (Session, Session, "fault", Note, format!("cleared: {}", what()), none()),
        ("grid", "event") => (Meter, Meter, "grid", Note, what(), none()),
        ("lock", "drive") => {
            let text = if data.get("locked") == Some(&Value::Bool(true)) { "lock" } else { "unlock" };
            (Session, Board, "lock", Arrow, text.into(), none())
        }
        ("lock", "position") => {
            (Board, Board, "lock", Note, field(data, "position").unwrap_or_else(|| short(data)), none())
        }
        ("ocpp", "link") => {
            let why = field(data, "why").unwrap_or_default();
            (Csms, Csms, "csms", Note, format!("link {}", field(data, "state").unwrap_or_default()), why)
        }
        ("ocpp", "boot") => {
            (Csms, Csms, "csms", Note, format!("boot {}", field(data, "state").unwrap_or_default()), none())
        }
        ("ocpp", "violation" | "store" | "fault") => {
            (Csms, Csms, "csms", Trouble, format!("{}:", event.kind), field(data, "text").unwrap_or_default())
        }
        ("panel", "show") => (Session, Car, "panel", Arrow, "shows".into(), screen(data)),
        ("reader", "token") => {
            let token = field(data, "token").or_else(|| field(data, "id")).unwrap_or_else(|| short(data));
            (Car, Session, "reader", Arrow, "token".into(), token)
        }
        ("reception", "kept" | "sent" | "refused" | "forgotten") => {
            let token = field(data, "token").unwrap_or_default();
            let to = field(data, "evse").map_or_else(none, |evse| format!("to EVSE {evse}"));
            (Session, Session, "session", Note, format!("reception: {} {token}", event.kind), to)
        }
        ("run", "broken") => (Session, Session, "run", Trouble, "the world broke:".into(), what()),
        ("session", "event") => {
            let name = field(data, "name").unwrap_or_default();
            (Session, Session, "session", Note, name, fields(data, &["name"]))
        }
        ("session", "limit") => {
            let limit = float(data, "ma").map_or_else(none, |ma| format!("{} A", number(ma / 1000.0, 2)));
            let by = field(data, "by").map_or_else(none, |by| format!("by {by}"));
            // What a rating or a profile is for says its own name.
            let why =
                field(data, "why").filter(|why| !matches!(why.as_str(), "Rating" | "ChargingProfile" | "Contract"));
            let by = why.map_or(by.clone(), |why| format!("{by}: {why}"));
            (Session, Session, "session", Note, format!("limit {limit}"), by)
        }
        ("session", "reset") => (Session, Session, "session", Note, "reset".into(), none()),
        ("step", "begin") => (Car, Meter, "step", Step, step_text(data), none()),
        ("step", "end") if matches!(event.text("status"), "failed" | "undefined") => {
            let message = field(data, "message").unwrap_or_default();
            let colon = if message.is_empty() { "" } else { ":" };
            (Car, Meter, "step", Failure, format!("{}: {}{colon}", event.text("status"), event.text("text")), message)
        }
        ("world", "action") => {
            let Action { lane, actor, kind, text, detail } = Action::of(event)?;
            (lane, lane, actor, kind, text, detail)
        }
        ("world", "plug") => (Car, Car, "car", Note, what(), none()),
        _ => return None,
    };
    Some(plain(event, from, to, actor, kind, text, detail))
}

fn plain(
    event: &Event,
    from: Lane,
    to: Lane,
    actor: &'static str,
    kind: Kind,
    text: String,
    detail: String,
) -> Message {
    let fields = String::new();
    Message {
        t: event.t,
        seq: event.seq,
        evse: None,
        from,
        to,
        actor,
        text,
        detail,
        fields,
        kind,
        noise: None,
        times: 1,
    }
}

fn step_text(data: &Value) -> String {
    let (keyword, text) = (field(data, "keyword").unwrap_or_default(), field(data, "text").unwrap_or_default());
    format!("{} {text}", keyword.trim()).trim_start().into()
}

/// The sign of a screen, and the words for the driver if there are any.
fn screen(data: &Value) -> String {
    match (field(data, "sign"), field(data, "note").filter(|note| !note.is_empty())) {
        (Some(sign), Some(note)) => format!("{sign}: {note}"),
        (Some(sign), None) => sign,
        (None, _) => short(data),
    }
}

fn reading(data: &Value) -> String {
    let energy = float(data, "import_mwh").map(|mwh| format!("{} Wh", number(mwh / 1000.0, 1)));
    let power = float(data, "power_w").map(power);
    [energy, power].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::story;
    use serde_json::json;

    #[test]
    fn what_repeats_is_counted_between_what_matters() {
        let mut log = story();
        log.at(1.0).record("contactor", "closed", json!({}));
        for second in 0..5 {
            let log = log.at(2.0 + f64::from(second));
            log.record("meter", "reading", json!({ "import_mwh": 5000, "power_w": 7360 }));
            log.record("ocpp", "sent", json!({ "frame": [2, format!("{second}"), "Heartbeat", {}] }));
            log.record("ocpp", "received", json!({ "frame": [3, format!("{second}"), { "currentTime": "x" }] }));
        }
        log.at(9.0).record("contactor", "open", json!({}));
        log.record("meter", "reading", json!({ "import_mwh": 15500, "power_w": 0 }));
        let told: Vec<_> = chart(&log.events()).iter().map(Message::line).collect();
        assert_eq!(
            told,
            ["contactor closed", "5 meter readings", "5 heartbeats", "contactor open", "reading 15.5 Wh, 0 W"]
        );
    }

    #[test]
    fn the_board_tells_its_pilot_by_the_name_of_the_state() {
        let told = |data| {
            let log = story();
            log.record("board", "event", data);
            chart(&log.events())[0].line()
        };
        assert_eq!(
            told(json!({ "Pilot": { "state": "C", "pwm": true, "plug_in": { "boot": 7, "count": 1 } } })),
            "state C2"
        );
        assert_eq!(told(json!({ "Pilot": { "state": "B", "pwm": false, "plug_in": null } })), "state B1");
        assert_eq!(told(json!({ "Pilot": { "state": "E", "pwm": false } })), "state E");
        assert_eq!(told(json!({ "Cable": "A32" })), "Cable A32");
        assert_eq!(told(json!("ContactorClosed")), "ContactorClosed");
    }

    #[test]
    fn permitted_calls_samples_and_unknown_kinds_are_no_messages() {
        let log = story();
        log.record("bus", "call", json!({ "caller": "auth", "verb": "session.token", "allowed": true }));
        log.record("sample", "plot", json!({ "power_w": 1 }));
        log.record("teapot", "boils", json!(null));
        assert_eq!(chart(&log.events()), []);
        log.record("bus", "call", json!({ "caller": "display", "verb": "session.token", "allowed": false }));
        let [refused] = &chart(&log.events())[..] else { panic!("one message") };
        assert_eq!(refused.line(), "refused: display may not call session.token");
        assert_eq!(refused.kind, Kind::Trouble);
    }
}
