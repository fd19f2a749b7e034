//! What the house connection leaves for the car.

use std::time::Duration;

use hardware::MeterReading;
use serde::Serialize;
use units::{Instant, Milliamps};

use crate::config::SiteConfig;

/// What the house leaves, each line.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct SiteLimit {
    /// The room on the fullest line.
    pub current: Milliamps,
    /// Whether it is the fail-safe value because the house meter does not answer.
    pub fail_safe: bool,
}

/// Watches the house connection: lowers the limit at once, raises it only when the room has been there for a while.
///
/// ```text
/// house  ----____ ______------      load of everything else
/// limit      ‾‾‾‾‾‾‾‾‾‾‾|__________  follows down at once, up after `raise_after`
/// ```
#[derive(Debug)]
pub struct SiteLimiter {
    fuse: Milliamps,
    fail_safe: Milliamps,
    raise_after: Duration,
    limit: Option<SiteLimit>,
    /// More room has been there since then.
    room_since: Option<Instant>,
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
            limit: None,
            room_since: None,
        })
    }

    /// Takes one pair of readings, at the house connection and at the outlet; `None` when the house meter does not answer.
    /// Returns the limit that holds from now on.
    pub fn update(&mut self, now: Instant, service: Option<&MeterReading>, outlet: &MeterReading) -> SiteLimit {
        let Some(service) = service else {
            self.room_since = None;
            return *self.limit.insert(SiteLimit { current: self.fail_safe, fail_safe: true });
        };
        // What the fuse leaves on each line once everything but the car is served.
        let room = units::Phase::ALL
            .into_iter()
            .map(|phase| self.fuse - (service.current[phase] - outlet.current[phase]))
            .min()
            .unwrap_or(Milliamps::ZERO)
            .max(Milliamps::ZERO)
            .min(self.fuse);
        let fresh = SiteLimit { current: room, fail_safe: false };
        let Some(held) = self.limit else { return *self.limit.insert(fresh) };
        if room < held.current - Self::STEP {
            self.room_since = None;
            return *self.limit.insert(fresh);
        }
        if room > held.current + Self::STEP {
            let since = *self.room_since.get_or_insert(now);
            if now - since >= self.raise_after {
                self.room_since = None;
                return *self.limit.insert(fresh);
            }
        } else {
            self.room_since = None;
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::PerPhase;

    fn drawing(amps: i32) -> MeterReading {
        MeterReading { current: PerPhase::all(Milliamps::from_amps(amps)), ..MeterReading::default() }
    }

    fn limiter() -> SiteLimiter {
        let config = SiteConfig { main_fuse_a: 40, fail_safe_a: 6, raise_after_s: 15 };
        SiteLimiter::new(&config).expect("switched on")
    }

    #[test]
    fn the_limit_falls_at_once_and_rises_after_a_while() {
        let mut site = limiter();
        let mut story = String::new();
        // (second, house without the car, car): the house takes 5 A, then 30 A for ten seconds, then 5 A again.
        for (second, house, car) in [(0, 5, 32), (1, 30, 32), (2, 30, 10), (11, 5, 10), (20, 5, 10), (26, 5, 10)] {
            let limit = site.update(Instant::from_millis(second * 1000), Some(&drawing(house + car)), &drawing(car));
            story += &format!("{second} s: house {house} A, limit {}\n", limit.current);
        }
        assert_eq!(
            story,
            "0 s: house 5 A, limit 35.0 A\n1 s: house 30 A, limit 10.0 A\n2 s: house 30 A, limit 10.0 A\n\
             11 s: house 5 A, limit 10.0 A\n20 s: house 5 A, limit 10.0 A\n26 s: house 5 A, limit 35.0 A\n"
        );
    }

    #[test]
    fn a_silent_house_meter_means_the_fail_safe_current() {
        let mut site = limiter();
        site.update(Instant::ZERO, Some(&drawing(0)), &drawing(0));
        let limit = site.update(Instant::from_millis(1000), None, &drawing(0));
        assert_eq!(limit, SiteLimit { current: Milliamps::from_amps(6), fail_safe: true });
    }
}
