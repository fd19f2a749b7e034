//! The matching of the modems (ISO 15118-3 annex A), as the car and one station speak.
//!
//! A new CM_SLAC_PARM.REQ with another run id begins a new matching; with the same it is said again. What a host says to its own
//! modem is not judged.

mod checks;
mod rules;

pub(super) use rules::RULES;

use std::time::Duration;

use ::slac::{Frame, FrameError, MacAddress, Message, RunId};

use super::verdict::Ledger;
use rules as r;

/// How far a matching has come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Stage {
    /// Nothing yet: the capture may begin in its middle, so nothing is concluded until a car asks.
    #[default]
    Unknown,
    /// It is over.
    Idle,
    /// CM_SLAC_PARM.REQ.
    Asked,
    /// CM_SLAC_PARM.CNF.
    Confirmed,
    /// CM_START_ATTEN_CHAR.IND.
    Starting,
    /// CM_MNBC_SOUND.IND.
    Sounding,
    /// CM_ATTEN_CHAR.IND.
    Characterised,
    /// CM_ATTEN_CHAR.RSP.
    Answered,
    /// CM_SLAC_MATCH.REQ.
    MatchAsked,
    /// CM_SLAC_MATCH.CNF.
    Matched,
}

/// When something was seen.
type When = (u64, Duration);

/// What CM_SLAC_PARM.CNF said.
#[derive(Clone, Copy)]
struct Parameters {
    packet: u64,
    sounds: u8,
    timeout: ::slac::SoundTimeout,
}

/// So many cars are followed at a time; of more, the one that was heard first is forgotten.
const MOST_CARS: usize = 16;

/// The matchings of all cars that are heard: those of the neighbours are answered like the one that is plugged in.
#[derive(Default)]
pub(super) struct Matchings {
    /// In the order in which they asked first.
    cars: Vec<Matching>,
    /// The one that spoke, or was spoken to, last.
    current: usize,
}

impl Matchings {
    /// When both modems got their key.
    pub(super) fn matched(&self) -> Option<When> {
        self.cars.iter().filter_map(|matching| matching.matched).max()
    }

    /// Nobody says who sent it: it is taken for one of those that spoke last.
    pub(super) fn unreadable(&mut self, ledger: &mut Ledger, packet: u64, error: &FrameError) {
        self.of(None, None).unreadable(ledger, packet, error);
    }

    /// The first question of SDP: the link is there.
    pub(super) fn link(&mut self, ledger: &mut Ledger, packet: u64, at: Duration) {
        if let Some(latest) = self.cars.iter_mut().max_by_key(|matching| matching.matched) {
            latest.link(ledger, packet, at);
        }
    }

    pub(super) fn see(&mut self, ledger: &mut Ledger, packet: u64, at: Duration, frame: &Frame) {
        let (car, run_id) = match &frame.message {
            Message::SlacParmReq(request) => {
                let known = self.cars.iter().position(|matching| matching.car == frame.source);
                self.current = known.unwrap_or_else(|| self.enter());
                (Some(frame.source), Some(request.run_id))
            }
            Message::StartAttenCharInd(start) => (Some(frame.source), Some(start.run_id)),
            Message::MnbcSoundInd(sound) => (Some(frame.source), Some(sound.run_id)),
            Message::AttenCharRsp(response) => (Some(frame.source), Some(response.run_id)),
            Message::SlacMatchReq(request) => (Some(frame.source), Some(request.run_id)),
            Message::SlacParmCnf(confirm) => (Some(frame.destination), Some(confirm.run_id)),
            Message::AttenCharInd(result) => (Some(frame.destination), Some(result.run_id)),
            Message::SlacMatchCnf(confirm) => (Some(frame.destination), Some(confirm.run_id)),
            Message::ValidateReq(_)
            | Message::ValidateCnf(_)
            | Message::AttenProfileInd(_)
            | Message::SetKeyReq(_)
            | Message::SetKeyCnf(_)
            | Message::AmpMapReq(_)
            | Message::AmpMapCnf(_)
            | Message::Vendor(_)
            | Message::Other(_) => return,
        };
        self.of(car, run_id).see(ledger, packet, at, frame);
    }

    /// Room for a car that asks for the first time.
    fn enter(&mut self) -> usize {
        // What was seen before any car asked belongs to the first that does.
        if self.cars.len() == 1 && self.cars[0].asked.is_none() {
            return 0;
        }
        if self.cars.len() == MOST_CARS {
            self.cars.remove(0);
        }
        self.cars.push(Matching::default());
        self.cars.len() - 1
    }

    /// The matching of that car, or else with that run id, or else the one that was about last: a wrong address or a wrong run id is
    /// for the rules to find.
    fn of(&mut self, car: Option<MacAddress>, run_id: Option<RunId>) -> &mut Matching {
        if self.cars.is_empty() {
            self.cars.push(Matching::default());
        }
        let asked = |is: &dyn Fn(&Matching) -> bool| {
            self.cars.iter().position(|matching| matching.asked.is_some() && is(matching))
        };
        let found =
            asked(&|matching| Some(matching.car) == car).or_else(|| asked(&|other| Some(other.run_id) == run_id));
        self.current = found.unwrap_or(self.current).min(self.cars.len() - 1);
        &mut self.cars[self.current]
    }
}

/// The matching of one car so far.
#[derive(Default)]
struct Matching {
    stage: Stage,
    run_id: RunId,
    car: MacAddress,
    asked: Option<When>,
    parameters: Option<Parameters>,
    starts: u8,
    first_start: Option<When>,
    last_start: Option<When>,
    sounds: u32,
    last_sound: Option<(u64, Duration, u8)>,
    characterised: Option<When>,
    answered: Option<When>,
    match_asked: Option<When>,
    /// CM_SLAC_MATCH.CNF.
    matched: Option<When>,
}

impl Matching {
    /// Nobody says who sent it: it is taken for the one whose turn it was.
    fn unreadable(&self, ledger: &mut Ledger, packet: u64, error: &FrameError) {
        let rule = match self.stage {
            Stage::Asked | Stage::MatchAsked | Stage::Sounding => &r::READABLE_STATION,
            Stage::Unknown
            | Stage::Idle
            | Stage::Confirmed
            | Stage::Starting
            | Stage::Characterised
            | Stage::Answered
            | Stage::Matched => &r::READABLE_CAR,
        };
        ledger.check(rule, false, &[packet], || error.to_string());
    }

    fn see(&mut self, ledger: &mut Ledger, packet: u64, at: Duration, frame: &Frame) {
        let when = (packet, at);
        match &frame.message {
            Message::SlacParmReq(request) => {
                let again = self.stage == Stage::Asked && self.run_id == request.run_id;
                ledger.check(&r::READABLE_CAR, true, &[packet], String::new);
                if !again {
                    *self = Self { run_id: request.run_id, car: frame.source, ..Self::default() };
                }
                self.stage = Stage::Asked;
                self.asked = Some(when);
            }
            Message::SlacParmCnf(confirm) => self.parm_cnf(ledger, when, confirm),
            Message::StartAttenCharInd(start) => self.start(ledger, when, frame, start),
            Message::MnbcSoundInd(sound) => self.sound(ledger, when, frame, sound),
            Message::AttenCharInd(result) => self.atten_char(ledger, when, result),
            Message::AttenCharRsp(response) => self.atten_rsp(ledger, when, response),
            Message::SlacMatchReq(request) => self.match_req(ledger, when, frame, request),
            Message::SlacMatchCnf(confirm) => self.match_cnf(ledger, when, confirm),
            Message::ValidateReq(_)
            | Message::ValidateCnf(_)
            | Message::AttenProfileInd(_)
            | Message::SetKeyReq(_)
            | Message::SetKeyCnf(_)
            | Message::AmpMapReq(_)
            | Message::AmpMapCnf(_)
            | Message::Vendor(_)
            | Message::Other(_) => {}
        }
    }

    /// The first question of SDP: the link is there.
    fn link(&mut self, ledger: &mut Ledger, packet: u64, at: Duration) {
        let Some((matched, then)) = self.matched.filter(|_| self.stage == Stage::Matched) else { return };
        self.stage = Stage::Idle;
        let took = at.saturating_sub(then);
        let limit = ::slac::timing::TT_MATCH_JOIN;
        ledger.check(&r::JOIN, took <= limit, &[matched, packet], || {
            format!("SDP {} ms after CM_SLAC_MATCH.CNF: expected {} ms at most", took.as_millis(), limit.as_millis())
        });
    }
}
