//! The smallest of several limits in each direction, whose it is and why.

use units::{Milliamps, PhaseCount, Watts};

use crate::bound::{BothWays, Bound, Direction};
use crate::charging_limit::ChargingLimit;
use crate::site_limit::{SiteLimit, tightest};
use crate::source::{LimitReason, LimitSource};
use crate::supplied::{Supplied, line_current};

/// Every limit of the line current at one outlet that is known now. A `None` limits nothing into the car.
///
/// Out of the car nothing may flow unless the car can, the outlet may and the site permits it. What may is bounded by the ratings
/// and the rest as what flows in is: a cable does not know directions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// The cable's rating.
    pub cable: Option<Milliamps>,
    /// The contract's limit.
    pub contract: Option<Milliamps>,
    /// What the charger's own wiring may carry into the car (0 or more) and out of it (0 or less; 0: it is not made for that).
    pub outlet: BothWays<Milliamps>,
    /// What the car can give back on each line, as it says itself: 0 or less. Only ISO 15118-20 (BPT) has words for it; a car
    /// that speaks nothing of the kind gives nothing back.
    pub discharge: Milliamps,
    /// The composite of the charging profiles.
    pub profile: Option<ChargingLimit>,
    /// What the site leaves.
    pub site: SiteLimit,
}

impl Limits {
    /// The least current that a duty can offer (IEC 61851-1, Annex A).
    pub const LEAST: Milliamps = Milliamps::from_amps(6);

    /// What may flow on each line now, in each direction: the smallest, whose it is and why. For whoever offers both in one
    /// message, as ISO 15118-20 (BPT) does; by the pilot's duty there is nothing but [`Limits::smallest`] into the car.
    #[must_use]
    pub fn both_ways(&self, supplied: &Supplied) -> BothWays<Bound<Milliamps>> {
        let [import, export] = [Direction::Import, Direction::Export].map(|way| self.smallest(way, supplied));
        BothWays { import, export }
    }

    /// The smallest in one direction. A limit in watts is shared by the lines that the car draws from, at the nominal voltage; of
    /// the site only those lines count.
    #[must_use]
    pub fn smallest(&self, direction: Direction, supplied: &Supplied) -> Bound<Milliamps> {
        let own = self.own(direction, supplied);
        let site = match direction {
            Direction::Import => self.site.import.as_ref(),
            Direction::Export => Some(&self.site.export),
        };
        site.map_or(own, |site| own.tighter(tightest(site, supplied.car.possible(supplied.outlet))))
    }

    /// The smallest in one direction, whatever the site leaves. Of several that are alike the first counts: outlet, cable,
    /// contract, profile.
    #[must_use]
    pub fn own(&self, direction: Direction, supplied: &Supplied) -> Bound<Milliamps> {
        use {LimitReason as Why, LimitSource as By};
        let outlet = Bound::import(self.outlet.import, By::Outlet, Why::Rating);
        let most = |outlet: Bound<Milliamps>| {
            let profile = self.profile.map(|limit| Self::profile_current(&limit, direction, supplied));
            outlet
                .at_most(self.cable, By::Cable, Why::Rating)
                .at_most(self.contract, By::Contract, Why::Contract)
                .at_most(profile, By::Profile, Why::ChargingProfile)
        };
        match direction {
            Direction::Import => most(outlet),
            Direction::Export if self.discharge >= Milliamps::ZERO => Bound::nothing(By::Car, Why::NotBidirectional),
            Direction::Export if self.outlet.export >= Milliamps::ZERO => {
                Bound::nothing(By::Outlet, Why::NotBidirectional)
            }
            Direction::Export => {
                let outlet = outlet.at_most(Some(-self.outlet.export), By::Outlet, Why::Rating);
                most(outlet).at_most(Some(-self.discharge), By::Car, Why::Needs).mirrored()
            }
        }
    }

    /// What a charging profile leaves each line. Its `numberPhases` says how many lines may be used; a charger that cannot
    /// switch lines cannot obey that, and must not divide by fewer than carry current.
    fn profile_current(limit: &ChargingLimit, direction: Direction, supplied: &Supplied) -> Milliamps {
        let from_power = |power: Watts| {
            let (least, most) = supplied.car.bounds(supplied.outlet);
            let line = |lines: PhaseCount| line_current(power, supplied.voltage, lines);
            match direction {
                // Enough for every car, or else worth a try: the least there is, for a car that draws on few lines. One that
                // draws on more is seen by the meter, and has then too little.
                Direction::Import if line(most) < Self::LEAST && line(least) >= Self::LEAST => Self::LEAST,
                Direction::Import | Direction::Export => line(most),
            }
        };
        limit.line_current(from_power).unwrap_or(Milliamps(i32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::{Lines, LinesInUse};
    use hardware::MeterReading;
    use units::{Instant, Millivolts, PerPhase};

    const V230: Millivolts = Millivolts::from_volts(230);

    const fn amps(amps: i32) -> Milliamps {
        Milliamps::from_amps(amps)
    }

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
        let limit = limits.smallest(Direction::Import, &supplied(3, car));
        (limit.value().0, limit.by())
    }

    /// What may flow out of a car on three lines.
    fn export(limits: Limits) -> (i32, LimitSource, LimitReason) {
        let limit = limits.both_ways(&supplied(3, known(3))).export;
        (limit.value().0, limit.by(), limit.why())
    }

    fn outlet(import: i32, export: i32) -> BothWays<Milliamps> {
        BothWays { import: amps(import), export: amps(export) }
    }

    fn profile(current: Option<i32>, power: Option<i32>, phases: Option<PhaseCount>) -> Option<ChargingLimit> {
        Some(ChargingLimit { current: current.map(amps), power: power.map(Watts), phases })
    }

    fn watts(power: i32, phases: Option<PhaseCount>) -> Limits {
        Limits { outlet: outlet(32, 0), profile: profile(None, Some(power), phases), ..Limits::default() }
    }

    /// Car, outlet and site can do 32 A both ways.
    fn bidirectional() -> Limits {
        let fed_back = Bound::export(amps(-32), LimitSource::Site, LimitReason::FeedIn);
        let site = SiteLimit { import: None, export: PerPhase::all(fed_back) };
        Limits { outlet: outlet(32, -32), discharge: amps(-32), site, ..Limits::default() }
    }

    #[test]
    fn the_smallest_wins_and_says_whose_it_is_and_why() {
        let all =
            Limits { cable: Some(amps(20)), contract: Some(amps(16)), outlet: outlet(32, 0), ..Limits::default() };
        assert_eq!(smallest(all, known(3)), (16_000, LimitSource::Contract));
        let cable = Limits { cable: Some(amps(13)), ..all };
        assert_eq!(smallest(cable, known(3)), (13_000, LimitSource::Cable));
        assert_eq!(cable.smallest(Direction::Import, &supplied(3, known(3))).why(), LimitReason::Rating);
        let house = Bound::import(amps(5), LimitSource::Site, LimitReason::HouseLoad);
        let free = Bound::import(amps(40), LimitSource::StationFuse, LimitReason::Rating);
        let site = SiteLimit { import: Some(PerPhase([free, house, free])), ..SiteLimit::default() };
        let site = Limits { site, ..all };
        assert_eq!(smallest(site, known(1)), (16_000, LimitSource::Contract), "it does not use that line");
        assert_eq!(site.smallest(Direction::Import, &supplied(3, known(3))), house);
        assert_eq!(site.own(Direction::Import, &supplied(3, known(3))).by(), LimitSource::Contract);
    }

    #[test]
    fn nothing_flows_out_unless_car_outlet_and_site_permit_it() {
        use LimitReason::{FeedIn, NotBidirectional};
        let all = bidirectional();
        assert_eq!(export(Limits { discharge: Milliamps::ZERO, ..all }), (0, LimitSource::Car, NotBidirectional));
        assert_eq!(export(Limits { outlet: outlet(32, 0), ..all }), (0, LimitSource::Outlet, NotBidirectional));
        assert_eq!(export(Limits { site: SiteLimit::default(), ..all }), (0, LimitSource::Site, NotBidirectional));
        assert_eq!(export(all), (-32_000, LimitSource::Outlet, LimitReason::Rating));
        let mut house = all;
        house.site.export.0[1] = Bound::export(amps(-4), LimitSource::Site, FeedIn);
        assert_eq!(export(house), (-4_000, LimitSource::Site, FeedIn));
        assert_eq!(all.both_ways(&supplied(3, known(3))).import.value(), amps(32));
    }

    #[test]
    fn what_bounds_the_way_in_bounds_the_way_out() {
        use LimitReason::{ChargingProfile, Contract, Needs, Rating};
        let all = bidirectional();
        assert_eq!(export(Limits { cable: Some(amps(20)), ..all }), (-20_000, LimitSource::Cable, Rating));
        assert_eq!(export(Limits { contract: Some(amps(16)), ..all }), (-16_000, LimitSource::Contract, Contract));
        assert_eq!(export(Limits { discharge: amps(-10), ..all }), (-10_000, LimitSource::Car, Needs));
        assert_eq!(export(Limits { outlet: outlet(32, -8), ..all }), (-8_000, LimitSource::Outlet, Rating));
        assert_eq!(export(Limits { outlet: outlet(16, -32), ..all }).0, -16_000, "no more than its wiring carries");
        for profile in
            [profile(Some(12), None, None), profile(None, Some(8_280), None), profile(Some(12), Some(22_000), None)]
        {
            assert_eq!(export(Limits { profile, ..all }), (-12_000, LimitSource::Profile, ChargingProfile));
        }
        // Less than 6 A is no current to try out: a car gives it back or does not.
        let few_watts = Limits { profile: profile(None, Some(3_000), None), ..all };
        let unknown = few_watts.both_ways(&supplied(3, LinesInUse::Unknown));
        assert_eq!((unknown.import.value().0, unknown.export.value().0), (6_000, -4_347));
    }

    #[test]
    fn a_profile_below_zero_lets_nothing_in_and_nothing_out() {
        for profile in [
            profile(Some(-16), None, None),
            profile(None, Some(-11_000), None),
            profile(Some(i32::MIN), Some(i32::MIN), None),
        ] {
            let limits = Limits { profile, ..bidirectional() };
            assert_eq!(smallest(limits, known(3)), (0, LimitSource::Profile), "{profile:?}");
            assert_eq!(export(limits), (0, LimitSource::Profile, LimitReason::ChargingProfile), "{profile:?}");
        }
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
        let one = limits.smallest(Direction::Import, &supplied(1, LinesInUse::Unknown));
        assert_eq!(one.value().0, 13_043);
    }

    #[test]
    fn the_largest_profile_does_not_overflow() {
        assert_eq!(smallest(watts(i32::MAX, None), known(1)), (32_000, LimitSource::Outlet));
    }
}
