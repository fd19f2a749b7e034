//! The controller of a car that speaks with the station: a duty of 5 % begins a matching, then SDP, a connection and a session.
//!
//! ```text
//!   5 % ─▶ Waits ─▶ Matching ─▶ Linked: Searching ─▶ Found ─▶ Dialing ─▶ Speaking ─▶ Over, or Away (paused)
//! ```
//!
//! A nominal duty always means basic charging, whatever went before: [`Basic`] is a part of it. State E or F and the end of the duty
//! end everything but a pause (ISO 15118-3 clause 8); the plug ends that too.
//!
//! | file | what |
//! |---|---|
//! | `line` | matching, modem, and the host behind it |
//! | `talk` | what is done on a link: SDP, connection, session |
//! | `discovery` | SDP |
//! | `session` | a session, and what of it concerns the car |
//! | `facts` | what the car knows of itself, and what it is told to do |
//! | `note` | what is worth a line of an event log |
//! | `settings`, `random` | what is set once, and what follows from a seed |

mod discovery;
mod facts;
mod line;
mod note;
mod random;
mod session;
mod settings;
mod talk;

use std::collections::VecDeque;
use std::time::Duration;

use iec61851::{Offer, PilotSignal};
use serde_json::json;
use slac::ev;
use units::{Instant, Milliamps};

use self::facts::sooner_of;
pub(crate) use self::facts::{Command, Facts, Hunger};
use self::line::Line;
pub use self::note::CarNote;
use self::random::mixed;
use self::session::Ears;
use self::settings::Settings;
pub use self::settings::{Matching, Speech};
use self::talk::Talk;
use super::basic::Basic;
use super::{Input, Order, Situation};
use crate::evcc::hlc::{self, PausedSession, Pilot, Purpose};
use crate::inlet::S2;
use crate::profile::{EnergyKind, Profile};
use crate::wishes::Wishes;

/// What it does in one go, at most; the rest has to wait a moment.
const ROUNDS: usize = 64;
const MOMENT: Duration = Duration::from_millis(1);
/// What waits for a host that fetches nothing: the oldest are lost.
const MOST_FRAMES: usize = 128;
const MOST_NOTES: usize = 256;

/// What the pilot says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Says {
    /// No duty, or none that means anything: X1.
    Nothing,
    /// The station is off: state E or F.
    Off,
    /// Speak: 5 %.
    Digital,
    /// Draw so much, and nobody speaks.
    Nominal,
}

/// How far it is.
#[derive(Debug)]
enum Phase {
    /// Nothing is to be said.
    Quiet,
    /// The matching begins then.
    Waits { at: Instant },
    /// The car looks for its station.
    Matching { line: Box<Line>, matched: Option<Instant> },
    /// There is a link.
    Linked { line: Box<Line>, talk: Talk },
    /// A session is paused, and there is no link any more.
    Asleep,
    /// The matching came to nothing: only another duty helps.
    Gone,
}

/// What ends everything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Interruption {
    Plug,
    Pilot(Says),
    /// It is to begin again.
    Hunger,
}

/// The controller.
#[derive(Debug)]
pub(crate) struct Digital {
    settings: Settings,
    basic: Basic,
    says: Says,
    /// `None`: no plug is in.
    facts: Option<Facts>,
    phase: Phase,
    /// A session that was paused, and goes on with the next connection.
    joins: Option<PausedSession>,
    /// So many matchings have begun.
    matchings: u64,
    frames: VecDeque<Vec<u8>>,
    notes: VecDeque<CarNote>,
    commands: VecDeque<Command>,
    due: Option<Instant>,
}

impl Digital {
    pub(crate) fn new(profile: &Profile, speech: &Speech, seed: u64) -> Self {
        Self {
            settings: Settings::new(profile, speech, seed),
            basic: Basic::new(profile.pilot.clone()),
            says: Says::Nothing,
            facts: None,
            phase: Phase::Quiet,
            joins: None,
            matchings: 0,
            frames: VecDeque::new(),
            notes: VecDeque::new(),
            commands: VecDeque::new(),
            due: None,
        }
    }

    /// It waits so many times as long for each answer.
    pub(crate) const fn set_patience(&mut self, times: u32) {
        self.settings.session.patience = times;
    }

    /// Its address on the link.
    pub(crate) const fn host(&self) -> [u8; 6] {
        self.settings.host
    }

    pub(super) fn handle_input(&mut self, now: Instant, input: Input) {
        match input {
            Input::Plugged => self.basic.handle_input(now, input),
            Input::Unplugged => {
                self.basic.handle_input(now, input);
                self.end(now, Interruption::Plug);
                (self.says, self.facts, self.due) = (Says::Nothing, None, None);
            }
            Input::NoEnergy => {
                if self.says != Says::Digital {
                    self.basic.handle_input(now, input);
                }
            }
            Input::Pilot { signal, offer, .. } => {
                let says = says(signal, offer);
                match says {
                    Says::Digital => self.basic.is_spoken_to(),
                    Says::Nothing | Says::Off | Says::Nominal => self.basic.handle_input(now, input),
                }
                if says != self.says {
                    self.says = says;
                    self.heed(now);
                }
            }
        }
    }

    /// The pilot says something else than before.
    fn heed(&mut self, now: Instant) {
        match (self.says, &self.phase) {
            (Says::Digital, Phase::Gone | Phase::Linked { talk: Talk::Over | Talk::Failed, .. }) => {
                self.end(now, Interruption::Pilot(self.says));
            }
            (Says::Digital, _) => {
                if self.hunger() == Some(Hunger::Hungry) {
                    self.wake(now);
                }
            }
            // It sleeps on.
            (Says::Nothing, Phase::Asleep | Phase::Linked { talk: Talk::Away, .. }) => {}
            (Says::Nothing | Says::Off | Says::Nominal, _) => self.end(now, Interruption::Pilot(self.says)),
        }
    }

    fn hunger(&self) -> Option<Hunger> {
        self.facts.map(|facts| facts.hunger)
    }

    /// How the car stands.
    pub(crate) fn know(&mut self, now: Instant, facts: Facts) {
        let before = self.hunger();
        self.facts = Some(facts);
        if let Phase::Linked { talk: Talk::Speaking(session), .. } = &mut self.phase {
            session.know(now, &facts);
        }
        if facts.hunger == Hunger::Hungry && before.is_some_and(|before| before != Hunger::Hungry) {
            self.hungers(now);
        }
    }

    /// The car wants energy again.
    fn hungers(&mut self, now: Instant) {
        match (&self.phase, self.says) {
            (Phase::Gone | Phase::Linked { talk: Talk::Over, .. }, Says::Digital) => {
                self.end(now, Interruption::Hunger)
            }
            (Phase::Asleep | Phase::Linked { talk: Talk::Away, .. }, Says::Digital) => self.wake(now),
            // The station sleeps too.
            (Phase::Asleep | Phase::Linked { talk: Talk::Away, .. }, Says::Nothing) => {
                self.commands.push_back(Command::Wake);
            }
            (
                Phase::Quiet
                | Phase::Waits { .. }
                | Phase::Matching { .. }
                | Phase::Linked { .. }
                | Phase::Asleep
                | Phase::Gone,
                Says::Nothing | Says::Off | Says::Digital | Says::Nominal,
            ) => {}
        }
    }

    /// A session that is paused goes on, if the station is there.
    pub(crate) fn wake(&mut self, now: Instant) {
        let at = now + self.settings.begins_after;
        match (&mut self.phase, self.says) {
            (Phase::Linked { line, talk: talk @ Talk::Away }, Says::Digital) => {
                *talk = Talk::search(at, line, self.settings.seed, self.matchings);
            }
            (Phase::Asleep, Says::Digital) => self.phase = Phase::Waits { at },
            (
                Phase::Quiet
                | Phase::Waits { .. }
                | Phase::Matching { .. }
                | Phase::Linked { .. }
                | Phase::Asleep
                | Phase::Gone,
                Says::Nothing | Says::Off | Says::Digital | Says::Nominal,
            ) => {}
        }
    }

    /// To the session, if there is one.
    pub(crate) fn tell(&mut self, now: Instant, input: hlc::Input<'_>) {
        if let Phase::Linked { talk: Talk::Speaking(session), .. } = &mut self.phase {
            session.handle_input(now, input);
        }
    }

    /// A frame came from the modem.
    pub(crate) fn hear(&mut self, now: Instant, frame: &[u8]) {
        match &mut self.phase {
            Phase::Matching { line, .. } | Phase::Linked { line, .. } => line.hear(now, frame),
            Phase::Quiet | Phase::Waits { .. } | Phase::Asleep | Phase::Gone => {}
        }
    }

    /// Everything ends, and what was said of it is gone; a pause outlives the pilot alone.
    fn end(&mut self, now: Instant, why: Interruption) {
        let phase = std::mem::replace(&mut self.phase, Phase::Quiet);
        let (line, was_busy) = match phase {
            Phase::Linked { mut line, mut talk } => {
                let was_busy = !matches!(talk, Talk::Over | Talk::Failed | Talk::Away);
                let mut ears = Ears { notes: &mut self.notes, commands: &mut self.commands };
                self.joins = talk.cut(now, &mut line.stack, &mut ears).or(self.joins);
                if why == Interruption::Pilot(Says::Nothing) && self.joins.is_some() {
                    // The station sleeps; both modems keep their key.
                    line.stack.abort(now);
                    self.phase = Phase::Linked { line, talk: Talk::Away };
                    return;
                }
                (Some(line), was_busy)
            }
            Phase::Matching { line, .. } => (Some(line), true),
            Phase::Quiet | Phase::Waits { .. } | Phase::Asleep | Phase::Gone => (None, false),
        };
        if let Some(line) = line {
            line.end(now, &mut self.frames);
        }
        if was_busy {
            let by = match why {
                Interruption::Plug => "plug",
                Interruption::Pilot(Says::Nothing) => "end of the duty",
                Interruption::Pilot(Says::Off) => "state E or F",
                Interruption::Pilot(Says::Digital) => "digital duty",
                Interruption::Pilot(Says::Nominal) => "nominal duty",
                Interruption::Hunger => "car",
            };
            self.note(CarNote::new("interrupted", json!({ "by": by })));
        }
        let forgets = matches!(why, Interruption::Plug | Interruption::Pilot(Says::Nominal) | Interruption::Hunger);
        if forgets {
            self.joins = None;
        } else if self.joins.is_some() {
            self.phase = Phase::Asleep;
        }
    }

    fn note(&mut self, note: CarNote) {
        self.notes.push_back(note);
    }

    /// Goes on as far as it goes now.
    pub(crate) fn advance(&mut self, now: Instant) {
        for _ in 0..ROUNDS {
            if !self.step(now) {
                break;
            }
        }
        if let Phase::Matching { line, .. } | Phase::Linked { line, .. } = &mut self.phase {
            line.drain(&mut self.frames);
        }
        self.frames.drain(..self.frames.len().saturating_sub(MOST_FRAMES));
        self.notes.drain(..self.notes.len().saturating_sub(MOST_NOTES));
        let due = match &mut self.phase {
            Phase::Quiet | Phase::Asleep | Phase::Gone => None,
            Phase::Waits { at } => Some(*at),
            Phase::Matching { line, .. } => line.next_change(),
            Phase::Linked { line, talk } => sooner_of([line.next_change(), talk.next_change()]),
        };
        self.due = due.map(|due| due.max(now + MOMENT));
    }

    /// The next thing that is due; whether anything was.
    fn step(&mut self, now: Instant) -> bool {
        let begins = self.says == Says::Digital && self.hunger() == Some(Hunger::Hungry);
        let at = now + self.settings.begins_after;
        let (phase, moved) = match std::mem::replace(&mut self.phase, Phase::Quiet) {
            Phase::Quiet if begins => (Phase::Waits { at }, true),
            Phase::Waits { .. } if !begins => (if self.joins.is_some() { Phase::Asleep } else { Phase::Quiet }, true),
            Phase::Waits { at } if at <= now => (self.begins(now), true),
            Phase::Matching { line, matched } => self.matching(now, line, matched),
            Phase::Linked { line, talk } => self.linked(now, line, talk),
            phase @ (Phase::Quiet | Phase::Waits { .. } | Phase::Asleep | Phase::Gone) => (phase, false),
        };
        self.phase = phase;
        moved
    }

    /// The way to the station begins: with a matching, or with a link that is there.
    fn begins(&mut self, now: Instant) -> Phase {
        self.matchings += 1;
        let seed = mixed(self.settings.seed, self.matchings);
        match self.settings.matching {
            Matching::Slac => {
                self.note(CarNote::matching(self.matchings));
                let line = Box::new(Line::begin(now, self.settings.host, seed));
                Phase::Matching { line, matched: None }
            }
            Matching::None => {
                self.note(CarNote::of_matching(&ev::Event::LinkUp));
                let mut line = Box::new(Line::without_matching(self.settings.host, seed));
                let talk = Talk::search(now, &mut line, self.settings.seed, self.matchings);
                Phase::Linked { line, talk }
            }
        }
    }

    fn matching(&mut self, now: Instant, mut line: Box<Line>, matched: Option<Instant>) -> (Phase, bool) {
        line.advance(now, &mut self.frames);
        let Some(event) = line.next_event(now, &mut self.frames) else {
            return (Phase::Matching { line, matched }, false);
        };
        self.note(CarNote::of_matching(&event));
        let phase = match event {
            ev::Event::Again(_) => Phase::Matching { line, matched: None },
            ev::Event::Matched(_) => Phase::Matching { line, matched: Some(now) },
            ev::Event::LinkUp => {
                let at = now.max(matched.unwrap_or(now) + self.settings.asks_after);
                let talk = Talk::search(at, &mut line, self.settings.seed, self.matchings);
                Phase::Linked { line, talk }
            }
            ev::Event::LinkLost | ev::Event::Failed(_) => {
                line.end(now, &mut self.frames);
                Phase::Gone
            }
        };
        (phase, true)
    }

    fn linked(&mut self, now: Instant, mut line: Box<Line>, mut talk: Talk) -> (Phase, bool) {
        line.advance(now, &mut self.frames);
        let mut ears = Ears { notes: &mut self.notes, commands: &mut self.commands };
        if let Some(event) = line.next_event(now, &mut self.frames) {
            ears.notes.push_back(CarNote::of_matching(&event));
            let is_lost = match event {
                ev::Event::LinkLost | ev::Event::Failed(_) | ev::Event::Again(_) => true,
                ev::Event::Matched(_) | ev::Event::LinkUp => false,
            };
            if !is_lost {
                return (Phase::Linked { line, talk }, true);
            }
            self.joins = talk.cut(now, &mut line.stack, &mut ears).or(self.joins);
            line.end(now, &mut self.frames);
            let phase = match talk {
                Talk::Over => Phase::Gone,
                Talk::Away => Phase::Asleep,
                // It is matched anew (ISO 15118-3, T_conn_resetup).
                Talk::Searching { .. } | Talk::Found { .. } | Talk::Dialing(_) | Talk::Speaking(_) | Talk::Failed => {
                    Phase::Waits { at: now + self.settings.begins_after }
                }
            };
            return (phase, true);
        }
        let Some(facts) = &self.facts else { return (Phase::Linked { line, talk }, false) };
        let (talk, moved) = talk.step(now, &mut line.stack, &self.settings, facts, &mut self.joins, &mut ears);
        (Phase::Linked { line, talk }, moved)
    }

    pub(super) fn decide(&mut self, now: Instant, situation: Situation, wishes: &Wishes) -> Order {
        let Situation::Free { s2, .. } = situation else { return self.basic.decide(now, situation, wishes) };
        let wanted = match (self.says, self.settings.kind) {
            (Says::Digital, _) => self.pilot(),
            (Says::Nominal, EnergyKind::Dc) => match self.settings.session.purpose {
                // There is direct current, or none.
                Purpose::Charge => Pilot::B,
                Purpose::TellSoc => return self.basic.decide(now, situation, wishes),
            },
            (Says::Nothing | Says::Off, EnergyKind::Dc) => Pilot::B,
            (Says::Nothing | Says::Off | Says::Nominal, EnergyKind::Ac) => {
                return self.basic.decide(now, situation, wishes);
            }
        };
        match (s2, wanted) {
            (S2::Open, Pilot::C) => Order::Close,
            (S2::Closed, Pilot::B) => Order::Open,
            (S2::Open, Pilot::B) | (S2::Closed, Pilot::C) => Order::Keep,
        }
    }

    /// The state that the session wants the pilot to show.
    const fn pilot(&self) -> Pilot {
        match &self.phase {
            Phase::Linked { talk: Talk::Speaking(session), .. } => session.pilot(),
            Phase::Quiet
            | Phase::Waits { .. }
            | Phase::Matching { .. }
            | Phase::Linked { .. }
            | Phase::Asleep
            | Phase::Gone => Pilot::B,
        }
    }

    /// Whether a session goes on, which ends in its own order.
    pub(super) const fn is_speaking(&self) -> bool {
        matches!(&self.phase, Phase::Linked { talk: Talk::Speaking(_), .. })
    }

    /// What the session lets the car draw of alternating current, once it flows.
    pub(crate) const fn limit(&self) -> Option<Milliamps> {
        match &self.phase {
            Phase::Linked { talk: Talk::Speaking(session), .. } => session.limit(),
            Phase::Quiet
            | Phase::Waits { .. }
            | Phase::Matching { .. }
            | Phase::Linked { .. }
            | Phase::Asleep
            | Phase::Gone => None,
        }
    }

    pub(super) const fn is_stopping(&self) -> bool {
        self.basic.is_stopping()
    }

    /// When it decides again about the switch.
    pub(super) fn next_change(&self) -> Option<Instant> {
        self.basic.next_change()
    }

    /// When it has something to say, or has waited long enough.
    pub(super) const fn next_word(&self) -> Option<Instant> {
        self.due
    }

    pub(crate) fn next_frame(&mut self) -> Option<Vec<u8>> {
        self.frames.pop_front()
    }

    pub(crate) fn next_note(&mut self) -> Option<CarNote> {
        self.notes.pop_front()
    }

    pub(crate) fn next_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }
}

const fn says(signal: PilotSignal, offer: Offer) -> Says {
    match (offer, signal) {
        (Offer::Digital, _) => Says::Digital,
        (Offer::Current(_), _) => Says::Nominal,
        (Offer::None, PilotSignal::E | PilotSignal::F) => Says::Off,
        (Offer::None, PilotSignal::X1 | PilotSignal::Pwm(_)) => Says::Nothing,
    }
}
