//! All Ethernet frames of an interface, for a host that is not the kernel: one with an address and a stack of its own.

use std::io::{self, Write as _};
use std::os::fd::{AsRawFd as _, RawFd};

use hardware::{ErrorKind, LinkError};
use socket2::Socket;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::link_layer;
use crate::Endpoint;
use crate::options::Options;

/// Longer frames are cut: a kernel puts segments together up to 64 kB, and no message needs them.
const MAX_FRAME: usize = 16 * 1024;
/// The header of an Ethernet frame.
const HEADER: usize = 14;

/// An interface as a host on its link has it: it hears what others send, whoever it is for, and sends from any address.
pub struct EthernetPort {
    name: String,
    socket: AsyncFd<Socket>,
}

impl EthernetPort {
    /// Opens `packet:INTERFACE`, which hears frames for any address from then on. Needs CAP_NET_RAW, and a tokio runtime with I/O.
    ///
    /// # Errors
    /// It is no such endpoint, the interface is not there, or raw frames are not allowed.
    pub fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        if endpoint.scheme() != "packet" {
            return Err(endpoint.wrong("expected an Ethernet interface: packet:INTERFACE").into());
        }
        Options::of(endpoint).end()?;
        let name = endpoint.target().to_owned();
        let all = u16::try_from(libc::ETH_P_ALL).unwrap_or(u16::MAX);
        let (socket, _) = link_layer::open(&name, all)?;
        let index = rustix::net::netdevice::name_to_index(socket.get_ref(), &name).map_err(|cause| {
            LinkError::new(ErrorKind::Disconnected, name.clone(), format!("no such interface: {cause}"))
        })?;
        set_up(socket.get_ref().as_raw_fd(), index).map_err(|cause| link_layer::lost(&name, "listening", &cause))?;
        Ok(Self { name, socket })
    }

    /// Sends one frame, whole, without check sequence.
    ///
    /// # Errors
    /// The interface is down or gone, or does not take the frame.
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        let lost = |cause: io::Error| link_layer::lost(&self.name, "sending", &cause);
        loop {
            let mut ready = self.socket.writable().await.map_err(lost)?;
            match ready.try_io(|socket| socket.get_ref().write(frame)) {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(cause)) if cause.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(cause)) => return Err(lost(cause)),
                // Not yet after all.
                Err(_) => {}
            }
        }
    }

    /// The next frame of somebody else. Cancel safe.
    ///
    /// # Errors
    /// The interface is down or gone.
    pub async fn receive(&mut self) -> Result<Vec<u8>, LinkError> {
        let lost = |cause: io::Error| link_layer::lost(&self.name, "receiving", &cause);
        loop {
            let mut ready = self.socket.ready(Interest::READABLE | Interest::ERROR).await.map_err(lost)?;
            let mut buffer = vec![0; MAX_FRAME];
            match ready.try_io(|socket| receive(socket.as_raw_fd(), &mut buffer)) {
                Ok(Ok((length, _))) if length < HEADER => {}
                Ok(Ok((length, is_summed))) => {
                    buffer.truncate(length);
                    if !is_summed {
                        sum(&mut buffer);
                    }
                    return Ok(buffer);
                }
                Ok(Err(cause)) if cause.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(cause)) => return Err(lost(cause)),
                Err(_) => {}
            }
        }
    }
}

/// Frames for all addresses, none that this machine sends, and with each whether its checksum is there.
#[allow(unsafe_code)]
fn set_up(socket: RawFd, interface: u32) -> io::Result<()> {
    let everything = libc::packet_mreq {
        mr_ifindex: i32::try_from(interface).map_err(io::Error::other)?,
        mr_type: u16::try_from(libc::PACKET_MR_PROMISC).unwrap_or(u16::MAX),
        mr_alen: 0,
        mr_address: [0; 8],
    };
    let yes: libc::c_int = 1;
    let set = |option, value: *const libc::c_void, length: usize| {
        let length = libc::socklen_t::try_from(length).map_err(io::Error::other)?;
        // SAFETY: the socket is open, and the value is of that length and lives until the call is over.
        match unsafe { libc::setsockopt(socket, libc::SOL_PACKET, option, value, length) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    set(libc::PACKET_ADD_MEMBERSHIP, (&raw const everything).cast(), size_of::<libc::packet_mreq>())?;
    set(libc::PACKET_AUXDATA, (&raw const yes).cast(), size_of::<libc::c_int>())?;
    set(libc::PACKET_IGNORE_OUTGOING, (&raw const yes).cast(), size_of::<libc::c_int>())
}

/// One frame, and whether its checksum has been computed: between the two ends of a veth pair nobody does.
#[allow(unsafe_code)]
fn receive(socket: RawFd, buffer: &mut [u8]) -> io::Result<(usize, bool)> {
    // Aligned as the headers in it want to be.
    let mut control = [0u64; 16];
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: all zeros are a message without name, parts and control.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of_val(&control) as _;
    // SAFETY: what the message points to is there, of the lengths that it says, and nobody else uses it.
    let length = unsafe { libc::recvmsg(socket, &raw mut message, 0) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    let mut is_summed = true;
    // SAFETY: the kernel has filled in the message and its control, which the macros walk along within its length.
    let mut header = unsafe { libc::CMSG_FIRSTHDR(&raw const message) };
    while !header.is_null() {
        // SAFETY: the macros give headers inside the control.
        let (level, kind) = unsafe { ((*header).cmsg_level, (*header).cmsg_type) };
        if (level, kind) == (libc::SOL_PACKET, libc::PACKET_AUXDATA) {
            // SAFETY: behind such a header is that structure, perhaps not aligned.
            let about: libc::tpacket_auxdata = unsafe { std::ptr::read_unaligned(libc::CMSG_DATA(header).cast()) };
            is_summed = about.tp_status & libc::TP_STATUS_CSUMNOTREADY == 0;
        }
        // SAFETY: as above.
        header = unsafe { libc::CMSG_NXTHDR(&raw const message, header) };
    }
    Ok((length, is_summed))
}

/// Computes the checksum of TCP or UDP in an IPv6 packet without extension headers; all others stay as they are.
fn sum(frame: &mut [u8]) {
    const IPV6: [u8; 2] = [0x86, 0xdd];
    const IPV6_HEADER: usize = 40;
    if frame.get(12..14) != Some(&IPV6) {
        return;
    }
    let Some((header, rest)) = frame.get_mut(HEADER..).and_then(|packet| packet.split_at_mut_checked(IPV6_HEADER))
    else {
        return;
    };
    let (next, length) = (header[6], usize::from(u16::from_be_bytes([header[4], header[5]])));
    let at = match next {
        6 => 16,
        17 => 6,
        _ => return,
    };
    let Some(segment) = rest.get_mut(..length).filter(|segment| segment.len() >= at + 2) else { return };
    segment[at..at + 2].fill(0);
    let words = |octets: &[u8]| -> u64 {
        octets.chunks(2).map(|pair| u64::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or(0)]))).sum()
    };
    let mut sum = words(&header[8..]) + length as u64 + u64::from(next) + words(segment);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    // Of UDP zero would say that there is none.
    let sum = match !(sum as u16) {
        0 if next == 17 => 0xffff,
        sum => sum,
    };
    segment[at..at + 2].copy_from_slice(&sum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A question of SDP, without a checksum.
    fn datagram() -> Vec<u8> {
        let mut frame = vec![0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 18, 17, 255];
        frame.extend("fe80::1".parse::<std::net::Ipv6Addr>().expect("an address").octets());
        frame.extend("ff02::1".parse::<std::net::Ipv6Addr>().expect("an address").octets());
        frame.extend([0xc0, 0, 0x3b, 0x0e, 0, 18, 0, 0, 1, 0xfe, 0x90, 0, 0, 0, 0, 2, 0x10, 0]);
        frame
    }

    #[test]
    fn a_checksum_that_is_missing_is_computed() {
        let mut frame = datagram();
        sum(&mut frame);
        let words = |octets: &[u8]| -> u64 {
            octets.chunks(2).map(|pair| u64::from(u16::from_be_bytes([pair[0], pair[1]]))).sum()
        };
        let mut all = words(&frame[22..54]) + 18 + 17 + words(&frame[54..]);
        while all > 0xffff {
            all = (all & 0xffff) + (all >> 16);
        }
        assert_eq!(all, 0xffff);
    }

    #[test]
    fn what_is_no_whole_segment_stays_as_it_is() {
        for length in 0..datagram().len() {
            let mut frame = datagram();
            frame.truncate(length);
            let before = frame.clone();
            sum(&mut frame);
            assert_eq!(frame, before);
        }
    }
}
