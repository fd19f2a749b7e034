//! The car at a supply of direct current.

use units::Instant;

use super::Car;
use crate::dc_inlet::{DcAction, DcInlet, DcPins, DcSupply, DcTarget};

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

    /// Does something to the inlet for direct current; nothing happens in a car without one.
    pub fn act_dc(&mut self, now: Instant, action: DcAction) {
        self.integrate(now);
        if let Some(dc) = &mut self.dc {
            dc.act(now, action, &self.battery);
        }
    }

    /// Advances from the last step to `now`, and takes what the supply does from now on. Without a cable there is no supply.
    /// What is then at the pins; `None` for a car without them.
    pub fn step_dc(&mut self, now: Instant, supply: DcSupply) -> Option<DcPins> {
        self.integrate(now);
        let supply = if self.inlet.is_plugged() { supply } else { DcSupply::Off };
        let dc = self.dc.as_mut()?;
        dc.step(now, supply, &self.battery);
        Some(dc.pins())
    }
}
