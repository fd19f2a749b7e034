//! What can happen in a run, as sentences name it: at one instant, or more than once.

use std::str::FromStr;

use cucumber::Parameter;
use event_log::Event;
use serde_json::Value;

use super::Words;
use super::alternatives::{expression, length, phrases, text};
use super::nearest::one_of;
use super::words::{EventName, FaultName, State, event_kinds};

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
            check(kind, word)?;
            return Ok(Self { text: text.into(), word: word.into(), is: *is });
        }
        let phrases: Vec<&str> = table.iter().map(|(phrase, _)| *phrase).collect();
        one_of(what, &phrases, text).and(Err(format!("there is no {what} {text:?}")))
    }

    fn is(&self, event: &Event) -> bool {
        (self.is)(event, &self.word)
    }

    /// Whether only an EVSE with a supply of direct current and its monitor can have it.
    fn is_of_supply(&self) -> bool {
        self.text.starts_with("supply") || self.text.contains("insulation") || is_fault_of_supply(&self.word)
    }
}

/// Whether a word in a phrase is of that kind.
fn check(kind: &str, word: &str) -> Result<(), String> {
    match kind {
        EventName::NAME => word.parse::<EventName>().map(drop),
        FaultName::NAME => word.parse::<FaultName>().map(drop),
        State::NAME => word.parse::<State>().map(drop),
        "transaction_event" => one_of("kind of TransactionEvent", &event_kinds(), word).map(drop),
        _ => Err(format!("no phrase has a word of the kind {kind:?}")),
    }
}

/// Whether only an EVSE with a supply of direct current and its monitor can have that fault.
fn is_fault_of_supply(fault: &str) -> bool {
    matches!(fault, "InsulationFault" | "InsulationMonitorLost" | "SupplyLost")
}

impl FaultName {
    /// Whether only an EVSE with a supply of direct current and its monitor can have it.
    pub(crate) fn is_of_supply(&self) -> bool {
        is_fault_of_supply(&self.0)
    }
}

/// Something that happens at one instant.
#[derive(Clone, Debug)]
pub(crate) struct Moment(Sought);

impl Moment {
    /// Whether that is it.
    pub(crate) fn is(&self, event: &Event) -> bool {
        self.0.is(event)
    }

    /// As the feature says it.
    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether only an EVSE with a supply of direct current and its monitor can have it.
    pub(crate) fn is_of_supply(&self) -> bool {
        self.0.is_of_supply()
    }
}

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

impl Happenings {
    /// Whether that is one of them.
    pub(crate) fn is(&self, event: &Event) -> bool {
        self.0.is(event)
    }

    /// As the feature says it.
    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether only an EVSE with a supply of direct current and its monitor can have it.
    pub(crate) fn is_of_supply(&self) -> bool {
        self.0.is_of_supply()
    }
}

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
