//! What the house connection leaves for the cars.

use std::time::Duration;

use units::{Instant, Milliamps, PerPhase, Phase};

use crate::limits::{Limits, SiteLimit};
use crate::site_config::SiteConfig;

/// Watches the house connection, line by line: lowers the limit at once, raises it only when the room has been there for a
/// while, and for longer where there was too little to charge at all.
///
/// ```text
/// house  ----____ ______------      load of everything else
/// limit      ‾‾‾‾‾‾‾‾‾‾‾|__________  follows down at once, up after `raise_after` or `resume_after`
/// ```
#[derive(Debug)]
pub struct SiteLimiter {
    fuse: Milliamps,
    fail_safe: Milliamps,
    raise_after: Duration,
    resume_after: Duration,
    held: Option<Held>,
}

/// What holds now.
#[derive(Clone, Copy, Debug)]
struct Held {
    limit: SiteLimit,
    /// Where more room has been since, and how much of it all the time.
    rising: PerPhase<Option<(Instant, Milliamps)>>,
}

impl SiteLimiter {
    /// Changes smaller than this are not worth a new duty.
    const STEP: Milliamps = Milliamps(300);

    /// `None` when the site limit is switched off.
    #[must_use]
    pub fn new(config: &SiteConfig) -> Option<Self> {
        (config.main_fuse_a > 0).then(|| Self {
            fuse: Milliamps::from_amps(config.main_fuse_a),
            fail_safe: Milliamps::from_amps(config.fail_safe_a),
            raise_after: Duration::from_secs(config.raise_after_s.into()),
            resume_after: Duration::from_secs(config.resume_after_s.into()),
            held: None,
        })
    }

    /// The house meter does not answer: returns the fail-safe limit.
    pub fn blind(&mut self) -> SiteLimit {
        self.hold(SiteLimit { current: PerPhase::all(self.fail_safe), fail_safe: true })
    }

    /// Takes what flows on each line of the house: all of it, and what of it the charger takes. Returns the limit that holds for
    /// the charger from now on, on each line of the house.
    pub fn update(&mut self, now: Instant, house: &PerPhase<Milliamps>, charger: &PerPhase<Milliamps>) -> SiteLimit {
        // What the fuse leaves on each line once everything but the cars is served.
        let room = PerPhase(Phase::ALL.map(|line| {
            let others = house[line] - charger[line];
            (self.fuse - others).max(Milliamps::ZERO).min(self.fuse)
        }));
        let Some(mut held) = self.held else {
            return self.hold(SiteLimit { current: room, fail_safe: false });
        };
        held.limit.fail_safe = false;
        for line in Phase::ALL {
            let rising = held.rising[line];
            (held.limit.current[line], held.rising[line]) =
                self.follow(now, held.limit.current[line], room[line], rising);
        }
        self.held = Some(held);
        held.limit
    }

    /// The limit of one line that was `before`, and since when there is more room: how much of it all the time.
    fn follow(
        &self,
        now: Instant,
        before: Milliamps,
        room: Milliamps,
        rising: Option<(Instant, Milliamps)>,
    ) -> (Milliamps, Option<(Instant, Milliamps)>) {
        let paused = before < Limits::LEAST;
        if room < before - Self::STEP || (paused && room < Limits::LEAST) {
            return (room, None);
        }
        if !paused && room <= before + Self::STEP {
            return (before, None);
        }
        let (since, least) = rising.map_or((now, room), |(since, least)| (since, least.min(room)));
        let patience = if paused { self.resume_after } else { self.raise_after };
        if now - since >= patience { (least, None) } else { (before, Some((since, least))) }
    }

    fn hold(&mut self, limit: SiteLimit) -> SiteLimit {
        self.held.insert(Held { limit, rising: PerPhase::default() }).limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lines;
    use units::PhaseCount;

    fn drawing(amps: [i32; 3]) -> PerPhase<Milliamps> {
        PerPhase(amps.map(Milliamps::from_amps))
    }

    fn limiter() -> SiteLimiter {
        // As in the standard charger.toml.
        let config = SiteConfig {
            main_fuse_a: 40,
            fail_safe_a: 6,
            raise_after_s: 15,
            resume_after_s: 60,
            lost_after_s: 10,
            station_fuse_a: 0,
            turn_min: 15,
            lines: Phase::ALL.to_vec(),
        };
        SiteLimiter::new(&config).expect("switched on")
    }

    /// What the limiter leaves all three lines, at each second at which it changes; the house's load and the car's.
    fn story(house: impl Fn(u64) -> i32, car: impl Fn(u64) -> i32, seconds: u64) -> String {
        let mut site = limiter();
        let (mut story, mut last) = (String::new(), None);
        for second in 0..seconds {
            let (house, car) = (house(second), car(second));
            let now = Instant::from_millis(second * 1000);
            let limit = site.update(now, &drawing([house + car; 3]), &drawing([car; 3]));
            if last.replace(limit) != Some(limit) {
                story += &format!("{second} s: {}\n", limit.room(Lines::first(PhaseCount::Three)));
            }
        }
        story
    }

    #[test]
    fn the_limit_falls_at_once_and_rises_after_a_while() {
        // The house takes 5 A, then 30 A for ten seconds, then 5 A again; in the middle of it a kettle boils.
        let house = |second| match second {
            0 | 11..15 | 16.. => 5,
            1..11 => 30,
            15 => 12,
        };
        let car = |second| if second < 2 { 32 } else { 10 };
        assert_eq!(story(house, car, 60), "0 s: 35.0 A\n1 s: 10.0 A\n26 s: 28.0 A\n42 s: 35.0 A\n");
    }

    #[test]
    fn a_car_that_had_to_pause_waits_longer_and_a_house_around_the_limit_does_not_make_it_come_and_go() {
        // 33 A and 36 A in turns, half a minute each: 7 A are left, or 4 A.
        let swings = |second| if second / 30 % 2 == 0 { 33 } else { 36 };
        assert_eq!(story(swings, |_| 0, 600), "0 s: 7.0 A\n30 s: 4.0 A\n");
        let calms = |second| if second == 10 { 36 } else { 33 };
        assert_eq!(story(calms, |_| 0, 100), "0 s: 7.0 A\n10 s: 4.0 A\n71 s: 7.0 A\n");
    }

    #[test]
    fn a_silent_house_meter_means_the_fail_safe_current() {
        let mut site = limiter();
        site.update(Instant::ZERO, &drawing([0; 3]), &drawing([0; 3]));
        let limit = site.blind();
        assert!(limit.fail_safe);
        assert_eq!(limit.room(Lines::first(PhaseCount::Three)), Milliamps::from_amps(6));
    }

    #[test]
    fn each_line_of_the_house_has_its_own_room() {
        let limit = limiter().update(Instant::ZERO, &drawing([45, 2, 0]), &drawing([10, 0, 0]));
        assert_eq!(limit.current, drawing([5, 38, 40]));
        assert_eq!(limit.room(Lines::first(PhaseCount::Three)), Milliamps::from_amps(5));
    }
}
