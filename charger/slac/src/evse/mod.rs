//! The charger's side of a matching (ISO 15118-3 annex A.9), without I/O: frames and times in, frames and events out.
//!
//! ```text
//!   SetKey ──▶ Keyed           the modem has the key before the pilot says 5 %
//!   Begin ───▶ waits for CM_SLAC_PARM.REQ ──▶ Heard ──▶ ... ──▶ Matched ──▶ LinkUp
//!                    └─ NotHeard: matching goes on, the host decides about E, F or basic charging
//! ```
//!
//! Several cars may be heard at once. Each is answered; the first that asks for the match gets the key, and from then on nobody
//! else is answered.

mod run;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use units::Instant;

use crate::attenuation::AttenCharRsp;
use crate::ethernet::MacAddress;
use crate::frame::Frame;
use crate::key::{Nid, Nmk, SetKeyCnf};
use crate::keying::Keying;
use crate::matching::{SlacMatchCnf, SlacMatchReq};
use crate::message::Message;
use crate::octets::RunId;
use crate::parm::{SlacParmCnf, SlacParmReq};
use crate::process::{Outbox, Output, Profile, is_matching};
use crate::sounding::{AttenProfileInd, MnbcSoundInd, StartAttenCharInd};
use crate::timing;
use crate::validate::{SignalType, ValidateCnf, ValidateReq, ValidateResult};
use run::{Heard, Run, Stage};

/// So many cars are heard at a time; of more, the one that was heard first is forgotten.
const MOST_CARS: usize = 8;

/// What is set once.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Config {
    /// The address of the charger's host on the link.
    pub host: MacAddress,
    /// Where real cars and the standard disagree.
    pub profile: Profile,
    /// So long CM_SLAC_PARM.REQ is waited for before that is told: TT_EVSE_SLAC_init, 20 to 50 s.
    pub slac_init: Duration,
    /// What is lost between the cable and the charger's modem (AttnRx_EVSE), in dB: it is no loss of the cable. Chargers of 0 and of
    /// 10 dB were captured.
    pub receive_db: u8,
    /// Whether the host can count toggles of the pilot; else a car that asks to be validated is told that it need not be.
    pub validates: bool,
}

impl Config {
    /// As most chargers are.
    #[must_use]
    pub const fn new(host: MacAddress) -> Self {
        Self {
            host,
            profile: Profile::Field,
            slac_init: timing::TT_EVSE_SLAC_INIT_MAX,
            receive_db: 0,
            validates: false,
        }
    }
}

/// What the host tells.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Time has passed.
    Time,
    /// The network is to have this key, which nobody else knows: before the first matching, and after each session.
    SetKey(Nmk),
    /// A car is plugged in, and the pilot says 5 %.
    Begin,
    /// A frame came from the modem.
    Frame(&'a Frame),
    /// The modem says whether another one is in its network.
    Link(bool),
    /// The pilot was toggled so often while [`Event::CountToggles`] wanted it to be counted.
    Toggles(u8),
    /// The car is gone, or the session is over: nobody is answered any longer. The key should be replaced.
    End,
}

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// The modem has the key.
    Keyed,
    /// The modem does not answer; the key may not be in it.
    ModemSilent,
    /// A car asks for a matching, the first since [`Input::Begin`].
    Heard(MacAddress),
    /// No car asked within TT_EVSE_SLAC_init. One that asks later is still answered.
    NotHeard,
    /// The matching of a car came to nothing.
    Failed {
        /// Which.
        car: MacAddress,
        /// Why.
        why: Failure,
    },
    /// The pilot is to be watched for so long, then [`Input::Toggles`] says how often it was toggled.
    CountToggles(Duration),
    /// This car has the key.
    Matched(MacAddress),
    /// The car's modem is in the network: D-LINK_READY.
    LinkUp,
    /// The car's modem did not come into the network in time, or left it.
    LinkLost,
}

/// Why a matching came to nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Failure {
    /// The car did not begin to sound.
    NotStarted,
    /// None of its sounds arrived.
    NoSounds,
    /// Sounds arrived, and the modem says nothing of how weak they were.
    NoProfiles,
    /// The car did not say that it has the result.
    NotResponded,
    /// The car does not want the result.
    Refused(u8),
    /// The car did not ask for the match: it is plugged in elsewhere, or gave up.
    NotRequested,
    /// The car began again.
    Restarted,
    /// Too many cars are heard.
    Displaced,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted => f.write_str("CM_START_ATTEN_CHAR.IND did not come"),
            Self::NoSounds => f.write_str("no sound arrived"),
            Self::NoProfiles => {
                f.write_str("the modem reports no attenuation: no CM_ATTEN_PROFILE.IND came for the sounds")
            }
            Self::NotResponded => f.write_str("CM_ATTEN_CHAR.RSP did not come"),
            Self::Refused(result) => write!(f, "CM_ATTEN_CHAR.RSP has result {result}; expected 0"),
            Self::NotRequested => f.write_str("CM_SLAC_MATCH.REQ did not come"),
            Self::Restarted => f.write_str("the car began again"),
            Self::Displaced => write!(f, "more than {MOST_CARS} cars are heard"),
        }
    }
}

/// How far it is.
#[derive(Clone, Debug, Eq, PartialEq)]
enum State {
    /// Nobody is plugged in: nobody is answered.
    Idle,
    /// Cars are answered. `None` when it was told that none was heard, or one was.
    Open { first_until: Option<Instant>, runs: Vec<Run> },
    /// The match came to nothing, and no other is begun until the car is unplugged.
    Closed,
    /// A car has the key.
    Matched { request: SlacMatchReq, link: Link },
}

/// The link of a car that has the key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Link {
    /// It is waited for until then.
    Joining(Instant),
    Up,
}

/// A car that toggles its pilot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Validating {
    car: MacAddress,
    signal: SignalType,
}

/// The charger's side of a matching.
#[derive(Clone, Debug)]
pub struct Evse {
    config: Config,
    state: State,
    /// The key of the network, once it was given.
    nmk: Option<Nmk>,
    /// It is on its way to the modem.
    keying: Option<Keying>,
    /// The modem, as soon as it has answered.
    modem: Option<MacAddress>,
    validating: Option<Validating>,
    now: Instant,
    out: Outbox<Event>,
}

impl Evse {
    /// Nobody is plugged in, and there is no key yet.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self {
            config,
            state: State::Idle,
            nmk: None,
            keying: None,
            modem: None,
            validating: None,
            now: Instant::ZERO,
            out: Outbox::new(),
        }
    }

    /// The next thing for the host.
    pub fn poll_output(&mut self) -> Output<Event> {
        let keying = self.keying.as_ref().map(|keying| keying.until);
        let state = match &self.state {
            State::Idle | State::Closed | State::Matched { link: Link::Up, .. } => None,
            State::Open { first_until, runs } => first_until.iter().copied().chain(runs.iter().map(Run::until)).min(),
            State::Matched { link: Link::Joining(until), .. } => Some(*until),
        };
        self.out.next(keying.into_iter().chain(state).min())
    }

    /// Something happened at that time.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        self.now = self.now.max(now);
        match input {
            Input::Time => {}
            Input::SetKey(nmk) => {
                self.nmk = Some(nmk);
                let nonce = match self.config.profile {
                    Profile::Strict => 0,
                    Profile::Field => FIELD_NONCE,
                };
                let (keying, frame) = Keying::begin(self.now, self.config.host, nmk, nonce);
                self.keying = Some(keying);
                self.out.send(frame);
            }
            Input::Begin => self.begin(),
            Input::Frame(frame) => self.frame(frame),
            Input::Link(up) => self.link(up),
            Input::Toggles(count) => self.toggles(count),
            Input::End => {
                self.state = State::Idle;
                self.validating = None;
            }
        }
        self.time();
    }

    fn begin(&mut self) {
        // E and F begin the same plug-in again: a car that is matched stays so.
        if matches!(self.state, State::Idle | State::Closed) {
            self.state = State::Open { first_until: Some(self.now + self.config.slac_init), runs: Vec::new() };
        }
    }

    /// What is over by now.
    fn time(&mut self) {
        let now = self.now;
        if let Some(keying) = self.keying.as_mut().filter(|keying| keying.until <= now) {
            match keying.timed_out(now, self.config.host) {
                Some(frame) => self.out.send(frame),
                None => {
                    self.keying = None;
                    self.nmk = None;
                    self.out.tell(Event::ModemSilent);
                }
            }
        }
        match &mut self.state {
            State::Idle | State::Closed | State::Matched { link: Link::Up, .. } => {}
            State::Open { first_until, .. } => {
                if first_until.take_if(|until| *until <= now).is_some() {
                    self.out.tell(Event::NotHeard);
                }
                self.runs_in_time();
            }
            State::Matched { link: Link::Joining(until), .. } => {
                if *until <= now {
                    self.lose_link();
                }
            }
        }
    }

    /// Runs whose car was waited for in vain.
    fn runs_in_time(&mut self) {
        let State::Open { runs, .. } = &mut self.state else { return };
        let (now, host) = (self.now, self.config.host);
        let mut failed = Vec::new();
        runs.retain_mut(|run| {
            if run.until() > now {
                return true;
            }
            let why = match &mut run.stage {
                Stage::Start { .. } => Failure::NotStarted,
                Stage::Sounds { heard, .. } => {
                    let heard = std::mem::take(heard);
                    match report(run, &heard, now, &self.config, &mut self.out) {
                        Ok(()) => return true,
                        Err(why) => why,
                    }
                }
                Stage::Response { until, result, tries } => {
                    if *tries <= timing::C_EV_MATCH_RETRY {
                        (*until, *tries) = (now + timing::TT_MATCH_RESPONSE, *tries + 1);
                        self.out.send(Frame::new(run.car, host, Message::AttenCharInd(result.clone())));
                        return true;
                    }
                    Failure::NotResponded
                }
                Stage::Request { .. } => Failure::NotRequested,
            };
            failed.push((run.car, why));
            false
        });
        for (car, why) in failed {
            self.fail(car, why);
        }
    }

    fn fail(&mut self, car: MacAddress, why: Failure) {
        self.out.tell(Event::Failed { car, why });
        self.validating.take_if(|validating| validating.car == car);
        // Whoever is plugged in elsewhere is no failure of ours; in the field a car may try again at any time.
        let is_over = self.config.profile == Profile::Strict && why != Failure::NotRequested;
        if is_over && matches!(&self.state, State::Open { runs, .. } if runs.is_empty()) {
            self.state = State::Closed;
        }
    }

    fn frame(&mut self, frame: &Frame) {
        let (car, to) = (frame.source, frame.destination);
        match &frame.message {
            Message::SetKeyCnf(answer) => self.keyed(car, answer),
            Message::SlacParmReq(request) => self.parm(car, request),
            Message::StartAttenCharInd(start) => self.start(car, start),
            Message::MnbcSoundInd(sound) => self.sound(car, sound),
            Message::AttenProfileInd(profile) => self.profile(car, profile),
            // The rest is for one station alone.
            _ if to != self.config.host => {}
            Message::AttenCharRsp(response) => self.response(car, response),
            Message::ValidateReq(request) => self.validate(car, request),
            Message::SlacMatchReq(request) => self.request(car, request),
            _ => {}
        }
    }

    fn keyed(&mut self, modem: MacAddress, answer: &SetKeyCnf) {
        if self.keying.take_if(|keying| keying.is_answered_by(answer)).is_some() {
            self.modem = Some(modem);
            self.out.tell(Event::Keyed);
        }
    }

    fn parm(&mut self, car: MacAddress, request: &SlacParmReq) {
        // A car that is answered before the modem has its key would be given one that leads nowhere; it asks again.
        if !is_matching(request.application, request.security) || self.nmk.is_none() || self.keying.is_some() {
            return;
        }
        if let State::Matched { request: matched, .. } = &self.state {
            // A neighbour's car changes nothing. The one that has the key lost it, when it asks again.
            if matched.car != car || self.config.profile == Profile::Strict {
                return;
            }
            self.state = State::Open { first_until: None, runs: Vec::new() };
            self.out.tell(Event::LinkLost);
        }
        let State::Open { first_until, runs } = &mut self.state else { return };
        if first_until.take().is_some() || runs.is_empty() {
            self.out.tell(Event::Heard(car));
        }
        let before = runs.iter().position(|run| run.car == car).map(|at| runs.remove(at));
        if let Some(before) = before
            && before.run_id != request.run_id
        {
            self.fail(car, Failure::Restarted);
        }
        let State::Open { runs, .. } = &mut self.state else { return };
        if runs.len() == MOST_CARS {
            let Run { car, .. } = runs.remove(0);
            self.out.tell(Event::Failed { car, why: Failure::Displaced });
        }
        runs.push(Run::begin(self.now, car, request.run_id));
        let confirm = SlacParmCnf::new(car, request.run_id);
        self.out.send(Frame::new(car, self.config.host, Message::SlacParmCnf(confirm)));
    }

    /// The run that a message belongs to.
    fn run(&mut self, car: MacAddress, run_id: RunId) -> Option<&mut Run> {
        let State::Open { runs, .. } = &mut self.state else { return None };
        runs.iter_mut().find(|run| run.car == car && run.run_id == run_id)
    }

    fn start(&mut self, car: MacAddress, start: &StartAttenCharInd) {
        if !is_matching(start.application, start.security) {
            return;
        }
        let until = self.now + timing::TT_EVSE_MATCH_MNBC;
        if let Some(run) = self.run(car, start.run_id)
            && matches!(run.stage, Stage::Start { .. })
        {
            run.stage = Stage::Sounds { until, heard: Heard::default() };
        }
    }

    fn sound(&mut self, car: MacAddress, sound: &MnbcSoundInd) {
        if is_matching(sound.application, sound.security)
            && let Some(Run { stage: Stage::Sounds { heard, .. }, .. }) = self.run(car, sound.run_id)
        {
            heard.sound(sound.remaining);
        }
    }

    fn profile(&mut self, modem: MacAddress, profile: &AttenProfileInd) {
        // What another modem measured says nothing of this cable.
        if self.modem.is_some_and(|own| own != modem) {
            return;
        }
        let now = self.now;
        let State::Open { runs, .. } = &mut self.state else { return };
        let Some(run) = runs.iter_mut().find(|run| run.car == profile.car) else { return };
        let Stage::Sounds { heard, .. } = &mut run.stage else { return };
        heard.profile(&profile.profile);
        if heard.is_complete() {
            let heard = std::mem::take(heard);
            // What is complete has a mean.
            let _ = report(run, &heard, now, &self.config, &mut self.out);
        }
    }

    fn response(&mut self, car: MacAddress, response: &AttenCharRsp) {
        if !is_matching(response.application, response.security) || response.source != car {
            return;
        }
        let until = self.now + timing::TT_EVSE_MATCH_SESSION;
        let Some(run) = self.run(car, response.run_id) else { return };
        if !matches!(run.stage, Stage::Response { .. }) {
            return;
        }
        run.stage = Stage::Request { until };
        if response.result != 0 {
            let State::Open { runs, .. } = &mut self.state else { return };
            runs.retain(|run| run.car != car);
            self.fail(car, Failure::Refused(response.result));
        }
    }

    fn validate(&mut self, car: MacAddress, request: &ValidateReq) {
        let State::Open { runs, .. } = &self.state else { return };
        if !runs.iter().any(|run| run.car == car && matches!(run.stage, Stage::Request { .. })) {
            return;
        }
        let result = if !self.config.validates {
            ValidateResult::NotRequired
        } else if self.validating.is_some_and(|validating| validating.car != car) {
            ValidateResult::NotReady
        } else if self.validating.is_none() {
            self.validating = Some(Validating { car, signal: request.signal });
            ValidateResult::Ready
        } else {
            // The second request says how long; the answer follows when that is over.
            self.out.tell(Event::CountToggles(request.timer.duration()));
            return;
        };
        let answer = ValidateCnf { signal: request.signal, toggles: 0, result };
        self.out.send(Frame::new(car, self.config.host, Message::ValidateCnf(answer)));
    }

    fn toggles(&mut self, toggles: u8) {
        let Some(Validating { car, signal }) = self.validating.take() else { return };
        let known = timing::C_EV_VALD_NB_TOGGLES_MIN..=timing::C_EV_VALD_NB_TOGGLES_MAX;
        let result = if known.contains(&toggles) { ValidateResult::Success } else { ValidateResult::Failure };
        let answer = ValidateCnf { signal, toggles, result };
        self.out.send(Frame::new(car, self.config.host, Message::ValidateCnf(answer)));
    }

    fn request(&mut self, car: MacAddress, request: &SlacMatchReq) {
        let Some(nmk) = self.nmk else { return };
        if !is_matching(request.application, request.security) || request.evse != self.config.host {
            return;
        }
        // Some cars name their modem instead of their host; what is kept and answered names the host.
        if request.car != car && self.config.profile == Profile::Strict {
            return;
        }
        let request = &SlacMatchReq { car, ..request.clone() };
        let is_again = matches!(&self.state, State::Matched { request: before, .. } if before == request);
        if !is_again {
            let is_strict = self.config.profile == Profile::Strict;
            let may = self.run(car, request.run_id).is_some_and(|run| match run.stage {
                Stage::Request { .. } => true,
                // Whoever asks for the match has the result; his response was lost.
                Stage::Response { .. } => !is_strict,
                Stage::Start { .. } | Stage::Sounds { .. } => false,
            });
            if !may {
                return;
            }
        }
        let confirm = SlacMatchCnf::new(request, Nid::of(&nmk, Nid::SIMPLE_CONNECT), nmk);
        self.out.send(Frame::new(car, self.config.host, Message::SlacMatchCnf(confirm)));
        if !is_again {
            let link = Link::Joining(self.now + timing::TT_MATCH_JOIN);
            self.state = State::Matched { request: request.clone(), link };
            self.validating = None;
            self.out.tell(Event::Matched(car));
        }
    }

    fn link(&mut self, up: bool) {
        let State::Matched { link, .. } = &mut self.state else { return };
        match (*link, up) {
            (Link::Joining(_), true) => {
                *link = Link::Up;
                self.out.tell(Event::LinkUp);
            }
            (Link::Up, false) => self.lose_link(),
            (Link::Joining(_), false) | (Link::Up, true) => {}
        }
    }

    /// The car may match again: T_conn_resetup is its business.
    fn lose_link(&mut self) {
        self.out.tell(Event::LinkLost);
        self.state = match self.config.profile {
            Profile::Strict => State::Closed,
            Profile::Field => State::Open { first_until: None, runs: Vec::new() },
        };
    }
}

/// The nonce that every captured charger gives its modem. The standard's tests want 0.
const FIELD_NONCE: u32 = 0xaaaa_aaaa;

/// The car has sounded: it is told how it was heard.
fn report(run: &mut Run, heard: &Heard, now: Instant, config: &Config, out: &mut Outbox<Event>) -> Result<(), Failure> {
    let result = run.result(heard, config.receive_db)?;
    out.send(Frame::new(run.car, config.host, Message::AttenCharInd(result.clone())));
    run.stage = Stage::Response { until: now + timing::TT_MATCH_RESPONSE, result, tries: 1 };
    Ok(())
}
