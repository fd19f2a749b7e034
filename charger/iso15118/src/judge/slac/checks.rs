//! Message by message: what it says, whether it may come, and how long it took.

use std::time::Duration;

use ::slac::{
    AttenCharInd, AttenCharRsp, AttenuationProfile, BROADCAST, Frame, MacAddress, MnbcSoundInd, Nid, Nmk, RunId,
    SlacMatchCnf, SlacMatchReq, SlacParmCnf, SoundTimeout, StartAttenCharInd, timing,
};

use super::super::rule::Rule;
use super::super::verdict::Ledger;
use super::{Matching, Parameters, Stage, When, rules as r};

/// A clock of a capture may be coarse.
const SLACK: Duration = Duration::from_millis(10);

impl Matching {
    fn run_id(&self, ledger: &mut Ledger, rule: &'static Rule, packet: u64, run_id: RunId, what: &str) {
        // A matching whose beginning was not seen has no run id to compare with.
        if self.stage != Stage::Idle && self.asked.is_some() {
            ledger.check(rule, run_id == self.run_id, &[packet], || {
                format!("{what} with run id {run_id}: expected {}", self.run_id)
            });
        }
    }

    /// The message may come in these stages, and ends in this one.
    fn order(&mut self, ledger: &mut Ledger, rule: &'static Rule, packet: u64, after: &[Stage], to: Stage, what: &str) {
        let stage = self.stage;
        if self.is_followed() {
            ledger.check(rule, after.contains(&stage), &[packet], || {
                format!("{what} in stage {stage:?}: expected in {after:?}")
            });
        }
        self.stage = to;
    }

    /// Its beginning was seen, or it came behind one that was.
    fn is_followed(&self) -> bool {
        self.asked.is_some() || self.stage == Stage::Idle
    }

    /// To whom a frame goes that is for everybody. Linux cooked does not keep it: then it is 0.
    fn broadcast(ledger: &mut Ledger, packet: u64, frame: &Frame, what: &str) {
        if frame.destination != MacAddress::default() {
            ledger.check(&r::BROADCAST, frame.destination == BROADCAST, &[packet], || {
                format!("{what} to {}: expected {BROADCAST}", frame.destination)
            });
        }
    }

    fn within(ledger: &mut Ledger, rule: &'static Rule, from: Option<When>, to: When, limit: Duration, what: &str) {
        let Some((packet, then)) = from else { return };
        let took = to.1.saturating_sub(then);
        ledger.check(rule, took <= limit + SLACK, &[packet, to.0], || {
            format!("{what} after {} ms: expected {} ms at most", took.as_millis(), limit.as_millis())
        });
    }

    pub(super) fn parm_cnf(&mut self, ledger: &mut Ledger, when: When, confirm: &SlacParmCnf) {
        let packets = [when.0];
        let what = "CM_SLAC_PARM.CNF";
        ledger.check(&r::READABLE_STATION, true, &packets, String::new);
        self.run_id(ledger, &r::RUN_ID_STATION, when.0, confirm.run_id, what);
        // Several stations may answer: the first one is waited for, the others come when they come.
        if self.stage == Stage::Asked {
            Self::within(ledger, &r::PARM_IN_TIME, self.asked, when, timing::TT_MATCH_RESPONSE, what);
            self.stage = Stage::Confirmed;
        } else if self.is_followed() {
            ledger.check(&r::ORDER_STATION, self.stage != Stage::Idle, &packets, || {
                format!("{what} without CM_SLAC_PARM.REQ")
            });
        } else {
            self.stage = Stage::Confirmed;
        }
        let standard = confirm.timeout == SoundTimeout::STANDARD;
        ledger.check(&r::PARM_TIMEOUT, standard, &packets, || {
            format!("time-out {}: expected 6, 600 ms", confirm.timeout.0)
        });
        ledger.check(&r::PARM_TARGET, confirm.sound_target == BROADCAST, &packets, || {
            format!("sounds for {}: expected {BROADCAST}", confirm.sound_target)
        });
        ledger.check(&r::PARM_SOUNDS, confirm.sounds == timing::C_EV_MATCH_MNBC, &packets, || {
            format!("{} sounds: expected {}", confirm.sounds, timing::C_EV_MATCH_MNBC)
        });
        if self.asked.is_some() {
            ledger.check(&r::PARM_CAR, confirm.forwarding_station == self.car, &packets, || {
                format!("the result for {}: expected the car, {}", confirm.forwarding_station, self.car)
            });
        }
        self.parameters.get_or_insert(Parameters { packet: when.0, sounds: confirm.sounds, timeout: confirm.timeout });
    }

    pub(super) fn start(&mut self, ledger: &mut Ledger, when: When, frame: &Frame, start: &StartAttenCharInd) {
        let what = "CM_START_ATTEN_CHAR.IND";
        self.run_id(ledger, &r::RUN_ID_CAR, when.0, start.run_id, what);
        // Another station may have answered, which is not heard here.
        let stages = [Stage::Asked, Stage::Confirmed, Stage::Starting];
        self.order(ledger, &r::ORDER_CAR, when.0, &stages, Stage::Starting, what);
        Self::broadcast(ledger, when.0, frame, what);
        if let Some(parameters) = self.parameters {
            let same = (start.sounds, start.timeout) == (parameters.sounds, parameters.timeout);
            ledger.check(&r::START_SAME, same, &[parameters.packet, when.0], || {
                format!(
                    "{} sounds in {} ms: expected {} in {}",
                    start.sounds,
                    start.timeout.duration().as_millis(),
                    parameters.sounds,
                    parameters.timeout.duration().as_millis()
                )
            });
        }
        self.pace(ledger, self.last_start, when, what);
        self.starts = self.starts.saturating_add(1);
        self.first_start.get_or_insert(when);
        self.last_start = Some(when);
    }

    fn pace(&self, ledger: &mut Ledger, before: Option<When>, now: When, what: &str) {
        let Some((packet, then)) = before else { return };
        let took = now.1.saturating_sub(then);
        let (least, most) = (timing::TP_EV_BATCH_MSG_INTERVAL_MIN, timing::TP_EV_BATCH_MSG_INTERVAL_MAX);
        ledger.check(&r::PACE, took + SLACK >= least && took <= most + SLACK, &[packet, now.0], || {
            format!("{what} after {} ms: expected {} to {}", took.as_millis(), least.as_millis(), most.as_millis())
        });
    }

    pub(super) fn sound(&mut self, ledger: &mut Ledger, when: When, frame: &Frame, sound: &MnbcSoundInd) {
        let packets = [when.0];
        let what = "CM_MNBC_SOUND.IND";
        self.run_id(ledger, &r::RUN_ID_CAR, when.0, sound.run_id, what);
        if self.stage == Stage::Starting && self.asked.is_some() {
            let starts = self.starts;
            ledger.check(&r::START_COUNT, starts == timing::C_EV_START_ATTEN_CHAR_INDS, &packets, || {
                format!("{starts} CM_START_ATTEN_CHAR.IND: expected {}", timing::C_EV_START_ATTEN_CHAR_INDS)
            });
        }
        self.order(ledger, &r::ORDER_CAR, when.0, &[Stage::Starting, Stage::Sounding], Stage::Sounding, what);
        Self::broadcast(ledger, when.0, frame, what);
        if let Some((packet, then, remaining)) = self.last_sound {
            let one_less = remaining.checked_sub(1) == Some(sound.remaining);
            ledger.check(&r::SOUND_REMAINING, one_less, &[packet, when.0], || {
                format!("{} sounds remain after {remaining}", sound.remaining)
            });
            self.pace(ledger, Some((packet, then)), when, what);
        }
        self.sounds = self.sounds.saturating_add(1);
        self.last_sound = Some((when.0, when.1, sound.remaining));
    }

    pub(super) fn atten_char(&mut self, ledger: &mut Ledger, when: When, result: &AttenCharInd) {
        let packets = [when.0];
        let what = "CM_ATTEN_CHAR.IND";
        ledger.check(&r::READABLE_STATION, true, &packets, String::new);
        self.run_id(ledger, &r::RUN_ID_STATION, when.0, result.run_id, what);
        if let (Some(parameters), Stage::Sounding) = (self.parameters, self.stage) {
            let sounds = self.sounds;
            ledger.check(&r::SOUND_COUNT, sounds == u32::from(parameters.sounds), &[parameters.packet, when.0], || {
                format!("{sounds} sounds: expected {}", parameters.sounds)
            });
            ledger.check(&r::ATTEN_COUNT, u32::from(result.sounds) <= sounds && result.sounds > 0, &packets, || {
                format!("{} sounds were heard of {sounds}", result.sounds)
            });
        }
        let stages = [Stage::Starting, Stage::Sounding, Stage::Characterised];
        self.order(ledger, &r::ORDER_STATION, when.0, &stages, Stage::Characterised, what);
        let groups = result.profile.groups().len();
        ledger.check(&r::ATTEN_GROUPS, groups == AttenuationProfile::GROUPS, &packets, || {
            format!("{groups} groups: expected {}", AttenuationProfile::GROUPS)
        });
        if self.asked.is_some() {
            ledger.check(&r::ATTEN_CAR, result.source == self.car, &packets, || {
                format!("a result for {}: expected the car, {}", result.source, self.car)
            });
        }
        if self.characterised.is_none() {
            Self::within(ledger, &r::ATTEN_IN_TIME, self.first_start, when, timing::TT_EV_ATTEN_RESULTS, what);
        }
        self.characterised = Some(when);
    }

    pub(super) fn atten_rsp(&mut self, ledger: &mut Ledger, when: When, response: &AttenCharRsp) {
        let what = "CM_ATTEN_CHAR.RSP";
        self.run_id(ledger, &r::RUN_ID_CAR, when.0, response.run_id, what);
        let stages = [Stage::Characterised, Stage::Answered];
        self.order(ledger, &r::ORDER_CAR, when.0, &stages, Stage::Answered, what);
        ledger.check(&r::RSP_RESULT, response.result == 0, &[when.0], || {
            format!("result {}: expected 0", response.result)
        });
        Self::within(ledger, &r::RSP_IN_TIME, self.characterised, when, timing::TT_MATCH_RESPONSE, what);
        self.answered = Some(when);
    }

    pub(super) fn match_req(&mut self, ledger: &mut Ledger, when: When, frame: &Frame, request: &SlacMatchReq) {
        let what = "CM_SLAC_MATCH.REQ";
        self.run_id(ledger, &r::RUN_ID_CAR, when.0, request.run_id, what);
        let stages = [Stage::Answered, Stage::MatchAsked];
        self.order(ledger, &r::ORDER_CAR, when.0, &stages, Stage::MatchAsked, what);
        if self.asked.is_some() {
            ledger.check(&r::MATCH_CAR, request.car == self.car && frame.source == self.car, &[when.0], || {
                format!("{what} from {} for {}: expected the car, {}", frame.source, request.car, self.car)
            });
        }
        if self.match_asked.is_none() {
            Self::within(ledger, &r::MATCH_SOON, self.answered, when, timing::TT_EVSE_MATCH_SESSION, what);
        }
        self.match_asked = Some(when);
    }

    pub(super) fn match_cnf(&mut self, ledger: &mut Ledger, when: When, confirm: &SlacMatchCnf) {
        let packets = [when.0];
        let what = "CM_SLAC_MATCH.CNF";
        ledger.check(&r::READABLE_STATION, true, &packets, String::new);
        self.run_id(ledger, &r::RUN_ID_STATION, when.0, confirm.run_id, what);
        let stages = [Stage::MatchAsked, Stage::Matched];
        self.order(ledger, &r::ORDER_STATION, when.0, &stages, Stage::Matched, what);
        ledger.check(&r::MATCH_KEY, confirm.nmk != Nmk::default(), &packets, || "the key is 0".to_owned());
        let nid = Nid::of(&confirm.nmk, confirm.nid.level());
        ledger.check(&r::MATCH_NID, confirm.nid == nid, &packets, || {
            format!("NID {}: the one of the key is {nid}", confirm.nid)
        });
        Self::within(ledger, &r::MATCH_IN_TIME, self.match_asked, when, timing::TT_MATCH_RESPONSE, what);
        self.matched = Some(when);
    }
}
