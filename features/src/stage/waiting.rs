//! Time passes in a scenario: until something holds, while it holds, or just so.

use std::time::Duration;

use report::Cause;
use units::Instant;

use super::{Stage, human};
use crate::rig::Rig;
use crate::stop::Stop;

impl Stage {
    /// Time passes until something holds, at most so long; answers whether it came to be. A wait that is cut short, because the
    /// charger has died or its computer stood still, is no wait: it ends the scenario.
    pub(crate) fn wait(&mut self, limit: Duration, mut holds: impl FnMut(&mut dyn Rig) -> bool) -> bool {
        let (limits, wall) = (self.conditions.limits, self.wall);
        let rig = self.rig();
        let real = !rig.resolution().is_zero();
        let left = limits.virtual_time.saturating_sub(rig.now() - Instant::ZERO);
        let mut overdue = false;
        let came = rig.wait(limit.min(left), &mut |rig| {
            let beside = if real { rig.now() - Instant::ZERO } else { Duration::ZERO };
            overdue = wall.elapsed() > limits.wall_time + beside;
            overdue || holds(rig)
        });
        if let Err(error) = self.rig().health() {
            std::panic::panic_any(Stop::from(error));
        }
        if overdue {
            self.too_long(&format!("{} of the machine's time", human(limits.wall_time)), "--max-wall");
        }
        if !came && limit > left {
            self.too_long(&format!("{} of its world's time", human(limits.virtual_time)), "--max-virtual");
        }
        came
    }

    /// Ends the scenario: it has taken more than it may.
    fn too_long(&mut self, most: &str, option: &str) -> ! {
        let now = self.rig().now();
        let why = format!("the scenario takes longer than {most} ({option}); its world is at {now}");
        std::panic::panic_any(Stop::Error(Cause::Broken, why));
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, duration: Duration) {
        self.wait(duration, |_| false);
    }

    /// Whether something holds of what has happened until now: for checks that name no time. On a rig whose charger tells over a
    /// line what happened, what is on its way counts as well: whether it makes the check hold or not.
    pub(crate) fn holds(&mut self, holds: impl FnMut(&mut dyn Rig) -> bool) -> bool {
        let (settled, lag) = (self.rig().resolution(), self.rig().lag());
        self.pass(settled);
        self.catch_up();
        self.wait(lag, holds)
    }

    /// Waits until all that the charger told until now is in the log: what is not there then has not happened. A charger that
    /// does not answer ends the scenario, for nobody knows what it told.
    fn catch_up(&mut self) {
        let now = self.rig().now();
        if !self.wait(Self::ANSWER, |rig| rig.has_told(now)) {
            let why = format!("what the charger did until {now} is not known: no answer for {}", human(Self::ANSWER));
            std::panic::panic_any(Stop::Error(Cause::Broken, why));
        }
    }

    /// Lets the world come to rest. Where seconds are real, two must do: no check depends on how long it rested.
    pub(crate) fn settle(&mut self, duration: Duration) {
        let real = !self.rig().resolution().is_zero();
        self.pass(if real { duration.min(Duration::from_secs(2)) } else { duration });
    }

    /// Waits until something holds; breaks the scenario when it does not within that time.
    pub(crate) fn within(
        &mut self,
        limit: Duration,
        mut holds: impl FnMut(&mut dyn Rig) -> bool,
        otherwise: impl FnOnce(&mut dyn Rig) -> String,
    ) {
        let begun = self.rig().now();
        let window = limit + self.rig().resolution();
        if !self.wait(window, &mut holds) {
            let why = otherwise(self.rig());
            self.fail(format!("not within {} from {begun}: {why}", human(limit)));
        }
        if let Some(why) = self.by_hand() {
            self.rig().log().record(
                "step",
                "note",
                format!("whether it took {} at most is not known: {why}", human(limit)),
            );
        }
    }

    /// Why no time from the last action on can be measured.
    pub(crate) fn by_hand(&mut self) -> Option<String> {
        self.rig().acted_by_hand().then(|| "a person did it, and told so some time after".to_owned())
    }

    /// Lets time pass while something must hold at every instant.
    pub(crate) fn throughout(
        &mut self,
        duration: Duration,
        mut holds: impl FnMut(&mut dyn Rig) -> bool,
        otherwise: impl FnOnce(&mut dyn Rig) -> String,
    ) {
        let window = duration.saturating_sub(self.rig().resolution());
        let broken = self.wait(window, |rig| !holds(rig));
        if broken {
            let at = self.rig().now();
            let why = otherwise(self.rig());
            self.fail(format!("at {at}: {why}"));
        }
    }
}
