//! A CAN bus as the rectifiers' drivers need it, and the kernel's.

use std::io;

use hardware::{ErrorKind, LinkError};
use socketcan::tokio::CanSocket;
use socketcan::{EmbeddedFrame as _, ExtendedId, Frame as _, SocketOptions as _};
use wire::CanFrame;

use crate::frames;

/// Sends and receives whole frames with 29-bit identifiers.
pub trait CanBus {
    /// Sends a frame; returns when the bus has taken it.
    ///
    /// # Errors
    /// The bus is gone, or takes nothing.
    async fn send(&mut self, frame: CanFrame) -> Result<(), LinkError>;

    /// The next frame of anybody. Cancel safe.
    ///
    /// # Errors
    /// The bus is gone.
    async fn receive(&mut self) -> Result<CanFrame, LinkError>;

    /// Drops a frame that is there already; answers whether there was one.
    ///
    /// # Errors
    /// The bus is gone.
    fn drop_waiting(&mut self) -> Result<bool, LinkError>;
}

/// A CAN interface of the kernel. Its bit rate belongs to whoever brought it up.
#[derive(Debug)]
pub struct SocketBus {
    interface: String,
    socket: CanSocket,
}

/// The kernel's word for a controller that has left the bus after too many errors.
const BUS_OFF: u32 = socketcan::errors::CAN_ERR_BUSOFF;

impl SocketBus {
    /// Opens an interface by name.
    ///
    /// # Errors
    /// It is not there, or it is no CAN interface.
    pub fn open(interface: &str) -> Result<Self, LinkError> {
        let socket = CanSocket::open(interface).map_err(|error| explain(interface, "cannot be opened", &error))?;
        socket.set_error_filter(BUS_OFF).map_err(|error| explain(interface, "cannot tell of errors", &error))?;
        Ok(Self { interface: interface.into(), socket })
    }
}

/// What the kernel delivered, when it is a frame for us: the rest of the bus is of no interest.
fn ours(interface: &str, frame: io::Result<socketcan::CanFrame>) -> Result<Option<CanFrame>, LinkError> {
    match frame.map_err(|error| explain(interface, "does not receive", &error))? {
        socketcan::CanFrame::Data(data) if data.is_extended() => {
            frames::can_passed(interface, false, data.raw_id() & CanFrame::MAX_ID, data.data());
            Ok(CanFrame::new(data.raw_id() & CanFrame::MAX_ID, data.data()))
        }
        socketcan::CanFrame::Data(_) | socketcan::CanFrame::Remote(_) => Ok(None),
        // Only this one is asked for. The controller comes back by itself if `restart-ms` is set.
        socketcan::CanFrame::Error(_) => {
            let what =
                "bus off: the controller gave up after too many errors; is the bit rate right, and restart-ms set?";
            Err(LinkError::new(ErrorKind::Disconnected, interface.to_owned(), what))
        }
    }
}

impl CanBus for SocketBus {
    async fn send(&mut self, frame: CanFrame) -> Result<(), LinkError> {
        let kernel = ExtendedId::new(frame.id()).and_then(|id| socketcan::CanFrame::new(id, frame.data()));
        let kernel = kernel.ok_or_else(|| {
            LinkError::new(
                ErrorKind::Refused,
                self.interface.clone(),
                format!("no frame of CAN: identifier {:#x}", frame.id()),
            )
        })?;
        self.socket.write_frame(kernel).await.map_err(|error| explain(&self.interface, "does not send", &error))?;
        frames::can_passed(&self.interface, true, frame.id(), frame.data());
        Ok(())
    }

    async fn receive(&mut self) -> Result<CanFrame, LinkError> {
        loop {
            let frame = self.socket.read_frame().await;
            if let Some(frame) = ours(&self.interface, frame)? {
                return Ok(frame);
            }
        }
    }

    fn drop_waiting(&mut self) -> Result<bool, LinkError> {
        match self.socket.try_read_frame() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            frame => ours(&self.interface, frame).map(|_| true),
        }
    }
}

/// An error of the kernel in our words.
fn explain(interface: &str, what: &str, error: &io::Error) -> LinkError {
    let kind = match error.raw_os_error() {
        // Nobody acknowledges, so the queue is full.
        Some(libc::ENOBUFS) => ErrorKind::TimedOut,
        Some(libc::EPERM | libc::EACCES) => ErrorKind::Refused,
        _ => ErrorKind::Disconnected,
    };
    let advice = match error.raw_os_error() {
        Some(libc::ENOBUFS) => ": nobody on the bus acknowledges",
        Some(libc::ENETDOWN) => ": is the interface up?",
        Some(libc::EAFNOSUPPORT) => ": this kernel has no CAN",
        _ => "",
    };
    LinkError::new(kind, interface.to_owned(), format!("{what}: {error}{advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_interface_that_is_not_there_is_disconnected() {
        let error = SocketBus::open("plugfest-none").expect_err("it is not there");
        assert_eq!((error.kind, error.device.as_ref()), (ErrorKind::Disconnected, "plugfest-none"));
    }

    #[test]
    fn a_controller_that_leaves_the_bus_is_disconnected_and_says_what_to_look_at() {
        let frame = |id: u32, data: &[u8]| {
            // As `struct can_frame` of the kernel has it.
            let mut raw = socketcan::frame::can_frame_default();
            (raw.can_id, raw.can_dlc) = (id, data.len() as u8);
            raw.data[..data.len()].copy_from_slice(data);
            ours("can0", Ok(socketcan::CanFrame::from(raw)))
        };
        let error = frame(libc::CAN_ERR_FLAG | BUS_OFF, &[0; 8]).expect_err("bus off");
        assert_eq!((error.kind, error.device.as_ref()), (ErrorKind::Disconnected, "can0"));
        assert!(error.what.starts_with("bus off: ") && error.what.ends_with("restart-ms set?"), "{error}");
        let heard = frame(libc::CAN_EFF_FLAG | 0x0281_f03f, &[1, 2]).expect("a frame").expect("one for us");
        assert_eq!((heard.id(), heard.data()), (0x0281_f03f, &[1, 2][..]));
        assert_eq!(frame(0x123, &[1]).expect("a frame"), None, "a short identifier is another's");
    }

    #[test]
    fn the_kernels_errors_say_what_to_look_at() {
        let explained = |code| explain("can0", "does not send", &io::Error::from_raw_os_error(code));
        assert_eq!(explained(libc::ENETDOWN).kind, ErrorKind::Disconnected);
        assert!(explained(libc::ENETDOWN).what.ends_with(": is the interface up?"));
        assert_eq!(explained(libc::ENOBUFS).kind, ErrorKind::TimedOut);
        assert!(explained(libc::ENOBUFS).what.ends_with(": nobody on the bus acknowledges"));
        assert_eq!(explained(libc::EPERM).kind, ErrorKind::Refused);
        assert_eq!(explained(libc::ENODEV).kind, ErrorKind::Disconnected);
    }
}
