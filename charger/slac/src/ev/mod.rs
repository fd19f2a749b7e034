//! The car's side of a matching (ISO 15118-3 annex A.9), without I/O: frames and times in, frames and events out.
//!
//! ```text
//!   Begin ─▶ CM_SLAC_PARM ─▶ three starts, ten sounds ─▶ results of all who heard them ─▶ the best one's match
//!            ─▶ the modem gets the key ─▶ Matched ─▶ LinkUp
//! ```
//!
//! An attempt that comes to nothing is made again, from its beginning and with a new run id, as long as the standard allows it.

mod choice;
mod random;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use units::Instant;

use crate::attenuation::{AttenCharInd, AttenCharRsp};
use crate::ethernet::{BROADCAST, MacAddress};
use crate::frame::Frame;
use crate::keying::Keying;
use crate::matching::{SlacMatchCnf, SlacMatchReq};
use crate::message::Message;
use crate::octets::RunId;
use crate::parm::{SlacParmCnf, SlacParmReq};
use crate::process::{Outbox, Output, is_matching};
use crate::sounding::{MnbcSoundInd, StartAttenCharInd};
use crate::timing;
pub use choice::{Heard, Nearness};
use choice::{MOST_CHARGERS, choose};
use random::Random;

/// What is set once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Config {
    /// The address of the car's host on the link.
    pub host: MacAddress,
    /// The time between two starts or sounds: TP_EV_batch_msg_interval, 20 to 50 ms.
    pub interval: Duration,
    /// How weak the sounds may arrive at the charger that is taken.
    pub nearness: Nearness,
}

impl Config {
    /// As most cars are.
    #[must_use]
    pub const fn new(host: MacAddress) -> Self {
        Self { host, interval: Duration::from_millis(40), nearness: Nearness::Nearest }
    }
}

/// What the host tells.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Time has passed.
    Time,
    /// The car is plugged in, and the pilot says 5 %. All that is random follows from the number.
    Begin {
        /// Another one each time.
        seed: u64,
    },
    /// A frame came from the modem.
    Frame(&'a Frame),
    /// The modem says whether another one is in its network.
    Link(bool),
    /// The plug is out, or the session is over.
    End,
}

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// An attempt came to nothing; another one follows.
    Again(Failure),
    /// This charger gave its key, and the modem has it.
    Matched(MacAddress),
    /// The charger's modem is in the network: D-LINK_READY.
    LinkUp,
    /// It left.
    LinkLost,
    /// It was tried as often and as long as the standard allows.
    Failed(Failure),
}

/// Why an attempt came to nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Failure {
    /// Nobody answers CM_SLAC_PARM.REQ.
    NoCharger,
    /// Nobody heard the sounds.
    NoResult,
    /// All who heard them are too far away: the car is plugged in at none of them.
    TooFar {
        /// The mean attenuation of the nearest, in dB.
        nearest_db: u8,
    },
    /// The one that was chosen does not answer CM_SLAC_MATCH.REQ.
    NoMatch,
    /// The own modem does not take the key.
    ModemSilent,
    /// The modems did not find each other in time.
    NoLink,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCharger => f.write_str("CM_SLAC_PARM.CNF did not come"),
            Self::NoResult => f.write_str("CM_ATTEN_CHAR.IND did not come"),
            Self::TooFar { nearest_db } => {
                write!(f, "the nearest charger hears the car {nearest_db} dB weaker: it is none of ours")
            }
            Self::NoMatch => f.write_str("CM_SLAC_MATCH.CNF did not come"),
            Self::ModemSilent => f.write_str("the own modem does not take the key: CM_SET_KEY.CNF did not come"),
            Self::NoLink => f.write_str("the modems did not find each other"),
        }
    }
}

/// How far an attempt is.
#[derive(Clone, Debug, Eq, PartialEq)]
enum State {
    /// Not plugged in.
    Idle,
    /// Who is there?
    Asking { tries: u8, until: Instant },
    /// So many starts were sent of those that the charger wants.
    Starting { sent: u8, next: Instant },
    /// So many sounds were sent.
    Sounding { sent: u8, next: Instant },
    /// Results of all who heard them.
    Collecting,
    /// This one is asked for its key.
    Requesting { charger: MacAddress, tries: u8, until: Instant },
    /// The own modem gets it.
    Keying { charger: MacAddress, keying: Keying },
    /// The modem has it.
    Joining { until: Instant },
    /// The link is there.
    Up,
    /// Before the next attempt.
    Resting { until: Instant },
    /// It is over.
    Over,
}

/// What an attempt has found out.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Attempt {
    run_id: RunId,
    /// When the first start was sent.
    began: Instant,
    /// What the first charger that answered wants.
    sounds: u8,
    /// Who answered CM_SLAC_PARM.REQ.
    chargers: Vec<MacAddress>,
    /// Who heard the sounds.
    heard: Vec<Heard>,
}

/// The car's side of a matching.
#[derive(Clone, Debug)]
pub struct Ev {
    config: Config,
    state: State,
    attempt: Attempt,
    attempts: u8,
    /// When the first attempt began.
    began: Instant,
    random: Random,
    now: Instant,
    out: Outbox<Event>,
}

impl Ev {
    /// Not plugged in.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            state: State::Idle,
            attempt: Attempt::default(),
            attempts: 0,
            began: Instant::ZERO,
            random: Random(0),
            now: Instant::ZERO,
            out: Outbox::new(),
        }
    }

    /// The next thing for the host.
    pub fn poll_output(&mut self) -> Output<Event> {
        let wait = match &self.state {
            State::Idle | State::Up | State::Over => None,
            State::Asking { until, .. }
            | State::Requesting { until, .. }
            | State::Joining { until }
            | State::Resting { until } => Some(*until),
            State::Starting { next, .. } | State::Sounding { next, .. } => Some(*next),
            State::Collecting => Some(self.results_until()),
            State::Keying { keying, .. } => Some(keying.until),
        };
        self.out.next(wait)
    }

    /// Something happened at that time.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        self.now = self.now.max(now);
        match input {
            Input::Time => {}
            Input::Begin { seed } => {
                (self.random, self.attempts, self.began) = (Random(seed), 0, self.now);
                self.ask();
            }
            Input::Frame(frame) => self.frame(frame),
            Input::Link(up) => self.link(up),
            Input::End => self.state = State::Idle,
        }
        self.time();
    }

    fn results_until(&self) -> Instant {
        self.attempt.began + timing::TT_EV_ATTEN_RESULTS
    }

    fn send(&mut self, to: MacAddress, message: Message) {
        self.out.send(Frame::new(to, self.config.host, message));
    }

    /// An attempt begins.
    fn ask(&mut self) {
        self.attempts += 1;
        let run_id = RunId(self.random.octets());
        self.attempt = Attempt { run_id, ..Attempt::default() };
        self.state = State::Asking { tries: 1, until: self.now + timing::TT_MATCH_RESPONSE };
        self.send(BROADCAST, Message::SlacParmReq(SlacParmReq::new(run_id)));
    }

    /// The attempt came to nothing.
    fn fail(&mut self, why: Failure) {
        let in_time = self.now.since(self.began) < timing::TT_MATCHING_REPETITION;
        if self.attempts < timing::C_CONN_MAX_MATCH && in_time {
            self.state = State::Resting { until: self.now + timing::TT_MATCHING_RATE };
            self.out.tell(Event::Again(why));
        } else {
            self.state = State::Over;
            self.out.tell(Event::Failed(why));
        }
    }

    /// What is due by now.
    fn time(&mut self) {
        let now = self.now;
        match self.state.clone() {
            State::Asking { tries, until } if until <= now => self.asked(tries),
            State::Starting { sent, next } if next <= now => self.send_start(sent),
            State::Sounding { sent, next } if next <= now => self.send_sound(sent),
            State::Collecting if self.results_until() <= now => self.choose(),
            State::Requesting { charger, tries, until } if until <= now => self.request(charger, tries + 1),
            State::Keying { charger, mut keying } if keying.until <= now => {
                match keying.timed_out(now, self.config.host) {
                    Some(frame) => {
                        self.out.send(frame);
                        self.state = State::Keying { charger, keying };
                    }
                    None => self.fail(Failure::ModemSilent),
                }
            }
            State::Joining { until } if until <= now => self.fail(Failure::NoLink),
            State::Resting { until } if until <= now => self.ask(),
            _ => {}
        }
    }

    /// All answers to CM_SLAC_PARM.REQ that come are there.
    fn asked(&mut self, tries: u8) {
        if !self.attempt.chargers.is_empty() {
            self.attempt.began = self.now;
            return self.send_start(0);
        }
        if tries > timing::C_EV_MATCH_RETRY {
            return self.fail(Failure::NoCharger);
        }
        self.state = State::Asking { tries: tries + 1, until: self.now + timing::TT_MATCH_RESPONSE };
        self.send(BROADCAST, Message::SlacParmReq(SlacParmReq::new(self.attempt.run_id)));
    }

    fn send_start(&mut self, sent: u8) {
        // Some chargers ignore a start with another time-out than 600 ms.
        let start = StartAttenCharInd::new(self.config.host, self.attempt.run_id);
        self.send(BROADCAST, Message::StartAttenCharInd(start));
        let (sent, next) = (sent + 1, self.now + self.config.interval);
        self.state = if sent < timing::C_EV_START_ATTEN_CHAR_INDS {
            State::Starting { sent, next }
        } else {
            State::Sounding { sent: 0, next }
        };
    }

    fn send_sound(&mut self, sent: u8) {
        let remaining = self.attempt.sounds.saturating_sub(sent + 1);
        let random = crate::octets::SoundRandom(self.random.octets());
        let sound = MnbcSoundInd::new(self.attempt.run_id, remaining, random);
        self.send(BROADCAST, Message::MnbcSoundInd(sound));
        self.state = if remaining > 0 {
            State::Sounding { sent: sent + 1, next: self.now + self.config.interval }
        } else {
            State::Collecting
        };
        self.choose_early();
    }

    fn frame(&mut self, frame: &Frame) {
        if frame.destination != self.config.host {
            return;
        }
        let charger = frame.source;
        match &frame.message {
            Message::SlacParmCnf(confirm) => self.parm(charger, confirm),
            Message::AttenCharInd(result) => self.result(charger, result),
            Message::SlacMatchCnf(confirm) => self.matched(charger, confirm),
            Message::SetKeyCnf(answer) => {
                if let State::Keying { charger, keying } = &self.state
                    && keying.is_answered_by(answer)
                {
                    let charger = *charger;
                    self.state = State::Joining { until: self.now + timing::TT_MATCH_JOIN };
                    self.out.tell(Event::Matched(charger));
                }
            }
            _ => {}
        }
    }

    fn parm(&mut self, charger: MacAddress, confirm: &SlacParmCnf) {
        let is_ours = is_matching(confirm.application, confirm.security) && confirm.run_id == self.attempt.run_id;
        let Attempt { chargers, sounds, .. } = &mut self.attempt;
        if !matches!(self.state, State::Asking { .. }) || !is_ours || chargers.contains(&charger) {
            return;
        }
        if chargers.len() < MOST_CHARGERS {
            // Whoever wants none cannot hear any.
            *sounds = (*sounds).max(confirm.sounds.clamp(1, MOST_SOUNDS));
            chargers.push(charger);
        }
    }

    fn result(&mut self, charger: MacAddress, result: &AttenCharInd) {
        let Attempt { run_id, chargers, heard, .. } = &mut self.attempt;
        let is_ours = is_matching(result.application, result.security)
            && result.run_id == *run_id
            && result.source == self.config.host
            && chargers.contains(&charger);
        let is_awaited = matches!(
            self.state,
            State::Sounding { .. } | State::Collecting | State::Requesting { .. } | State::Keying { .. }
        );
        if !is_ours || !is_awaited {
            return;
        }
        if !heard.iter().any(|known| known.charger == charger) {
            heard.extend(Heard::of(charger, result));
        }
        // Said again: the response to the last one was lost.
        let response = AttenCharRsp::new(self.config.host, self.attempt.run_id);
        self.send(charger, Message::AttenCharRsp(response));
        self.choose_early();
    }

    /// When all who answered have said how they heard the car, nobody else is waited for.
    fn choose_early(&mut self) {
        let Attempt { chargers, heard, .. } = &self.attempt;
        if self.state == State::Collecting && heard.len() == chargers.len() {
            self.choose();
        }
    }

    fn choose(&mut self) {
        match choose(&self.attempt.heard, self.config.nearness) {
            Ok(charger) => self.request(charger, 1),
            Err(why) => self.fail(why),
        }
    }

    fn request(&mut self, charger: MacAddress, tries: u8) {
        if tries > timing::C_EV_MATCH_RETRY + 1 {
            return self.fail(Failure::NoMatch);
        }
        let request = SlacMatchReq::new(self.config.host, charger, self.attempt.run_id);
        self.send(charger, Message::SlacMatchReq(request));
        self.state = State::Requesting { charger, tries, until: self.now + timing::TT_MATCH_RESPONSE };
    }

    fn matched(&mut self, from: MacAddress, confirm: &SlacMatchCnf) {
        let State::Requesting { charger, .. } = self.state else { return };
        let is_ours = is_matching(confirm.application, confirm.security) && confirm.run_id == self.attempt.run_id;
        if from != charger || !is_ours || confirm.car != self.config.host {
            return;
        }
        let (keying, frame) = Keying::begin(self.now, self.config.host, confirm.nmk, KEY_NONCE);
        self.out.send(frame);
        self.state = State::Keying { charger, keying };
    }

    fn link(&mut self, up: bool) {
        match (&self.state, up) {
            (State::Joining { .. }, true) => {
                self.state = State::Up;
                self.out.tell(Event::LinkUp);
            }
            (State::Up, false) => {
                self.state = State::Over;
                self.out.tell(Event::LinkLost);
            }
            _ => {}
        }
    }
}

/// More sounds than this nobody needs.
const MOST_SOUNDS: u8 = 32;

/// A modem is asked by nobody but its host.
const KEY_NONCE: u32 = 0;
