//! An insulation monitor on the world's DC circuit.

use std::rc::Rc;
use std::time::Duration;

use clock::Clock;
use hardware::{InsulationMonitor, InsulationReading, LinkError};
use units::Ohms;

use crate::ports::EvsePorts;

/// It resolves no more than this.
const HIGHEST: Ohms = Ohms(10_000_000);

/// How long it takes until the first value is valid, and a self-test.
const FIRST_VALUE: Duration = Duration::from_secs(2);
const SELF_TEST: Duration = Duration::from_secs(5);

/// The insulation monitor.
#[derive(Debug)]
pub(crate) struct SimInsulation {
    ports: Rc<EvsePorts>,
    clock: Clock,
    /// Since when it measures. A monitor measures from its power-up on.
    since: Option<units::Instant>,
}

impl SimInsulation {
    pub(crate) fn new(ports: Rc<EvsePorts>, clock: Clock) -> Self {
        Self { ports, clock, since: Some(clock.now()) }
    }
}

impl InsulationMonitor for SimInsulation {
    type Error = LinkError;

    async fn measure(&mut self, on: bool) -> Result<(), LinkError> {
        self.since = match (on, self.since) {
            (true, None) => Some(self.clock.now()),
            (true, since) => since,
            (false, _) => None,
        };
        Ok(())
    }

    async fn read(&mut self) -> Result<InsulationReading, LinkError> {
        let now = self.clock.now();
        let measured = self.ports.dc.measure(now);
        let valid = self.since.is_some_and(|since| now - since >= FIRST_VALUE);
        let resistance = measured.insulation.map_or(HIGHEST, |ohms| ohms.min(HIGHEST));
        Ok(InsulationReading { resistance: valid.then_some(resistance), voltage: measured.voltage })
    }

    async fn self_test(&mut self) -> Result<(), LinkError> {
        tokio::time::sleep(SELF_TEST).await;
        Ok(())
    }
}
