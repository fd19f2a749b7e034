//! The IPv6 link-local address of an interface, which everything after SLAC speaks from (SDP, V2GTP).
//!
//! After an interface comes up the kernel first asks whether somebody else has that address; until then, one to two seconds,
//! it is tentative and sending from it fails with EADDRNOTAVAIL.

use std::net::Ipv6Addr;
use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use tokio::time::{Instant, sleep};

use crate::netlink::{self, Readiness};

/// From one look to the next.
const LOOK: Duration = Duration::from_millis(50);

/// An address that can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LinkLocal {
    /// `fe80::...`.
    pub address: Ipv6Addr,
    /// The interface's number: the scope of a socket address.
    pub scope: u32,
}

/// How far an interface is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Missing,
    Tentative,
    Taken,
    Usable(LinkLocal),
}

/// Waits until the interface has a link-local address that can be used. Cancel safe.
///
/// # Errors
/// [`ErrorKind::TimedOut`] when it gets none within `limit` (it is down, missing, or IPv6 is off);
/// [`ErrorKind::Refused`] when somebody else on the link has the address.
pub async fn link_local(interface: &str, limit: Duration) -> Result<LinkLocal, LinkError> {
    let error = |kind, what: String| LinkError::new(kind, interface.to_owned(), what);
    let deadline = Instant::now() + limit;
    loop {
        let state = state(interface).map_err(|cause| error(ErrorKind::Refused, format!("netlink: {cause}")))?;
        match state {
            State::Usable(address) => return Ok(address),
            State::Taken => {
                return Err(error(ErrorKind::Refused, "another station has its link-local address".into()));
            }
            State::Missing | State::Tentative if Instant::now() < deadline => sleep(LOOK).await,
            State::Missing | State::Tentative => {
                let why = if state == State::Missing {
                    "it has none"
                } else {
                    "the kernel still looks whether another station has it"
                };
                let what = format!("no usable link-local address within {limit:?}: {why}");
                return Err(error(ErrorKind::TimedOut, what));
            }
        }
    }
}

fn state(interface: &str) -> std::io::Result<State> {
    let Some(netlink::Interface { index: scope, .. }) = netlink::interface(interface)? else {
        return Ok(State::Missing);
    };
    Ok(match netlink::link_local(scope)? {
        None => State::Missing,
        Some((_, Readiness::Taken)) => State::Taken,
        Some((_, Readiness::Tentative)) => State::Tentative,
        Some((address, Readiness::Usable)) => State::Usable(LinkLocal { address, scope }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_interface_that_is_missing_is_waited_for_and_told() {
        let error = link_local("no-such-plc", Duration::ZERO).await.expect_err("there is none");
        assert_eq!(error.kind, ErrorKind::TimedOut, "{error}");
        assert_eq!(error.device, "no-such-plc");
    }
}
