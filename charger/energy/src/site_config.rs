//! What is told of the house connection.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use units::{Milliamps, PerPhase, Phase, PhaseCount};

/// What the house leaves for the car.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SiteConfig {
    /// The fuse of the house connection, each line; 0 switches the site limit off.
    pub main_fuse_a: i32,
    /// When the house meter does not answer.
    pub fail_safe_a: i32,
    /// Room must be there for so long before the car may take more, s.
    pub raise_after_s: u32,
    /// Room must be there for so long before a car that had to pause may begin again, s.
    pub resume_after_s: u32,
    /// A house meter that fails or says nothing for so long is lost, s.
    pub lost_after_s: u32,
    /// The fuse of the station's own supply, each line, shared by its EVSEs; 0 is no limit.
    pub station_fuse_a: i32,
    /// Where not all cars can charge at once, each does for so long before the next one, min.
    pub turn_min: u32,
    /// What may be fed back at the house connection, each line; 0: no car may give anything back. Also with 1 A a car feeds the
    /// house itself, and at the most 1 A beyond: nothing can be kept at exactly nothing, for what is switched off in the house
    /// flows back until the car has followed.
    pub export_a: i32,
    /// The line of the house behind each line of an outlet that does not say otherwise, in the outlet's order.
    pub lines: Vec<Phase>,
}

impl SiteConfig {
    /// The line of the house behind each line of an outlet with that wiring. Where the outlet has fewer than three, the others
    /// are whatever is left.
    #[must_use]
    pub fn wiring(lines: &[Phase]) -> PerPhase<Phase> {
        let left = Phase::ALL.into_iter().filter(|line| !lines.contains(line));
        let mut all = lines.iter().copied().chain(left);
        // Fewer than three only if a line is named twice, which the check of the file refuses.
        PerPhase(Phase::ALL.map(|line| all.next().unwrap_or(line)))
    }

    /// Whether each line of such an outlet has a line of the house for itself.
    #[must_use]
    pub fn is_wired(lines: &[Phase], outlet: PhaseCount) -> bool {
        let twice = (1..lines.len()).any(|place| lines[..place].contains(&lines[place]));
        lines.len() >= usize::from(outlet.count()) && !twice
    }

    /// Where not all cars can charge at once, each does for so long before the next one.
    #[must_use]
    pub fn turn(&self) -> Duration {
        Duration::from_secs(u64::from(self.turn_min) * 60)
    }

    /// The fuse of the house connection, each line; `None`: the site limit is switched off.
    #[must_use]
    pub fn main_fuse(&self) -> Option<Milliamps> {
        (self.main_fuse_a > 0).then(|| Milliamps::from_amps(self.main_fuse_a))
    }

    /// How much may be fed back at the house connection on each line; zero: nothing may flow out of a car.
    #[must_use]
    pub fn fed_back(&self) -> Milliamps {
        Milliamps::from_amps(self.export_a.max(0))
    }

    /// The fuse of the station's own supply, each line; `None` is no limit.
    #[must_use]
    pub fn station_fuse(&self) -> Option<Milliamps> {
        (self.station_fuse_a > 0).then(|| Milliamps::from_amps(self.station_fuse_a))
    }

    /// A house meter that fails or says nothing for so long is lost.
    #[must_use]
    pub fn lost_after(&self) -> Duration {
        Duration::from_secs(self.lost_after_s.into())
    }

    /// As in the standard `charger.toml`.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        Self {
            main_fuse_a: 40,
            fail_safe_a: 6,
            raise_after_s: 15,
            resume_after_s: 60,
            lost_after_s: 10,
            station_fuse_a: 0,
            turn_min: 15,
            export_a: 0,
            lines: Phase::ALL.to_vec(),
        }
    }
}
