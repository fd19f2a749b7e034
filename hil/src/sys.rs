//! What needs `unsafe`: what the kernel offers by ioctl only, and descriptors that are polled. The one place of this crate.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::ioctl::{Opcode, Setter, ioctl, opcode};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// `struct rpmsg_endpoint_info` of `linux/rpmsg.h`.
#[repr(C)]
#[derive(Debug)]
struct RpmsgEndpointInfo {
    name: [u8; 32],
    src: u32,
    dst: u32,
}

/// `RPMSG_CREATE_EPT_IOCTL`.
const RPMSG_CREATE_EPT: Opcode = opcode::write::<RpmsgEndpointInfo>(0xb5, 1);

/// The kernel chooses the local address.
const RPMSG_ADDR_ANY: u32 = u32::MAX;

/// Asks an rpmsg control device for an endpoint; the kernel then makes a node `/dev/rpmsgN` for it.
///
/// # Errors
/// The name has more than 31 bytes, or the kernel refuses.
#[expect(unsafe_code, reason = "the kernel offers it by ioctl only")]
pub(crate) fn create_rpmsg_endpoint(control: impl AsFd, name: &str, address: u32) -> io::Result<()> {
    let mut info = RpmsgEndpointInfo { name: [0; 32], src: RPMSG_ADDR_ANY, dst: address };
    if name.len() >= info.name.len() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the name of an endpoint has at most 31 bytes"));
    }
    info.name[..name.len()].copy_from_slice(name.as_bytes());
    // SAFETY: the kernel reads one `struct rpmsg_endpoint_info` for this opcode, which is what is passed: `repr(C)`, the same
    // fields, 40 bytes as the opcode says. It keeps no pointer to it.
    unsafe { ioctl(control, Setter::<RPMSG_CREATE_EPT, _>::new(info)) }.map_err(io::Error::from)
}

/// Has the runtime watch a descriptor for something to read, and for its end: a device that is taken away is no news to read,
/// it is an error by itself.
///
/// # Errors
/// It cannot be polled.
#[expect(unsafe_code, reason = "the runtime cannot know that the descriptor stays open")]
pub(crate) fn watch_readable(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` owns its open descriptor, always answers the same one, and closes it only when it is dropped,
    // which happens inside the `AsyncFd`.
    Ok(unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE | Interest::ERROR) }?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_opcode_is_that_of_the_kernel_header() {
        assert_eq!(RPMSG_CREATE_EPT, 0x4028_b501);
        assert_eq!(size_of::<RpmsgEndpointInfo>(), 40);
    }

    #[test]
    fn what_is_no_control_device_refuses() {
        let null = std::fs::File::open("/dev/null").expect("it is there");
        let error = create_rpmsg_endpoint(&null, "rpmsg_tuxevse", 14).expect_err("no such ioctl");
        assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::NOTTY.raw_os_error()));
        let error = create_rpmsg_endpoint(&null, &"x".repeat(32), 14).expect_err("too long");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
