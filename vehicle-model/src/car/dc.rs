//! The car at a supply of direct current.

use units::Instant;

use super::Car;
use crate::dc_inlet::{DcInlet, DcLoad, DcPins, DcTarget};

impl Car {
    /// Its inlet for direct current; `None` for a car without one.
    #[must_use]
    pub const fn dc_inlet(&self) -> Option<&DcInlet> {
        self.dc.as_ref()
    }

    /// What it would ask a supply of direct current for now.
    #[must_use]
    pub fn dc_target(&self) -> Option<DcTarget> {
        self.dc.as_ref().map(|dc| dc.target(&self.battery))
    }

    /// What it hangs on the supply.
    #[must_use]
    pub fn dc_load(&self) -> DcLoad {
        match &self.dc {
            Some(dc) if self.inlet.is_plugged() => dc.load(&self.battery),
            Some(_) | None => DcLoad::Open,
        }
    }

    /// Advances from the last step to `now`, and takes what is at the end of the cable from now on; without a cable, what the
    /// pins have by themselves. Nothing happens in a car without pins.
    ///
    /// What it hangs on the supply ([`Car::dc_load`]) may be another thing afterwards, and so what is at the pins.
    pub fn step_dc(&mut self, now: Instant, cable: DcPins) {
        self.integrate(now);
        if let Some(dc) = &mut self.dc {
            let pins = if self.inlet.is_plugged() { cable } else { dc.alone(&self.battery) };
            dc.step(now, pins, &self.battery);
        }
        self.converse_and_switch(now);
    }
}
