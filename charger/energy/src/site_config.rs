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
}
