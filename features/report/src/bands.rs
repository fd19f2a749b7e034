//! What lasted, beside the curves: a band for each subject, in it the stretches between changes.

use std::collections::BTreeSet;

use event_log::Event;
use serde_json::Value;
use units::Instant;

use crate::escape::cut;
use crate::value::field;

/// What a band is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Subject {
    /// The states of the pilot.
    Pilot,
    /// When the contactor was closed.
    Contactor,
    /// When the lock held the plug.
    Lock,
    /// Whose limit held.
    Limit,
    /// What car and station were busy with.
    Talk,
    /// Which faults were there.
    Faults,
}

impl Subject {
    /// Every band, from top to bottom.
    const ALL: [Self; 6] = [Self::Pilot, Self::Contactor, Self::Lock, Self::Limit, Self::Talk, Self::Faults];

    /// Its name beside the band.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pilot => "Pilot state",
            Self::Contactor => "Contactor",
            Self::Lock => "Lock",
            Self::Limit => "Limit by",
            Self::Talk => "Exchange",
            Self::Faults => "Faults",
        }
    }
}

/// A state that lasted.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Since when.
    pub from: Instant,
    /// Until when.
    pub to: Instant,
    /// What.
    pub label: String,
}

/// One band; it has at least one span.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// What it is about.
    pub subject: Subject,
    /// The stretches, in the order of time, at most 300 of them.
    pub spans: Vec<Span>,
}

/// The bands in which anything lasted.
pub(crate) fn bands(events: &[Event], end: Instant) -> Vec<Band> {
    let band = |subject| Band { subject, spans: stretches(events, end, subject) };
    Subject::ALL.into_iter().map(band).filter(|band| !band.spans.is_empty()).collect()
}

/// A band keeps at most so many spans.
const MOST: usize = 300;

/// A label is at most so long.
const LABEL: usize = 40;

fn stretches(events: &[Event], end: Instant, subject: Subject) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut open: Option<(Instant, String)> = None;
    let mut close = |open: Option<(Instant, String)>, to: Instant| {
        if let Some((from, label)) = open
            && spans.len() < MOST
            && to > from
        {
            spans.push(Span { from, to, label: cut(&label, LABEL) });
        }
    };
    let mut faults = BTreeSet::new();
    for event in events {
        match change(event, subject, &mut faults) {
            Change::None => {}
            Change::To(label) if open.as_ref().is_some_and(|(_, same)| *same == label) => {}
            Change::To(label) => close(open.replace((event.t, label)), event.t),
            Change::End => close(open.take(), event.t),
        }
    }
    close(open, end);
    spans
}

/// What an event does to a band.
enum Change {
    None,
    To(String),
    End,
}

fn change(event: &Event, subject: Subject, faults: &mut BTreeSet<String>) -> Change {
    let what = |name: &str| field(&event.data, name).unwrap_or_default();
    match (subject, event.source.as_str(), event.kind.as_str()) {
        (Subject::Pilot, "cp", "state") => Change::To(what("state")),
        (Subject::Contactor, "contactor", "closed") => Change::To("closed".into()),
        (Subject::Contactor, "contactor", "open") => Change::End,
        (Subject::Lock, "lock", "position") if what("position") == "Locked" => Change::To("locked".into()),
        (Subject::Lock, "lock", "position") => Change::End,
        (Subject::Limit, "session", "limit") => Change::To(what("by")),
        (Subject::Limit, "session", "event") if what("name") == "TransactionFinished" => Change::End,
        (Subject::Talk, "slac", "frame") if event.text("from") == "car" => Change::To("SLAC".into()),
        (Subject::Talk, "sdp", "message") => Change::To("SDP".into()),
        (Subject::Talk, "v2g", "message") => {
            // Parsed for this look alone: there are thousands.
            let data = event.data.parse();
            let name = data.get("name").and_then(Value::as_str).unwrap_or_default();
            name.strip_suffix("Req").map_or(Change::None, |name| Change::To(name.to_owned()))
        }
        (Subject::Talk, "v2g", "closed") => Change::End,
        (Subject::Faults, "fault", kind @ ("detected" | "cleared")) => {
            if kind == "detected" {
                faults.insert(what("what"));
            } else {
                faults.remove(&what("what"));
            }
            match faults.is_empty() {
                true => Change::End,
                false => Change::To(faults.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
            }
        }
        _ => Change::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{charge, story};
    use serde_json::json;

    fn told(bands: &[Band], subject: Subject) -> Vec<(u64, u64, &str)> {
        let band = bands.iter().find(|band| band.subject == subject);
        let spans = band.into_iter().flat_map(|band| &band.spans);
        spans.map(|span| (span.from.as_millis(), span.to.as_millis(), span.label.as_str())).collect()
    }

    #[test]
    fn a_charge_has_its_states_and_its_fault() {
        let events = charge().events();
        let bands = bands(&events, events.last().expect("events").t);
        assert_eq!(told(&bands, Subject::Contactor), [(5_090, 70_040, "closed")]);
        assert_eq!(told(&bands, Subject::Pilot).iter().map(|span| span.2).collect::<Vec<_>>(), ["B1", "C2"]);
    }

    #[test]
    fn locks_limits_and_faults_that_overlap_have_bands() {
        let mut log = story();
        log.at(1.0).record("lock", "position", json!({ "position": "Locked" }));
        log.record("session", "limit", json!({ "ma": 32_000, "by": "Outlet" }));
        log.at(2.0).record("fault", "detected", json!({ "what": "MeterLost" }));
        log.at(3.0).record("fault", "detected", json!({ "what": "BoardLost" }));
        log.record("session", "limit", json!({ "ma": 16_000, "by": "Site" }));
        log.at(4.0).record("fault", "cleared", json!({ "what": "MeterLost" }));
        log.at(5.0).record("fault", "cleared", json!({ "what": "BoardLost" }));
        log.record("session", "event", json!({ "name": "TransactionFinished" }));
        log.at(6.0).record("lock", "position", json!({ "position": "Unlocked" }));
        let bands = bands(&log.events(), Instant::from_millis(9_000));
        assert_eq!(told(&bands, Subject::Lock), [(1_000, 6_000, "locked")]);
        assert_eq!(told(&bands, Subject::Limit), [(1_000, 3_000, "Outlet"), (3_000, 5_000, "Site")]);
        assert_eq!(
            told(&bands, Subject::Faults),
            [(2_000, 3_000, "MeterLost"), (3_000, 4_000, "BoardLost, MeterLost"), (4_000, 5_000, "BoardLost")]
        );
    }
}
