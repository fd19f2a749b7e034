//! What the pilot goes through from plug to nominal duty.

use std::time::Duration;

use iec61851::{Duty, PilotSignal};
use units::Instant;

use super::hlc::Dialog;
use crate::config::PilotConfig;

/// Where a session is on its way to the nominal duty. It lives and dies with the session, so the next car starts anew.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PilotPlan {
    /// 5 % duty: a car that speaks ISO 15118 may be matched until then.
    Invitation {
        /// The dialog that it is invited to.
        dialog: Dialog,
        /// When the charger gives up.
        until: Instant,
    },
    /// State F between the 5 % duty and the nominal one, for T_step_EF: a car must see the change of mind.
    StepEf {
        /// When it ends.
        until: Instant,
    },
    /// The duty says the current.
    Nominal,
    /// One pulse of state F wakes a car that sleeps in B; the nominal duty follows.
    WakeUp {
        /// When it ends.
        until: Instant,
    },
}

impl PilotPlan {
    /// The car is invited to speak.
    pub(super) fn invite(config: &PilotConfig, now: Instant, dialog: Dialog) -> Self {
        Self::Invitation { dialog, until: now + Duration::from_secs(config.link_timeout_s.into()) }
    }

    /// The change of mind from the 5 % duty to the nominal one.
    pub(super) fn step_ef(config: &PilotConfig, now: Instant) -> Self {
        Self::StepEf { until: now + Duration::from_secs(config.step_ef_s.into()) }
    }

    /// What follows when its time has come.
    pub(super) fn next(self, config: &PilotConfig, now: Instant) -> Self {
        match self {
            Self::Invitation { .. } => Self::step_ef(config, now),
            Self::StepEf { .. } | Self::WakeUp { .. } | Self::Nominal => Self::Nominal,
        }
    }

    /// What is driven regardless of any permission; `None` once the nominal duty decides.
    pub(super) const fn signal(self) -> Option<PilotSignal> {
        match self {
            Self::Invitation { .. } => Some(PilotSignal::Pwm(Duty::DIGITAL)),
            Self::StepEf { .. } | Self::WakeUp { .. } => Some(PilotSignal::F),
            Self::Nominal => None,
        }
    }

    /// When it moves on by itself.
    pub(super) const fn until(self) -> Option<Instant> {
        match self {
            Self::Invitation { until, .. } | Self::StepEf { until } | Self::WakeUp { until } => Some(until),
            Self::Nominal => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn no_link_means_state_f_for_four_seconds_and_then_the_nominal_duty() {
        let config = Config::standard().pilot;
        let mut plan = PilotPlan::invite(&config, Instant::ZERO, Dialog(1));
        let mut story = String::new();
        for second in [0, 19, 20, 23, 24] {
            let now = Instant::from_millis(second * 1000);
            if plan.until().is_some_and(|until| until <= now) {
                plan = plan.next(&config, now);
            }
            story += &format!("{second} s {:?}\n", plan.signal());
        }
        assert_eq!(story, "0 s Some(Pwm(Duty(50)))\n19 s Some(Pwm(Duty(50)))\n20 s Some(F)\n23 s Some(F)\n24 s None\n");
    }
}
