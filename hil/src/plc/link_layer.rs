//! What AF_PACKET sockets need beyond `socket2`: their addresses, and to be waited for.

use std::io;

use hardware::{ErrorKind, LinkError, MacAddress};
use socket2::{Domain, Protocol, SockAddr, SockAddrStorage, Socket, Type};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What a socket is waited for.
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE).add(Interest::ERROR);

/// A raw socket for one protocol (`ETH_P_ALL` is any, and both directions) on one interface, and the interface's own address. Needs a tokio runtime with I/O.
pub(super) fn open(interface: &str, ether_type: u16) -> Result<(AsyncFd<Socket>, MacAddress), LinkError> {
    let error = |kind, what: String| LinkError::new(kind, interface.to_owned(), what);
    // Without a protocol nothing is received until the socket is bound: no frame of another interface slips in.
    let socket =
        Socket::new(Domain::PACKET, Type::RAW.nonblocking().cloexec(), Some(Protocol::from(0))).map_err(|cause| {
            match cause.raw_os_error() {
                Some(libc::EPERM) => error(ErrorKind::Refused, "raw frames need the capability CAP_NET_RAW".into()),
                _ => error(ErrorKind::Refused, format!("a raw socket: {cause}")),
            }
        })?;
    let index = rustix::net::netdevice::name_to_index(&socket, interface)
        .map_err(|cause| error(ErrorKind::Disconnected, format!("no such interface: {cause}")))?;
    let place = bind_to(index, ether_type)
        .ok_or_else(|| error(ErrorKind::Refused, format!("interface number {index} is out of range")))?;
    socket.bind(&place).map_err(|cause| lost(interface, "binding", &cause))?;
    // An interface that is down takes the binding and complains afterwards.
    match socket.take_error() {
        Ok(None) => {}
        Ok(Some(cause)) | Err(cause) => return Err(lost(interface, "binding", &cause)),
    }
    let bound = socket.local_addr().map_err(|cause| lost(interface, "its address", &cause))?;
    let address =
        own_address(&bound).ok_or_else(|| error(ErrorKind::Refused, "the interface has no Ethernet address".into()))?;
    let socket = polled(socket).map_err(|cause| error(ErrorKind::Refused, cause.to_string()))?;
    Ok((socket, address))
}

/// What went wrong with an interface: one that is down or no longer there is gone; the rest is somebody's mistake.
pub(super) fn lost(interface: &str, what: &str, cause: &io::Error) -> LinkError {
    let kind = match cause.raw_os_error() {
        Some(libc::ENETDOWN | libc::ENXIO | libc::ENODEV | libc::EBADF) => ErrorKind::Disconnected,
        _ => ErrorKind::Refused,
    };
    LinkError::new(kind, interface.to_owned(), format!("{what}: {cause}"))
}

/// An address that binds a socket to one protocol on one interface.
#[allow(unsafe_code)]
fn bind_to(interface: u32, ether_type: u16) -> Option<SockAddr> {
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
fn own_address(bound: &SockAddr) -> Option<MacAddress> {
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
fn polled(socket: Socket) -> io::Result<AsyncFd<Socket>> {
    // SAFETY: the socket owns its descriptor, and nothing replaces or closes it while the AsyncFd has it.
    Ok(unsafe { AsyncFd::register_with_interest(socket, INTEREST) }?)
}
