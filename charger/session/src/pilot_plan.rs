//! What the pilot goes through where nothing is said by messages, and how long each step takes. What comes of it is decided in
//! `ac_decision`.

use std::time::Duration;

use iec61851::{Duty, PilotSignal};
use units::Instant;

use super::ac_decision::{Next, Turn};
use super::hlc::Dialog;
use crate::config::PilotConfig;

/// Where a session is on its way to the nominal duty. It lives and dies with the session, so the next car starts anew.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PilotPlan {
    /// 5 % duty: a car that speaks ISO 15118 may be matched.
    Invitation {
        /// The dialog that it is invited to.
        dialog: Dialog,
        /// TT_EVSE_SLAC_init: a car has to ask for a matching by then.
        init: Instant,
        matching: Matching,
    },
    /// State F after the 5 % duty, for T_step_EF: a car must see the change of mind. Or a pulse that wakes a car in B.
    StepEf {
        /// When it ends.
        until: Instant,
        /// What comes then.
        next: Next,
    },
    /// The duty says the current; none is offered to whom nobody let in.
    Nominal,
}

/// Whether a car that is invited has asked for a matching.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Matching {
    /// Not yet.
    Awaited,
    /// It has, and the link must come by then, if not by TT_EVSE_SLAC_init. However often it begins anew, `last` stands.
    Begun { until: Instant, last: Instant },
}

impl Matching {
    /// From CM_SLAC_PARM.REQ to the link: sounds, TT_EVSE_match_session (10 s) and TT_match_join (12 s).
    const TAKES: Duration = Duration::from_secs(24);

    /// TT_matching_repetition: so long a matching that failed may be begun anew.
    const REPETITION: Duration = Duration::from_secs(10);

    /// From the first CM_SLAC_PARM.REQ to the link, whatever fails between: C_conn_max_match times TT_matching_repetition, and
    /// what is left of the last one.
    const ALL: Duration = Duration::from_secs(40);

    /// A car asks for a matching.
    fn asked(self, now: Instant) -> Self {
        let last = match self {
            Self::Awaited => now + Self::ALL,
            Self::Begun { last, .. } => last,
        };
        Self::Begun { until: last.min(now + Self::TAKES), last }
    }

    /// The matching came to nothing.
    fn failed(self, now: Instant) -> Self {
        match self {
            Self::Awaited => Self::Awaited,
            Self::Begun { last, .. } => Self::Begun { until: last.min(now + Self::REPETITION), last },
        }
    }
}

impl PilotPlan {
    /// The car is invited to speak.
    pub(super) fn invite(config: &PilotConfig, now: Instant, dialog: Dialog) -> Self {
        let init = now + Duration::from_secs(config.link_timeout_s.into());
        Self::Invitation { dialog, init, matching: Matching::Awaited }
    }

    /// The change of mind.
    pub(super) fn step_ef(config: &PilotConfig, now: Instant, next: Next) -> Self {
        Self::StepEf { until: now + Duration::from_secs(config.step_ef_s.into()), next }
    }

    /// A car asks for a matching.
    pub(super) fn asked(&mut self, now: Instant) {
        match self {
            Self::Invitation { matching, .. } => *matching = matching.asked(now),
            Self::StepEf { .. } | Self::Nominal => {}
        }
    }

    /// A matching came to nothing.
    pub(super) fn match_failed(&mut self, now: Instant) {
        match self {
            Self::Invitation { matching, .. } => *matching = matching.failed(now),
            Self::StepEf { .. } | Self::Nominal => {}
        }
    }

    /// What has happened when its time has come; state F says itself what comes after it.
    pub(super) const fn runs_out(self) -> Result<Turn, Next> {
        match self {
            Self::Invitation { matching: Matching::Awaited, .. } => Ok(Turn::NotHeard),
            Self::Invitation { matching: Matching::Begun { .. }, .. } => Ok(Turn::MatchFailed),
            Self::StepEf { next, .. } => Err(next),
            Self::Nominal => Err(Next::Nominal),
        }
    }

    /// What is driven regardless of any permission; `None` once the nominal duty decides.
    pub(super) const fn signal(self) -> Option<PilotSignal> {
        match self {
            Self::Invitation { .. } => Some(PilotSignal::Pwm(Duty::DIGITAL)),
            Self::StepEf { .. } => Some(PilotSignal::F),
            Self::Nominal => None,
        }
    }

    /// When it moves on by itself.
    pub(super) fn until(self) -> Option<Instant> {
        match self {
            Self::Invitation { init, matching: Matching::Awaited, .. } => Some(init),
            Self::Invitation { init, matching: Matching::Begun { until, .. }, .. } => Some(init.max(until)),
            Self::StepEf { until, .. } => Some(until),
            Self::Nominal => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const fn at(second: u64) -> Instant {
        Instant::from_millis(second * 1000)
    }

    #[test]
    fn a_matching_has_its_time_and_no_car_makes_it_longer_than_that() {
        let config = Config::standard().pilot;
        let mut plan = PilotPlan::invite(&config, Instant::ZERO, Dialog(1));
        assert_eq!((plan.until(), plan.runs_out()), (Some(at(20)), Ok(Turn::NotHeard)));
        plan.asked(at(19));
        assert_eq!((plan.until(), plan.runs_out()), (Some(at(43)), Ok(Turn::MatchFailed)));
        plan.match_failed(at(21));
        assert_eq!(plan.until(), Some(at(31)));
        for second in 22..58 {
            plan.asked(at(second));
        }
        assert_eq!(plan.until(), Some(at(59)));
        // Who fails at once leaves the other cars their time.
        let mut plan = PilotPlan::invite(&config, Instant::ZERO, Dialog(1));
        plan.asked(at(1));
        plan.match_failed(at(2));
        assert_eq!(plan.until(), Some(at(20)));
    }

    #[test]
    fn state_f_takes_four_seconds() {
        let plan = PilotPlan::step_ef(&Config::standard().pilot, at(7), Next::X1);
        assert_eq!((plan.until(), plan.signal(), plan.runs_out()), (Some(at(11)), Some(PilotSignal::F), Err(Next::X1)));
    }
}
