//! What the car knows of itself, and its controller speaks of.

use units::Instant;

use crate::evcc::hlc::{Battery, Contactors, Present, Stop};

/// Whether the car wants to be charged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hunger {
    /// The driver wants energy, and the battery can take some.
    Hungry,
    /// The battery has what it is to have.
    Full,
    /// The driver wants none.
    Unwanted,
}

impl Hunger {
    /// Why a session ends that has begun.
    pub(super) const fn stop(self) -> Option<Stop> {
        match self {
            Self::Hungry => None,
            Self::Full => Some(Stop::Full),
            Self::Unwanted => Some(Stop::Driver),
        }
    }
}

/// How the car stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Facts {
    pub(crate) hunger: Hunger,
    pub(crate) battery: Battery,
    /// At the contacts for direct current.
    pub(crate) pins: Present,
    pub(crate) contactors: Contactors,
}

/// What the car may do with the current.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Command {
    /// The contactors for direct current close.
    Close,
    /// They open.
    Open,
    /// They open one after the other, and the car looks whether the voltage falls.
    DetectWelding,
    /// S2 closes for a moment: the station is to wake up.
    Wake,
}

/// Whether somebody who was told `told` is to be told `now`: whole percent, 100 mV, 100 mA.
pub(super) fn is_noticeable(told: &Battery, now: &Battery) -> bool {
    const TENTH: u32 = 100;
    let moved = |told: i32, now: i32| told.abs_diff(now) >= TENTH;
    u16::from(told.soc) / 100 != u16::from(now.soc) / 100
        || moved(told.voltage.0, now.voltage.0)
        || moved(told.target_voltage.0, now.target_voltage.0)
        || moved(told.target_current.0, now.target_current.0)
        || moved(told.most.voltage.0, now.most.voltage.0)
        || moved(told.most.current.0, now.most.current.0)
        || told.most.power.0.abs_diff(now.most.power.0) >= TENTH
        || told.ready != now.ready
}

/// Likewise for what is measured. The end of a current is always worth telling.
pub(super) const fn is_measurable(told: Present, now: Present) -> bool {
    let moved = told.voltage.0.abs_diff(now.voltage.0) >= 100 || told.current.0.abs_diff(now.current.0) >= 100;
    moved || (now.current.0 == 0) != (told.current.0 == 0)
}

/// The sooner of what was found so far and another.
pub(super) fn sooner_of(times: impl IntoIterator<Item = Option<Instant>>) -> Option<Instant> {
    times.into_iter().flatten().min()
}
