//! Measurements: every one is recorded with its limits and verdict, and fails the scenario when it is outside of them.

use std::str::FromStr;
use std::time::Duration;

use cucumber::{Parameter, then};
use event_log::Event;
use serde_json::Value;

use crate::lookout::Lookout;
use crate::measurement::{Limits, Measured, Quantity, Reading};
use crate::parameters::{Count, FaultName, Kind, Time, Words, expression, length, one_of, phrases, text};
use crate::rig::Rig;
use crate::stage::{Stage, human};

/// Whether an event is what a phrase says; the text is the word in the phrase, where it has one.
type Is = fn(&Event, &str) -> bool;

/// Every moment, and the event that it is.
const MOMENTS: [(&str, Is); 17] = [
    ("the contactor closes", |event, _| event.is("contactor", "closed")),
    ("the contactor opens", |event, _| event.is("contactor", "open")),
    ("the pilot is in state {state}", |event, state| event.is("cp", "state") && event.text("state").starts_with(state)),
    ("the pilot carries a PWM", |event, _| event.is("cp", "signal") && event.text("signal").starts_with("PWM")),
    ("the pilot carries no PWM", |event, _| event.is("cp", "signal") && !event.text("signal").starts_with("PWM")),
    ("the pilot signal is F", |event, _| event.is("cp", "signal") && event.text("signal") == "F"),
    ("power is permitted", |event, _| is_permission(event, true)),
    ("power is withdrawn", |event, _| is_permission(event, false)),
    ("the board reports the contactor closed", |event, _| {
        event.is("board", "event") && event.data == "ContactorClosed"
    }),
    ("the board reports the contactor open", |event, _| event.is("board", "event") && event.data == "ContactorOpened"),
    ("the fault {fault} is detected", |event, fault| event.is("fault", "detected") && event.text("what") == fault),
    ("the fault {fault} is cleared", |event, fault| event.is("fault", "cleared") && event.text("what") == fault),
    ("the session event {event} is seen", |event, name| event.is("session", "event") && event.text("name") == name),
    ("the lock holds the plug", |event, _| event.is("lock", "position") && event.text("position") == "Locked"),
    ("the lock frees the plug", |event, _| event.is("lock", "position") && event.text("position") == "Unlocked"),
    ("the insulation monitor has tested itself", |event, _| event.is("insulation", "tested")),
    ("the CSMS is told {transaction_event}", is_transaction_event),
];

/// Everything that can happen more than once, and the events that it is.
const HAPPENINGS: [(&str, Is); 17] = [
    ("contactor closings", |event, _| event.is("contactor", "closed")),
    ("contactor openings", |event, _| event.is("contactor", "open")),
    ("reported closings", |event, _| event.is("board", "event") && event.data == "ContactorClosed"),
    ("reported openings", |event, _| event.is("board", "event") && event.data == "ContactorOpened"),
    ("pilot state changes", |event, _| event.is("cp", "state")),
    ("reports of state {state}", |event, state| event.is("board", "event") && event.data["Pilot"]["state"] == state),
    ("pulses of state F", |event, _| event.is("cp", "signal") && event.text("signal") == "F"),
    ("permissions", |event, _| is_permission(event, true)),
    ("refusals of power", |event, _| is_permission(event, false)),
    ("detected faults", |event, _| event.is("fault", "detected")),
    ("sessions", |event, _| event.is("session", "event") && event.text("name") == "SessionStarted"),
    ("transactions", |event, _| is_transaction_event(event, "Started")),
    ("lock movements", |event, _| event.is("lock", "drive")),
    ("meter values", |event, _| transaction_event(event).is_some_and(|told| told["meterValue"].is_array())),
    ("supply readings", |event, _| event.is("supply", "reading")),
    ("insulation readings", |event, _| event.is("insulation", "reading")),
    ("insulation values", |event, _| event.is("insulation", "reading") && !event.data["resistance_ohm"].is_null()),
];

fn is_permission(event: &Event, allow: bool) -> bool {
    event.is("board", "command") && event.data["allow_power"] == allow
}

fn is_transaction_event(event: &Event, kind: &str) -> bool {
    transaction_event(event).is_some_and(|told| told["eventType"] == kind)
}

/// A phrase of one of the tables, with its word.
#[derive(Clone, Debug)]
struct Sought {
    text: String,
    word: String,
    is: Is,
}

impl Sought {
    /// Finds a phrase in a table; a word in it must be one of its kind.
    fn find(what: &str, table: &[(&'static str, Is)], text: &str) -> Result<Self, String> {
        for (phrase, is) in table {
            let Some((start, rest)) = phrase.split_once('{') else {
                if *phrase == text {
                    return Ok(Self { text: text.into(), word: String::new(), is: *is });
                }
                continue;
            };
            let (kind, end) = rest.split_once('}').unwrap_or((rest, ""));
            let word = text.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
            let Some(word) = word.filter(|word| !word.contains(' ')) else { continue };
            if let Some(kind) = Kind::named(kind) {
                kind.check(word)?;
            }
            return Ok(Self { text: text.into(), word: word.into(), is: *is });
        }
        let phrases: Vec<&str> = table.iter().map(|(phrase, _)| *phrase).collect();
        one_of(what, &phrases, text).and(Err(format!("there is no {what} {text:?}")))
    }

    fn is(&self, event: &Event) -> bool {
        (self.is)(event, &self.word)
    }
}

/// Something that happens at one instant.
#[derive(Clone, Debug)]
pub(crate) struct Moment(Sought);

const MOMENT_PHRASES: [&str; MOMENTS.len()] = phrases(&MOMENTS);
const MOMENT_EXPRESSION: [u8; length(&MOMENT_PHRASES)] = expression(&MOMENT_PHRASES);

impl Parameter for Moment {
    const NAME: &'static str = "moment";
    const REGEX: &'static str = text(&MOMENT_EXPRESSION);
}

impl Words for Moment {
    fn words() -> Vec<&'static str> {
        MOMENT_PHRASES.to_vec()
    }
}

impl FromStr for Moment {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Sought::find("moment", &MOMENTS, text).map(Self)
    }
}

/// Something that can happen more than once.
#[derive(Clone, Debug)]
pub(crate) struct Happenings(Sought);

const HAPPENING_PHRASES: [&str; HAPPENINGS.len()] = phrases(&HAPPENINGS);
const HAPPENING_EXPRESSION: [u8; length(&HAPPENING_PHRASES)] = expression(&HAPPENING_PHRASES);

impl Parameter for Happenings {
    const NAME: &'static str = "happenings";
    const REGEX: &'static str = text(&HAPPENING_EXPRESSION);
}

impl Words for Happenings {
    fn words() -> Vec<&'static str> {
        HAPPENING_PHRASES.to_vec()
    }
}

impl FromStr for Happenings {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Sought::find("happenings", &HAPPENINGS, text).map(Self)
    }
}

/// The payload of a TransactionEvent that was sent.
fn transaction_event(event: &Event) -> Option<&Value> {
    let frame = event.is("ocpp", "sent").then(|| event.data["frame"].as_array()).flatten()?;
    frame.get(2).is_some_and(|action| action == "TransactionEvent").then(|| frame.get(3)).flatten()
}

/// Records it; fails the scenario when it is outside of its limits.
fn judge(stage: &mut Stage, quantity: &str, limits: &Limits, reading: &Reading) {
    if let Err(why) = stage.measured(quantity, limits, reading) {
        stage.fail(why);
    }
}

fn fits(stage: &Stage, fit: Result<(), String>) {
    if let Err(why) = fit {
        stage.misstated(why);
    }
}

/// Now: told by the charger itself, or by an instrument.
fn shown(rig: &mut dyn Rig, quantity: Quantity) -> Result<f64, String> {
    quantity.told(rig.log()).map_or_else(|| rig.measure(quantity), Ok)
}

/// Measured now, recorded with its limits, failed outside of them; not measured where the rig has no instrument for it. What the
/// charger tells of itself may still be on its way.
#[then(expr = "the {quantity} is {limits}")]
fn now(stage: &mut Stage, quantity: Measured, limits: Limits) {
    fits(stage, quantity.fits(&limits));
    if quantity.0.told(stage.rig().log()).is_some() {
        stage.holds(|rig| quantity.0.told(rig.log()).is_some_and(|told| limits.margin(told) >= 0.0));
    }
    let reading = Reading::of(quantity.0, shown(stage.rig(), quantity.0));
    judge(stage, quantity.0.name(), &limits, &reading);
}

/// Measured at every instant; recorded is the value that comes nearest to a limit, or is farthest outside.
#[then(expr = "for {duration} the {quantity} stays {limits}")]
fn stays(stage: &mut Stage, time: Time, quantity: Measured, limits: Limits) {
    fits(stage, quantity.fits(&limits));
    let mut worst = Reading::of(quantity.0, shown(stage.rig(), quantity.0));
    if let Reading::Value { value, .. } = &mut worst {
        let mut nothing = false;
        stage.wait(time.0, |rig| {
            let shown = shown(rig, quantity.0).unwrap_or(f64::NAN);
            nothing |= !shown.is_finite();
            if limits.margin(shown) < limits.margin(*value) {
                *value = shown;
            }
            nothing
        });
        if nothing {
            worst = Reading::Nothing(format!("there was no {} to be measured", quantity.0));
        }
    }
    judge(stage, quantity.0.name(), &limits, &worst);
}

/// Where in the log, and when, the first such event from there on is.
fn find(stage: &mut Stage, from: usize, moment: &Moment) -> Option<(usize, f64)> {
    let first = stage.rig().log().first().max(from);
    stage.rig().log().with(from, |events| {
        let found = events.zip(first..).find(|(event, _)| moment.0.is(event))?;
        Some((found.1, found.0.t.as_secs_f64()))
    })
}

/// As above, waiting for it.
fn await_moment(stage: &mut Stage, from: usize, moment: &Moment, patience: Duration) -> Option<(usize, f64)> {
    let mut lookout = Lookout::from(from);
    stage.wait(patience, |rig| lookout.event(rig.log(), |event| moment.0.is(event)));
    find(stage, from, moment)
}

fn reaction(stage: &mut Stage, name: &str, begin: Option<&Moment>, end: &Moment, limits: &Limits) {
    fits(stage, limits.fit("s", f64::NEG_INFINITY));
    let (mark, marked_at) = stage.marked();
    let patience = limits.patience();
    let begun = match begin {
        None => Some((mark, marked_at.as_secs_f64())),
        Some(moment) => await_moment(stage, mark, moment, patience).map(|(place, at)| (place + 1, at)),
    };
    let tolerance = stage.rig().resolution().as_secs_f64();
    let by_hand = stage.by_hand().filter(|_| begin.is_none());
    let reading = match begun {
        None => Reading::Nothing(format!("{} was not seen", begin.map_or("", |moment| &moment.0.text))),
        Some((from, begun)) => match await_moment(stage, from, end, patience) {
            Some((_, at)) => by_hand.map_or(Reading::Value { value: at - begun, tolerance }, Reading::NotMeasured),
            None => Reading::Nothing(format!("{} was not seen within {}", end.0.text, human(patience))),
        },
    };
    judge(stage, name, limits, &reading);
}

/// From the last action, in the rig's clock; waits for it.
#[then(expr = "the time until {moment} is {limits}")]
fn time_until(stage: &mut Stage, end: Moment, limits: Limits) {
    reaction(stage, &format!("time until {}", end.0.text), None, &end, &limits);
}

/// From the last action until a quantity is within limits, for which it waits; recorded is the time.
#[then(expr = "the time until the {quantity} is {limits} is {limits}")]
fn time_until_within(stage: &mut Stage, quantity: Measured, goal: Limits, limits: Limits) {
    fits(stage, quantity.fits(&goal).and_then(|()| limits.fit("s", f64::NEG_INFINITY)));
    let (_, marked_at) = stage.marked();
    let patience = limits.patience();
    let mut obstacle = shown(stage.rig(), quantity.0).err();
    let there = obstacle.is_none()
        && stage.wait(patience, |rig| match shown(rig, quantity.0) {
            Ok(value) => value.is_finite() && goal.margin(value) >= 0.0,
            Err(why) => {
                obstacle = Some(why);
                true
            }
        });
    let at = stage.rig().now();
    let reading = match obstacle.or_else(|| stage.by_hand().filter(|_| there)) {
        Some(why) => Reading::NotMeasured(why),
        None if there => {
            let tolerance = stage.rig().resolution().as_secs_f64();
            Reading::Value { value: (at - marked_at).as_secs_f64(), tolerance }
        }
        None => Reading::Nothing(format!("the {} was not {goal} within {}", quantity.0, human(patience))),
    };
    judge(stage, &format!("time until the {} is {goal}", quantity.0), &limits, &reading);
}

/// From the first such moment since the last action to the first one of the other kind after it; waits for both.
#[then(expr = "the time from {moment} until {moment} is {limits}")]
fn time_between(stage: &mut Stage, begin: Moment, end: Moment, limits: Limits) {
    reaction(stage, &format!("time from {} until {}", begin.0.text, end.0.text), Some(&begin), &end, &limits);
}

/// Since the last action.
#[then(expr = "the number of {happenings} is {limits}")]
fn number(stage: &mut Stage, what: Happenings, limits: Limits) {
    fits(stage, limits.fit("", 0.0));
    let (mark, _) = stage.marked();
    let mut count = 0.0;
    stage.holds(|rig| {
        count = rig.log().with(mark, |events| events.filter(|event| what.0.is(event)).count()) as f64;
        limits.margin(count) >= 0.0
    });
    let counted = Reading::Value { value: count, tolerance: 0.0 };
    let reading = stage.forgotten(mark).map_or(counted, Reading::NotMeasured);
    judge(stage, &format!("number of {}", what.0.text), &limits, &reading);
}

/// Since the last action, between the first and the last of them.
#[then(expr = "the rate of {happenings} is {limits}")]
fn rate(stage: &mut Stage, what: Happenings, limits: Limits) {
    fits(stage, limits.fit("Hz", 0.0));
    let (mark, _) = stage.marked();
    stage.holds(|_| true);
    let times: Vec<f64> = stage
        .rig()
        .log()
        .with(mark, |events| events.filter(|event| what.0.is(event)).map(|event| event.t.as_secs_f64()).collect());
    let blur = stage.rig().resolution().as_secs_f64();
    let reading = match (times.first(), times.last()) {
        (Some(first), Some(last)) if last > first => {
            let rate = (times.len() - 1) as f64 / (last - first);
            Reading::Value { value: rate, tolerance: rate * blur / (last - first) }
        }
        _ => Reading::Nothing(format!("there were {} {}", times.len(), what.0.text)),
    };
    judge(stage, &format!("rate of {}", what.0.text), &limits, &reading);
}

/// The number in the list of minimum required error codes, of the last such fault.
#[then(expr = "the fault {fault} has the number MREC {count}")]
fn mrec(stage: &mut Stage, fault: FaultName, number: Count) {
    let (wanted, mut told) = (Value::from(number.0), None);
    let holds = stage.holds(|rig| {
        told = rig
            .log()
            .latest("fault", "detected", |event| (event.text("what") == fault.0).then(|| event.data["mrec"].clone()));
        told.as_ref() == Some(&wanted)
    });
    stage.check(holds, || match &told {
        Some(Value::Null) => "it has no number".into(),
        Some(told) => format!("its number is {told}"),
        None => format!("{} was not detected", fault.0),
    });
}
