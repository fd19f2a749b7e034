//! Duty cycle and current, both ways.

use core::fmt;

use serde::{Deserialize, Serialize};
use units::Milliamps;

/// The duty cycle of the pilot, in thousandths of the period.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Duty(u16);

/// What a duty cycle offers a car (Annex A, the car's reading).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Offer {
    /// The current is told by digital communication.
    Digital,
    /// Each line may carry so much.
    Current(Milliamps),
    /// No charging.
    None,
}

impl Duty {
    /// 5 %: digital communication is asked for.
    pub const DIGITAL: Self = Self(50);

    /// `None` above 1000.
    #[must_use]
    pub const fn from_permille(permille: u16) -> Option<Self> {
        if permille <= 1000 { Some(Self(permille)) } else { None }
    }

    /// Thousandths of the period.
    #[must_use]
    pub const fn permille(self) -> u16 {
        self.0
    }

    /// The duty that offers this current; `None` below 6 A, where no charging is possible. Rounded down, so that a car is
    /// never offered more than meant; above 80 A it stays at 80 A.
    ///
    /// Up to 51 A a percent is 0.6 A; above, a percent over 64 is 2.5 A. The second law begins at 52.5 A: between the two
    /// the duty stays at 85 %.
    #[must_use]
    pub const fn advertise(Milliamps(ma): Milliamps) -> Option<Self> {
        match ma {
            ..6_000 => None,
            6_000..=51_000 => Some(Self((ma / 60) as u16)),
            51_001..=52_749 => Some(Self(850)),
            52_750..=80_000 => Some(Self((ma / 250 + 640) as u16)),
            80_001.. => Some(Self(960)),
        }
    }

    /// How a car reads it.
    #[must_use]
    pub const fn offer(self) -> Offer {
        let permille = self.0 as i32;
        match permille {
            30..=70 => Offer::Digital,
            ..80 => Offer::None,
            80..100 => Offer::Current(Milliamps::from_amps(6)),
            100..=850 => Offer::Current(Milliamps(permille * 60)),
            851..=960 => Offer::Current(Milliamps((permille - 640) * 250)),
            961..=970 => Offer::Current(Milliamps::from_amps(80)),
            971.. => Offer::None,
        }
    }
}

impl TryFrom<u16> for Duty {
    type Error = &'static str;
    fn try_from(permille: u16) -> Result<Self, Self::Error> {
        Self::from_permille(permille).ok_or("a duty is at most 1000 thousandths")
    }
}

impl From<Duty> for u16 {
    fn from(duty: Duty) -> Self {
        duty.0
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} %", self.0 / 10, self.0 % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn both_laws_as_the_bring_up_list_has_them() {
        let duties: Vec<_> = [5, 6, 10, 16, 32, 51, 63, 80, 99]
            .map(|a| Duty::advertise(Milliamps::from_amps(a)).map(Duty::permille))
            .into();
        assert_eq!(
            duties,
            [None, Some(100), Some(166), Some(266), Some(533), Some(850), Some(892), Some(960), Some(960)]
        );
    }

    #[test]
    fn a_car_never_reads_more_than_was_meant() {
        for ma in (6_000..=80_000).step_by(7) {
            let duty = Duty::advertise(Milliamps(ma)).expect("6 A or more");
            let Offer::Current(read) = duty.offer() else { panic!("{duty} offers no current") };
            let slack = if (51_000..52_750).contains(&ma) { 1_750 } else { 260 };
            assert!(read.0 <= ma && ma - read.0 < slack, "{ma} mA became {duty} and was read as {read}");
        }
    }

    #[test]
    fn a_car_reads_the_bands() {
        let offer = |permille| Duty::from_permille(permille).map(Duty::offer);
        assert_eq!(offer(50), Some(Offer::Digital));
        assert_eq!(offer(20), Some(Offer::None));
        assert_eq!(offer(75), Some(Offer::None));
        assert_eq!(offer(90), Some(Offer::Current(Milliamps::from_amps(6))));
        assert_eq!(offer(965), Some(Offer::Current(Milliamps::from_amps(80))));
        assert_eq!(offer(1000), Some(Offer::None));
        assert_eq!(offer(1001), None);
    }
}
