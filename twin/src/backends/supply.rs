//! The DC supply as the charger sees it: the rectifier of the world's DC circuit, without a wire between.

use std::rc::Rc;
use std::time::Duration;

use clock::Clock;
use hardware::{ErrorKind, LinkError, PowerSupplyDc, SupplyCapabilities, SupplyReading, SupplyTarget};
use units::Instant;

use crate::ports::EvsePorts;

/// The DC supply.
#[derive(Debug)]
pub(crate) struct SimSupply(pub(crate) Rc<EvsePorts>, pub(crate) Clock);

/// A supply that hears nothing for so long switches itself off.
const SILENCE: Duration = Duration::from_secs(15);

/// When the silence switches a supply off that hears nothing until then.
pub(crate) fn supply_waits_until(ports: &EvsePorts) -> Option<Instant> {
    ports.supply_heard.get().map(|heard| heard + SILENCE)
}

/// What time alone brings: the silence that switches it off.
pub(crate) fn supply_watchdog(ports: &EvsePorts, now: Instant) {
    if supply_waits_until(ports).is_some_and(|until| now >= until) {
        ports.dc.switch(now, false);
    }
}

impl SimSupply {
    /// A sign of life from the charger.
    fn heard(&self) -> Instant {
        let now = self.1.now();
        self.0.supply_heard.set(Some(now));
        now
    }
}

impl PowerSupplyDc for SimSupply {
    type Error = LinkError;

    async fn capabilities(&mut self) -> Result<SupplyCapabilities, LinkError> {
        let rating = self.0.dc.rating();
        Ok(SupplyCapabilities {
            min_voltage: rating.min_voltage,
            max_voltage: rating.max_voltage,
            max_current: rating.max_current,
            max_power: rating.max_power,
        })
    }

    async fn set(&mut self, target: SupplyTarget) -> Result<(), LinkError> {
        let rating = self.0.dc.rating();
        if target.voltage > rating.max_voltage || target.current > rating.max_current {
            return Err(LinkError::new(
                ErrorKind::Refused,
                "power supply",
                format!("{target:?}: at most {} mV and {} mA", rating.max_voltage.0, rating.max_current.0),
            ));
        }
        self.0.dc.set_target(self.heard(), target.voltage, target.current);
        self.0.dirty.mark();
        Ok(())
    }

    async fn switch(&mut self, on: bool) -> Result<(), LinkError> {
        self.0.dc.switch(self.heard(), on);
        self.0.dirty.mark();
        Ok(())
    }

    async fn read(&mut self) -> Result<SupplyReading, LinkError> {
        let measured = self.0.dc.measure(self.heard());
        Ok(SupplyReading { voltage: measured.voltage, current: measured.current, on: measured.on })
    }
}
