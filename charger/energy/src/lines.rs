//! Which lines of the outlet a car draws from.

use std::fmt;
use std::time::Duration;

use hardware::MeterReading;
use serde::{Serialize, Serializer};
use units::{Instant, Milliamps, PerPhase, Phase, PhaseCount};

/// Some of the outlet's lines.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Lines(PerPhase<bool>);

impl Lines {
    /// A line that carries less than this may be no more than a filter, or a car that balances its cells.
    const CARRIES: Milliamps = Milliamps::from_amps(1);

    /// The lines of an outlet that has so many.
    #[must_use]
    pub fn first(count: PhaseCount) -> Self {
        Self(PerPhase(Phase::ALL.map(|line| count.has(line))))
    }

    /// The lines that carry current.
    #[must_use]
    pub fn carrying(reading: &MeterReading) -> Self {
        Self(reading.current.map(|current| current.abs() > Self::CARRIES))
    }

    /// Whether that line is one of them.
    #[must_use]
    pub fn has(self, line: Phase) -> bool {
        self.0[line]
    }

    /// How many they are; `None` when there is none.
    #[must_use]
    pub fn count(self) -> Option<PhaseCount> {
        u8::try_from(self.iter().count()).ok().and_then(|count| PhaseCount::try_from(count).ok())
    }

    /// In order.
    pub fn iter(self) -> impl Iterator<Item = Phase> {
        Phase::ALL.into_iter().filter(move |line| self.has(*line))
    }

    /// Those of them that are among the others too.
    #[must_use]
    pub fn among(self, others: Self) -> Self {
        Self(PerPhase(Phase::ALL.map(|line| self.has(line) && others.has(line))))
    }

    /// The lines of the house behind them.
    #[must_use]
    pub fn behind(self, wiring: PerPhase<Phase>) -> Self {
        Self(PerPhase(Phase::ALL.map(|house| self.iter().any(|line| wiring[line] == house))))
    }

    /// Those of both.
    #[must_use]
    pub(crate) fn with(self, other: Self) -> Self {
        Self(PerPhase(Phase::ALL.map(|line| self.has(line) || other.has(line))))
    }

    fn within(self, other: Self) -> bool {
        self.iter().all(|line| other.has(line))
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, line) in self.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}L{}", line as u8 + 1)?;
        }
        Ok(())
    }
}

impl Serialize for Lines {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// The lines that the car of this session draws from, as the meter shows them. It lives and dies with the session.
///
/// ```text
///   Unknown ── draws ──> Learning ── for SETTLE ──> Known ── another line ──> Known, at once
///                                                     └── fewer lines for STAYS ──> Known
/// ```
///
/// A line that is added counts at once, one that is left after a while: by how many lines a limit is divided must never be
/// too small. What is known is kept while the car, the charger or a fault makes a pause.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LinesInUse {
    /// It has drawn nothing yet.
    #[default]
    Unknown,
    /// It has just begun to draw: from these at least, without a break since then.
    Learning {
        /// Since when it draws; `None` while it makes a pause.
        since: Option<Instant>,
        /// From which lines so far.
        seen: Lines,
    },
    /// It draws from these when it draws.
    Known {
        /// Those.
        lines: Lines,
        /// Since when it draws from fewer, and from which.
        fewer: Option<(Instant, Lines)>,
    },
}

impl LinesInUse {
    /// A car that begins may take its lines one after the other.
    const SETTLE: Duration = Duration::from_secs(5);
    /// A car that leaves a line may come back to it, as after a dip of the voltage.
    const STAYS: Duration = Duration::from_secs(60);

    /// Takes a reading while the contactor is closed.
    pub fn see(&mut self, now: Instant, reading: &MeterReading) {
        let carrying = Lines::carrying(reading);
        let draws = carrying.count().is_some();
        *self = match *self {
            Self::Unknown if draws => Self::Learning { since: Some(now), seen: carrying },
            Self::Unknown => Self::Unknown,
            Self::Learning { seen, .. } if !draws => Self::Learning { since: None, seen },
            Self::Learning { since, seen } => {
                let (since, seen) = (since.unwrap_or(now), seen.with(carrying));
                if now - since >= Self::SETTLE {
                    Self::Known { lines: seen, fewer: None }
                } else {
                    Self::Learning { since: Some(since), seen }
                }
            }
            Self::Known { lines, .. } if !draws => Self::Known { lines, fewer: None },
            Self::Known { lines, .. } if !carrying.within(lines) => {
                Self::Known { lines: lines.with(carrying), fewer: None }
            }
            Self::Known { lines, fewer } => {
                let (since, seen) = fewer.map_or((now, carrying), |(since, seen)| (since, seen.with(carrying)));
                if seen == lines {
                    Self::Known { lines, fewer: None }
                } else if now - since >= Self::STAYS {
                    Self::Known { lines: seen, fewer: None }
                } else {
                    Self::Known { lines, fewer: Some((since, seen)) }
                }
            }
        };
    }

    /// The lines it may draw from on an outlet with those: the ones it uses where they are known, else all.
    #[must_use]
    pub fn possible(&self, outlet: Lines) -> Lines {
        match self {
            Self::Unknown | Self::Learning { .. } => outlet,
            Self::Known { lines, .. } => lines.among(outlet),
        }
    }

    /// On how many lines it will draw on an outlet with those: at least, and at most.
    #[must_use]
    pub fn bounds(&self, outlet: Lines) -> (PhaseCount, PhaseCount) {
        let count = |lines: Lines| lines.count().unwrap_or(PhaseCount::One);
        match self {
            Self::Unknown => (PhaseCount::One, count(outlet)),
            Self::Learning { seen, .. } => (count(*seen), count(outlet).max(count(*seen))),
            Self::Known { lines, .. } => (count(*lines), count(*lines)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTLET: Lines = Lines(PerPhase([true; 3]));

    /// What is known after each reading, one a second; amperes on L1, L2, L3.
    fn story(readings: impl IntoIterator<Item = [i32; 3]>) -> Vec<(u8, u8)> {
        let mut lines = LinesInUse::default();
        (0..)
            .zip(readings)
            .map(|(second, amps)| {
                let current = PerPhase(amps.map(Milliamps::from_amps));
                lines.see(Instant::from_millis(second * 1000), &MeterReading { current, ..MeterReading::default() });
                let (least, most) = lines.bounds(OUTLET);
                (least.count(), most.count())
            })
            .collect()
    }

    #[test]
    fn a_car_that_takes_its_lines_one_after_the_other_is_not_taken_for_one_of_a_single_line() {
        let begins = [[0; 3], [6, 0, 0], [6, 6, 0], [6, 6, 0], [6, 6, 6], [6; 3], [6; 3], [6; 3]];
        assert_eq!(story(begins), [(1, 3), (1, 3), (2, 3), (2, 3), (3, 3), (3, 3), (3, 3), (3, 3)]);
    }

    #[test]
    fn a_pause_is_no_news_and_balancing_neither() {
        let mut readings = vec![[10, 0, 0]; 7];
        readings.extend([[0; 3]; 100]);
        readings.extend([[1, 0, 0]; 100]);
        let known = story(readings);
        assert_eq!((known[4], known[5], known.last()), ((1, 3), (1, 1), Some(&(1, 1))));
    }

    #[test]
    fn a_line_that_is_added_counts_at_once_and_one_that_is_left_after_a_minute() {
        let mut readings = vec![[10; 3]; 7];
        readings.extend([[10, 0, 10]; 30]);
        readings.extend([[10; 3]; 5]);
        readings.extend([[10, 0, 0]; 61]);
        readings.push([10, 0, 10]);
        let known = story(readings);
        assert_eq!(known[41], (3, 3), "half a minute without a line is a dip");
        assert_eq!((known[101], known[102], known[103]), ((3, 3), (1, 1), (2, 2)));
    }

    #[test]
    fn words_for_lines() {
        assert_eq!(Lines::first(PhaseCount::Three).to_string(), "L1, L2, L3");
        assert_eq!(serde_json::to_string(&Lines(PerPhase([false, true, false]))).expect("it can"), "[\"L2\"]");
    }
}
