//! How fast virtual time passes for whoever watches. The only place that lets a thread sleep: between two advances of a
//! world, never inside one.

use std::str::FromStr;
use std::time::{Duration, Instant};

/// Virtual seconds for each second of the wall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Speed {
    /// As fast as it can be computed.
    Max,
    /// So many.
    Times(f64),
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let times: Option<f64> = text.strip_suffix('x').and_then(|times| times.parse().ok());
        match times.filter(|times| (0.01..=1e6).contains(times)) {
            Some(times) => Ok(Self::Times(times)),
            None => Err(format!("--speed {text}: expected 1x, 60x, max or another number and x")),
        }
    }
}

/// The wall time of a record: microseconds since now.
#[expect(clippy::disallowed_methods, reason = "the record tells wall time; nothing acts upon it")]
pub(super) fn stopwatch() -> impl Fn() -> u64 {
    let begun = Instant::now();
    move || u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Keeps the wall in step with a world.
#[derive(Debug)]
pub(super) struct Pacer {
    speed: Speed,
    begun: Instant,
}

impl Pacer {
    #[expect(clippy::disallowed_methods, reason = "the wall is what a watcher's time is measured by")]
    pub(super) fn start(speed: Speed) -> Self {
        Self { speed, begun: Instant::now() }
    }

    /// Waits until the wall has caught up with the world.
    #[expect(clippy::disallowed_methods, reason = "the world stands still meanwhile; nothing in it sees this")]
    pub(super) fn keep_up(&self, virtual_now: units::Instant) {
        if let Speed::Times(times) = self.speed {
            let due = Duration::from_secs_f64(virtual_now.as_secs_f64() / times);
            if let Some(ahead) = due.checked_sub(self.begun.elapsed()) {
                std::thread::sleep(ahead.min(Duration::from_secs(1)));
            }
        }
    }

    /// Seconds of the wall since the start.
    pub(super) fn wall_s(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}
