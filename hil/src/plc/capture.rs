//! What passes on a network interface, for the evidence of a bench.

use std::io::{self, Read};

use hardware::{LinkError, MacAddress};
use socket2::Socket;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::link_layer;
use crate::Endpoint;
use crate::options::Options;

/// Longer frames are cut: no interface of a modem has them.
const MAX_FRAME: usize = 4 * 1024;

/// Every frame of an interface, in both directions.
pub struct Capture {
    name: String,
    socket: AsyncFd<Socket>,
    address: MacAddress,
}

/// A frame that passed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Captured {
    /// Its source is the interface itself.
    pub outgoing: bool,
    /// From its destination address on.
    pub frame: Vec<u8>,
}

impl Capture {
    /// Begins to capture at `packet:INTERFACE`. Needs CAP_NET_RAW, and a tokio runtime with I/O.
    ///
    /// # Errors
    /// It is no such endpoint, the interface is not there, or raw frames are not allowed.
    pub fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        if endpoint.scheme() != "packet" {
            return Err(endpoint.wrong("expected an interface to capture at: packet:INTERFACE").into());
        }
        Options::of(endpoint).end()?;
        let all = u16::try_from(libc::ETH_P_ALL).unwrap_or(u16::MAX);
        let (socket, address) = link_layer::open(endpoint.target(), all)?;
        Ok(Self { name: endpoint.target().to_owned(), socket, address })
    }

    /// The next frame. Cancel safe.
    ///
    /// # Errors
    /// The interface is down or gone.
    pub async fn next(&mut self) -> Result<Captured, LinkError> {
        loop {
            let something = Interest::READABLE | Interest::ERROR;
            let lost = |cause: io::Error| link_layer::lost(&self.name, "capturing", &cause);
            let mut ready = self.socket.ready(something).await.map_err(lost)?;
            let mut buffer = [0; MAX_FRAME];
            match ready.try_io(|socket| socket.get_ref().read(&mut buffer)) {
                Ok(Ok(length)) => {
                    let frame = buffer[..length].to_vec();
                    let outgoing = frame.get(6..12).is_some_and(|source| source == self.address);
                    return Ok(Captured { outgoing, frame });
                }
                Ok(Err(cause)) if cause.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(cause)) => return Err(lost(cause)),
                // Not yet after all.
                Err(_) => {}
            }
        }
    }
}
