//! What the house connection leaves for the cars.

use std::time::Duration;

use units::{Instant, Milliamps, PerPhase, Phase};

use crate::bound::Bound;
use crate::limits::Limits;
use crate::site_config::SiteConfig;
use crate::source::{LimitReason, LimitSource};

/// Watches the house connection, line by line: lowers the limit at once, raises it only when the room has been there for a
/// while, and for longer where there was too little to charge at all.
///
/// ```text
/// house  ----____ ______------      load of everything else
/// limit      ‾‾‾‾‾‾‾‾‾‾‾|__________  follows down at once, up after `raise_after` or `resume_after`
/// ```
///
/// It knows no direction: what flows out of the cars is watched by another one, to which all currents are told with their sign
/// turned.
#[derive(Debug)]
pub(crate) struct SiteLimiter {
    /// So much may flow at the connection.
    connection: Milliamps,
    /// More than this the cars never have, whatever the house does.
    most: Milliamps,
    fail_safe: Milliamps,
    /// Why they may not have more.
    why: LimitReason,
    patience: Patience,
    held: Option<Held>,
}

/// How long more room must be there before there is a higher limit.
#[derive(Debug)]
struct Patience {
    raise_after: Duration,
    /// Where there was too little to charge at all.
    resume_after: Duration,
}

/// What holds now, on each line of the house.
type Room = PerPhase<Bound<Milliamps>>;

/// What holds now.
#[derive(Clone, Copy, Debug)]
struct Held {
    room: Room,
    /// Where more room has been since, and how much of it all the time.
    rising: PerPhase<Option<(Instant, Milliamps)>>,
}

impl SiteLimiter {
    /// For what flows into the cars; `None` when the site limit is switched off.
    pub(crate) fn of_import(config: &SiteConfig) -> Option<Self> {
        let fuse = config.main_fuse()?;
        let fail_safe = Milliamps::from_amps(config.fail_safe_a);
        Some(Self::new(config, (fuse, fuse), fail_safe, LimitReason::HouseLoad))
    }

    /// For what flows out of the cars; `None` when the site limit is switched off. While the house meter does not answer nothing
    /// may: what a roof feeds back by itself is not known.
    pub(crate) fn of_export(config: &SiteConfig) -> Option<Self> {
        let fuse = config.main_fuse()?;
        Some(Self::new(config, (config.fed_back().min(fuse), fuse), Milliamps::ZERO, LimitReason::FeedIn))
    }

    fn new(
        config: &SiteConfig,
        (connection, most): (Milliamps, Milliamps),
        fail_safe: Milliamps,
        why: LimitReason,
    ) -> Self {
        Self {
            connection,
            most,
            fail_safe,
            why,
            patience: Patience {
                raise_after: Duration::from_secs(config.raise_after_s.into()),
                resume_after: Duration::from_secs(config.resume_after_s.into()),
            },
            held: None,
        }
    }

    /// What holds before the house meter was read.
    pub(crate) fn unread(&self) -> Room {
        PerPhase::all(Bound::import(self.fail_safe, LimitSource::Site, LimitReason::FailSafe))
    }

    /// The house meter does not answer: returns the fail-safe limit.
    pub(crate) fn blind(&mut self) -> Room {
        self.hold(self.unread())
    }

    /// Takes what flows on each line of the house: all of it, and what of it the cars take. Returns the limit that holds for
    /// the cars from now on, on each line of the house; `None`: as before.
    pub(crate) fn update(
        &mut self,
        now: Instant,
        house: &PerPhase<Milliamps>,
        cars: &PerPhase<Milliamps>,
    ) -> Option<Room> {
        // What is left on a line once everything but the cars is served.
        let room = |line: Phase| {
            let others = house[line] - cars[line];
            (self.connection - others).max(Milliamps::ZERO).min(self.most)
        };
        let bound = |value| Bound::import(value, LimitSource::Site, self.why);
        let Some(held) = &mut self.held else {
            let room = PerPhase(Phase::ALL.map(|line| bound(room(line))));
            return Some(self.hold(room));
        };
        let mut news = false;
        for line in Phase::ALL {
            let before = held.room[line];
            let value = self.patience.follow(now, before.value(), room(line), &mut held.rising[line]);
            if value != before.value() || before.why() != self.why {
                held.room[line] = bound(value);
                news = true;
            }
        }
        news.then_some(held.room)
    }

    fn hold(&mut self, room: Room) -> Room {
        self.held.insert(Held { room, rising: PerPhase::default() }).room
    }
}

impl Patience {
    /// Changes smaller than this are not worth a new duty.
    const STEP: Milliamps = Milliamps(300);

    /// The limit of one line that was `before`, where there is so much room now; `rising`: since when there is more, and how much
    /// of it all the time.
    fn follow(
        &self,
        now: Instant,
        before: Milliamps,
        room: Milliamps,
        rising: &mut Option<(Instant, Milliamps)>,
    ) -> Milliamps {
        let paused = before < Limits::LEAST;
        if room < before - Self::STEP || (paused && room < Limits::LEAST) {
            *rising = None;
            return room;
        }
        if !paused && room <= before + Self::STEP {
            *rising = None;
            return before;
        }
        let (since, least) = rising.map_or((now, room), |(since, least)| (since, least.min(room)));
        let patience = if paused { self.resume_after } else { self.raise_after };
        let is_over = now - since >= patience;
        *rising = (!is_over).then_some((since, least));
        if is_over { least } else { before }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(amps: [i32; 3]) -> PerPhase<Milliamps> {
        PerPhase(amps.map(Milliamps::from_amps))
    }

    fn limiter() -> SiteLimiter {
        SiteLimiter::of_import(&SiteConfig::for_tests()).expect("switched on")
    }

    fn values(room: PerPhase<Bound<Milliamps>>) -> PerPhase<Milliamps> {
        room.map(|bound| bound.value())
    }

    /// What the limiter leaves all three lines, at each second at which it changes; the house's load and the car's.
    fn story(house: impl Fn(u64) -> i32, car: impl Fn(u64) -> i32, seconds: u64) -> String {
        let mut site = limiter();
        let mut story = String::new();
        for second in 0..seconds {
            let (house, car) = (house(second), car(second));
            let now = Instant::from_millis(second * 1000);
            if let Some(limit) = site.update(now, &drawing([house + car; 3]), &drawing([car; 3])) {
                story += &format!("{second} s: {}\n", values(limit).highest());
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
        let mut story = Vec::new();
        let mut tell = |room: Option<Room>| story.push(room.map(|room| (values(room), room[Phase::L1].why())));
        tell(site.update(Instant::ZERO, &drawing([0; 3]), &drawing([0; 3])));
        tell(Some(site.blind()));
        // It is back: the limit is that of the house again, and as low as it was for a while.
        tell(site.update(Instant::ZERO, &drawing([0; 3]), &drawing([0; 3])));
        tell(site.update(Instant::ZERO, &drawing([0; 3]), &drawing([0; 3])));
        let [load, silent] = [LimitReason::HouseLoad, LimitReason::FailSafe];
        let told = [Some((40, load)), Some((6, silent)), Some((6, load)), None];
        assert_eq!(story, told.map(|told| told.map(|(amps, why)| (drawing([amps; 3]), why))));
    }

    #[test]
    fn each_line_of_the_house_has_its_own_room() {
        let limit = limiter().update(Instant::ZERO, &drawing([45, 2, 0]), &drawing([10, 0, 0]));
        assert_eq!(limit.map(values), Some(drawing([5, 38, 40])));
    }

    #[test]
    fn a_house_that_feeds_back_already_leaves_less_for_the_cars() {
        // 16 A may be fed back. Amperes into the house without the cars, and what these give back.
        let config = SiteConfig { export_a: 16, ..SiteConfig::for_tests() };
        let mut site = SiteLimiter::of_export(&config).expect("switched on");
        assert_eq!(values(site.unread()), drawing([0; 3]), "nothing is known of the roof");
        let mut story = String::new();
        for (second, others, given) in [(0, 2, 0), (1, -10, 10), (2, -20, 6), (3, -10, 0), (62, -10, 0), (63, -10, 0)] {
            // Into the house, and out of the cars, with the sign turned.
            let now = Instant::from_millis(second * 1000);
            if let Some(room) = site.update(now, &drawing([given - others; 3]), &drawing([given; 3])) {
                story += &format!("{second} s: {}\n", room[Phase::L1].value());
            }
        }
        assert_eq!(story, "0 s: 18.0 A\n1 s: 6.0 A\n2 s: 0.0 A\n63 s: 6.0 A\n");
        let blind = site.blind()[Phase::L1];
        assert_eq!((blind.value(), blind.why()), (Milliamps::ZERO, LimitReason::FailSafe));
        // No more than the main fuse, however much the house takes.
        let mut site = SiteLimiter::of_export(&config).expect("switched on");
        let most = site.update(Instant::ZERO, &drawing([-60; 3]), &drawing([0; 3]));
        assert_eq!(most.map(values), Some(drawing([40; 3])));
    }
}
