//! High-level communication: what car and charger say to each other by SLAC, SDP, DIN 70121 and ISO 15118-2.

use std::time::Duration;

use cucumber::{given, then, when};
use event_log::Event;
use iso15118::{Protocol, Spread};
use serde_json::Value;
use twin::Action;
use vehicle_model::hlc::Purpose;
use vehicle_model::{Action as Car, Matching, Speech};

use crate::lookout::Lookout;
use crate::parameters::{Count, JudgeRule, KindOfCurrent, ProtocolName, SideName, Time, V2gCode, V2gMessage};
use crate::stage::{Stage, told};

/// A charger with a modem that invites each car to speak: 5 % duty first.
#[given(expr = "a charger with high-level communication")]
fn charger_speaks(stage: &mut Stage) {
    stage.at_evse().plc = true;
    stage.told().pilot.digital_first = true;
}

/// The car speaks as its profile was measured, or as the standard has it, and takes such a current.
#[given(expr = "the car speaks {v2g_protocol} with {energy_kind}")]
fn car_speaks(stage: &mut Stage, protocol: ProtocolName, kind: KindOfCurrent) {
    speaks(stage, vec![protocol.0], kind);
}

/// All generations that its profile offers, in the order in which it does.
#[given(expr = "the car speaks what it can with {energy_kind}")]
fn car_speaks_anything(stage: &mut Stage, kind: KindOfCurrent) {
    speaks(stage, Vec::new(), kind);
}

/// It speaks nothing and reads the duty of the pilot: the rule.
#[given(expr = "the car does not speak")]
fn car_is_silent(stage: &mut Stage) {
    stage.at_evse().speech = None;
}

/// From the duty of 5 % to its CM_SLAC_PARM.REQ; cars take up to 10 s (TP_EV_SLAC_init), and some longer.
#[given(expr = "the car waits {duration} before it asks for a matching")]
fn matches_late(stage: &mut Stage, delay: Time) {
    stage.car_mut().pilot.matching_delay_ms = millis(delay);
}

/// From the match to its first question of SDP: a station waits 18 s (V2G_SECC_CommunicationSetup).
#[given(expr = "the car waits {duration} before it looks for the charger on the link")]
fn looks_late(stage: &mut Stage, delay: Time) {
    let at = millis(delay);
    match &mut stage.car_mut().evcc {
        Some(evcc) => evcc.match_to_sdp_ms = Some(Spread { median: at, min: at, max: at, count: 1 }),
        None => stage.misstated("nobody has measured how this car speaks: its search begins at once".into()),
    }
}

fn millis(time: Time) -> u64 {
    u64::try_from(time.0.as_millis()).unwrap_or(u64::MAX)
}

fn speaks(stage: &mut Stage, protocols: Vec<Protocol>, kind: KindOfCurrent) {
    stage.at_evse().speech =
        Some(Speech { kind: kind.0, protocols, purpose: Purpose::Charge, matching: Matching::Slac });
}

/// The rules of the wire that this side is meant to break here; every other one must be kept.
#[given(expr = "the rule {judge_rule} may be broken by the {side}")]
fn may_break(stage: &mut Stage, rule: JudgeRule, side: SideName) {
    stage.may_break(&rule.0, side.0);
}

/// The driver's app, or a timer in the car: it pauses the dialog, and may come back to it.
#[when(expr = "the car pauses")]
fn pauses(stage: &mut Stage) {
    stage.act(Action::Car(Car::Pause));
}

/// It goes to C for a moment, as a car does that wants to go on (ISO 15118-3, B-C-B).
#[when(expr = "the car wakes the charger")]
fn wakes(stage: &mut Stage) {
    stage.act(Action::Car(Car::WakeCharger));
}

/// It wants other parameters (ISO 15118-2).
#[when(expr = "the car negotiates again")]
fn negotiates(stage: &mut Stage) {
    stage.act(Action::Car(Car::Renegotiate));
}

/// What the charger noted of matching, link and dialog, since the last action or within that time.
fn is_noted(stage: &mut Stage, limit: Time, source: &'static str, kind: &'static str) {
    let mark = stage.mark_position();
    let mut lookout = Lookout::from(mark);
    stage.within(
        limit.0,
        |rig| lookout.event(rig.log(), |event| event.is(source, kind)),
        |rig| {
            let seen = told(rig, mark, |event| (event.source == source).then_some(event.kind.as_str()));
            format!("{source} never told {kind}; it told {seen}")
        },
    );
}

/// Not since the last action, nor for so long from now.
fn is_not_noted(stage: &mut Stage, time: Time, source: &'static str, kind: &'static str) {
    stage.pass(time.0);
    let holds = !stage.since_mark(|event| event.is(source, kind));
    stage.check(holds, || format!("{source} told {kind}"));
}

/// The charger gave its key to a car (CM_SLAC_MATCH.CNF).
#[then(expr = "within {duration} the modems are matched")]
fn matched(stage: &mut Stage, limit: Time) {
    is_noted(stage, limit, "slac", "matched");
}

/// No key went to any car.
#[then(expr = "for {duration} no modems are matched")]
fn not_matched(stage: &mut Stage, time: Time) {
    is_not_noted(stage, time, "slac", "matched");
}

/// No car asked for a matching in time (TT_EVSE_SLAC_init).
#[then(expr = "within {duration} the charger has waited in vain for a matching")]
fn not_heard(stage: &mut Stage, limit: Time) {
    is_noted(stage, limit, "slac", "not_heard");
}

/// A matching was begun and came to nothing.
#[then(expr = "within {duration} a matching has failed")]
fn match_failed(stage: &mut Stage, limit: Time) {
    is_noted(stage, limit, "slac", "failed");
}

/// Both modems are one network (D-LINK_READY).
#[then(expr = "within {duration} the data link is up")]
fn link_up(stage: &mut Stage, limit: Time) {
    is_noted(stage, limit, "slac", "link_up");
}

/// The car's modem left the network, or did not come into it.
#[then(expr = "within {duration} the data link is lost")]
fn link_lost(stage: &mut Stage, limit: Time) {
    is_noted(stage, limit, "slac", "link_lost");
}

/// The car has a connection to the charger.
#[then(expr = "within {duration} the car has connected")]
fn connected(stage: &mut Stage, limit: Time) {
    is_noted(stage, limit, "v2g", "opened");
}

/// The connection is closed, whoever closed it.
#[then(expr = "within {duration} the connection is closed")]
fn closed(stage: &mut Stage, limit: Time) {
    is_noted(stage, limit, "v2g", "closed");
}

/// Nobody connected in time after the data link was up (V2G_SECC_CommunicationSetup).
#[then(expr = "within {duration} the charger has waited in vain for a connection")]
fn not_connected(stage: &mut Stage, limit: Time) {
    is_noted(stage, limit, "sdp", "not_connected");
}

/// The car ended the dialog as one ends it.
#[then(expr = "within {duration} the dialog has ended")]
fn ended(stage: &mut Stage, limit: Time) {
    is_noted(stage, limit, "v2g", "ended");
}

/// The car paused, and may come back.
#[then(expr = "within {duration} the dialog is paused")]
fn paused(stage: &mut Stage, limit: Time) {
    is_noted(stage, limit, "v2g", "paused");
}

/// The dialog came to nothing, and the charger knows whose fault that is.
#[then(expr = "within {duration} the dialog has failed because of the {side}")]
fn failed(stage: &mut Stage, limit: Time, side: SideName) {
    let mark = stage.mark_position();
    let mut lookout = Lookout::from(mark);
    let failed = move |event: &Event| event.is("v2g", "failed") && event.text("fault") == side.in_the_log();
    stage.within(
        limit.0,
        |rig| lookout.event(rig.log(), failed),
        |rig| {
            let seen = told(rig, mark, |event| event.is("v2g", "failed").then(|| event.text("why")));
            format!("it did not fail so; why it failed: {seen}")
        },
    );
}

/// Nothing failed: neither since the last action nor for so long from now.
#[then(expr = "for {duration} the dialog does not fail")]
fn does_not_fail(stage: &mut Stage, time: Time) {
    stage.pass(time.0);
    let mark = stage.mark_position();
    let holds = !stage.since_mark(|event| event.is("v2g", "failed"));
    let why = told(stage.rig(), mark, |event| event.is("v2g", "failed").then(|| event.text("why")));
    stage.check(holds, || format!("it failed: {why}"));
}

/// That generation was agreed on.
#[then(expr = "within {duration} car and charger speak {v2g_protocol}")]
fn speak(stage: &mut Stage, limit: Time, protocol: ProtocolName) {
    let mark = stage.mark_position();
    let mut lookout = Lookout::from(mark);
    stage.within(
        limit.0,
        |rig| {
            lookout.event(rig.log(), |event| event.is("v2g", "agreed") && event.text("protocol") == protocol.0.name())
        },
        |rig| {
            let seen = told(rig, mark, |event| event.is("v2g", "agreed").then(|| event.text("protocol")));
            format!("agreed on was {seen}")
        },
    );
}

fn is_message<'a>(name: &'a str) -> impl Fn(&Event) -> bool + use<'a> {
    move |event| event.is("v2g", "message") && event.text("name") == name
}

/// Since the last action, or within that time from now.
#[then(expr = "within {duration} {v2g_message} is said")]
fn said(stage: &mut Stage, limit: Time, name: V2gMessage) {
    let mark = stage.mark_position();
    let mut lookout = Lookout::from(mark);
    stage.within(
        limit.0,
        |rig| lookout.event(rig.log(), is_message(&name.0)),
        |rig| {
            let seen = told(rig, mark, |event| event.is("v2g", "message").then(|| event.text("name")));
            format!("{} was not said; said was {seen}", name.0)
        },
    );
}

/// Neither since the last action nor for so long from now.
#[then(expr = "for {duration} no {v2g_message} is said")]
fn not_said(stage: &mut Stage, time: Time, name: V2gMessage) {
    stage.pass(time.0);
    let holds = !stage.since_mark(is_message(&name.0));
    stage.check(holds, || format!("{} was said", name.0));
}

/// In the whole scenario.
#[then(expr = "{v2g_message} was said {count} times")]
fn said_times(stage: &mut Stage, name: V2gMessage, wanted: Count) {
    let times = stage.count(wanted.0 as usize, is_message(&name.0));
    stage.check(times == wanted.0 as usize, || format!("{} was said {times} times", name.0));
}

/// A response with that code, since the last action or within that time.
#[then(expr = "within {duration} {v2g_message} says {v2g_code}")]
fn says_code(stage: &mut Stage, limit: Time, name: V2gMessage, code: V2gCode) {
    has_field(stage, limit.0, &name.0, "ResponseCode", &code.0);
}

/// A field of a message has that value, since the last action or within that time. Fields in fields have dots between:
/// `DC_EVSEStatus.EVSEStatusCode`.
#[then(expr = "within {duration} {v2g_message} has {string} as {string}")]
fn has(stage: &mut Stage, limit: Time, name: V2gMessage, path: String, value: String) {
    has_field(stage, limit.0, &name.0, &path, &value);
}

/// In the whole scenario; a message without that field is told.
#[then(expr = "{v2g_message} always had {string} as {string}")]
fn always_had(stage: &mut Stage, name: V2gMessage, path: String, value: String) {
    let mut seen = Vec::new();
    let others = values(stage, 0, &name.0, &path, |found| {
        seen.push(found.to_owned());
        found != value
    });
    stage.check(!seen.is_empty(), || format!("{} was never said", name.0));
    stage.check(others == 0, || format!("{path} of {} was {}", name.0, in_a_row(&seen)));
}

/// In the whole scenario; the message was said, and has that field.
#[then(expr = "{v2g_message} never had {string} as {string}")]
fn never_had(stage: &mut Stage, name: V2gMessage, path: String, value: String) {
    let mut seen = Vec::new();
    let such = values(stage, 0, &name.0, &path, |found| {
        seen.push(found.to_owned());
        found == value
    });
    // A field that no message has never has any value.
    stage.check(seen.iter().any(|text| !text.is_empty()), || format!("{} was never said with {path}", name.0));
    stage.check(such == 0, || format!("{path} of {} was {}", name.0, in_a_row(&seen)));
}

/// How many messages of that name have something at the path that `counts`; what is not there is no text.
fn values(stage: &mut Stage, from: usize, name: &str, path: &str, mut counts: impl FnMut(&str) -> bool) -> usize {
    let now = stage.rig().now();
    stage.holds(|rig| rig.has_told(now));
    stage.rig().log().with(from, |events| {
        let messages = events.filter(|event| is_message(name)(event));
        messages.filter(|event| counts(&text_at(event, name, path).unwrap_or_default())).count()
    })
}

fn has_field(stage: &mut Stage, limit: Duration, name: &str, path: &str, wanted: &str) {
    let mark = stage.mark_position();
    let mut lookout = Lookout::from(mark);
    let is_so = |event: &Event| is_message(name)(event) && text_at(event, name, path).as_deref() == Some(wanted);
    stage.within(
        limit,
        |rig| lookout.event(rig.log(), is_so),
        |rig| {
            let seen: Vec<String> = rig.log().with(mark, |events| {
                let messages = events.filter(|event| is_message(name)(event));
                messages.map(|event| text_at(&event, name, path).unwrap_or_else(|| "(absent)".into())).collect()
            });
            if seen.is_empty() {
                let said = told(rig, mark, |event| event.is("v2g", "message").then(|| event.text("name")));
                return format!("{name} was not said; said was {said}");
            }
            format!("{path} of {name} was {}", in_a_row(&seen))
        },
    );
}

/// Values one after the other, each once as long as it stays.
fn in_a_row(seen: &[String]) -> String {
    let mut row: Vec<&str> = seen.iter().map(String::as_str).collect();
    row.dedup();
    row.join(", ")
}

/// What stands at a path in the element of a message.
fn text_at(event: &Event, name: &str, path: &str) -> Option<String> {
    let data = event.data.parse();
    let mut value = element(&data["message"], name)?;
    for part in path.split('.') {
        value = match part.parse::<usize>() {
            Ok(place) => value.get(place)?,
            Err(_) => value.get(part)?,
        };
    }
    Some(match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// The element of that name, however deep it stands.
fn element<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(fields) => fields.get(name).or_else(|| fields.values().find_map(|below| element(below, name))),
        Value::Array(items) => items.iter().find_map(|below| element(below, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
