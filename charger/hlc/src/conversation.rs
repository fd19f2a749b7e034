//! One connection of the car: the controller that answers on it, what is said on it, and when it is hung up.

use std::time::Duration;

use iso15118::Protocol;
use iso15118::secc::{self, CloseWhy, Secc};
use units::Instant;

use crate::budget::Notes;
use crate::message_notes::Messages;
use crate::note::{From, Note};

/// A connection and its controller.
#[derive(Debug)]
pub(crate) struct Conversation {
    secc: Secc,
    messages: Messages,
    /// It is to be hung up then, unless the car closes it before.
    hangs_up: Option<Instant>,
}

/// What comes of a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Said {
    /// These octets go to the car.
    Send(Vec<u8>),
    /// The controller tells something.
    Event(secc::Event),
}

impl Conversation {
    /// A car has connected.
    pub(crate) fn new(now: Instant, config: secc::Config, connection: secc::Connection) -> Self {
        let mut secc = Secc::new(config);
        secc.handle_input(now, secc::Input::Connected(connection));
        Self { secc, messages: Messages::default(), hangs_up: None }
    }

    /// The protocol that was agreed on, if one was.
    pub(crate) const fn protocol(&self) -> Option<Protocol> {
        self.messages.protocol()
    }

    /// When it is to be hung up, once its end is there.
    pub(crate) const fn hangs_up(&self) -> Option<Instant> {
        self.hangs_up
    }

    /// The controller is told.
    pub(crate) fn tell(&mut self, now: Instant, input: secc::Input<'_>) {
        self.secc.handle_input(now, input);
    }

    /// Octets of the car.
    pub(crate) fn received(&mut self, now: Instant, octets: &[u8], notes: &mut Notes) {
        self.messages.received(octets);
        // What follows the first message can be read when it has been answered.
        if self.protocol().is_some() {
            self.note_all(now, notes);
        } else if let Some(note) = self.messages.next(now) {
            notes.note(now, note);
        }
        self.secc.handle_input(now, secc::Input::Received(octets));
    }

    fn note_all(&mut self, now: Instant, notes: &mut Notes) {
        while let Some(note) = self.messages.next(now) {
            notes.note(now, note);
        }
    }

    /// The next thing that comes of it; else when it goes on by itself.
    pub(crate) fn poll(&mut self, now: Instant, notes: &mut Notes) -> Result<Said, Option<Instant>> {
        loop {
            match self.secc.poll_output() {
                secc::Output::Send(octets) => {
                    for note in self.messages.sent(now, &octets).into_iter().flatten() {
                        notes.note(now, note);
                    }
                    return Ok(Said::Send(octets));
                }
                secc::Output::Event(event) => {
                    if let secc::Event::Agreed(protocol) = &event {
                        self.messages.agree(*protocol);
                        notes.note(now, Note::Agreed { protocol: protocol.name() });
                        self.note_all(now, notes);
                    }
                    return Ok(Said::Event(event));
                }
                secc::Output::Close { after, why: CloseWhy::Stopped | CloseWhy::Failed } => {
                    let at = now + after;
                    self.hangs_up = Some(self.hangs_up.map_or(at, |before| before.min(at)));
                }
                secc::Output::Wait(until) => {
                    return Err(until.into_iter().chain(self.hangs_up).min());
                }
            }
        }
    }
}

/// Whose fault it is and why, for the log.
pub(crate) fn failed(failure: &secc::Failure) -> Note {
    let code = failure.code.map(|code| format!("{code:?}"));
    Note::Failed { fault: Some(From::from(failure.fault)), code, why: failure.why.to_string() }
}

/// A car that neither closes a connection nor is told to has so long at most: the connection is closed within 5 s (ISO 15118-2,
/// \[V2G2-025\]).
pub(crate) const FAREWELL: Duration = Duration::from_secs(3);
