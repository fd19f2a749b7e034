//! A bound of what may flow: how much, whose it is, and why.
//!
//! ```text
//!            out of the car                  into the car
//!   <──────────────┼────────────────┼──────────────────────┼─────────────>
//!            export, <= 0           0                 import, >= 0
//! ```

use std::ops::Neg;

use serde::{Deserialize, Serialize};
use units::{Milliamps, Millivolts, Watts};

use crate::source::{LimitReason, LimitSource};

/// Which way energy flows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Into the car.
    Import,
    /// Out of the car.
    Export,
}

/// One value for each direction.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BothWays<T> {
    /// Into the car.
    pub import: T,
    /// Out of the car.
    pub export: T,
}

/// What can be bounded: [`Milliamps`] of a line or of direct current, [`Watts`] of all lines, [`Millivolts`] of direct current.
pub trait Quantity: Copy + Default + Neg<Output = Self> + Ord {}

impl Quantity for Milliamps {}
impl Quantity for Millivolts {}
impl Quantity for Watts {}

/// How much may flow in one direction, whose limit that is and why. In its sign, as everywhere: into the car 0 or more, out of
/// it 0 or less.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Bound<Q> {
    value: Q,
    by: LimitSource,
    why: LimitReason,
}

impl<Q: Quantity> Bound<Q> {
    /// At most so much into the car, or at such a voltage. What is below zero permits nothing.
    #[must_use]
    pub fn import(value: Q, by: LimitSource, why: LimitReason) -> Self {
        Self { value: value.max(Q::default()), by, why }
    }

    /// At most so much out of the car, at or below zero. What is above zero permits nothing.
    #[must_use]
    pub fn export(value: Q, by: LimitSource, why: LimitReason) -> Self {
        Self { value: value.min(Q::default()), by, why }
    }

    /// Nothing at all.
    #[must_use]
    pub fn nothing(by: LimitSource, why: LimitReason) -> Self {
        Self { value: Q::default(), by, why }
    }

    /// How much.
    #[must_use]
    pub const fn value(&self) -> Q {
        self.value
    }

    /// Whose limit it is.
    #[must_use]
    pub const fn by(&self) -> LimitSource {
        self.by
    }

    /// Why it is no more.
    #[must_use]
    pub const fn why(&self) -> LimitReason {
        self.why
    }

    /// The one that permits less; of two that permit the same, this one.
    #[must_use]
    pub fn tighter(self, other: Self) -> Self {
        if other.amount() < self.amount() { other } else { self }
    }

    /// Where somebody else lets no more than this into the car: the one that permits less, of two alike this one.
    #[must_use]
    pub(crate) fn at_most(self, value: Option<Q>, by: LimitSource, why: LimitReason) -> Self {
        match value {
            Some(value) if value < self.value => Self::import(value, by, why),
            Some(_) | None => self,
        }
    }

    /// The same limit in another unit, or no more than a part of it.
    #[must_use]
    pub fn read_as<P: Quantity>(&self, value: P) -> Bound<P> {
        Bound { value, by: self.by, why: self.why }
    }

    /// The same amount the other way.
    #[must_use]
    pub(crate) fn mirrored(self) -> Self {
        Self { value: -self.value, ..self }
    }

    /// Whether it permits as much, by the same party, for whatever reason.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.value == other.value && self.by == other.by
    }

    /// Without its sign.
    pub(crate) fn amount(&self) -> Q {
        if self.value < Q::default() { -self.value } else { self.value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn amps(amps: i32) -> Milliamps {
        Milliamps::from_amps(amps)
    }

    #[test]
    fn the_tighter_bound_is_the_nearer_to_zero_whichever_way() {
        let cable = Bound::import(amps(20), LimitSource::Cable, LimitReason::Rating);
        let outlet = Bound::import(amps(32), LimitSource::Outlet, LimitReason::Rating);
        assert_eq!((cable.tighter(outlet), outlet.tighter(cable)), (cable, cable));
        let cable = Bound::export(amps(-20), LimitSource::Cable, LimitReason::Rating);
        let house = Bound::export(amps(-5), LimitSource::Site, LimitReason::FeedIn);
        assert_eq!((cable.tighter(house), house.tighter(cable)), (house, house));
        let alike = Bound::export(amps(-5), LimitSource::Outlet, LimitReason::Rating);
        assert_eq!(house.tighter(alike).by(), LimitSource::Site);
    }

    #[test]
    fn a_bound_of_the_wrong_sign_permits_nothing() {
        assert_eq!(
            Bound::import(Watts(-3_000), LimitSource::Profile, LimitReason::ChargingProfile).value(),
            Watts::ZERO
        );
        assert_eq!(
            Bound::export(Watts(3_000), LimitSource::Profile, LimitReason::ChargingProfile).value(),
            Watts::ZERO
        );
        assert_eq!(
            Bound::import(Watts(i32::MIN), LimitSource::Car, LimitReason::Needs).mirrored().value(),
            Watts::ZERO
        );
    }
}
