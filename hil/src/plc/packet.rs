//! A PLC modem as a network interface, `packet:eth2`.

use std::io::{self, Read};

use hardware::{ErrorKind, LinkError, MacAddress, PlcLink};
use slac::ETHER_TYPE;
use socket2::Socket;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::link_layer;
use crate::options::Options;
use crate::{Endpoint, EndpointError, Open};

/// The header of an Ethernet frame.
const HEADER: usize = 14;
/// The longest frame: header and 1500 bytes. One more shows that a frame was longer.
const MAX_FRAME: usize = HEADER + 1500;

/// A raw socket on one interface, for HomePlug frames only. The kernel sorts out all others, and the frames sent here.
pub struct PacketLink {
    name: String,
    socket: AsyncFd<Socket>,
    address: MacAddress,
}

impl Open for PacketLink {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        let mut options = Options::of(endpoint);
        if endpoint.scheme() != "packet" {
            options.wrong("expected a PLC modem: packet:INTERFACE");
        }
        options.interface("eth2");
        options.end()
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        Self::check(endpoint)?;
        Self::bind(endpoint.target())
    }
}

impl PacketLink {
    /// A link on this interface. Needs a tokio runtime with I/O.
    fn bind(interface: &str) -> Result<Self, LinkError> {
        let (socket, address) = link_layer::open(interface, ETHER_TYPE)?;
        Ok(Self { name: interface.to_owned(), socket, address })
    }

    fn lost(&self, what: &str, cause: &io::Error) -> LinkError {
        link_layer::lost(&self.name, what, cause)
    }
}

impl PlcLink for PacketLink {
    type Error = LinkError;

    async fn address(&mut self) -> Result<MacAddress, LinkError> {
        Ok(self.address)
    }

    async fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        if !(HEADER..=MAX_FRAME).contains(&frame.len()) {
            let what = format!("a frame of {} bytes: expected {HEADER} to {MAX_FRAME}", frame.len());
            return Err(LinkError::new(ErrorKind::Refused, self.name.clone(), what));
        }
        loop {
            let mut ready = self.socket.writable().await.map_err(|cause| self.lost("sending", &cause))?;
            match ready.try_io(|socket| socket.get_ref().send(frame)) {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(cause)) if cause.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(cause)) => return Err(self.lost("sending", &cause)),
                // Not yet after all.
                Err(_) => {}
            }
        }
    }

    async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        loop {
            // An interface that goes down makes no socket readable, it is an error by itself.
            let something = Interest::READABLE | Interest::ERROR;
            let mut ready = self.socket.ready(something).await.map_err(|cause| self.lost("receiving", &cause))?;
            let mut buffer = [0; MAX_FRAME + 1];
            match ready.try_io(|socket| socket.get_ref().read(&mut buffer)) {
                // Longer than any frame of this protocol, or shorter than a header: not for us.
                Ok(Ok(length)) if !(HEADER..=MAX_FRAME).contains(&length) => {}
                Ok(Ok(length)) => return Ok(buffer[..length].to_vec()),
                Ok(Err(cause)) if cause.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(cause)) => return Err(self.lost("receiving", &cause)),
                Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_interface_says_so() {
        let kind = async |text: &str| {
            PacketLink::open(&text.parse().expect("an endpoint")).await.map(drop).map_err(|error| error.kind)
        };
        for text in ["packet:eth2?speed=3", "tap:eth2"] {
            assert_eq!(kind(text).await, Err(ErrorKind::Refused), "{text}");
        }
        // Without the right to raw frames it does not even get to the name.
        let missing = kind("packet:no-such-plc").await;
        assert!(matches!(missing, Err(ErrorKind::Disconnected | ErrorKind::Refused)), "{missing:?}");
    }
}
