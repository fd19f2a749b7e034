//! How something is distributed that was measured several times.

use serde::{Deserialize, Serialize};

/// A whole number that was measured several times, such as milliseconds or a count of messages.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Half of the measurements are not above it.
    pub median: u64,
    /// The smallest.
    pub min: u64,
    /// The greatest.
    pub max: u64,
    /// How many measurements there are.
    pub count: u64,
}

impl Spread {
    /// Whether it can be: it has measurements, and its values stand in their order.
    #[must_use]
    pub const fn is_right(&self) -> bool {
        self.count > 0 && self.min <= self.median && self.median <= self.max
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn the_values_stand_in_their_order() {
        let spread = Spread { median: 98, min: 97, max: 100, count: 129 };
        assert!(spread.is_right());
        assert!(!Spread { count: 0, ..spread }.is_right());
        assert!(!Spread { min: 99, ..spread }.is_right());
        assert!(!Spread { max: 97, ..spread }.is_right());
    }
}
