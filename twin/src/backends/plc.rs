//! The modem of the world, without a wire between.

use std::future::poll_fn;
use std::rc::Rc;

use clock::Clock;
use devices::MessageDevice as _;
use devices::plc_modem::{PlcModem, Traffic};
use hardware::{LinkError, MacAddress, PlcLink};

use crate::ports::EvsePorts;

/// The charger's end of the link to the modem.
#[derive(Debug)]
pub(crate) struct SimPlc {
    ports: Rc<EvsePorts>,
    modem: PlcModem,
    clock: Clock,
}

impl SimPlc {
    pub(crate) fn new(ports: Rc<EvsePorts>, clock: Clock) -> Self {
        let modem = ports.modem.clone();
        Self { ports, modem, clock }
    }
}

impl PlcLink for SimPlc {
    type Error = LinkError;

    async fn address(&mut self) -> Result<MacAddress, LinkError> {
        Ok(self.ports.host)
    }

    async fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.modem.receive(self.clock.now(), frame);
        if self.modem.has_for_line() {
            self.ports.dirty.mark_spoken();
        }
        Ok(())
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            if let Some(frame) = self.modem.transmit_only(self.clock.now(), Traffic::Management) {
                return Ok(frame);
            }
            let keyed = self.modem.keyed_at();
            let clock = self.clock;
            tokio::select! {
                biased;
                () = poll_fn(|context| self.modem.poll_waiting_for(Traffic::Management, context)) => {}
                // A key that is being changed is in then.
                () = async { clock.sleep_until(keyed.unwrap_or_default()).await }, if keyed.is_some() => {}
            }
        }
    }
}
