//! The IPv6 link-local address of an interface, which everything after SLAC speaks from (SDP, V2GTP).
//!
//! After an interface comes up the kernel first asks whether somebody else has that address; until then, one to two seconds,
//! it is tentative and sending from it fails with EADDRNOTAVAIL.

use std::net::Ipv6Addr;
use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use tokio::time::{Instant, sleep};

/// The addresses of this thread's network namespace.
const TABLE: &str = "/proc/thread-self/net/if_inet6";
/// From one look at the table to the next.
const LOOK: Duration = Duration::from_millis(50);

/// `IFA_F_TENTATIVE`, `IFA_F_DADFAILED` of `linux/if_addr.h`.
const TENTATIVE: u32 = 0x40;
const TAKEN: u32 = 0x08;
/// Scope of link-local addresses in the table.
const LINK: u32 = 0x20;

/// An address that can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LinkLocal {
    /// `fe80::...`.
    pub address: Ipv6Addr,
    /// The interface's number: the scope of a socket address.
    pub scope: u32,
}

/// What the table says of an interface.
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
        let table = std::fs::read_to_string(TABLE)
            .map_err(|cause| error(ErrorKind::Refused, format!("{TABLE}: {cause}; is IPv6 off?")))?;
        let state = state(&table, interface);
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

/// Lines of `address number prefix scope flags name`, all in hexadecimal but the name.
fn state(table: &str, interface: &str) -> State {
    let hex = |text: &str| u32::from_str_radix(text, 16).ok();
    let entry = table.lines().find_map(|line| {
        let mut fields = line.split_whitespace();
        let address = u128::from_str_radix(fields.next()?, 16).ok()?;
        let (number, _prefix) = (hex(fields.next()?)?, fields.next()?);
        let (scope, flags) = (hex(fields.next()?)?, hex(fields.next()?)?);
        let ours = scope == LINK && fields.next() == Some(interface);
        ours.then_some((LinkLocal { address: address.into(), scope: number }, flags))
    });
    match entry {
        None => State::Missing,
        Some((_, flags)) if flags & TAKEN != 0 => State::Taken,
        Some((_, flags)) if flags & TENTATIVE != 0 => State::Tentative,
        Some((address, _)) => State::Usable(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: &str = "00000000000000000000000000000001 01 80 10 80       lo\n";

    fn table(flags: &str) -> String {
        format!("{LOOPBACK}fe8000000000000000b052fffe000001 03 40 20 {flags}     plc0\n")
    }

    #[test]
    fn an_address_is_used_once_nobody_else_has_claimed_it() {
        let address = LinkLocal { address: "fe80::b0:52ff:fe00:1".parse().expect("an address"), scope: 3 };
        assert_eq!(state(&table("80"), "plc0"), State::Usable(address));
        assert_eq!(state(&table("c0"), "plc0"), State::Tentative);
        assert_eq!(state(&table("c8"), "plc0"), State::Taken);
        assert_eq!(state(&table("80"), "plc1"), State::Missing);
        assert_eq!(state(LOOPBACK, "lo"), State::Missing, "the loopback has no link");
        assert_eq!(state("fe80 zz\n\n ", "plc0"), State::Missing);
    }

    #[tokio::test]
    async fn an_interface_that_is_missing_is_waited_for_and_told() {
        let error = link_local("no-such-plc", Duration::ZERO).await.expect_err("there is none");
        // Where IPv6 is off there is no table at all.
        assert!(matches!(error.kind, ErrorKind::TimedOut | ErrorKind::Refused), "{error}");
        assert_eq!(error.device, "no-such-plc");
    }
}
