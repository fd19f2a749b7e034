//! The three lines of an AC supply.

use core::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

/// One line conductor.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Phase {
    /// The line a single-phase car uses.
    L1,
    /// Second line.
    L2,
    /// Third line.
    L3,
}

impl Phase {
    /// All three, in order.
    pub const ALL: [Self; 3] = [Self::L1, Self::L2, Self::L3];
}

/// How many lines take part.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum PhaseCount {
    /// L1 and neutral.
    One = 1,
    /// L1 and L2.
    Two = 2,
    /// All lines.
    Three = 3,
}

impl PhaseCount {
    /// 1, 2 or 3.
    #[must_use]
    pub const fn count(self) -> u8 {
        self as u8
    }

    /// Whether that line takes part.
    #[must_use]
    pub const fn has(self, phase: Phase) -> bool {
        (phase as u8) < self as u8
    }
}

impl TryFrom<u8> for PhaseCount {
    type Error = &'static str;
    fn try_from(value: u8) -> Result<Self, Self::Error> {
        match value {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            3 => Ok(Self::Three),
            _ => Err("a supply has 1, 2 or 3 phases"),
        }
    }
}

impl From<PhaseCount> for u8 {
    fn from(count: PhaseCount) -> Self {
        count.count()
    }
}

/// One value for each line.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct PerPhase<T>(pub [T; 3]);

impl<T: Copy> PerPhase<T> {
    /// The same value on every line.
    pub const fn all(value: T) -> Self {
        Self([value; 3])
    }

    /// Line by line.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> PerPhase<U> {
        PerPhase(self.0.map(f))
    }

    /// The values in line order.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.0.iter().copied()
    }
}

impl<T: Copy + core::iter::Sum> PerPhase<T> {
    /// Over the lines.
    pub fn total(&self) -> T {
        self.iter().sum()
    }
}

impl<T: Copy + Ord> PerPhase<T> {
    /// The largest of the lines.
    pub fn highest(&self) -> T {
        let [a, b, c] = self.0;
        a.max(b).max(c)
    }
}

impl<T> Index<Phase> for PerPhase<T> {
    type Output = T;
    fn index(&self, phase: Phase) -> &T {
        &self.0[phase as usize]
    }
}

impl<T> IndexMut<Phase> for PerPhase<T> {
    fn index_mut(&mut self, phase: Phase) -> &mut T {
        &mut self.0[phase as usize]
    }
}
