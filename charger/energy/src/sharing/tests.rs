//! Stories of sites.

use super::*;
use crate::limits::Limits;
use units::Watts;

const FIRST: EvseId = EvseId::FIRST;

fn second() -> EvseId {
    EvseId::new(2).expect("a number")
}

fn site(station_fuse_a: i32, main_fuse_a: i32, evses: u16) -> Sharing {
    let config = SiteConfig { main_fuse_a, station_fuse_a, ..SiteConfig::for_tests() };
    let connection = Connection { wiring: PerPhase(Phase::ALL), priority: 0, export: Milliamps::ZERO };
    let evses: Vec<_> = EvseId::of_station(evses).map(|evse| (evse, connection)).collect();
    Sharing::new(&config, Millivolts::from_volts(230), &evses)
}

fn wish(amps: i32) -> Option<Wish> {
    Some(Wish {
        lines: Lines::first(PhaseCount::Three),
        most: BothWays { import: Milliamps::from_amps(amps), export: Milliamps::ZERO },
    })
}

fn amps(sharing: &Sharing) -> Vec<Option<i32>> {
    let import = |evse| sharing.limit(evse).import.map(|limit| limit[Phase::L1].value().0 / 1000);
    sharing.bays.iter().map(|bay| import(bay.evse)).collect()
}

fn drawing(amps: i32) -> MeterReading {
    MeterReading { current: PerPhase::all(Milliamps::from_amps(amps)), ..MeterReading::default() }
}

#[test]
fn two_cars_share_the_fuse_of_the_station_and_the_second_waits_until_the_first_has_followed() {
    let mut sharing = site(32, 0, 2);
    assert_eq!(amps(&sharing), [Some(0), Some(0)], "without a car nobody is offered anything");
    sharing.wish(Instant::ZERO, FIRST, wish(32));
    assert_eq!(amps(&sharing), [Some(32), Some(0)]);
    sharing.wish(Instant::from_millis(1000), second(), wish(32));
    assert_eq!(amps(&sharing), [Some(16), Some(0)]);
    assert_eq!(sharing.next_change(), Some(Instant::from_millis(7000)));
    sharing.pass(Instant::from_millis(7000));
    assert_eq!(amps(&sharing), [Some(16), Some(16)]);
    sharing.wish(Instant::from_millis(8000), FIRST, None);
    sharing.pass(Instant::from_millis(14_000));
    assert_eq!(amps(&sharing), [Some(0), Some(32)]);
}

#[test]
fn where_nothing_limits_the_site_nobody_is_held_back() {
    let mut sharing = site(0, 0, 2);
    sharing.wish(Instant::ZERO, FIRST, wish(32));
    assert_eq!(amps(&sharing), [None, None]);
    let profile = ChargingLimit { current: None, power: Some(Watts(11_040)), phases: None };
    sharing.profile(Instant::ZERO, Some(profile));
    assert_eq!(amps(&sharing), [Some(16), Some(0)]);
}

#[test]
fn one_evse_gets_what_the_house_leaves() {
    let mut sharing = site(0, 40, 1);
    assert_eq!(amps(&sharing), [None]);
    sharing.read_house(Instant::ZERO, Some(drawing(15)));
    assert_eq!(amps(&sharing), [None], "it waits for the outlet");
    sharing.read_outlet(Instant::ZERO, FIRST, &drawing(10));
    assert_eq!(amps(&sharing), [Some(35)]);
    sharing.read_house(Instant::from_millis(1000), None);
    assert_eq!(amps(&sharing), [Some(6)]);
    assert_eq!(amps(&site(20, 0, 1)), [Some(20)], "behind the fuse of the station");
}

#[test]
fn what_a_car_took_before_the_house_meter_was_lost_is_not_taken_for_what_it_takes_now() {
    let mut sharing = site(0, 40, 1);
    sharing.read_house(Instant::ZERO, Some(drawing(32)));
    sharing.read_outlet(Instant::ZERO, FIRST, &drawing(32));
    for second in 1..10 {
        let now = Instant::from_millis(second * 1000);
        sharing.read_house(now, None);
        sharing.read_outlet(now, FIRST, &drawing(6));
    }
    // Meanwhile the house has begun to take 36 A.
    sharing.read_house(Instant::from_millis(10_000), Some(drawing(42)));
    sharing.read_outlet(Instant::from_millis(10_000), FIRST, &drawing(6));
    assert_eq!(amps(&sharing), [Some(4)]);
}

#[test]
fn a_house_that_is_not_read_yet_leaves_several_evses_no_more_than_the_fail_safe_current() {
    let mut sharing = site(0, 40, 2);
    sharing.wish(Instant::ZERO, FIRST, wish(32));
    sharing.wish(Instant::ZERO, second(), wish(32));
    assert_eq!(amps(&sharing), [Some(6), Some(0)]);
    sharing.read_house(Instant::ZERO, Some(drawing(8)));
    sharing.read_outlet(Instant::ZERO, FIRST, &drawing(0));
    assert_eq!(amps(&sharing), [Some(6), Some(0)], "both outlets must be known");
    sharing.read_outlet(Instant::ZERO, second(), &drawing(0));
    assert_eq!(amps(&sharing), [Some(16), Some(16)]);
}

#[test]
fn outlets_that_are_wired_otherwise_draw_from_other_lines() {
    let config = SiteConfig { main_fuse_a: 0, station_fuse_a: 20, ..SiteConfig::for_tests() };
    let straight = Connection { wiring: PerPhase(Phase::ALL), priority: 0, export: Milliamps::ZERO };
    let rotated =
        Connection { wiring: PerPhase([Phase::L2, Phase::L3, Phase::L1]), priority: 0, export: Milliamps::ZERO };
    let voltage = Millivolts::from_volts(230);
    let mut sharing = Sharing::new(&config, voltage, &[(FIRST, straight), (second(), rotated)]);
    let one_line = Some(Wish {
        lines: Lines::first(PhaseCount::One),
        most: BothWays { import: Milliamps::from_amps(32), export: Milliamps::ZERO },
    });
    sharing.wish(Instant::ZERO, FIRST, one_line);
    sharing.wish(Instant::ZERO, second(), one_line);
    assert_eq!(amps(&sharing), [Some(20), Some(20)], "each has a line of the fuse for itself");
}

#[test]
fn what_flows_where_nothing_is_offered_is_taken_off_for_the_others() {
    let mut sharing = site(32, 0, 2);
    let at = Instant::from_millis;
    // A contactor that is welded, and a car that draws all the same: no car may charge there.
    sharing.read_outlet(at(0), FIRST, &drawing(20));
    sharing.wish(at(0), second(), wish(32));
    assert_eq!(amps(&sharing), [Some(0), Some(12)]);
    sharing.read_outlet(at(1_000), FIRST, &drawing(0));
    assert_eq!(amps(&sharing), [Some(0), Some(32)]);
}

#[test]
fn a_turn_that_is_cut_short_again_and_again_ends_all_the_same() {
    let mut sharing = site(8, 0, 2);
    let second_of = |seconds: u64| Instant::from_millis(seconds * 1000);
    sharing.wish(second_of(0), FIRST, wish(32));
    sharing.wish(second_of(1), second(), wish(32));
    let (cut, whole) = (Milliamps::from_amps(5), None);
    let mut waited = 0;
    for now in 2..3 * 15 * 60 {
        // Each minute the whole station may have no more than 5 A for a second.
        let current = if now % 60 == 0 { Some(cut) } else { whole };
        sharing.profile(
            second_of(now),
            current.map(|current| ChargingLimit { current: Some(current), power: None, phases: None }),
        );
        sharing.pass(second_of(now));
        waited += u64::from(amps(&sharing)[1] == Some(0));
        if amps(&sharing)[1] != Some(0) {
            break;
        }
    }
    // Its turn of 15 min, a pause of 6 s in each minute of it, and what the first still drew.
    assert!((900..1_020).contains(&waited), "it waited {waited} s");
}

/// What an EVSE is left into its car, and why.
fn told(sharing: &Sharing, evse: EvseId) -> Option<(f64, LimitSource, LimitReason)> {
    let bound = sharing.limit(evse).import?[Phase::L1];
    Some((bound.value().amps(), bound.by(), bound.why()))
}

#[test]
fn each_evse_is_told_whose_limit_it_has_and_why() {
    use {LimitReason as Why, LimitSource as By};
    let at = Instant::from_millis;
    let mut sharing = site(32, 40, 2);
    sharing.wish(at(0), FIRST, wish(32));
    assert_eq!(told(&sharing, FIRST), Some((6.0, By::Site, Why::FailSafe)));
    assert_eq!(told(&sharing, second()), Some((0.0, By::Site, Why::NotAsked)));
    sharing.read_house(at(0), Some(drawing(0)));
    sharing.read_outlet(at(0), FIRST, &drawing(0));
    sharing.read_outlet(at(0), second(), &drawing(0));
    assert_eq!(told(&sharing, FIRST), Some((32.0, By::StationFuse, Why::Rating)), "all there is");
    sharing.wish(at(1_000), second(), wish(32));
    assert_eq!(told(&sharing, FIRST), Some((16.0, By::StationFuse, Why::Share)));
    assert_eq!(told(&sharing, second()), Some((0.0, By::StationFuse, Why::Turn)), "the first has not followed yet");
    sharing.pass(at(7_000));
    assert_eq!(told(&sharing, second()), Some((16.0, By::StationFuse, Why::Share)));
    let profile = |amps| Some(ChargingLimit { current: Some(Milliamps::from_amps(amps)), power: None, phases: None });
    sharing.profile(at(8_000), profile(10));
    assert_eq!(told(&sharing, FIRST), Some((10.0, By::StationProfile, Why::ChargingProfile)));
    assert_eq!(told(&sharing, second()), Some((0.0, By::StationProfile, Why::Turn)));
    sharing.profile(at(9_000), profile(-10));
    assert_eq!(told(&sharing, FIRST), Some((0.0, By::StationProfile, Why::ChargingProfile)), "nobody can charge");
    sharing.profile(at(10_000), None);
    for now in 10..60 {
        sharing.read_outlet(at(now * 1000), FIRST, &drawing(if now < 16 { 0 } else { 8 }));
        sharing.pass(at(now * 1000));
    }
    assert_eq!(told(&sharing, FIRST), Some((10.0, By::StationFuse, Why::NotTaken)));
}

#[test]
fn a_reading_that_changes_nothing_is_no_news() {
    let at = |second: u64| Instant::from_millis(second * 1000);
    let mut sharing = site(32, 40, 2);
    sharing.wish(at(0), FIRST, wish(32));
    let mut news = Vec::new();
    for now in 0..60 {
        // A car that follows its offer, and a house whose load moves by some milliamperes.
        let offer = told(&sharing, FIRST).map_or(0.0, |(amps, ..)| amps) as i32;
        let jitter = Milliamps(i32::try_from(now * 37 % 200).expect("small"));
        let mut house = drawing(5 + offer);
        house.current = house.current.map(|current| current + jitter);
        sharing.read_house(at(now), Some(house));
        sharing.read_outlet(at(now), FIRST, &drawing(offer));
        sharing.read_outlet(at(now), second(), &drawing(0));
        news.extend(sharing.is_news().then_some(now));
    }
    assert_eq!(news, [0]);
}

mod export {
    //! What flows out of the cars.

    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    fn wish(import: i32, export: i32) -> Option<Wish> {
        let most = BothWays { import: Milliamps::from_amps(import), export: Milliamps::from_amps(export) };
        Some(Wish { lines: Lines::first(PhaseCount::Three), most })
    }

    /// A site whose outlets can both take back 16 A.
    fn site(config: &SiteConfig, evses: u16) -> Sharing {
        let export = Milliamps::from_amps(-16);
        let connection = Connection { wiring: PerPhase(Phase::ALL), priority: 0, export };
        let evses: Vec<_> = EvseId::of_station(evses).map(|evse| (evse, connection)).collect();
        Sharing::new(config, Millivolts::from_volts(230), &evses)
    }

    fn feeding(export_a: i32) -> SiteConfig {
        SiteConfig { export_a, ..SiteConfig::for_tests() }
    }

    fn told(sharing: &Sharing, evse: EvseId) -> (f64, LimitReason) {
        let bound = sharing.limit(evse).export[Phase::L1];
        (bound.value().amps(), bound.why())
    }

    fn read(sharing: &mut Sharing, second: u64, house: i32, cars: &[i32]) {
        let now = Instant::from_millis(second * 1000);
        sharing.read_house(now, Some(drawing(house + cars.iter().sum::<i32>())));
        read_cars(sharing, second, cars);
    }

    fn read_cars(sharing: &mut Sharing, second: u64, cars: &[i32]) {
        let now = Instant::from_millis(second * 1000);
        for (evse, car) in EvseId::of_station(u16::MAX).zip(cars) {
            sharing.read_outlet(now, evse, &drawing(*car));
        }
        sharing.pass(now);
    }

    #[test]
    fn nothing_flows_out_where_nobody_permits_it_or_asks_for_it() {
        use LimitReason::{NotAsked, NotBidirectional};
        let mut sharing = site(&feeding(0), 2);
        sharing.wish(Instant::ZERO, FIRST, wish(32, -16));
        assert_eq!(told(&sharing, FIRST), (0.0, NotBidirectional));
        let mut sharing = super::site(0, 0, 2);
        sharing.wish(Instant::ZERO, FIRST, wish(32, -16));
        assert_eq!(told(&sharing, FIRST), (0.0, NotBidirectional), "its outlet is not made for it");
        let mut sharing = site(&feeding(16), 2);
        sharing.wish(Instant::ZERO, FIRST, wish(32, 0));
        assert_eq!(told(&sharing, FIRST), (0.0, NotAsked));
        assert!(sharing.export.is_none(), "and nothing is computed for it");
    }

    #[test]
    fn a_car_feeds_the_house_and_what_may_be_fed_back_beyond() {
        use LimitReason::{FailSafe, FeedIn, NotAsked};
        let mut sharing = site(&feeding(2), 1);
        sharing.wish(Instant::ZERO, FIRST, wish(32, -16));
        assert_eq!(told(&sharing, FIRST), (0.0, FailSafe), "the house is not read yet");
        let mut story = Vec::new();
        // The kettle boils, the sun comes out, and in the end the meter is lost. That a car gives less while the house takes less is
        // seen with the second reading.
        for (second, house, car) in
            [(1, 4, 0), (2, 4, -6), (3, 12, -6), (20, 12, -6), (21, -1, -14), (22, -8, -1), (23, -8, -1)]
        {
            read(&mut sharing, second, house, &[car]);
            story.push((house, told(&sharing, FIRST).0));
        }
        assert_eq!(story, [(4, -6.0), (4, -6.0), (12, -6.0), (12, -14.0), (-1, -1.0), (-8, -1.0), (-8, 0.0)]);
        assert_eq!(told(&sharing, FIRST).1, FeedIn);
        sharing.read_house(Instant::from_millis(24_000), None);
        assert_eq!(told(&sharing, FIRST), (0.0, FailSafe));
        sharing.wish(Instant::from_millis(25_000), FIRST, None);
        assert_eq!((told(&sharing, FIRST), sharing.export.is_none()), ((0.0, NotAsked), true));
    }

    #[test]
    fn fuse_and_profile_of_the_station_bound_it_too_and_two_share_it() {
        use {LimitReason as Why, LimitSource as By};
        let at = Instant::from_millis;
        let config = SiteConfig { main_fuse_a: 0, station_fuse_a: 20, ..feeding(32) };
        let mut sharing = site(&config, 2);
        let said = |sharing: &Sharing| {
            EvseId::of_station(2)
                .map(|evse| sharing.limit(evse).export[Phase::L1])
                .map(|bound| (bound.value().0 / 1000, bound.by(), bound.why()))
                .collect::<Vec<_>>()
        };
        sharing.wish(at(0), FIRST, wish(0, -16));
        assert_eq!(said(&sharing), [(-16, By::StationFuse, Why::Share), (0, By::StationFuse, Why::NotAsked)]);
        sharing.wish(at(1_000), second(), wish(0, -16));
        assert_eq!(said(&sharing), [(-10, By::StationFuse, Why::Share), (0, By::StationFuse, Why::Turn)]);
        sharing.pass(at(7_000));
        assert_eq!(said(&sharing), [(-10, By::StationFuse, Why::Share); 2]);
        // 11 kW on three lines, which are 16 A.
        let profile = ChargingLimit { current: None, power: Some(Watts(11_040)), phases: None };
        sharing.profile(at(8_000), Some(profile));
        assert_eq!(said(&sharing), [(-8, By::StationProfile, Why::Share); 2]);
        // One asks for energy below zero, as an old CSMS may: nothing flows either way.
        sharing.profile(at(9_000), Some(ChargingLimit { power: Some(Watts(-11_040)), ..profile }));
        assert_eq!(said(&sharing), [(0, By::StationProfile, Why::ChargingProfile); 2]);
    }

    #[test]
    fn what_was_given_before_the_house_meter_was_lost_is_no_room_afterwards() {
        let mut sharing = site(&feeding(14), 2);
        sharing.wish(Instant::ZERO, FIRST, wish(0, -16));
        read(&mut sharing, 0, 0, &[0, 0]);
        read(&mut sharing, 1, 0, &[-14, 0]);
        for second in 2..20 {
            sharing.read_house(Instant::from_millis(second * 1000), None);
            read_cars(&mut sharing, second, &[if second < 7 { -14 } else { 0 }, 0]);
        }
        sharing.wish(Instant::from_millis(20_000), FIRST, None);
        sharing.wish(Instant::from_millis(20_000), FIRST, wish(0, -16));
        // The roof feeds back 9 A: of 14 A less is left than a car needs.
        read(&mut sharing, 20, -9, &[0, 0]);
        assert_eq!(told(&sharing, FIRST), (0.0, LimitReason::FeedIn));
    }

    #[test]
    fn what_one_car_gives_is_no_load_of_the_house_for_another_that_charges() {
        let mut sharing = site(&feeding(16), 2);
        sharing.wish(Instant::ZERO, FIRST, wish(0, -16));
        sharing.wish(Instant::ZERO, second(), wish(32, 0));
        for second in 0..30 {
            read(&mut sharing, second, 20, &[-10, if second < 6 { 0 } else { 20 }]);
        }
        let second = sharing.limit(second()).import.expect("a limit")[Phase::L1];
        assert_eq!(
            (second.value().amps(), second.by()),
            (20.0, LimitSource::Site),
            "40 A but for the 20 A of the house"
        );
        assert_eq!(told(&sharing, FIRST), (-12.0, LimitReason::NotTaken), "it gives 10 A, and 2 A to spare");
    }

    /// What happens at a site.
    #[derive(Clone, Debug)]
    enum Happening {
        /// The load of the house on each line without the cars; below zero its roof feeds back.
        House([i32; 3]),
        Lost,
        Wish(u16, Option<(i32, i32)>),
        Profile(Option<i32>),
        /// A car gives back no more than this.
        Gives(u16, i32),
        Passes(u64),
    }

    fn happenings() -> impl Strategy<Value = Happening> {
        let most = prop::option::weighted(0.8, (0..32, -32..0));
        prop_oneof![
            3 => prop::array::uniform3(-30..40).prop_map(Happening::House),
            1 => Just(Happening::Lost),
            3 => (1..4u16, most).prop_map(|(evse, most)| Happening::Wish(evse, most)),
            1 => prop::option::of(-5..60).prop_map(Happening::Profile),
            1 => (1..4u16, 0..32).prop_map(|(evse, most)| Happening::Gives(evse, most)),
            5 => (1..40u64).prop_map(Happening::Passes),
        ]
    }

    /// Three cars at a house with a roof, second by second. Each gives at any time whatever it was permitted in the last seconds.
    struct World {
        sharing: Sharing,
        config: SiteConfig,
        second: u64,
        house: Option<[i32; 3]>,
        /// As the meter showed it with the last reading, and with the one before.
        shown: Option<[i32; 3]>,
        before: Option<[i32; 3]>,
        profile: Option<i32>,
        gives: [i32; 3],
        /// The exports of the last seconds of each car, the newest first, without a sign.
        offers: [VecDeque<Milliamps>; 3],
    }

    impl World {
        /// A car follows a lower limit within 5 s.
        const LAG: usize = 5;

        fn evses() -> impl Iterator<Item = (usize, EvseId)> {
            EvseId::of_station(3).enumerate()
        }

        /// What may be given at most on each line, as everything is now. The limiter holds what differs by less than a step; and that
        /// the house takes less while a car gives less is seen one reading late, see [`OutletReadings`].
        fn allowed(&self) -> [Milliamps; 3] {
            let fuse = self.config.station_fuse().unwrap_or(Milliamps(i32::MAX));
            let profile = self.profile.map_or(Milliamps(i32::MAX), |amps| Milliamps::from_amps(amps.max(0)));
            let fed_back = Milliamps::from_amps(self.config.export_a);
            let room = |line: usize| match (self.config.main_fuse_a, self.shown) {
                (0, _) => fed_back,
                (_, None) => Milliamps::ZERO,
                (_, Some(house)) => {
                    let others = self.before.map_or(house[line], |before| before[line].max(house[line]));
                    (Milliamps::from_amps(others) + fed_back + Milliamps(300)).max(Milliamps::ZERO)
                }
            };
            [0, 1, 2].map(|line| room(line).min(fuse).min(profile))
        }

        fn second(&mut self) -> Result<(), TestCaseError> {
            let now = Instant::from_millis(self.second * 1000);
            (self.before, self.shown) = (self.shown, self.house);
            // The oldest offer is given still.
            let given = [0, 1, 2].map(|car| {
                let offer = self.offers[car].back().copied().unwrap_or(Milliamps::ZERO);
                -offer.min(Milliamps::from_amps(self.gives[car]))
            });
            let house = self.house.map(|others| {
                let current = PerPhase(others.map(|amps| Milliamps::from_amps(amps) + given.into_iter().sum()));
                MeterReading { current, ..MeterReading::default() }
            });
            self.sharing.read_house(now, house);
            for (car, evse) in Self::evses() {
                let reading = MeterReading { current: PerPhase::all(given[car]), ..MeterReading::default() };
                self.sharing.read_outlet(now, evse, &reading);
            }
            self.sharing.pass(now);
            for (car, evse) in Self::evses() {
                let offer = -self.sharing.limit(evse).export[Phase::L1].value();
                prop_assert!(offer == Milliamps::ZERO || offer >= Limits::LEAST, "{evse}: {offer}");
                prop_assert!(offer <= Milliamps::from_amps(16), "{evse}: {offer}");
                self.offers[car].push_front(offer);
                self.offers[car].truncate(Self::LAG + 1);
            }
            self.offered_within_limits()?;
            self.second += 1;
            Ok(())
        }

        /// At every instant, not only at readings.
        fn offered_within_limits(&self) -> Result<(), TestCaseError> {
            let offers = Self::evses().map(|(_, evse)| -self.sharing.limit(evse).export[Phase::L1].value());
            let sum: Milliamps = offers.sum();
            for allowed in self.allowed() {
                prop_assert!(sum <= allowed, "{} s: {sum} of {allowed}", self.second);
            }
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn the_cars_never_give_back_more_than_they_may(
            main_fuse_a in prop_oneof![Just(0), Just(40)],
            station_fuse_a in prop_oneof![Just(0), Just(20), Just(32)],
            export_a in 1..32,
            story in prop::collection::vec(happenings(), 1..30),
        ) {
            let config = SiteConfig { main_fuse_a, station_fuse_a, ..feeding(export_a) };
            let mut world = World {
                sharing: site(&config, 3),
                config,
                second: 0,
                house: Some([0; 3]),
                shown: None,
                before: None,
                profile: None,
                gives: [32; 3],
                offers: Default::default(),
            };
            for happening in story {
                let now = Instant::from_millis(world.second * 1000);
                match happening {
                    // It is seen with the next reading, and the cars are told at once.
                    Happening::House(amps) => world.house = Some(amps),
                    Happening::Lost => world.house = None,
                    Happening::Wish(evse, most) => {
                        let evse = EvseId::new(evse).expect("a number");
                        world.sharing.wish(now, evse, most.and_then(|(import, export)| wish(import, export)));
                        if world.second > 0 {
                            world.offered_within_limits()?;
                        }
                        continue;
                    }
                    Happening::Profile(amps) => {
                        world.profile = amps;
                        let current = |amps| ChargingLimit { current: Some(Milliamps::from_amps(amps)), power: None, phases: None };
                        world.sharing.profile(now, amps.map(current));
                        if world.second > 0 {
                            world.offered_within_limits()?;
                        }
                        continue;
                    }
                    Happening::Gives(evse, amps) => world.gives[usize::from(evse) - 1] = amps,
                    Happening::Passes(seconds) => {
                        for _ in 1..seconds {
                            world.second()?;
                        }
                    }
                }
                world.second()?;
            }
        }
    }
}
