//! Stories of a meter at an outlet of 3 x 32 A.

use hardware::MeterReading;
use proptest::prelude::*;
use units::{Milliamps, MilliwattHours, PerPhase};

use super::*;
use crate::Config;

/// A meter that shows what it is told to.
struct Bench {
    meter: OutletMeter,
    now: Instant,
    /// What it counts, in milliwatt-hours.
    register: i64,
    watts: i32,
    story: String,
    told: String,
}

impl Bench {
    fn new() -> Self {
        let config = Config::standard();
        let meter = OutletMeter::new(&config.meter, &config.outlet, Instant::ZERO);
        let mut bench = Self {
            meter,
            now: Instant::ZERO,
            register: 1_234_567_000,
            watts: 0,
            story: String::new(),
            told: String::new(),
        };
        bench.tell();
        bench
    }

    /// Seconds in which the register counts so many watts, and a reading each that shows `watts`.
    fn counts(&mut self, seconds: u64, counted: i64) -> &mut Self {
        self.shows(seconds, |bench| bench.register += counted * 1000 / 3600)
    }

    fn shows(&mut self, seconds: u64, mut change: impl FnMut(&mut Self)) -> &mut Self {
        for _ in 0..seconds {
            self.now = self.now + Duration::from_secs(1);
            change(self);
            let (register, watts) = (self.register, self.watts);
            self.hears(Ok(reading(register, watts)));
        }
        self
    }

    fn fails(&mut self, seconds: u64) -> &mut Self {
        for _ in 0..seconds {
            self.now = self.now + Duration::from_secs(1);
            self.hears(Err("no answer".into()));
        }
        self
    }

    fn hears(&mut self, answer: Result<MeterReading, String>) {
        let before = self.meter.truth().map(|taken| taken.reading.import);
        self.meter.hear(self.now, answer);
        self.meter.expire(self.now);
        let after = self.meter.truth().map(|taken| taken.reading.import);
        if self.told == "sound" {
            assert!(after >= before, "what is true falls only when it begins again: {before:?} {after:?}");
        }
        self.tell();
    }

    fn tell(&mut self) {
        let words = match (self.meter.lost(), self.meter.implausible()) {
            (Some(why), _) => format!("lost: {why}"),
            (None, Some(why)) => why.to_string(),
            (None, None) => "sound".into(),
        };
        if words != self.told {
            self.story += &format!("{} s {words}\n", self.now.as_millis() / 1000);
            self.told = words;
        }
    }

    fn truth(&self) -> i64 {
        self.meter.truth().expect("it was read").reading.import.0
    }
}

fn reading(register: i64, watts: i32) -> MeterReading {
    MeterReading {
        current: PerPhase::all(Milliamps(watts * 1000 / 690)),
        power: PerPhase([watts / 3, watts / 3, watts - watts / 3 * 2].map(Watts)),
        import: MilliwattHours(register),
        ..MeterReading::default()
    }
}

#[test]
fn a_meter_that_counts_what_it_measures_is_sound_at_every_load() {
    let mut bench = Bench::new();
    for watts in [0, 90, 115, 1_380, 22_000, 7_400, 0, 3] {
        bench.watts = watts;
        bench.counts(3_600, watts.into());
    }
    assert_eq!(bench.story, "0 s sound\n");
}

#[test]
fn a_register_that_stands_still_under_load_is_found_within_a_minute() {
    for (watts, found) in [(1_380, 105), (21_000, 105)] {
        let mut bench = Bench::new();
        bench.watts = watts;
        bench.counts(60, watts.into()).counts(120, 0);
        let first = bench.story.lines().nth(1).expect("it is found");
        assert!(first.starts_with(&format!("{found} s the meter's register stands still since 45 s")), "{first}");
    }
    // Without a load it has to stand still.
    assert_eq!(Bench::new().counts(36_000, 0).story, "0 s sound\n");
}

#[test]
fn a_register_that_stood_still_is_believed_when_it_moves_again_or_after_a_long_while() {
    let mut bench = Bench::new();
    bench.watts = 21_000;
    bench.counts(60, 21_000).counts(60, 0);
    let billed = bench.truth();
    bench.watts = 0;
    bench.counts(100, 0);
    bench.register += 300_000;
    bench.counts(20, 0);
    let told: Vec<_> = bench.story.lines().skip(2).collect();
    assert_eq!((told, bench.truth() - billed), (vec!["231 s sound"], 300_000));

    let mut bench = Bench::new();
    bench.watts = 21_000;
    bench.counts(60, 21_000).counts(60, 0);
    bench.watts = 0;
    bench.counts(700, 0);
    assert_eq!(bench.story.lines().nth(2), Some("750 s sound"));
}

#[test]
fn a_zero_for_two_seconds_is_no_bill_and_no_trouble() {
    let mut bench = Bench::new();
    bench.watts = 7_400;
    bench.counts(60, 7_400);
    let before = (bench.register, bench.truth());
    bench.register = 0;
    bench.shows(2, |_| ());
    assert_eq!(bench.truth(), before.1);
    bench.register = before.0 + 6_000;
    bench.counts(60, 7_400);
    assert_eq!((bench.story.as_str(), bench.truth()), ("0 s sound\n", bench.register));
}

#[test]
fn a_register_that_begins_again_is_out_of_order_until_it_was_sound_for_a_while() {
    let mut bench = Bench::new();
    bench.watts = 7_400;
    bench.counts(60, 7_400);
    let billed = bench.truth();
    bench.register = 0;
    bench.counts(4, 7_400);
    assert_eq!(bench.truth(), billed);
    bench.watts = 0;
    bench.counts(20, 0);
    assert_eq!(
        bench.story,
        "0 s sound\n64 s a register of the meter fell from 1234.690 kWh to 0.008 kWh\n74 s sound\n"
    );
}

#[test]
fn jumps_that_the_outlet_cannot_carry_are_not_billed() {
    for jump in [50_000, 5_000_000, 900_000_000_000, -5_000_000] {
        let mut bench = Bench::new();
        bench.watts = 22_000;
        bench.counts(60, 22_000);
        bench.watts = 0;
        // A pause of hours is no time in which anything was carried.
        bench.counts(10_000, 0);
        let billed = bench.truth();
        bench.register += jump;
        bench.counts(3, 0);
        assert_eq!(bench.truth(), billed, "{jump}");
        bench.counts(1, 0);
        assert!(bench.told.contains("more than the outlet can carry") || bench.told.contains("fell"), "{}", bench.told);
    }
}

#[test]
fn a_register_that_crawls_or_runs_ahead_does_not_fit_its_power() {
    for counted in [500, 30_000] {
        let mut bench = Bench::new();
        bench.watts = 15_000;
        bench.counts(30, 15_000).counts(120, counted);
        assert!(bench.story.contains("while its power makes"), "{counted}: {}", bench.story);
    }
}

#[test]
fn registers_in_coarse_steps_and_in_lumps_are_sound() {
    // Steps of 100 Wh, as numbers of single precision tell them, at the least load.
    let mut bench = Bench::new();
    bench.watts = 1_380;
    let mut fine = 1_234_567_000_i64;
    bench.shows(7_200, |bench| {
        fine += 1_380_000 / 3_600;
        bench.register = fine / 100_000 * 100_000 - 24;
    });
    assert_eq!(bench.story, "0 s sound\n");
    // Brought up to date every half a minute, while the load changes.
    let mut bench = Bench::new();
    let mut fine = bench.register;
    bench.shows(7_200, |bench| {
        let second = bench.now.as_millis() / 1000;
        fine += i64::from(bench.watts) * 1000 / 3_600;
        if second % 30 == 0 {
            bench.register = fine;
        }
        bench.watts = if second / 100 % 2 == 0 { 22_000 } else { 0 };
    });
    assert_eq!(bench.story, "0 s sound\n");
}

#[test]
fn power_out_of_the_car_is_not_for_this_charger_on_no_line() {
    let mut bench = Bench::new();
    bench.watts = -7_400;
    bench.counts(10, 0);
    let told = "5 s the meter shows -2.47 kW on a line, out of the car, and this charger takes none: is one of its \
                transformers the wrong way round?";
    assert_eq!(bench.story.lines().nth(1), Some(told));
    // The others make up for it.
    let mut bench = Bench::new();
    for _ in 0..5 {
        bench.now = bench.now + Duration::from_secs(1);
        let power = PerPhase([Watts(2_300), Watts(-2_300), Watts(2_300)]);
        bench.register += 2_300_000 / 3_600;
        let reading = MeterReading { power, ..reading(bench.register, 0) };
        bench.hears(Ok(reading));
    }
    assert!(bench.told.contains("the wrong way round"), "{}", bench.story);
}

#[test]
fn impossible_currents_are_told() {
    let mut bench = Bench::new();
    bench.watts = 1_000_000;
    bench.counts(3, 0);
    assert_eq!(bench.story, "0 s sound\n");
    bench.counts(2, 0);
    let told = "5 s the meter shows 1449.3 A on a line: more than a line can carry";
    assert_eq!(bench.story.lines().nth(1), Some(told));
}

#[test]
fn a_meter_that_fails_is_lost_soon_and_one_that_says_nothing_later() {
    let mut bench = Bench::new();
    bench.counts(5, 0).fails(2).counts(1, 0).fails(10).counts(1, 0);
    assert_eq!(bench.story, "0 s sound\n11 s lost: no answer\n19 s sound\n");
    let mut bench = Bench::new();
    bench.counts(5, 0);
    for _ in 0..20 {
        bench.now = bench.now + Duration::from_secs(1);
        bench.meter.expire(bench.now);
        bench.tell();
    }
    assert_eq!(bench.story, "0 s sound\n15 s lost: the meter has said nothing for 10 s\n");
    assert_eq!(bench.meter.deadline(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a meter shows: what is true never falls while it is believed, never gains more than the outlet can carry, and
    /// nothing of it panics.
    #[test]
    fn truth_never_falls(shown in proptest::collection::vec((any::<i64>(), any::<i32>(), 1u64..20, 0u8..4), 1..60)) {
        let mut bench = Bench::new();
        bench.counts(1, 0);
        for (register, watts, seconds, kind) in shown {
            match kind {
                0 => { bench.register = register; }
                1 => { bench.register = bench.register.saturating_add(register % 1_000_000); }
                2 => { bench.watts = watts % 100_000; }
                _ => { bench.watts = watts % 25_000; bench.fails(seconds); }
            }
            let (before, sound) = (bench.truth(), bench.told == "sound");
            bench.shows(seconds, |_| ());
            if sound && bench.told == "sound" {
                let most = (seconds as i64 + 30) * 33_120 * 1000 / 3600 + 200_000;
                let gained = bench.truth().saturating_sub(before);
                prop_assert!(gained <= most || seconds > 10, "{} to {}", before, bench.truth());
            }
        }
    }
}

#[test]
fn what_a_meter_shows_after_a_start_follows_from_what_was_known_before_it() {
    let config = Config::standard();
    let away = Some(Duration::from_secs(190));
    for (shown, ago, believed) in [
        (1_234_567_000, away, true),
        // 32 A on three lines for as long as the host was away: the board may not have cut them.
        (1_235_700_000, away, true),
        (1_234_566_000, away, false),
        (1_334_567_000, away, false),
        // Nobody knows for how long.
        (1_334_567_000, None, true),
        (1_134_567_000, None, false),
    ] {
        let mut meter = OutletMeter::new(&config.meter, &config.outlet, Instant::ZERO);
        meter.remember(MilliwattHours(1_234_567_000), ago);
        assert_eq!(meter.hear(Instant::ZERO, Ok(reading(shown, 0))), believed, "{shown} after {ago:?}");
        let truth = meter.truth().expect("a reading").reading.import;
        assert_eq!(truth, MilliwattHours(if believed { shown } else { 1_234_567_000 }));
        assert_eq!(meter.implausible().is_some(), !believed);
    }
}
