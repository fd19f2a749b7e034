//! What is to be known of a conversation before any detail.

use event_log::Event;
use serde_json::Value;

use super::{Timing, at, is_of_talk};
use crate::escape::cut;
use crate::format::count;
use crate::value::field;

/// A conversation of a car with a station, in short.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conversation {
    /// The generations that were spoken, and how energy was to be transferred: a word each.
    pub words: Vec<String>,
    /// Names and values: who talked, how it ended.
    pub facts: Vec<(&'static str, String)>,
    /// How long each took.
    pub timing: Timing,
}

/// The fields that tell who and what, wherever they stand.
const FIELDS: [(&str, &str); 8] = [
    ("EVCCID", "car"),
    ("EVSEID", "EVSE"),
    ("SelectedPaymentOption", "payment"),
    ("SelectedAuthorizationService", "authorization"),
    ("RequestedEnergyTransferMode", "mode"),
    ("EVRequestedEnergyTransferType", "mode"),
    ("EVErrorCode", "car's error"),
    ("ResponseCode", "failed with"),
];

/// The conversation that the events tell of, if there was one.
pub(crate) fn conversation(events: &[Event]) -> Option<Conversation> {
    let mut told = Conversation::default();
    let (mut messages, mut slac, mut seen) = (0, 0, false);
    for event in events.iter().filter(|event| is_of_talk(event)) {
        seen = true;
        let data = event.data.parse();
        match (event.source.as_str(), event.kind.as_str()) {
            ("slac", _) => slac += 1,
            ("v2g", "message") => {
                messages += 1;
                told.message(&data);
            }
            ("v2g", "tls") => told.word("TLS"),
            ("v2g", "closed") => {
                let reset = data.get("reset") == Some(&Value::Bool(true));
                let how = if reset { "reset" } else { "closed" };
                let end = field(&data, "by").map_or_else(|| "not seen".into(), |by| format!("{how} by the {by}"));
                told.fact("end", end);
            }
            _ => {}
        }
    }
    if !seen {
        return None;
    }
    told.facts.insert(0, ("said", count(messages, "message")));
    if slac > 0 {
        told.facts.insert(1, ("power line", count(slac, "frame")));
    }
    told.timing = Timing::of(events);
    Some(told)
}

impl Conversation {
    fn message(&mut self, data: &Value) {
        if let Some(protocol) = field(data, "protocol").filter(|protocol| protocol != "sap") {
            self.word(&protocol);
        }
        if let Some(session) = field(data, "session").filter(|session| session.bytes().any(|digit| digit != b'0')) {
            self.fact("session", session);
        }
        let message = data.get("message").unwrap_or(&Value::Null);
        for (name, fact) in FIELDS {
            let Some(value) = at(message, name).and_then(Value::as_str) else { continue };
            match name {
                "EVErrorCode" if value == "NO_ERROR" => {}
                "ResponseCode" if !value.starts_with("FAILED") => {}
                "RequestedEnergyTransferMode" | "EVRequestedEnergyTransferType" => self.word(value),
                _ => self.fact(fact, value.into()),
            }
        }
    }

    /// A word is told once, and no more than a handful.
    fn word(&mut self, word: &str) {
        let word = cut(word, 40);
        if self.words.len() < 8 && !self.words.contains(&word) {
            self.words.push(word);
        }
    }

    /// The last value of a fact is told.
    fn fact(&mut self, name: &'static str, value: String) {
        let value = cut(&value, 60);
        match self.facts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.facts.push((name, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{charge, v2g_charge};

    #[test]
    fn who_talked_and_how_it_ended_is_told_first() {
        let told = conversation(&v2g_charge().events()).expect("a conversation");
        assert_eq!(told.words, ["iso2", "DC_extended"]);
        assert_eq!(
            told.facts,
            [
                ("said", "92 messages".to_owned()),
                ("power line", "7 frames".into()),
                ("session", "CF11ED7FAF5BFCFF".into()),
                ("end", "reset by the station".into()),
            ]
        );
        assert_eq!(conversation(&charge().events()), None);
    }
}
