//! Addresses of AF_PACKET sockets, which `socket2` carries but does not make.

use socket2::{SockAddr, SockAddrStorage};
use wire::homeplug::MacAddress;

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
