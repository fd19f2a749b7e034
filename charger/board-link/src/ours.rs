//! A firmware of ours, as its host sees it: the newest word that was said, and the newest state that was heard.

use hardware::BoardInfo;
use iec61851::{Event, PilotSignal};
use units::Instant;
use wire::tux_evse::{BoardState, HighToLow, HostSays, LowToHigh, Permit, Wish, is_later};

use crate::patience::Patience;

/// What a message brought.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Progress {
    /// Nothing that anybody must hear of.
    None,
    /// The board is in the start that this host has named.
    Started(BoardInfo, Vec<Event>),
    /// Something happened.
    Events(Vec<Event>),
    /// The board is in a start that nobody here has named.
    StartedAgain,
}

/// A board of ours.
#[derive(Debug)]
pub(crate) struct Ours {
    info: BoardInfo,
    says: HostSays,
    /// When it was said last.
    said: Instant,
    /// No state has said yet that it was heard.
    waits: bool,
    /// When the last valid word came.
    heard: Instant,
    /// What the board said last in this start; `None` until it says that it is in it.
    state: Option<BoardState>,
}

impl Ours {
    /// A board that is in the start `before`; the first word of the next one is to be said now.
    pub(crate) fn new(now: Instant, info: BoardInfo, before: u32) -> Self {
        let says = HostSays { start: before.wrapping_add(1), number: 1, ..HostSays::default() };
        Self { info, says, said: now, waits: true, heard: now, state: None }
    }

    /// The newest word.
    pub(crate) const fn word(&self) -> HighToLow {
        HighToLow::Host(self.says)
    }

    fn say(&mut self, now: Instant) -> HighToLow {
        self.said = now;
        self.waits = true;
        self.word()
    }

    const fn next_number(&mut self) -> u32 {
        self.says.number = self.says.number.wrapping_add(1);
        self.says.number
    }

    /// Another signal.
    pub(crate) fn set_pilot(&mut self, now: Instant, what: PilotSignal) -> HighToLow {
        self.says.pilot = Some(Wish { number: self.next_number(), what });
        self.say(now)
    }

    /// Another permission, or none.
    pub(crate) fn allow_power(&mut self, now: Instant, what: Permit) -> HighToLow {
        self.says.permission = Some(Wish { number: self.next_number(), what });
        self.say(now)
    }

    /// A sign of life. While the newest word is not answered, it is that one.
    pub(crate) fn beat(&mut self, now: Instant) -> HighToLow {
        if !self.waits {
            self.next_number();
        }
        self.say(now)
    }

    /// Asks for the state again, because one may have been lost; nothing to say yet when it was asked for just now.
    pub(crate) fn ask(&mut self, now: Instant, patience: &Patience) -> Option<HighToLow> {
        if !self.waits {
            self.next_number();
            self.waits = true;
        }
        self.repeat(now, patience)
    }

    /// The newest word again, if it is time for that.
    pub(crate) fn repeat(&mut self, now: Instant, patience: &Patience) -> Option<HighToLow> {
        (self.waits && now >= self.said + patience.repeat).then(|| self.say(now))
    }

    /// When the board is lost unless it says something.
    pub(crate) fn silent_at(&self, patience: &Patience) -> Instant {
        self.heard + patience.silence
    }

    /// When there is something to do.
    pub(crate) fn deadline(&self, patience: &Patience) -> Instant {
        let silent = self.silent_at(patience);
        if self.waits { silent.min(self.said + patience.repeat) } else { silent }
    }

    pub(crate) fn hear(&mut self, now: Instant, message: &LowToHigh) -> Progress {
        match message {
            // One that has heard nothing in this start has got its number by chance.
            LowToHigh::State(state) if state.start == self.says.start && state.heard != 0 => {
                if self.state.is_some_and(|before| !is_later(state.number, before.number)) {
                    // Doubled on the way.
                    return Progress::None;
                }
                self.heard = now;
                self.waits &= state.heard != self.says.number;
                let before = self.state.replace(*state);
                let events = before.unwrap_or_default().until(state);
                match before {
                    None => Progress::Started(self.info.clone(), events),
                    Some(_) => Progress::Events(events),
                }
            }
            LowToHigh::Info(info) if self.state.is_some() && info.start != self.says.start => Progress::StartedAgain,
            LowToHigh::State(_) if self.state.is_some() => Progress::StartedAgain,
            // Said before the board took the first word of this start.
            LowToHigh::State(_) | LowToHigh::Info(_) => Progress::None,
            LowToHigh::Plain(_) | LowToHigh::Heartbeat => Progress::None,
        }
    }
}
