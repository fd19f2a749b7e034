//! A curve.

use units::Instant;

/// A curve: time and value, in the order of time, at most [`Curve::POINTS`] of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve(Vec<(Instant, f64)>);

impl Curve {
    /// A curve keeps at most so many points.
    pub const POINTS: usize = 600;

    /// A curve of these points, which are in the order of time.
    pub(crate) const fn of(points: Vec<(Instant, f64)>) -> Self {
        Self(points)
    }

    /// The points.
    #[must_use]
    pub fn points(&self) -> &[(Instant, f64)] {
        &self.0
    }

    /// Whether there is nothing to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lowest and the highest value.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        self.0
            .iter()
            .map(|(_, value)| (*value, *value))
            .reduce(|(low, high), (value, _)| (low.min(value), high.max(value)))
    }

    /// Keeps of each stretch of the curve its lowest and its highest point, so that no peak gets lost.
    pub(crate) fn thin(&self, points: usize) -> Self {
        let all = &self.0;
        if all.len() <= points.max(4) {
            return self.clone();
        }
        let buckets = points.max(4) / 2 - 1;
        let (first, last, inner) = (all[0], all[all.len() - 1], &all[1..all.len() - 1]);
        let mut kept = vec![first];
        for bucket in 0..buckets {
            let stretch = &inner[inner.len() * bucket / buckets..inner.len() * (bucket + 1) / buckets];
            let by_value = |a: &usize, b: &usize| stretch[*a].1.total_cmp(&stretch[*b].1);
            let low = (0..stretch.len()).min_by(by_value);
            let high = (0..stretch.len()).max_by(by_value);
            if let (Some(low), Some(high)) = (low, high) {
                kept.push(stretch[low.min(high)]);
                if low != high {
                    kept.push(stretch[low.max(high)]);
                }
            }
        }
        kept.push(last);
        Self(kept)
    }

    /// The value that holds until the next one, as corners. A sample says what was there when it was taken and nothing of the
    /// time until the next: a slope between two samples would show a ramp where a current was cut in an instant.
    pub(crate) fn held(&self, until: Instant) -> Vec<(Instant, f64)> {
        let mut out: Vec<(Instant, f64)> = Vec::new();
        for point in &self.0 {
            match out.last().copied() {
                Some((_, before)) if before == point.1 => {}
                Some((_, before)) => out.extend([(point.0, before), *point]),
                None => out.push(*point),
            }
        }
        if let Some((_, value)) = out.last().copied() {
            out.push((until, value));
        }
        out
    }
}
