//! The modem of the world, without a wire between.

use std::future::poll_fn;
use std::rc::Rc;

use clock::Clock;
use devices::MessageDevice as _;
use devices::plc_modem::PlcModem;
use hardware::{LinkError, MacAddress, PlcLink};

use crate::ports::EvsePorts;

/// Our own address on the link.
const HOST: MacAddress = [0x02, 0, 0, 0, 0, 0x01];

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
        Ok(HOST)
    }

    async fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.modem.receive(self.clock.now(), frame);
        if self.modem.has_for_line() {
            self.ports.dirty.mark();
        }
        Ok(())
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            if let Some(frame) = self.modem.transmit(self.clock.now()) {
                return Ok(frame);
            }
            poll_fn(|context| self.modem.poll_waiting(context)).await;
        }
    }
}
