//! What the CSMS was told of the station's problems.
//!
//! There is one entry for each problem that a part can have, so what waits here is bounded by the parts; it is not kept over a
//! restart, after which every device is found or missed again. A problem that came and went while the CSMS was away is not
//! told: it is told how things are.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use units::{EvseId, Instant};

use crate::clock::WallClock;
use crate::problem::payload;
use session::words::{Component, Problem};

/// Names a problem: where, the part, and which of its problems.
pub(super) type Key = (EvseId, Component, &'static str);

#[derive(Debug)]
struct Entry {
    detail: Option<String>,
    at: Instant,
    /// Whether the CSMS believes that it is there.
    told: bool,
}

/// The problems of the station.
#[derive(Debug, Default)]
pub(super) struct Problems {
    entries: BTreeMap<Key, Entry>,
    events: i32,
}

impl Problems {
    /// The most characters of `techInfo`.
    const TECH_INFO: usize = 500;

    /// A problem began or ended.
    pub(super) fn note(&mut self, problem: Problem) {
        let Problem { evse, component, code, detail, at } = problem;
        let key = (evse, component, code);
        let told = self.entries.get(&key).is_some_and(|entry| entry.told);
        if detail.is_none() && !told {
            self.entries.remove(&key);
        } else {
            self.entries.insert(key, Entry { detail, at, told });
        }
    }

    /// The next one of which the CSMS believes something else than is.
    pub(super) fn next(&self) -> Option<Key> {
        self.entries.iter().find(|(_, entry)| entry.detail.is_some() != entry.told).map(|(key, _)| *key)
    }

    /// The CSMS will know of it (N07.FR.06): the payload of the NotifyEvent. `None` when there is nothing to tell of it.
    pub(super) fn tell(&mut self, now: Instant, clock: &WallClock, key: Key) -> Option<Value> {
        let (evse, component, code) = key;
        let entry = self.entries.get_mut(&key)?;
        entry.told = entry.detail.is_some();
        let (detail, at) = (entry.detail.clone(), entry.at);
        if detail.is_none() {
            self.entries.remove(&key);
        }
        let same = |(at, other, _): &Key| (*at, *other) == (evse, component);
        let left = self.entries.iter().any(|(key, entry)| same(key) && entry.detail.is_some());
        let mut event = json!({
            "eventId": self.events,
            "timestamp": clock.stamp(at),
            "trigger": "Alerting",
            "actualValue": if left { "true" } else { "false" },
            "techCode": code,
            "eventNotificationType": "HardWiredNotification",
            "component": payload(component, evse),
            "variable": { "name": "Problem" },
        });
        match detail {
            Some(detail) => event["techInfo"] = json!(shortened(&detail)),
            None => event["cleared"] = json!(true),
        }
        self.events = self.events.wrapping_add(1) & i32::MAX;
        Some(json!({ "generatedAt": clock.stamp(now), "seqNo": 0, "tbc": false, "eventData": [event] }))
    }

    /// Whether the CSMS got it is not known: it is told again.
    pub(super) fn untold(&mut self, key: Key) {
        match self.entries.get_mut(&key) {
            Some(entry) => entry.told = entry.detail.is_none(),
            // It had ended, and that was not heard: at the same time it is not there and believed to be.
            None => {
                self.entries.insert(key, Entry { detail: None, at: Instant::ZERO, told: true });
            }
        }
    }
}

/// As much of a text as a message may carry.
fn shortened(text: &str) -> &str {
    match text
        .char_indices()
        .map(|(at, sign)| at + sign.len_utf8())
        .take_while(|end| *end <= Problems::TECH_INFO)
        .last()
    {
        Some(end) => &text[..end],
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(component: Component, code: &'static str, detail: Option<&str>) -> Problem {
        let at = Instant::from_millis(1_000);
        Problem { evse: EvseId::FIRST, component, code, detail: detail.map(Into::into), at }
    }

    /// Everything that there is to tell, each checked against its schema.
    fn told(problems: &mut Problems) -> Vec<String> {
        let clock = WallClock::new(0);
        std::iter::from_fn(|| {
            let key = problems.next()?;
            let payload = problems.tell(Instant::from_millis(2_000), &clock, key)?;
            assert_eq!(crate::schema::request("NotifyEvent", &payload), Some(Ok(())), "{payload}");
            let event = &payload["eventData"][0];
            Some(format!("{} {} {}", event["techCode"], event["actualValue"], event["cleared"]))
        })
        .collect()
    }

    #[test]
    fn each_problem_is_told_when_it_begins_and_when_it_ends() {
        let mut problems = Problems::default();
        problems.note(problem(Component::TokenReader, "TokenReaderLost", Some("no answer")));
        problems.note(problem(Component::FiscalMetering, "MeterLost", Some("no answer")));
        problems.note(problem(Component::FiscalMetering, "MeterImplausible", Some("a register fell")));
        assert_eq!(
            told(&mut problems),
            ["\"MeterImplausible\" \"true\" null", "\"MeterLost\" \"true\" null", "\"TokenReaderLost\" \"true\" null"]
        );
        assert!(told(&mut problems).is_empty());
        problems.note(problem(Component::FiscalMetering, "MeterLost", None));
        assert_eq!(told(&mut problems), ["\"MeterLost\" \"true\" true"], "the part has another problem still");
        problems.note(problem(Component::FiscalMetering, "MeterImplausible", None));
        assert_eq!(told(&mut problems), ["\"MeterImplausible\" \"false\" true"]);
        assert!(problems.entries.contains_key(&(EvseId::FIRST, Component::TokenReader, "TokenReaderLost")));
        assert_eq!(problems.entries.len(), 1, "what is over is forgotten");
    }

    #[test]
    fn what_came_and_went_unheard_is_not_told_and_what_was_not_heard_is_told_again() {
        let mut problems = Problems::default();
        let reader = (EvseId::FIRST, Component::TokenReader, "TokenReaderLost");
        problems.note(problem(reader.1, reader.2, Some("no answer")));
        problems.note(problem(reader.1, reader.2, None));
        assert!(told(&mut problems).is_empty());
        problems.note(problem(reader.1, reader.2, Some("no answer")));
        assert_eq!(told(&mut problems).len(), 1);
        problems.untold(reader);
        assert_eq!(told(&mut problems).len(), 1);
        problems.note(problem(reader.1, reader.2, None));
        assert_eq!(told(&mut problems).len(), 1);
        problems.untold(reader);
        assert_eq!(told(&mut problems), ["\"TokenReaderLost\" \"false\" true"]);
        problems.untold(reader);
        problems.note(problem(reader.1, reader.2, Some("no answer")));
        assert!(told(&mut problems).is_empty(), "the CSMS believes that it is there, and it is");
    }

    #[test]
    fn a_long_story_is_cut_between_two_signs() {
        let mut problems = Problems::default();
        problems.note(problem(Component::Display, "PanelLost", Some(&"ä".repeat(700))));
        assert_eq!(told(&mut problems).len(), 1);
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&"x".repeat(501)).len(), 500);
    }
}
