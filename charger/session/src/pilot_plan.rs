//! What the pilot goes through from plug to nominal duty.

use std::time::Duration;

use iec61851::{Duty, PilotSignal};
use units::Instant;

use crate::config::PilotConfig;

/// Where a session is on its way to the nominal duty. It lives and dies with the session, so the next car starts anew.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PilotPlan {
    /// 5 % duty: a car that speaks ISO 15118 may start the digital link until then.
    Digital {
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
    /// How a session begins.
    pub(super) fn begin(config: &PilotConfig, now: Instant) -> Self {
        if config.digital_first {
            Self::Digital { until: now + Duration::from_secs(config.link_timeout_s.into()) }
        } else {
            Self::Nominal
        }
    }

    /// What follows when its time has come.
    pub(super) fn next(self, config: &PilotConfig, now: Instant) -> Self {
        match self {
            Self::Digital { .. } => Self::StepEf { until: now + Duration::from_secs(config.step_ef_s.into()) },
            Self::StepEf { .. } | Self::WakeUp { .. } | Self::Nominal => Self::Nominal,
        }
    }

    /// What is driven regardless of any permission; `None` once the nominal duty decides.
    pub(super) const fn signal(self) -> Option<PilotSignal> {
        match self {
            Self::Digital { .. } => Some(PilotSignal::Pwm(Duty::DIGITAL)),
            Self::StepEf { .. } | Self::WakeUp { .. } => Some(PilotSignal::F),
            Self::Nominal => None,
        }
    }

    /// When it moves on by itself.
    pub(super) const fn until(self) -> Option<Instant> {
        match self {
            Self::Digital { until } | Self::StepEf { until } | Self::WakeUp { until } => Some(until),
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
        let config = PilotConfig { digital_first: true, ..Config::standard().pilot };
        let mut plan = PilotPlan::begin(&config, Instant::ZERO);
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
