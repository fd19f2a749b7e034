//! What needs `unsafe`: what the kernel offers by ioctl only, and descriptors that are polled. The one place of this crate.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};

use rustix::ioctl::{Opcode, Setter, Updater, ioctl, opcode};
use serialport::TTYPort;
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

/// A serial port on a descriptor that is open: locked, if nobody else has it.
#[expect(unsafe_code, reason = "the port is made from the number of a descriptor")]
pub(crate) fn serial_port(node: OwnedFd) -> TTYPort {
    // SAFETY: the descriptor is open and owned, and is handed over: the port closes it.
    unsafe { TTYPort::from_raw_fd(node.into_raw_fd()) }
}

/// `struct serial_rs485` of `linux/serial.h`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
struct SerialRs485 {
    flags: u32,
    delay_rts_before_send: u32,
    delay_rts_after_send: u32,
    padding: [u32; 5],
}

/// `SER_RS485_ENABLED`: the driver switches RTS.
const RS485_ENABLED: u32 = 1 << 0;
/// `SER_RS485_RTS_ON_SEND`: it is up while the line sends.
const RS485_RTS_ON_SEND: u32 = 1 << 1;
/// `SER_RS485_RTS_AFTER_SEND`: it is up while the line listens.
const RS485_RTS_AFTER_SEND: u32 = 1 << 2;

/// `TIOCSRS485`.
const TIOCSRS485: Opcode = libc::TIOCSRS485 as Opcode;

/// Has the driver of a serial line switch an RS485 transceiver with RTS: raised while it sends, or lowered when `inverted`.
///
/// # Errors
/// The driver cannot do it; a pseudo terminal and most USB adapters say ENOTTY.
#[expect(
    unsafe_code,
    reason = "the kernel offers it by ioctl only, and the line knows only the number of its descriptor"
)]
pub(crate) fn switch_direction(line: &mut impl AsRawFd, inverted: bool) -> io::Result<()> {
    let level = if inverted { RS485_RTS_AFTER_SEND } else { RS485_RTS_ON_SEND };
    let mut settings = SerialRs485 { flags: RS485_ENABLED | level, ..SerialRs485::default() };
    // SAFETY: the line is borrowed for this call, so its descriptor stays open.
    let fd = unsafe { BorrowedFd::borrow_raw(line.as_raw_fd()) };
    // SAFETY: the kernel reads and writes one `struct serial_rs485` for this opcode, which is what is passed: `repr(C)`, the
    // same fields, 32 bytes. It keeps no pointer to it.
    unsafe { ioctl(fd, Updater::<TIOCSRS485, _>::new(&mut settings)) }.map_err(io::Error::from)
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
        assert_eq!(size_of::<SerialRs485>(), 32);
    }

    #[test]
    fn what_is_no_control_device_refuses() {
        let null = std::fs::File::open("/dev/null").expect("it is there");
        let error = create_rpmsg_endpoint(&null, "rpmsg_tuxevse", 14).expect_err("no such ioctl");
        assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::NOTTY.raw_os_error()));
        let mut file = std::fs::File::open("/dev/null").expect("it is there");
        let error = switch_direction(&mut file, false).expect_err("no such ioctl");
        assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::NOTTY.raw_os_error()));
        let error = create_rpmsg_endpoint(&null, &"x".repeat(32), 14).expect_err("too long");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
