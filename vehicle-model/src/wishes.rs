//! What driver and tests want of a car.

use units::Soc;

/// What driver and tests want of a car. Each wish stands for itself and outlives the cable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes {
    /// It is to be charged at all.
    pub(crate) energy: bool,
    /// So full.
    pub(crate) target: Soc,
    pub(crate) asks: Asks,
    pub(crate) obeys: Obeys,
}

/// When the car closes S2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Asks {
    /// Some time after it is offered a current.
    WhenOffered,
    /// With the plug, whatever is offered.
    WithThePlug,
}

/// What the car makes of the end of an offer, or of less.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Obeys {
    /// It draws less, or opens S2.
    Pilot,
    /// It keeps drawing: a car that is not as it should be.
    Nobody,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { energy: true, target: Soc::FULL, asks: Asks::WhenOffered, obeys: Obeys::Pilot }
    }
}
