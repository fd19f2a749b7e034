//! What becomes of power on its way from the inlet through the on-board charger to the battery.

use crate::profile::ChargerProfile;

impl ChargerProfile {
    /// What reaches the battery of so much at the inlet, watts. Below its standing losses nothing
    /// does: no on-board charger takes the rest out of the battery.
    pub(crate) fn to_battery(&self, inlet_w: f64) -> f64 {
        ((inlet_w - self.standing_w) * self.efficiency).max(0.0)
    }

    /// What it takes at the inlet to bring so much to the battery, watts.
    pub(crate) fn for_battery(&self, battery_w: f64) -> f64 {
        battery_w / self.efficiency + self.standing_w
    }

    /// The power that so much current is on lines of that voltage, watts.
    pub(crate) fn power(&self, amps: f64, volts: f64) -> f64 {
        amps * volts * self.power_factor
    }

    /// The current that so much power is on lines whose voltages add up to `volts`.
    pub(crate) fn current(&self, watts: f64, volts: f64) -> f64 {
        if volts > 0.0 { watts / volts / self.power_factor } else { 0.0 }
    }
}
