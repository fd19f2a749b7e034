//! Which schedule the car follows, and how it plans to use it.

use units::Watts;

use super::event::Schedule;

/// The schema of -2 allows so many entries of a ChargingProfile.
const ENTRIES: usize = 24;

impl Schedule {
    /// Whether it can be followed: there are entries, one after the other, and no power is below 0.
    pub(super) fn is_right(&self) -> bool {
        let ascends = self.entries.windows(2).all(|pair| pair[0].0 < pair[1].0);
        !self.entries.is_empty() && ascends && self.entries.iter().all(|(_, power)| power.0 >= 0)
    }

    /// The highest power after so many seconds.
    pub(super) fn power_at(&self, seconds: u64) -> Option<Watts> {
        self.entries.iter().rev().find(|(start, _)| u64::from(*start) <= seconds).map(|(_, power)| *power)
    }

    /// What a car that draws at most `most` plans, never above the schedule.
    pub(super) fn plan(&self, most: Watts) -> Vec<(u32, i64)> {
        let least = |entries: &[(u32, Watts)]| entries.iter().map(|(_, power)| power.0).min().unwrap_or(0);
        let mut plan: Vec<(u32, i64)> = Vec::new();
        // Before a schedule begins there is nothing.
        if self.entries.first().is_some_and(|(start, _)| *start > 0) {
            plan.push((0, 0));
        }
        for (at, (start, power)) in self.entries.iter().enumerate() {
            // What has no room of its own is planned with the least that comes.
            let last = plan.len() + 1 == ENTRIES;
            let power = if last { least(&self.entries[at..]) } else { power.0 };
            plan.push((*start, i64::from(power.min(most.0.max(0)))));
            if last {
                break;
            }
        }
        plan
    }
}

/// The schedule that the car follows: the one it followed before the pause, else the first that can be followed.
pub(super) fn choose(schedules: Vec<Schedule>, before: Option<u8>) -> Option<Schedule> {
    let mut right: Vec<Schedule> = schedules.into_iter().filter(Schedule::is_right).collect();
    let at = before.and_then(|id| right.iter().position(|schedule| schedule.id == i16::from(id))).unwrap_or(0);
    if right.is_empty() { None } else { Some(right.swap_remove(at)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(id: i16, entries: &[(u32, i32)]) -> Schedule {
        Schedule { id, entries: entries.iter().map(|(start, watts)| (*start, Watts(*watts))).collect() }
    }

    #[test]
    fn a_plan_stays_within_its_schedule() {
        let offered = schedule(1, &[(0, 11_000), (3_600, 7_000)]);
        assert_eq!(offered.plan(Watts(10_000)), [(0, 10_000), (3_600, 7_000)]);
        assert_eq!(schedule(1, &[(60, 5_000)]).plan(Watts(10_000)), [(0, 0), (60, 5_000)]);
        assert_eq!(offered.power_at(3_599), Some(Watts(11_000)));
        assert_eq!(offered.power_at(9_999), Some(Watts(7_000)));
        let long: Vec<(u32, i32)> = (0..1_000).map(|at| (at, 20_000 - at as i32)).collect();
        let plan = schedule(1, &long).plan(Watts(50_000));
        assert_eq!((plan.len(), plan[23]), (24, (23, 19_001)));
    }

    #[test]
    fn the_schedule_of_the_pause_is_followed_again_and_a_broken_one_never() {
        let all =
            || vec![schedule(1, &[]), schedule(2, &[(0, 1)]), schedule(3, &[(0, 1)]), schedule(4, &[(5, 1), (5, 1)])];
        let chosen = |before| choose(all(), before).map(|schedule| schedule.id);
        assert_eq!((chosen(None), chosen(Some(3)), chosen(Some(4))), (Some(2), Some(3), Some(2)));
        assert_eq!(choose(vec![schedule(1, &[(0, -1)])], None), None);
    }
}
