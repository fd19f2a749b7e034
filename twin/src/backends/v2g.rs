//! The network to the car without a kernel: an IPv6 host of its own behind the modem of the world.

use std::future::poll_fn;
use std::net::SocketAddrV6;
use std::rc::Rc;

use clock::Clock;
use devices::MessageDevice as _;
use devices::plc_modem::{PlcModem, Traffic};
use hardware::{LinkError, V2gNetwork, V2gNetworkEvent};
use ipv6_stack::{Event, Stack};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::ports::EvsePorts;

/// Where discovery asks (ISO 15118-2 clause 7.10.1).
const DISCOVERY: u16 = 15118;
/// Where a connection is taken: from here on, another one at each start of the host.
const FIRST_PORT: u16 = 49152;
const PORTS: u16 = 16_000;

/// The charger's network to the car of one EVSE. It is gone with the host.
#[derive(Debug)]
pub(crate) struct SimV2gNetwork {
    ports: Rc<EvsePorts>,
    modem: PlcModem,
    clock: Clock,
    stack: Stack,
    random: ChaCha8Rng,
    port: u16,
}

impl SimV2gNetwork {
    pub(crate) fn new(ports: Rc<EvsePorts>, clock: Clock) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(ports.network_seed);
        let (modem, stack) = (ports.modem.clone(), Stack::new(ports.host, random.next_u64()));
        let port = FIRST_PORT + (random.next_u32() % u32::from(PORTS)) as u16;
        Self { ports, modem, clock, stack, random, port }
    }

    /// Lets frames go both ways between modem and stack, until neither has any.
    fn exchange(&mut self) {
        let now = self.clock.now();
        self.stack.advance(now);
        while let Some(frame) = self.modem.transmit_only(now, Traffic::Data) {
            self.stack.hear(now, &frame);
        }
        while let Some(frame) = self.stack.next_frame() {
            self.modem.receive(now, &frame);
        }
        if self.modem.has_for_line() {
            self.ports.dirty.mark_spoken();
        }
    }

    fn next(&mut self) -> Option<V2gNetworkEvent> {
        if let Some((from, payload)) = self.stack.next_datagram() {
            return Some(V2gNetworkEvent::Datagram { from, payload });
        }
        Some(match self.stack.next_event()? {
            Event::Connected { peer } => V2gNetworkEvent::Connected { from: peer },
            Event::Received(octets) => V2gNetworkEvent::Received(octets),
            Event::Closed => V2gNetworkEvent::Closed,
        })
    }
}

impl V2gNetwork for SimV2gNetwork {
    type Error = LinkError;

    async fn listen(&mut self) -> Result<SocketAddrV6, LinkError> {
        self.deafen().await?;
        self.stack.bind(DISCOVERY);
        self.stack.listen(self.port);
        self.exchange();
        Ok(SocketAddrV6::new(self.stack.address(), self.port, 0, 0))
    }

    async fn deafen(&mut self) -> Result<(), LinkError> {
        // Nothing is said any more, and nothing of the connection is left.
        self.stack = Stack::new(self.ports.host, self.random.next_u64());
        Ok(())
    }

    async fn answer(&mut self, to: SocketAddrV6, payload: &[u8]) -> Result<(), LinkError> {
        self.stack.send_to(self.clock.now(), to, payload);
        self.exchange();
        Ok(())
    }

    async fn send(&mut self, octets: &[u8]) -> Result<(), LinkError> {
        self.stack.send(self.clock.now(), octets);
        self.exchange();
        Ok(())
    }

    async fn hang_up(&mut self) -> Result<(), LinkError> {
        self.stack.close(self.clock.now());
        self.exchange();
        Ok(())
    }

    async fn next_event(&mut self) -> Result<V2gNetworkEvent, LinkError> {
        loop {
            self.exchange();
            if let Some(event) = self.next() {
                return Ok(event);
            }
            let (next, clock) = (self.stack.next_change(), self.clock);
            tokio::select! {
                biased;
                () = poll_fn(|context| self.modem.poll_waiting_for(Traffic::Data, context)) => {}
                () = async { clock.sleep_until(next.unwrap_or_default()).await }, if next.is_some() => {}
            }
        }
    }
}
