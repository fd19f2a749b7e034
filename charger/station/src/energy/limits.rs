//! The smallest of several limits, and whose it is.

use ocpp::ChargingLimit;
use serde::Serialize;
use units::{Milliamps, Millivolts, PhaseCount};

use super::SiteLimit;

/// Whose limit it is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum LimitSource {
    /// The cable, by its PP resistor.
    Cable,
    /// The contract of the token.
    Contract,
    /// The charger's own wiring.
    Outlet,
    /// A charging profile of the CSMS.
    Profile,
    /// The house connection.
    Site,
}

/// A limit of the line current, and whose it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Limit {
    /// Each line may carry so much; below 6 A the car cannot charge at all.
    pub current: Milliamps,
    /// Who says so.
    pub by: LimitSource,
}

/// Every limit that is known now. A `None` limits nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// The cable's rating.
    pub cable: Option<Milliamps>,
    /// The contract's limit.
    pub contract: Option<Milliamps>,
    /// The charger's own.
    pub outlet: Milliamps,
    /// The composite of the charging profiles.
    pub profile: Option<ChargingLimit>,
    /// What the house leaves.
    pub site: Option<SiteLimit>,
}

impl Limits {
    /// The smallest. A limit in watts is shared by the lines in use at the nominal voltage.
    #[must_use]
    pub fn smallest(&self, voltage: Millivolts, in_use: PhaseCount) -> Limit {
        let profile = self.profile.and_then(|limit| Self::profile_current(&limit, voltage, in_use));
        [
            (self.cable, LimitSource::Cable),
            (self.contract, LimitSource::Contract),
            (profile, LimitSource::Profile),
            (self.site.map(|site| site.current), LimitSource::Site),
        ]
        .into_iter()
        .filter_map(|(current, by)| current.map(|current| Limit { current, by }))
        .fold(Limit { current: self.outlet, by: LimitSource::Outlet }, |smallest, limit| {
            if limit.current < smallest.current { limit } else { smallest }
        })
    }

    fn profile_current(limit: &ChargingLimit, voltage: Millivolts, in_use: PhaseCount) -> Option<Milliamps> {
        let phases = limit.phases.unwrap_or(in_use).min(in_use);
        let from_power = limit.power.map(|power| {
            // A watt by a millivolt is a thousand amperes, a million milliamperes; in 64 bit no profile can overflow it.
            let line = i64::from(power.0.max(0)) * 1_000_000 / i64::from(voltage.0.max(1)) / i64::from(phases.count());
            Milliamps(i32::try_from(line).unwrap_or(i32::MAX))
        });
        match (limit.current, from_power) {
            (Some(current), Some(power)) => Some(current.min(power)),
            (current, power) => current.or(power),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Watts;

    const V230: Millivolts = Millivolts::from_volts(230);

    fn smallest(limits: Limits, phases: PhaseCount) -> (i32, LimitSource) {
        let limit = limits.smallest(V230, phases);
        (limit.current.0, limit.by)
    }

    #[test]
    fn the_smallest_wins_and_says_whose_it_is() {
        let amps = |a| Some(Milliamps::from_amps(a));
        let all = Limits { cable: amps(20), contract: amps(16), outlet: Milliamps::from_amps(32), ..Limits::default() };
        assert_eq!(smallest(all, PhaseCount::Three), (16_000, LimitSource::Contract));
        let cable = Limits { cable: amps(13), ..all };
        assert_eq!(smallest(cable, PhaseCount::Three), (13_000, LimitSource::Cable));
    }

    #[test]
    fn a_profile_in_watts_is_shared_by_the_lines_in_use() {
        let profile = Some(ChargingLimit { current: None, power: Some(Watts(6900)), phases: None });
        let limits = Limits { outlet: Milliamps::from_amps(32), profile, ..Limits::default() };
        assert_eq!(smallest(limits, PhaseCount::Three), (10_000, LimitSource::Profile));
        assert_eq!(smallest(limits, PhaseCount::One), (30_000, LimitSource::Profile));
    }

    #[test]
    fn the_largest_profile_does_not_overflow() {
        let profile = Some(ChargingLimit { current: None, power: Some(Watts(i32::MAX)), phases: None });
        let limits = Limits { outlet: Milliamps::from_amps(32), profile, ..Limits::default() };
        assert_eq!(smallest(limits, PhaseCount::One), (32_000, LimitSource::Outlet));
    }
}
