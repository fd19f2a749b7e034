//! What charging profiles leave.

use units::{Milliamps, PhaseCount, Watts};

/// What charging profiles leave for one EVSE, or for all EVSEs of a station together.
///
/// OCPP 2.0.1 has no words for what flows out of a car: what a profile leaves bounds both directions. One below zero leaves
/// nothing either way, for a profile that meant to ask for energy from the car has asked for less than nothing into it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChargingLimit {
    /// Each line may carry so much.
    pub current: Option<Milliamps>,
    /// All lines together.
    pub power: Option<Watts>,
    /// The lines the limit is meant for.
    pub phases: Option<PhaseCount>,
}

impl ChargingLimit {
    /// What it leaves each line, where that is what its power leaves each.
    pub(crate) fn line_current(&self, from_power: impl FnOnce(Watts) -> Milliamps) -> Option<Milliamps> {
        match (self.current, self.power.map(from_power)) {
            (Some(current), Some(power)) => Some(current.min(power)),
            (current, power) => current.or(power),
        }
    }
}
