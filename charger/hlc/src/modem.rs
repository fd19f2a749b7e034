//! Who the modem is, whether it is still there, and whether another one is in its network.
//!
//! ```text
//!   Resting ── who are you? ──> Asking ── says its software ──> AskingLink ──> Resting ── after 10 s ──> Asking
//!                                └─ nothing for 1 s: lost ──────────────────────┘
//!   a car is expected in the network, or there:   Polling, 10 times a second or once
//! ```
//!
//! A modem that is not known is asked in the words of every family; the one that is meant answers. While a matching goes on a
//! modem that is known is left alone.

use std::time::Duration;

use slac::MacAddress;
use slac::modem::{FAMILIES, ModemFamily, VendorMessage};
use units::Instant;

use crate::note::Note;

/// Between two looks at a modem that nobody needs.
const EVERY: Duration = Duration::from_secs(10);
/// The same while a car waits for it.
const NEEDED: Duration = Duration::from_secs(1);
/// A modem answers within milliseconds; a question that is lost is asked again.
const AGAIN: Duration = Duration::from_millis(250);
/// A modem that starts needs a moment: one that says nothing for so long is lost.
const PATIENCE: Duration = Duration::from_secs(1);
/// One that is asked for its link may be busy with the network meanwhile.
const LINK_PATIENCE: Duration = Duration::from_secs(3);
/// Between two questions for a link that is about to come.
const JOINING: Duration = Duration::from_millis(100);
/// Between two questions for a link that is there.
const LINKED: Duration = Duration::from_secs(1);

/// What the modem is needed for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Need {
    /// Nothing goes on.
    Nothing,
    /// A car is invited, or matched.
    Matching,
    /// A car has the key, and comes into the network.
    Joining,
    /// A car is in the network.
    Linked,
}

/// What the host is to do, or hears.
#[derive(Debug)]
pub(crate) enum Word {
    /// This question goes to the modem.
    Ask(VendorMessage),
    /// It works (again).
    Found,
    /// It is lost: why.
    Lost(String),
    /// Its questions are answered: it may be given a key.
    Known,
    /// Another modem is in its network, or not.
    Link(bool),
    /// Something for the log.
    Note(Note),
}

/// A modem that said who it is.
#[derive(Clone, Debug, PartialEq)]
struct Identity {
    address: MacAddress,
    family: &'static ModemFamily,
    version: String,
}

/// What it was asked.
#[derive(Clone, Debug, PartialEq)]
enum State {
    /// Who it is, until then; and again at that time.
    Asking { until: Instant, again: Instant },
    /// Whether it has a link, until then.
    AskingLink { until: Instant },
    /// Nothing, until then; `None`: for as long as somebody else speaks with it.
    Resting { until: Option<Instant> },
    /// Its link, again at that time; it was heard last at the other.
    Polling { next: Instant, heard: Instant },
    /// The link to it is gone.
    Gone,
}

/// An eye on the modem.
#[derive(Debug)]
pub(crate) struct Modem {
    state: State,
    need: Need,
    known: Option<Identity>,
    /// What was told last; `None`: nothing yet.
    works: Option<bool>,
    /// What was noted last.
    noted: Option<(Identity, Option<bool>)>,
}

impl Modem {
    /// There is no link to it yet.
    pub(crate) const fn new() -> Self {
        Self { state: State::Gone, need: Need::Nothing, known: None, works: None, noted: None }
    }

    /// Whether it said who it is.
    pub(crate) const fn is_known(&self) -> bool {
        self.known.is_some()
    }

    /// When it goes on by itself.
    pub(crate) const fn until(&self) -> Option<Instant> {
        match self.state {
            State::Asking { again, .. } => Some(again),
            State::AskingLink { until } => Some(until),
            State::Resting { until } => until,
            State::Polling { next, .. } => Some(next),
            State::Gone => None,
        }
    }

    /// The link to it is there: it is asked at once.
    pub(crate) const fn there(&mut self, now: Instant) {
        self.state = State::Resting { until: Some(now) };
    }

    /// What it is needed for from now on.
    pub(crate) fn needed(&mut self, now: Instant, need: Need) {
        if std::mem::replace(&mut self.need, need) == need {
            return;
        }
        let is_known = self.known.is_some();
        self.state = match (need, self.state.clone()) {
            (Need::Joining | Need::Linked, State::Polling { heard, .. }) => State::Polling { next: now, heard },
            (Need::Joining | Need::Linked, _) if is_known => State::Polling { next: now, heard: now },
            (Need::Matching, State::Polling { .. } | State::Resting { .. }) if is_known => {
                State::Resting { until: None }
            }
            // It is looked for sooner than it would have been.
            (Need::Matching | Need::Joining | Need::Linked, State::Resting { until }) => {
                let soon = now + NEEDED;
                State::Resting { until: Some(until.map_or(soon, |until| until.min(soon))) }
            }
            (Need::Nothing, State::Polling { .. } | State::Resting { .. }) => {
                State::Resting { until: Some(now + EVERY) }
            }
            (_, state @ (State::Asking { .. } | State::AskingLink { .. } | State::Polling { .. } | State::Gone)) => {
                state
            }
        };
    }

    /// It does not do what it should: it is asked whether it is there.
    pub(crate) const fn doubt(&mut self, now: Instant) {
        if let State::Resting { .. } = self.state {
            self.state = State::Resting { until: Some(now) };
        }
    }

    /// The link to it is gone.
    pub(crate) fn gone(&mut self, why: String, words: &mut Vec<Word>) {
        self.lose(why, words);
        self.state = State::Gone;
    }

    /// What is due by now.
    pub(crate) fn time(&mut self, now: Instant, words: &mut Vec<Word>) {
        if self.until().is_none_or(|until| now < until) {
            return;
        }
        match self.state.clone() {
            State::Gone => {}
            State::Resting { .. } => self.ask(now, now + PATIENCE, words),
            State::Asking { until, .. } if now < until => self.ask(now, until, words),
            State::Asking { .. } => {
                let why = format!("PLC modem: timed out: no modem said its software within {PATIENCE:?}");
                self.lose(why, words);
                self.rest(now);
            }
            State::AskingLink { .. } => self.identified(now, None, words),
            State::Polling { heard, .. } if now.since(heard) >= LINK_PATIENCE => {
                self.lose(format!("PLC modem: timed out: it did not say its link within {LINK_PATIENCE:?}"), words);
                self.rest(now);
            }
            State::Polling { heard, .. } => {
                if let Some(known) = &self.known {
                    words.push(Word::Ask(known.family.link_status.clone()));
                }
                let every = if self.need == Need::Joining { JOINING } else { LINKED };
                self.state = State::Polling { next: now + every, heard };
            }
        }
    }

    fn ask(&mut self, now: Instant, until: Instant, words: &mut Vec<Word>) {
        match &self.known {
            Some(known) => words.push(Word::Ask(known.family.version.clone())),
            None => words.extend(FAMILIES.iter().map(|family| Word::Ask(family.version.clone()))),
        }
        self.state = State::Asking { until, again: (now + AGAIN).min(until) };
    }

    fn rest(&mut self, now: Instant) {
        let every = if self.need == Need::Nothing { EVERY } else { NEEDED };
        self.state = State::Resting { until: Some(now + every) };
    }

    fn lose(&mut self, why: String, words: &mut Vec<Word>) {
        (self.known, self.noted) = (None, None);
        if self.works != Some(false) {
            self.works = Some(false);
            words.push(Word::Note(Note::ModemLost { why: why.clone() }));
            words.push(Word::Lost(why));
        }
    }

    /// The modem says something; what another one says does nothing.
    pub(crate) fn hear(&mut self, now: Instant, source: MacAddress, message: &VendorMessage, words: &mut Vec<Word>) {
        if self.known.as_ref().is_some_and(|known| known.address != source) {
            return;
        }
        if let (Some(version), State::Asking { .. }) = (message.software(), &self.state) {
            self.known = Some(Identity { address: source, family: message.family(), version });
            words.push(Word::Ask(message.family().link_status.clone()));
            self.state = State::AskingLink { until: now + AGAIN };
            return;
        }
        let Some(linked) = message.link().filter(|_| self.known.is_some()) else { return };
        match &mut self.state {
            State::AskingLink { .. } => self.identified(now, Some(linked), words),
            State::Polling { heard, .. } => *heard = now,
            State::Asking { .. } | State::Resting { .. } | State::Gone => {}
        }
        words.push(Word::Link(linked));
    }

    fn identified(&mut self, now: Instant, linked: Option<bool>, words: &mut Vec<Word>) {
        let Some(known) = self.known.clone() else { return };
        self.state = match self.need {
            Need::Nothing => State::Resting { until: Some(now + EVERY) },
            Need::Matching => State::Resting { until: None },
            Need::Joining | Need::Linked => State::Polling { next: now, heard: now },
        };
        let state = Some((known, linked));
        if self.noted != state {
            if let Some((Identity { address, family, version }, linked)) = state.clone() {
                let address = address.to_string();
                words.push(Word::Note(Note::Modem { address, family: family.name, version, linked }));
            }
            self.noted = state;
        }
        if self.works != Some(true) {
            self.works = Some(true);
            words.push(Word::Found);
        }
        words.push(Word::Known);
    }
}
