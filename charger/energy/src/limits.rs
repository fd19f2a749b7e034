//! The smallest of several limits, and whose it is.

use serde::{Deserialize, Serialize};
use units::{Milliamps, Millivolts, PerPhase, PhaseCount, Watts};

use crate::lines::{Lines, LinesInUse};

/// Whose limit it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
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
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Limit {
    /// Each line may carry so much; below 6 A the car cannot charge at all.
    pub current: Milliamps,
    /// Who says so.
    pub by: LimitSource,
}

/// What charging profiles leave for one EVSE.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChargingLimit {
    /// Each line may carry so much.
    pub current: Option<Milliamps>,
    /// All lines together.
    pub power: Option<Watts>,
    /// The lines the limit is meant for.
    pub phases: Option<PhaseCount>,
}

/// What the house leaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct SiteLimit {
    /// For each line of the outlet.
    pub current: PerPhase<Milliamps>,
    /// Whether it is the fail-safe value because the house meter does not answer.
    pub fail_safe: bool,
}

impl SiteLimit {
    /// The room on the fullest of those lines of the outlet.
    #[must_use]
    pub fn room(&self, lines: Lines) -> Milliamps {
        lines.iter().map(|line| self.current[line]).min().unwrap_or(Milliamps::ZERO)
    }
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

/// The lines that a limit is for: those of the outlet, and what is known of the car.
#[derive(Clone, Copy, Debug)]
pub struct Supplied {
    /// Nominal, line to neutral.
    pub voltage: Millivolts,
    /// The lines of the outlet.
    pub outlet: Lines,
    /// Those the car draws from.
    pub car: LinesInUse,
}

impl Limits {
    /// The least current that a duty can offer (IEC 61851-1, Annex A).
    pub const LEAST: Milliamps = Milliamps::from_amps(6);

    /// The smallest. A limit in watts is shared by the lines that the car draws from, at the nominal voltage; of the house
    /// connection only those lines count.
    #[must_use]
    pub fn smallest(&self, supplied: &Supplied) -> Limit {
        let profile = self.profile.and_then(|limit| Self::profile_current(&limit, supplied));
        let lines = supplied.car.possible(supplied.outlet);
        [
            (self.cable, LimitSource::Cable),
            (self.contract, LimitSource::Contract),
            (profile, LimitSource::Profile),
            (self.site.map(|site| site.room(lines)), LimitSource::Site),
        ]
        .into_iter()
        .filter_map(|(current, by)| current.map(|current| Limit { current, by }))
        .fold(Limit { current: self.outlet, by: LimitSource::Outlet }, |smallest, limit| {
            if limit.current < smallest.current { limit } else { smallest }
        })
    }

    /// What a charging profile leaves each line. Its `numberPhases` says how many lines may be used; a charger that cannot
    /// switch lines cannot obey that, and must not divide by fewer than carry current.
    fn profile_current(limit: &ChargingLimit, supplied: &Supplied) -> Option<Milliamps> {
        let from_power = limit.power.map(|power| {
            let (least, most) = supplied.car.bounds(supplied.outlet);
            let line = |lines: PhaseCount| {
                // A watt by a millivolt is a thousand amperes, a million milliamperes; in 64 bit no profile overflows it.
                let volts = i64::from(supplied.voltage.0.max(1));
                let current = i64::from(power.0.max(0)) * 1_000_000 / volts / i64::from(lines.count());
                Milliamps(i32::try_from(current).unwrap_or(i32::MAX))
            };
            // Enough for every car, or else worth a try: the least there is, for a car that draws on few lines. One that
            // draws on more is seen by the meter, and has then too little.
            if line(most) < Self::LEAST && line(least) >= Self::LEAST { Self::LEAST } else { line(most) }
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
    use hardware::MeterReading;
    use units::{Instant, PerPhase};

    const V230: Millivolts = Millivolts::from_volts(230);

    fn lines(count: u8) -> Lines {
        Lines::first(PhaseCount::try_from(count).expect("1 to 3"))
    }

    fn known(count: u8) -> LinesInUse {
        LinesInUse::Known { lines: lines(count), fewer: None }
    }

    fn supplied(outlet: u8, car: LinesInUse) -> Supplied {
        Supplied { voltage: V230, outlet: lines(outlet), car }
    }

    fn smallest(limits: Limits, car: LinesInUse) -> (i32, LimitSource) {
        let limit = limits.smallest(&supplied(3, car));
        (limit.current.0, limit.by)
    }

    fn watts(power: i32, phases: Option<PhaseCount>) -> Limits {
        let profile = Some(ChargingLimit { current: None, power: Some(Watts(power)), phases });
        Limits { outlet: Milliamps::from_amps(32), profile, ..Limits::default() }
    }

    #[test]
    fn the_smallest_wins_and_says_whose_it_is() {
        let amps = |a| Some(Milliamps::from_amps(a));
        let all = Limits { cable: amps(20), contract: amps(16), outlet: Milliamps::from_amps(32), ..Limits::default() };
        assert_eq!(smallest(all, known(3)), (16_000, LimitSource::Contract));
        let cable = Limits { cable: amps(13), ..all };
        assert_eq!(smallest(cable, known(3)), (13_000, LimitSource::Cable));
    }

    #[test]
    fn a_profile_in_watts_is_shared_by_the_lines_in_use_and_never_by_fewer() {
        for phases in [None, Some(PhaseCount::One), Some(PhaseCount::Two), Some(PhaseCount::Three)] {
            let limits = watts(6900, phases);
            for (car, current) in [(known(3), 10_000), (known(2), 15_000), (known(1), 30_000)] {
                assert_eq!(smallest(limits, car), (current, LimitSource::Profile), "{phases:?}");
            }
            assert_eq!(smallest(limits, LinesInUse::Unknown), (10_000, LimitSource::Profile), "{phases:?}");
        }
    }

    #[test]
    fn a_small_limit_in_watts_is_tried_and_a_car_of_too_many_lines_is_found_out() {
        let mut car = LinesInUse::Unknown;
        // Enough for two lines, not for three.
        let limits = watts(3000, None);
        assert_eq!(smallest(limits, car).0, 6_000);
        for (amps, left) in [([6, 0, 0], 6_000), ([6, 6, 0], 6_000), ([6, 6, 6], 4_347)] {
            let reading = MeterReading { current: PerPhase(amps.map(Milliamps::from_amps)), ..MeterReading::default() };
            car.see(Instant::ZERO, &reading);
            assert_eq!(smallest(limits, car).0, left, "{amps:?}");
        }
        // Not enough for anybody.
        assert_eq!(smallest(watts(1300, None), LinesInUse::Unknown).0, 1_884);
        // Where there is one line there is nothing to find out.
        let one = limits.smallest(&supplied(1, LinesInUse::Unknown));
        assert_eq!(one.current.0, 13_043);
    }

    #[test]
    fn the_largest_profile_does_not_overflow() {
        assert_eq!(smallest(watts(i32::MAX, None), known(1)), (32_000, LimitSource::Outlet));
    }
}
