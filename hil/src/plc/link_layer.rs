//! What AF_PACKET sockets need beyond `socket2`: their addresses, and to be waited for.

use std::io;

use socket2::{SockAddr, SockAddrStorage, Socket};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use wire::homeplug::MacAddress;

/// What a socket is waited for.
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE).add(Interest::ERROR);

/// An address that binds a socket to one protocol on one interface.
#[allow(unsafe_code)]
pub(super) fn bind_to(interface: u32, ether_type: u16) -> Option<SockAddr> {
    let mut storage = SockAddrStorage::zeroed();
    // SAFETY: sockaddr_ll is one of the structures the kernel takes as a socket address; all zeros are a valid one.
    let address = unsafe { storage.view_as::<libc::sockaddr_ll>() };
    address.sll_family = u16::try_from(libc::AF_PACKET).ok()?;
    address.sll_protocol = ether_type.to_be();
    address.sll_ifindex = i32::try_from(interface).ok()?;
    let length = libc::socklen_t::try_from(size_of::<libc::sockaddr_ll>()).ok()?;
    // SAFETY: so many bytes of the storage were written just now.
    Some(unsafe { SockAddr::new(storage, length) })
}

/// The Ethernet address of the interface a socket is bound to. The socket knows it, whatever is mounted on /sys.
#[allow(unsafe_code)]
pub(super) fn own_address(bound: &SockAddr) -> Option<MacAddress> {
    let family = i32::from(bound.family());
    if family != libc::AF_PACKET || (bound.len() as usize) < size_of::<libc::sockaddr_ll>() - 2 {
        return None;
    }
    // SAFETY: the kernel filled it in as a sockaddr_ll, by its family and length; the storage behind it is larger than that
    // and aligned for every kind of address.
    let address = unsafe { &*bound.as_ptr().cast::<libc::sockaddr_ll>() };
    let [mac @ .., _, _] = address.sll_addr;
    (address.sll_halen == 6).then_some(mac)
}

/// A socket that tokio waits for. An interface that goes down shows as an error and as nothing else.
#[allow(unsafe_code)]
pub(super) fn polled(socket: Socket) -> io::Result<AsyncFd<Socket>> {
    // SAFETY: the socket owns its descriptor, and nothing replaces or closes it while the AsyncFd has it.
    Ok(unsafe { AsyncFd::register_with_interest(socket, INTEREST) }?)
}
