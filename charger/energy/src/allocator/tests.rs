//! Stories of cars that share a site, second by second.

use std::collections::VecDeque;

use hardware::MeterReading;
use proptest::prelude::*;

use super::*;

/// A quarter of an hour.
const TURN: Duration = Duration::from_secs(900);

/// A car draws what it was offered so many seconds ago, at the worst the most of it.
const LAG: usize = 5;

fn lines(used: [bool; 3]) -> Lines {
    let current = PerPhase(used.map(|used| if used { Milliamps::from_amps(6) } else { Milliamps::ZERO }));
    Lines::carrying(&MeterReading { current, ..MeterReading::default() })
}

fn evse(number: u16) -> EvseId {
    EvseId::new(number).expect("a number of an EVSE")
}

#[derive(Clone, Debug)]
struct Car {
    lines: Lines,
    most: i32,
    /// It takes no more than this, in amperes.
    takes: i32,
    priority: u8,
    /// Its offers of the last seconds, the newest first.
    offers: VecDeque<Milliamps>,
    /// Since when it waits.
    waits: Option<Instant>,
}

impl Car {
    fn three(most: i32) -> Self {
        Self::on([true; 3], most)
    }

    fn on(used: [bool; 3], most: i32) -> Self {
        Self { lines: lines(used), most, takes: 99, priority: 0, offers: VecDeque::new(), waits: None }
    }

    /// What it may draw at the worst.
    fn worst(&self) -> Milliamps {
        self.offers.iter().copied().max().unwrap_or(Milliamps::ZERO)
    }

    fn draws(&self) -> Milliamps {
        self.offers.front().copied().unwrap_or(Milliamps::ZERO).min(Milliamps::from_amps(self.takes))
    }
}

struct Site {
    allocator: Allocator,
    now: Instant,
    limit: PerPhase<Milliamps>,
    /// The limits of the last seconds.
    limits: VecDeque<PerPhase<Milliamps>>,
    cars: BTreeMap<u16, Car>,
    /// Cars that have gone, and may still draw.
    gone: Vec<Car>,
    shown: String,
    story: String,
}

impl Site {
    fn new(amps: i32) -> Self {
        Self {
            allocator: Allocator::new(TURN),
            now: Instant::ZERO,
            limit: PerPhase::all(Milliamps::from_amps(amps)),
            limits: VecDeque::new(),
            cars: BTreeMap::new(),
            gone: Vec::new(),
            shown: String::new(),
            story: String::new(),
        }
    }

    fn limit(&mut self, amps: i32) -> &mut Self {
        self.limit = PerPhase::all(Milliamps::from_amps(amps));
        self
    }

    fn comes(&mut self, number: u16, car: Car) -> &mut Self {
        self.cars.insert(number, car);
        self
    }

    fn leaves(&mut self, number: u16) -> &mut Self {
        self.gone.extend(self.cars.remove(&number));
        self
    }

    /// Seconds pass; in each the shares are made and every rule is checked.
    fn passes(&mut self, seconds: u64) -> &mut Self {
        for _ in 0..seconds {
            self.second();
            self.now = self.now + Duration::from_secs(1);
        }
        self
    }

    fn second(&mut self) {
        let demand = |(number, car): (&u16, &Car)| Demand {
            asks: true,
            evse: evse(*number),
            lines: car.lines,
            most: Milliamps::from_amps(car.most),
            drawn: Some(car.draws()),
            priority: car.priority,
        };
        let demands: Vec<_> = self.cars.iter().map(demand).collect();
        let shares = self.allocator.share(self.now, self.limit, &demands);
        let offers: BTreeMap<_, _> = shares.iter().map(|share| (share.evse.number(), share.offer)).collect();
        self.limits.push_front(self.limit);
        self.limits.truncate(LAG + 2);
        for (number, car) in &mut self.cars {
            let offer = offers[number];
            assert!(offer == Milliamps::ZERO || offer >= Limits::LEAST, "{number}: {offer}");
            assert!(offer <= Milliamps::from_amps(car.most), "{number}: {offer}");
            car.offers.push_front(offer);
            car.offers.truncate(LAG + 1);
            car.waits = (offer == Milliamps::ZERO).then(|| car.waits.unwrap_or(self.now));
        }
        for car in &mut self.gone {
            car.offers.push_front(Milliamps::ZERO);
            car.offers.truncate(LAG + 1);
        }
        self.gone.retain(|car| car.worst() > Milliamps::ZERO);
        for line in Phase::ALL {
            let on = |car: &&Car| car.lines.has(line);
            let offered: Milliamps = self.cars.values().filter(on).map(|car| car.offers[0]).sum();
            assert!(
                offered <= self.limit[line].max(Milliamps::ZERO),
                "{}: {line:?}: {offered} of {}",
                self.now,
                self.limit[line]
            );
            let drawn: Milliamps = self.cars.values().chain(&self.gone).filter(on).map(Car::worst).sum();
            let allowed = self.limits.iter().map(|limit| limit[line]).max().unwrap_or(Milliamps::ZERO);
            assert!(drawn <= allowed.max(Milliamps::ZERO), "{}: {line:?}: {drawn} of {allowed}", self.now);
        }
        let shown = self.cars.values().map(|car| format!("{}", car.offers[0].amps())).collect::<Vec<_>>().join(" ");
        if shown != self.shown {
            self.story += &format!("{} s: {shown}\n", self.now.as_millis() / 1000);
            self.shown = shown;
        }
    }

    /// What was offered in amperes, each time it changed.
    fn tells(&self, expected: &str) {
        assert_eq!(self.story, expected);
    }
}

#[test]
fn one_car_has_what_its_own_limits_leave() {
    let mut site = Site::new(63);
    site.comes(1, Car::three(32)).passes(5);
    site.tells("0 s: 32\n");
}

#[test]
fn a_second_car_waits_until_the_first_has_followed() {
    let mut site = Site::new(32);
    site.comes(1, Car::three(32)).passes(60).comes(2, Car::three(32)).passes(60);
    site.tells("0 s: 32\n60 s: 16 0\n66 s: 16 16\n");
}

#[test]
fn three_cars_share_evenly_and_a_small_one_leaves_the_rest_to_the_others() {
    let mut site = Site::new(48);
    site.comes(1, Car::three(32)).comes(2, Car::three(10)).comes(3, Car::three(32)).passes(60);
    site.tells("0 s: 19 10 19\n");
}

#[test]
fn what_a_car_leaves_goes_to_the_others_when_it_cannot_draw_any_more() {
    let mut site = Site::new(32);
    site.comes(1, Car::three(32)).comes(2, Car::three(32)).passes(60).leaves(1).passes(60);
    site.tells("0 s: 16 16\n60 s: 16\n66 s: 32\n");
}

#[test]
fn a_limit_that_falls_holds_at_once_and_one_that_rises_too() {
    let mut site = Site::new(40);
    site.comes(1, Car::three(32)).comes(2, Car::three(32)).passes(60).limit(14).passes(3).limit(40).passes(60);
    site.tells("0 s: 20 20\n60 s: 7 7\n63 s: 20 20\n");
}

#[test]
fn a_raise_that_is_hardly_one_is_none() {
    let mut site = Site::new(20);
    site.comes(1, Car::three(32)).passes(10);
    site.limit.0[1] = Milliamps(20_200);
    site.limit.0[0] = Milliamps(20_200);
    site.limit.0[2] = Milliamps(20_200);
    site.passes(10).limit(21).passes(10);
    site.tells("0 s: 20\n20 s: 21\n");
}

#[test]
fn where_not_all_can_charge_they_take_turns() {
    let mut site = Site::new(10);
    site.comes(1, Car::three(16)).passes(100).comes(2, Car::three(16)).passes(2_800);
    // The first has had its turn at 900 s; each that follows begins when the one before it cannot draw any more.
    site.tells("0 s: 10\n100 s: 10 0\n900 s: 0 0\n906 s: 0 10\n1806 s: 0 0\n1812 s: 10 0\n2712 s: 0 0\n2718 s: 0 10\n");
}

#[test]
fn a_turn_that_the_limit_cuts_short_goes_on_afterwards() {
    let mut site = Site::new(10);
    site.comes(1, Car::three(16))
        .passes(1)
        .comes(2, Car::three(16))
        .passes(299)
        .limit(0)
        .passes(60)
        .limit(10)
        .passes(100);
    site.tells("0 s: 10\n1 s: 10 0\n300 s: 0 0\n360 s: 10 0\n");
}

#[test]
fn a_car_that_does_not_take_its_share_gives_it_back_within_half_a_minute() {
    let mut site = Site::new(32);
    site.comes(1, Car { takes: 8, ..Car::three(32) }).comes(2, Car::three(32)).passes(60);
    site.tells("0 s: 16 16\n21 s: 10 16\n27 s: 10 22\n");
    // It shows that it can take more, and has its share again when the other has followed.
    site.story.clear();
    if let Some(car) = site.cars.get_mut(&1) {
        car.takes = 99;
    }
    site.passes(60);
    site.tells("60 s: 10 16\n66 s: 16 16\n");
}

#[test]
fn a_car_that_makes_nothing_of_its_turn_lets_the_next_one_go_ahead() {
    let mut site = Site::new(10);
    site.comes(1, Car { takes: 0, ..Car::three(16) }).passes(5).comes(2, Car::three(16)).passes(60);
    site.tells("0 s: 10\n5 s: 10 0\n21 s: 0 0\n27 s: 0 10\n");
}

#[test]
fn the_highest_priority_has_what_is_left_above_the_least() {
    let mut site = Site::new(32);
    site.comes(1, Car::three(16)).comes(2, Car { priority: 1, ..Car::three(20) }).comes(3, Car::three(16)).passes(10);
    site.tells("0 s: 6 20 6\n");
}

#[test]
fn each_line_is_shared_by_those_that_use_it() {
    let mut site = Site::new(20);
    site.comes(1, Car::on([true, false, false], 32))
        .comes(2, Car::on([false, true, false], 32))
        .comes(3, Car::three(32));
    site.passes(10);
    site.tells("0 s: 10 10 10\n");
}

#[test]
fn cars_of_one_line_do_not_go_ahead_of_one_of_three_that_waits() {
    let mut site = Site::new(10);
    let [one, two] = [[true, false, false], [false, true, false]].map(|used| Car::on(used, 10));
    site.comes(1, one.clone()).passes(600).comes(2, Car::three(10)).passes(1).comes(3, two).passes(1_000);
    // The third could have begun at once, and then the second would wait for it.
    site.tells("0 s: 10\n600 s: 10 0\n601 s: 10 0 0\n900 s: 0 0 0\n906 s: 0 10 0\n");
}

#[test]
fn what_cannot_charge_waits_for_nothing() {
    let mut site = Site::new(32);
    site.comes(1, Car::three(5)).comes(2, Car::on([false; 3], 32)).comes(3, Car::three(32)).passes(10);
    site.tells("0 s: 0 0 32\n");
    assert_eq!(site.allocator.next_change(site.now), Some(Instant::ZERO + TURN));
    site.leaves(1).leaves(2).leaves(3).passes(7);
    assert_eq!((site.allocator.next_change(site.now), site.allocator.places.len()), (None, 0));
}

/// What happens at a site.
#[derive(Clone, Debug)]
enum Happening {
    Comes(u16, Car),
    Leaves(u16),
    Limit([i32; 3]),
    Takes(u16, i32),
    Passes(u64),
}

fn cars() -> impl Strategy<Value = Car> {
    let used =
        prop_oneof![Just([true; 3]), Just([true, false, false]), Just([false, true, true]), Just([false, false, true])];
    (used, 4..64, prop_oneof![Just(99), 0..40], 0..3u8).prop_map(|(used, most, takes, priority)| Car {
        takes,
        priority,
        ..Car::on(used, most)
    })
}

fn happenings() -> impl Strategy<Value = Happening> {
    prop_oneof![
        2 => (1..6u16, cars()).prop_map(|(number, car)| Happening::Comes(number, car)),
        1 => (1..6u16).prop_map(Happening::Leaves),
        2 => prop::array::uniform3(-5..80).prop_map(Happening::Limit),
        1 => (1..6u16, 0..40).prop_map(|(number, amps)| Happening::Takes(number, amps)),
        4 => (1..40u64).prop_map(Happening::Passes),
        1 => (800..1_000u64).prop_map(Happening::Passes),
    ]
}

proptest! {
    #[test]
    fn the_site_is_never_asked_for_more_than_it_has(story in prop::collection::vec(happenings(), 1..40)) {
        let mut site = Site::new(32);
        for happening in story {
            match happening {
                Happening::Comes(number, car) => {
                    // The next car at a place comes when the last one has gone.
                    site.leaves(number).passes(7).comes(number, car);
                }
                Happening::Leaves(number) => {
                    site.leaves(number);
                }
                Happening::Limit(amps) => site.limit = PerPhase(amps.map(Milliamps::from_amps)),
                Happening::Takes(number, amps) => {
                    if let Some(car) = site.cars.get_mut(&number) {
                        car.takes = amps;
                    }
                }
                Happening::Passes(seconds) => {
                    site.passes(seconds);
                }
            }
        }
        prop_assert!(site.allocator.places.len() <= 5);
    }
}

proptest! {
    // Hours of each.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn nobody_waits_longer_than_the_turns_of_all_others(
        limit in 6..14,
        cars in prop::collection::vec(cars(), 2..6),
        gaps in prop::collection::vec(0..600u64, 6),
    ) {
        let mut site = Site::new(limit);
        let (others, mut longest) = (cars.len() - 1, Duration::ZERO);
        let hand_over = Duration::from_secs(10);
        let bound = (TURN + hand_over) * u32::try_from(others).expect("a few") + hand_over;
        for (number, (car, gap)) in (1..).zip(cars.into_iter().zip(gaps)) {
            site.comes(number, Car { most: car.most.max(6), takes: 99, ..car }).passes(gap);
        }
        for _ in 0..6_000 {
            site.passes(1);
            let waits = site.cars.values().filter_map(|car| Some(site.now - car.waits?)).max();
            longest = longest.max(waits.unwrap_or_default());
        }
        prop_assert!(longest <= bound, "{longest:?} of {bound:?}\n{}", site.story);
    }
}
