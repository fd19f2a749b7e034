//! The cable's rating, coded by a resistor between PP and earth (Annex B).

use serde::{Deserialize, Serialize};
use units::{Milliamps, Ohms};

/// What a cable may carry.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum CableRating {
    /// 1500 ohm.
    A13,
    /// 680 ohm.
    A20,
    /// 220 ohm.
    A32,
    /// 100 ohm: 63 A on three phases, 70 A on one.
    A63,
}

impl CableRating {
    /// Every rating, from the smallest.
    pub const ALL: [Self; 4] = [Self::A13, Self::A20, Self::A32, Self::A63];

    /// The rating of so many amperes, if there is one.
    #[must_use]
    pub fn of_amps(amps: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|rating| rating.limit() == Milliamps::from_amps(amps))
    }

    /// Each line may carry so much.
    #[must_use]
    pub const fn limit(self) -> Milliamps {
        Milliamps::from_amps(match self {
            Self::A13 => 13,
            Self::A20 => 20,
            Self::A32 => 32,
            Self::A63 => 63,
        })
    }
}

/// What a socket sees on PP.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Proximity {
    /// Nothing: no plug, or PP is broken.
    Absent,
    /// A cable of this rating.
    Cable(CableRating),
    /// A resistance that no cable has.
    Invalid,
}

/// Reads a resistance; `None` is an open line. A value between two bands counts as the lower rating.
#[must_use]
pub const fn classify(resistance: Option<Ohms>) -> Proximity {
    let Some(Ohms(ohms)) = resistance else { return Proximity::Absent };
    match ohms {
        ..60 => Proximity::Invalid,
        60..=140 => Proximity::Cable(CableRating::A63),
        141..=308 => Proximity::Cable(CableRating::A32),
        309..=936 => Proximity::Cable(CableRating::A20),
        937..=4500 => Proximity::Cable(CableRating::A13),
        4501.. => Proximity::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_gaps_and_limits() {
        let rating = |ohms| match classify(Some(Ohms(ohms))) {
            Proximity::Cable(rating) => rating.limit().0 / 1000,
            Proximity::Absent | Proximity::Invalid => 0,
        };
        let read =
            [59, 60, 100, 140, 160, 164, 220, 308, 350, 400, 680, 936, 1000, 1100, 1500, 2460, 4500, 4501].map(rating);
        assert_eq!(read, [0, 63, 63, 63, 32, 32, 32, 32, 20, 20, 20, 20, 13, 13, 13, 13, 13, 0]);
        assert_eq!(classify(None), Proximity::Absent);
    }
}
