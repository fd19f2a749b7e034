//! How values change over time, with few points.

use std::collections::BTreeSet;
use std::time::Duration;

/// With more changes than this a quarter is left out while they come in.
const KEPT: usize = 1024;

/// So many points a profile has.
pub(crate) const POINTS: usize = 20;

/// How several values change together. Each point holds until the next.
#[derive(Clone, Debug)]
pub(crate) struct Course<const N: usize> {
    start: Option<Duration>,
    points: Vec<(f64, [f64; N])>,
}

impl<const N: usize> Default for Course<N> {
    fn default() -> Self {
        Self { start: None, points: Vec::new() }
    }
}

/// Thousandths of a second, as seconds.
pub(crate) fn seconds(time: Duration) -> f64 {
    // At most 53 bits are exact: 285 000 years.
    (time.as_micros() / 1_000) as f64 / 1_000.0
}

impl<const N: usize> Course<N> {
    /// These are the values now.
    pub(crate) fn add(&mut self, at: Duration, values: [f64; N]) {
        let start = *self.start.get_or_insert(at);
        let at = seconds(at.saturating_sub(start));
        match self.points.last_mut() {
            Some((_, last)) if *last == values => return,
            Some((last_at, last)) if *last_at >= at => {
                *last = values;
                return;
            }
            _ => self.points.push((at, values)),
        }
        if self.points.len() > KEPT {
            self.points = lighten(std::mem::take(&mut self.points));
        }
    }

    /// The points that say most.
    pub(crate) fn thinned(&self) -> Vec<(f64, [f64; N])> {
        thin(self.points.clone(), POINTS)
    }
}

/// How much a point changes: in parts of the whole range, times the root of how long it holds. A ramp of seconds keeps its steps
/// beside hours of small changes.
fn weight<const N: usize>(points: &[(f64, [f64; N])], ranges: &[f64; N], at: usize) -> f64 {
    let (before, here, after) = (&points[at - 1], &points[at], &points[at + 1]);
    let change: f64 = (0..N).map(|place| (here.1[place] - before.1[place]).abs() / ranges[place]).sum();
    change * (after.0 - here.0).max(0.0).sqrt()
}

/// The range of each value.
fn ranges<const N: usize>(points: &[(f64, [f64; N])]) -> [f64; N] {
    std::array::from_fn(|place| {
        let values = || points.iter().map(|(_, values)| values[place]);
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        if high > low { high - low } else { 1.0 }
    })
}

/// Takes away points until so many are left, each time that which changes least.
fn thin<const N: usize>(mut points: Vec<(f64, [f64; N])>, most: usize) -> Vec<(f64, [f64; N])> {
    let ranges = ranges(&points);
    while points.len() > most.max(2) {
        let weight = |at: usize| weight(&points, &ranges, at);
        let least = (1..points.len() - 1).min_by(|a, b| weight(*a).total_cmp(&weight(*b)));
        let Some(least) = least else { break };
        points.remove(least);
    }
    points
}

/// Takes away a quarter of the points at once: of every second one those that change least, so never two neighbours.
fn lighten<const N: usize>(points: Vec<(f64, [f64; N])>) -> Vec<(f64, [f64; N])> {
    let ranges = ranges(&points);
    let mut light: Vec<_> =
        (1..points.len().saturating_sub(1)).step_by(2).map(|at| (weight(&points, &ranges, at), at)).collect();
    light.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    light.truncate(light.len().div_ceil(2));
    let left_out: BTreeSet<usize> = light.into_iter().map(|(_, at)| at).collect();
    points.into_iter().enumerate().filter(|(at, _)| !left_out.contains(at)).map(|(_, point)| point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn only_changes_are_points_and_time_begins_with_the_first() {
        let mut course = Course::default();
        for (at, amperes) in [(5_000, 0.0), (5_250, 0.0), (5_500, 8.5), (5_750, 8.5), (6_000, 16.0)] {
            course.add(ms(at), [amperes]);
        }
        assert_eq!(course.thinned(), [(0.0, [0.0]), (0.5, [8.5]), (1.0, [16.0])]);
    }

    #[test]
    fn a_ramp_stays_and_noise_goes() {
        let mut course = Course::default();
        (0..11).for_each(|step| course.add(ms(step * 250), [step as f64 * 10.0]));
        (11..500).for_each(|step| course.add(ms(step * 250), [100.0 + f64::from(u8::from(step % 2 == 0)) * 0.1]));
        course.add(ms(500 * 250), [0.0]);
        let points = course.thinned();
        assert_eq!(points.len(), POINTS);
        assert!((0..11).all(|step| points[step].1 == [step as f64 * 10.0]), "{points:?}");
        assert_eq!(points.last(), Some(&(125.0, [0.0])));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut course = Course::default();
        (0..50_000).for_each(|step| course.add(ms(step), [step as f64]));
        assert!(course.points.len() <= KEPT);
        assert_eq!(course.thinned().first(), Some(&(0.0, [0.0])));
    }

    #[test]
    fn two_values_at_one_instant_are_the_later_one() {
        let mut course = Course::default();
        course.add(ms(10), [1.0]);
        course.add(ms(10), [2.0]);
        assert_eq!(course.thinned(), [(0.0, [2.0])]);
    }
}
