//! The messages of a connection, for the event log.
//!
//! In the charge loop cars and stations repeat themselves up to ten times a second: a message that differs from the last one of its
//! kind in nothing but what was measured is noted once a second. All others always are. Request and answer are noted together, so
//! that whoever reads the log sees how long an answer took.

use std::collections::BTreeMap;
use std::time::Duration;

use exi::{Facets, Tree};
use iso15118::v2gtp::{Frame, Frames};
use iso15118::{Protocol, name_of, session_of, set_of};
use serde_json::Value;
use units::Instant;

use crate::note::{From, MessageNote, Note, Times};

/// Between two notes of the same message.
const AGAIN: Duration = Duration::from_secs(1);

/// The messages of the charge loop.
const LOOP: [&str; 4] = ["CurrentDemandReq", "CurrentDemandRes", "ChargingStatusReq", "ChargingStatusRes"];

/// What is measured, and not said.
const PRESENT: [&str; 6] = [
    "EVSEPresentVoltage",
    "EVSEPresentCurrent",
    "EVRESSSOC",
    "MeterInfo",
    "RemainingTimeToFullSoC",
    "RemainingTimeToBulkSoC",
];

/// What was said on one connection.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    frames: Frames,
    /// What came is no V2GTP, and cannot be read further.
    lost: bool,
    /// The first message is read as supportedAppProtocol.
    agreed: Option<Protocol>,
    /// Of each message of the loop: when it was noted, and what was said in it.
    last: BTreeMap<&'static str, (Instant, Tree)>,
    request: Request,
}

/// What became of the last request of the loop.
#[derive(Debug, Default)]
enum Request {
    /// It was noted, and its answer is too.
    #[default]
    Noted,
    /// It said nothing new; it is noted if its answer does.
    Held(Box<MessageNote>),
}

impl Messages {
    /// The protocol that was agreed on, if one was.
    pub(crate) const fn protocol(&self) -> Option<Protocol> {
        self.agreed
    }

    /// The protocol was agreed on.
    pub(crate) const fn agree(&mut self, protocol: Protocol) {
        self.agreed = Some(protocol);
    }

    /// Octets of the car, cut anyhow.
    pub(crate) fn received(&mut self, octets: &[u8]) {
        if !self.lost {
            self.frames.push(octets);
        }
    }

    /// The next message of the car.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Note> {
        loop {
            match self.frames.next_frame() {
                Ok(None) => return None,
                Ok(Some(frame)) => {
                    if let Some(note) = self.note(now, From::Car, &frame) {
                        return Some(note);
                    }
                }
                Err(error) => {
                    self.lost = true;
                    return Some(Note::NoFrame { from: From::Car, error: error.to_string() });
                }
            }
        }
    }

    /// What the station says, behind the request that it answers where that was not noted.
    pub(crate) fn sent(&mut self, now: Instant, octets: &[u8]) -> [Option<Note>; 2] {
        let Ok(Some((frame, _))) = Frame::decode(octets) else { return [None, None] };
        let Some(answer) = self.note(now, From::Station, &frame) else { return [None, None] };
        let request = match std::mem::take(&mut self.request) {
            Request::Noted => None,
            Request::Held(request) => Some(Note::Message(request)),
        };
        [request, Some(answer)]
    }

    /// `None`: it says nothing new.
    fn note(&mut self, now: Instant, from: From, frame: &Frame) -> Option<Note> {
        let Some(set) = set_of(self.agreed, frame.payload_type) else {
            let payload_type = frame.payload_type.to_string();
            return Some(Note::Payload { from, payload_type, octets: frame.payload.len() });
        };
        let mut note = MessageNote {
            from,
            protocol: self.agreed.map_or("sap", Protocol::name),
            payload: exi::text::hex::write(&frame.payload),
            error: None,
            name: String::new(),
            session: None,
            message: Value::Null,
            times: Times::default(),
        };
        match exi::from_document::<Tree>(set, &frame.payload, Facets::Off) {
            Err(error) => note.error = Some(error.to_string()),
            Ok(tree) => {
                let name = name_of(&tree);
                note.name = name.to_owned();
                note.session = session_of(&tree).map(str::to_owned);
                note.times = Times::after(name, self.agreed);
                note.message = serde_json::to_value(&tree).unwrap_or(Value::Null);
                if let Some(name) = LOOP.into_iter().find(|looped| *looped == name)
                    && !self.is_news(now, from, name, without_measurements(&tree))
                {
                    if from == From::Car {
                        self.request = Request::Held(Box::new(note));
                    }
                    return None;
                }
                if from == From::Car {
                    self.request = Request::Noted;
                }
            }
        }
        Some(Note::Message(Box::new(note)))
    }

    /// Whether a message of the loop is noted.
    fn is_news(&mut self, now: Instant, from: From, name: &'static str, said: Tree) -> bool {
        let answers = match (from, &self.request) {
            (From::Station, Request::Noted) => true,
            (From::Station, Request::Held(_)) | (From::Car, Request::Noted | Request::Held(_)) => false,
        };
        let repeats = self.last.get(name).is_some_and(|(at, last)| now.since(*at) < AGAIN && *last == said);
        if answers || !repeats {
            self.last.insert(name, (now, said));
        }
        answers || !repeats
    }
}

/// The message without what was measured.
fn without_measurements(tree: &Tree) -> Tree {
    match tree {
        Tree::Fields(fields) => {
            let said = fields.iter().filter(|(name, _)| !PRESENT.contains(&name.as_str()));
            Tree::Fields(said.map(|(name, value)| (name.clone(), without_measurements(value))).collect())
        }
        Tree::List(items) => Tree::List(items.iter().map(without_measurements).collect()),
        Tree::Nothing | Tree::Boolean(_) | Tree::Whole(_) | Tree::Text(_) => tree.clone(),
    }
}
