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

/// The matching so far.
#[derive(Default)]
pub(super) struct Matching {
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
    /// When both modems got their key.
    pub(super) const fn matched(&self) -> Option<When> {
        self.matched
    }

    /// Nobody says who sent it: it is taken for the one whose turn it was.
    pub(super) fn unreadable(&self, ledger: &mut Ledger, packet: u64, error: &FrameError) {
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

    pub(super) fn see(&mut self, ledger: &mut Ledger, packet: u64, at: Duration, frame: &Frame) {
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
    pub(super) fn link(&mut self, ledger: &mut Ledger, packet: u64, at: Duration) {
        let Some((matched, then)) = self.matched.filter(|_| self.stage == Stage::Matched) else { return };
        self.stage = Stage::Idle;
        let took = at.saturating_sub(then);
        let limit = ::slac::timing::TT_MATCH_JOIN;
        ledger.check(&r::JOIN, took <= limit, &[matched, packet], || {
            format!("SDP {} ms after CM_SLAC_MATCH.CNF: expected {} ms at most", took.as_millis(), limit.as_millis())
        });
    }
}
