//! What is told of the house connection.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use units::{PerPhase, Phase, PhaseCount};

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
    /// The line of the house behind each line of the outlet, in the outlet's order.
    pub lines: Vec<Phase>,
}

impl SiteConfig {
    /// The line of the house behind each line of the outlet. Where the outlet has fewer than three, the others are whatever
    /// is left.
    #[must_use]
    pub fn wiring(&self) -> PerPhase<Phase> {
        let left = Phase::ALL.into_iter().filter(|line| !self.lines.contains(line));
        let mut lines = self.lines.iter().copied().chain(left);
        // Fewer than three only if a line is named twice, which the check of the file refuses.
        PerPhase(Phase::ALL.map(|line| lines.next().unwrap_or(line)))
    }

    /// A house meter that fails or says nothing for so long is lost.
    #[must_use]
    pub fn lost_after(&self) -> Duration {
        Duration::from_secs(self.lost_after_s.into())
    }

    /// Whether each line of such an outlet has a line of the house for itself.
    #[must_use]
    pub fn is_wired(&self, outlet: PhaseCount) -> bool {
        let twice = (1..self.lines.len()).any(|place| self.lines[..place].contains(&self.lines[place]));
        self.lines.len() >= usize::from(outlet.count()) && !twice
    }
}
