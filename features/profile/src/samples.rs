//! Numbers that are collected until their distribution is asked for.

use std::time::Duration;

use iso15118::Spread;

/// So many numbers are kept; of those that follow only the least, the greatest and their count. A median of the first thousand
/// says as much.
const KEPT: usize = 1024;

/// Numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples {
    kept: Vec<u32>,
    count: u64,
    min: u32,
    max: u32,
}

impl Samples {
    pub(crate) fn add(&mut self, value: u64) {
        let value = u32::try_from(value).unwrap_or(u32::MAX);
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = self.max.max(value);
        self.count += 1;
        if self.kept.len() < KEPT {
            self.kept.push(value);
        }
    }

    /// A time, in milliseconds.
    pub(crate) fn add_time(&mut self, time: Duration) {
        self.add(u64::try_from((time.as_micros() + 500) / 1_000).unwrap_or(u64::MAX));
    }

    /// The distribution of several together; `None` when nothing was measured.
    pub(crate) fn together<'a>(all: impl IntoIterator<Item = &'a Self>) -> Option<Spread> {
        let (mut kept, mut count, mut min, mut max) = (Vec::new(), 0, u32::MAX, 0);
        for samples in all.into_iter().filter(|samples| samples.count > 0) {
            kept.extend_from_slice(&samples.kept);
            count += samples.count;
            min = min.min(samples.min);
            max = max.max(samples.max);
        }
        kept.sort_unstable();
        let median = *kept.get(kept.len().checked_sub(1)? / 2)?;
        Some(Spread { median: median.into(), min: min.into(), max: max.into(), count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u64]) -> Samples {
        let mut samples = Samples::default();
        values.iter().for_each(|value| samples.add(*value));
        samples
    }

    #[test]
    fn measurements_of_several_conversations_are_one_distribution() {
        let spread = Samples::together([&of(&[5, 1]), &of(&[]), &of(&[9])]).expect("three numbers");
        assert_eq!(spread, Spread { median: 5, min: 1, max: 9, count: 3 });
        assert_eq!(Samples::together([&of(&[4, 2])]).map(|spread| spread.median), Some(2));
        assert!(Samples::together([]).is_none());
    }

    #[test]
    fn times_are_milliseconds_to_the_nearest() {
        let mut samples = Samples::default();
        samples.add_time(Duration::from_micros(98_499));
        samples.add_time(Duration::from_micros(98_500));
        assert_eq!(Samples::together([&samples]), Some(Spread { median: 98, min: 98, max: 99, count: 2 }));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut samples = Samples::default();
        (0..100_000).for_each(|value| samples.add(value));
        assert_eq!(samples.kept.len(), KEPT);
        let spread = Samples::together([&samples]).expect("numbers");
        assert_eq!((spread.min, spread.max, spread.count), (0, 99_999, 100_000));
        assert!(spread.is_right());
    }
}
