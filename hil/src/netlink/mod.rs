//! Interfaces and their IPv6 addresses, asked of the kernel over NETLINK_ROUTE. It needs no right and no file: a charger that gave
//! up its rights can read neither `/proc/net` nor `/sys/class/net`.

mod message;

use std::io;
use std::net::Ipv6Addr;
use std::os::fd::{AsFd, OwnedFd};
use std::task::{Context, Poll, ready};

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, send, socket_with};
use tokio::io::unix::AsyncFd;

pub(crate) use message::Readiness;
use message::{Said, ask_addresses, ask_link, read};

use crate::sys::watch_readable;

/// The kernel puts no more into one datagram of an answer.
const ANSWER: usize = 32 * 1024;
/// As much as is wanted of a message that was not asked for: the interface that it is about.
const NOTICE: usize = 4 * 1024;
/// Answers of a dump: more datagrams than any machine has addresses for.
const MOST_ANSWERS: usize = 1000;

/// `RTMGRP_LINK`, `RTMGRP_IPV6_IFADDR` of `linux/rtnetlink.h`.
const CHANGES: u32 = 0x1 | 0x100;

/// An interface.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Interface {
    /// Its number, which is the scope of link-local addresses at it.
    pub(crate) index: u32,
    /// Somebody has switched it on.
    pub(crate) up: bool,
}

/// The interface of that name; `None` when there is none.
///
/// # Errors
/// The kernel cannot be asked.
pub(crate) fn interface(name: &str) -> io::Result<Option<Interface>> {
    let mut found = None;
    match ask(&ask_link(name), |said| match said {
        Said::Link { index, up } => {
            found = Some(Interface { index: *index, up: *up });
            true
        }
        _ => false,
    }) {
        Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(None),
        result => result.map(|()| found),
    }
}

/// The link-local address of an interface: one that can be used if there is one.
///
/// # Errors
/// The kernel cannot be asked.
pub(crate) fn link_local(index: u32) -> io::Result<Option<(Ipv6Addr, Readiness)>> {
    let mut found: Option<(Ipv6Addr, Readiness)> = None;
    ask(&ask_addresses(), |said| {
        if let Said::LinkLocal { index: at, address, readiness } = said
            && *at == index
            && (found.is_none() || *readiness == Readiness::Usable)
        {
            found = Some((*address, *readiness));
        }
        false
    })?;
    Ok(found)
}

/// Asks, and shows what is answered until that is enough or the end. The kernel answers while it is asked, so nothing waits.
fn ask(request: &[u8], mut enough: impl FnMut(&Said) -> bool) -> io::Result<()> {
    let socket = open(0)?;
    send(&socket, request, SendFlags::empty())?;
    let mut buffer = vec![0; ANSWER];
    for _ in 0..MOST_ANSWERS {
        let (length, _) = recv(&socket, &mut buffer, RecvFlags::empty())?;
        for said in read(&buffer[..length]) {
            match said {
                Said::End(0) => return Ok(()),
                Said::End(number) => return Err(io::Error::from_raw_os_error(number)),
                _ if enough(&said) => return Ok(()),
                _ => {}
            }
        }
    }
    Err(io::Error::other("the kernel's answer has no end"))
}

/// A socket that hears these groups. It never blocks.
fn open(groups: u32) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    // Its protocol 0 is NETLINK_ROUTE.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    bind(&socket, &SocketAddrNetlink::new(0, groups))?;
    Ok(socket)
}

/// Hears that interfaces and addresses change, from the moment on at which it is opened.
#[derive(Debug)]
pub(crate) struct Watch(AsyncFd<OwnedFd>);

impl Watch {
    /// Begins to listen. Needs a tokio runtime with I/O.
    ///
    /// # Errors
    /// The kernel tells nothing.
    pub(crate) fn open() -> io::Result<Self> {
        open(CHANGES).and_then(watch_readable).map(Self)
    }

    /// Ready when something may have changed at that interface: ask what there is now.
    pub(crate) fn poll_change(&self, context: &mut Context<'_>, index: u32) -> Poll<io::Result<()>> {
        let mut buffer = [0; NOTICE];
        loop {
            let mut guard = ready!(self.0.poll_read_ready(context))?;
            match guard.try_io(|socket| Ok(recv(socket.as_fd(), &mut buffer, RecvFlags::empty())?)) {
                Ok(Ok((length, _))) => {
                    if read(&buffer[..length]).iter().any(|said| said.index() == Some(index)) {
                        return Poll::Ready(Ok(()));
                    }
                }
                // So much has changed that some of it got lost.
                Ok(Err(error)) if error.raw_os_error() == Some(libc::ENOBUFS) => return Poll::Ready(Ok(())),
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(error)) => return Poll::Ready(Err(error)),
                // Not yet after all.
                Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_there_and_has_no_link() {
        let loopback = interface("lo").expect("the kernel answers").expect("every machine has it");
        assert!(loopback.index > 0);
        assert_eq!(link_local(loopback.index).expect("the kernel answers"), None);
        assert_eq!(interface("no-such-plc").expect("the kernel answers"), None);
    }

    #[tokio::test]
    async fn who_watches_hears_nothing_while_nothing_changes() {
        let watch = Watch::open().expect("the kernel tells everybody");
        let never = std::future::poll_fn(|context| watch.poll_change(context, u32::MAX));
        assert!(tokio::time::timeout(std::time::Duration::ZERO, never).await.is_err());
    }
}
