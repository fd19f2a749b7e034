//! The messages of a connection, for the event log.
//!
//! In the charge loop cars and stations repeat themselves up to ten times a second: a message that differs from the last one of its
//! kind in nothing but what was measured is noted once a second. All others always are. Request and answer are noted together, so
//! that whoever reads the log sees how long an answer took.

use std::collections::BTreeMap;
use std::time::Duration;

use exi::{DecodeError, Facets, Tree};
use iso15118::v2gtp::{Frame, Frames, PayloadType};
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
    /// Of each message of the loop what was said last.
    last: BTreeMap<&'static str, Last>,
    request: Request,
}

/// A message of the loop, as it was said last.
#[derive(Debug)]
struct Last {
    /// Who says it.
    from: From,
    /// When it was noted.
    noted_at: Instant,
    /// What was said in it, without what was measured.
    said: Tree,
    /// The octets of the last one that said this: the same octets say the same, and need not be read.
    payload: Vec<u8>,
}

/// What became of the last request of the loop.
#[derive(Debug, Default)]
enum Request {
    /// It was noted, and its answer is too.
    #[default]
    Noted,
    /// It said nothing new; it is noted if its answer does.
    Held(Frame),
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
                    if let Some(note) = self.note(now, From::Car, frame) {
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
        let Some(answer) = self.note(now, From::Station, frame) else { return [None, None] };
        let request = match std::mem::take(&mut self.request) {
            Request::Noted => None,
            Request::Held(request) => Some(self.write(From::Car, &request)),
        };
        [request, Some(answer)]
    }

    /// `None`: it says nothing new.
    fn note(&mut self, now: Instant, from: From, frame: Frame) -> Option<Note> {
        if self.repeats(now, from, &frame) {
            self.hold(from, frame);
            return None;
        }
        let read = self.read(&frame);
        if let Some(Ok(tree)) = &read {
            let name = name_of(tree);
            if let Some(name) = LOOP.into_iter().find(|looped| *looped == name)
                && !self.is_news(now, from, name, without_measurements(tree), &frame.payload)
            {
                self.hold(from, frame);
                return None;
            }
            if from == From::Car {
                self.request = Request::Noted;
            }
        }
        Some(self.written(from, &frame, read))
    }

    /// It says nothing new.
    fn hold(&mut self, from: From, frame: Frame) {
        if from == From::Car {
            self.request = Request::Held(frame);
        }
    }

    /// What it says; `None`: no message has this type.
    fn read(&self, frame: &Frame) -> Option<Result<Tree, DecodeError>> {
        let set = set_of(self.agreed, frame.payload_type)?;
        Some(exi::from_document::<Tree>(set, &frame.payload, Facets::Off))
    }

    fn write(&self, from: From, frame: &Frame) -> Note {
        self.written(from, frame, self.read(frame))
    }

    /// It is read so.
    fn written(&self, from: From, frame: &Frame, read: Option<Result<Tree, DecodeError>>) -> Note {
        let Some(read) = read else {
            let payload_type = frame.payload_type.to_string();
            return Note::Payload { from, payload_type, octets: frame.payload.len() };
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
        match read {
            Err(error) => note.error = Some(error.to_string()),
            Ok(tree) => {
                let name = name_of(&tree);
                note.name = name.to_owned();
                note.session = session_of(&tree).map(str::to_owned);
                note.times = Times::after(name, self.agreed);
                note.message = serde_json::to_value(&tree).unwrap_or(Value::Null);
            }
        }
        Note::Message(Box::new(note))
    }

    /// Whether it is an answer to a request that was noted: it is noted too.
    const fn answers(&self, from: From) -> bool {
        match (from, &self.request) {
            (From::Station, Request::Noted) => true,
            (From::Station, Request::Held(_)) | (From::Car, Request::Noted | Request::Held(_)) => false,
        }
    }

    /// Whether it is a message of the loop that was said just so, and is not to be noted again.
    fn repeats(&self, now: Instant, from: From, frame: &Frame) -> bool {
        let same = |last: &&Last| last.from == from && last.payload == frame.payload;
        frame.payload_type == PayloadType::EXI
            && !self.answers(from)
            && self.last.values().find(same).is_some_and(|last| now.since(last.noted_at) < AGAIN)
    }

    /// Whether a message of the loop is noted.
    fn is_news(&mut self, now: Instant, from: From, name: &'static str, said: Tree, payload: &[u8]) -> bool {
        let answers = self.answers(from);
        match self.last.get_mut(name) {
            Some(last) if !answers && now.since(last.noted_at) < AGAIN && last.said == said => {
                last.from = from;
                last.payload.clear();
                last.payload.extend_from_slice(payload);
                false
            }
            _ => {
                let last = Last { from, noted_at: now, said, payload: payload.to_vec() };
                self.last.insert(name, last);
                true
            }
        }
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
