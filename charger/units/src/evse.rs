//! Which EVSE of a charging station.

use core::fmt;
use core::num::NonZeroU16;

use serde::{Deserialize, Serialize};

/// The number of an EVSE in its charging station. Counted from 1 on, as OCPP does: its 0, the station itself, is no EVSE and has
/// no `EvseId`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct EvseId(NonZeroU16);

impl EvseId {
    /// The only EVSE of a station that has one, and the one that is meant where none is named.
    pub const FIRST: Self = Self(NonZeroU16::MIN);

    /// The EVSE with that number; `None` for 0.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        match NonZeroU16::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0.get()
    }

    /// Its place in a list of all of the station, in order of their numbers: the first one is at 0.
    #[must_use]
    pub const fn place(self) -> usize {
        // No number is 0.
        self.0.get() as usize - 1
    }

    /// Those of a station that has so many, in order.
    pub fn of_station(count: u16) -> impl DoubleEndedIterator<Item = Self> + Clone {
        (1..=count).filter_map(Self::new)
    }
}

impl fmt::Display for EvseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_station_itself_is_no_evse() {
        assert_eq!(EvseId::new(0), None);
        assert_eq!(EvseId::new(1), Some(EvseId::FIRST));
        assert!(EvseId::of_station(3).map(EvseId::number).eq([1, 2, 3]));
        assert!(EvseId::of_station(3).map(EvseId::place).eq([0, 1, 2]));
        assert_eq!(EvseId::of_station(0).next(), None);
    }
}
