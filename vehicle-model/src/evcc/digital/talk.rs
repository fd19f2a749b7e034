//! What is done on a link: who is the station, a connection, a session.

use std::net::SocketAddrV6;

use ipv6_stack::{Event, Stack};
use serde_json::json;
use units::Instant;

use super::discovery::{Discovery, Due, EVERYBODY};
use super::facts::Facts;
use super::line::Line;
use super::note::CarNote;
use super::random::mixed;
use super::session::{Ears, Over, Session};
use super::settings::Settings;
use crate::evcc::hlc::PausedSession;

/// How far it is.
#[derive(Debug)]
pub(super) enum Talk {
    /// Who is the station? Asked from this port.
    Searching { discovery: Discovery, port: u16 },
    /// It is there; the car connects then.
    Found { at: Instant, to: SocketAddrV6, discovery: Discovery, port: u16 },
    /// The connection is asked for.
    Dialing(Dial),
    /// There is a session.
    Speaking(Box<Session>),
    /// It is paused.
    Away,
    /// It is over, or nobody answered.
    Over,
    /// It came to nothing. Maybe the link is not there any longer, which the modem says a moment later.
    Failed,
}

/// A connection attempt, and how the search goes on if nothing comes of it.
#[derive(Debug)]
pub(super) struct Dial {
    discovery: Discovery,
    port: u16,
}

impl Talk {
    /// The search begins then, from a port that follows from the seed.
    pub(super) fn search(at: Instant, line: &mut Line, seed: u64, count: u64) -> Self {
        let port = 0xc000 | (mixed(seed, !count) & 0x3fff) as u16;
        line.stack.bind(port);
        Self::Searching { discovery: Discovery::new(at), port }
    }

    /// The next thing that is due; whether anything was.
    pub(super) fn step(
        self,
        now: Instant,
        stack: &mut Stack,
        settings: &Settings,
        facts: &Facts,
        joins: &mut Option<PausedSession>,
        ears: &mut Ears<'_>,
    ) -> (Self, bool) {
        match self {
            Self::Searching { discovery, port } => search(now, stack, settings, discovery, port, ears),
            Self::Found { at, to, discovery, port } if at <= now => {
                stack.unbind();
                stack.connect(now, to);
                (Self::Dialing(Dial { discovery, port }), true)
            }
            Self::Dialing(Dial { mut discovery, port }) => match stack.next_event() {
                None => (Self::Dialing(Dial { discovery, port }), false),
                Some(Event::Connected { peer }) => {
                    let joins = joins.take();
                    ears.notes.push_back(CarNote::connected(peer, joins.is_some()));
                    let mut session = Session::begin(now, &settings.session, facts, joins);
                    session.know(now, facts);
                    (Self::Speaking(Box::new(session)), true)
                }
                Some(Event::Closed | Event::Received(_)) => {
                    ears.notes.push_back(CarNote::new("not_connected", json!({})));
                    stack.bind(port);
                    discovery.again(now);
                    (Self::Searching { discovery, port }, true)
                }
            },
            Self::Speaking(mut session) => match session.step(now, stack, ears) {
                None => (Self::Speaking(session), false),
                Some(Over::Ended) => (Self::Over, true),
                Some(Over::Failed) => (Self::Failed, true),
                Some(Over::Paused(paused)) => {
                    *joins = Some(paused);
                    (Self::Away, true)
                }
            },
            Self::Away | Self::Over | Self::Failed => {
                while stack.next_event().is_some() {}
                (self, false)
            }
            Self::Found { .. } => (self, false),
        }
    }

    /// It can go on no longer. The session that may go on later, if there is one.
    pub(super) fn cut(&mut self, now: Instant, stack: &mut Stack, ears: &mut Ears<'_>) -> Option<PausedSession> {
        match self {
            Self::Speaking(session) => match session.cut(now, stack, ears) {
                Over::Paused(paused) => Some(paused),
                Over::Ended | Over::Failed => None,
            },
            Self::Searching { .. } | Self::Found { .. } | Self::Dialing(_) | Self::Away | Self::Over | Self::Failed => {
                None
            }
        }
    }

    pub(super) fn next_change(&mut self) -> Option<Instant> {
        match self {
            Self::Searching { discovery, .. } => Some(discovery.next_change()),
            Self::Found { at, .. } => Some(*at),
            Self::Speaking(session) => session.next_change(),
            Self::Dialing(_) | Self::Away | Self::Over | Self::Failed => None,
        }
    }
}

fn search(
    now: Instant,
    stack: &mut Stack,
    settings: &Settings,
    mut discovery: Discovery,
    port: u16,
    ears: &mut Ears<'_>,
) -> (Talk, bool) {
    while let Some((_, datagram)) = stack.next_datagram() {
        if let Some(to) = discovery.hear(&datagram) {
            ears.notes.push_back(CarNote::answered(to));
            return (Talk::Found { at: now + settings.connects_after, to, discovery, port }, true);
        }
    }
    match discovery.due(now) {
        None => (Talk::Searching { discovery, port }, false),
        Some(Due::Ask { nth, question }) => {
            ears.notes.push_back(CarNote::asked(nth));
            stack.send_to(now, EVERYBODY, &question);
            (Talk::Searching { discovery, port }, true)
        }
        Some(Due::GiveUp) => {
            ears.notes.push_back(CarNote::new("sdp_unanswered", json!({})));
            stack.unbind();
            (Talk::Over, true)
        }
    }
}
