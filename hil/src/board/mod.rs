//! Power boards.
//!
//! | endpoint | board | options |
//! |---|---|---|
//! | `rpmsg:rpmsg_tuxevse@14` | a coprocessor of this chip, at that address of the firmware | `ctrl=/dev/rpmsg_ctrl0`, `tethered` |
//! | `rpmsg:/dev/rpmsg0` | the same, at an endpoint that is there already | `tethered` |
//! | `uart:/dev/ttyS1?115200` | a microcontroller on a serial line | the line, 115200 8N1 unless said, `tethered` |
//! | `gpio:/dev/gpiochip0?contactor=K1&..` | none: the safety machine runs in this process | see [`GpioBoard`] |
//!
//! `tethered` says that the cable is fixed: what a plain Tux-EVSE firmware reads on PP is then dropped.

mod gpio;
mod rpmsg;
mod uart;

use std::io;

use hardware::{BoardInfo, ErrorKind, LinkError, PowerBoard};
use iec61851::{Event, Permission, PilotSignal};

pub use self::gpio::GpioBoard;
pub use self::rpmsg::{PacketFd, RpmsgBoard};
pub use self::uart::UartBoard;
use crate::{Endpoint, EndpointError, Open};

/// A power board of any kind, by the scheme of its endpoint.
#[derive(Debug)]
pub enum AnyBoard {
    /// `gpio:`
    Gpio(GpioBoard),
    /// `rpmsg:`
    Rpmsg(RpmsgBoard),
    /// `uart:`
    Uart(UartBoard),
}

impl Open for AnyBoard {
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        match endpoint.scheme() {
            "gpio" => GpioBoard::check(endpoint),
            "rpmsg" => RpmsgBoard::check(endpoint),
            "uart" => UartBoard::check(endpoint),
            _ => Err(endpoint.wrong("no power board is reached so: expected rpmsg:, uart: or gpio:")),
        }
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        Self::check(endpoint)?;
        match endpoint.scheme() {
            "gpio" => GpioBoard::open(endpoint).await.map(Self::Gpio),
            "rpmsg" => RpmsgBoard::open(endpoint).await.map(Self::Rpmsg),
            _ => UartBoard::open(endpoint).await.map(Self::Uart),
        }
    }
}

impl PowerBoard for AnyBoard {
    type Error = LinkError;

    async fn start(&mut self) -> Result<BoardInfo, LinkError> {
        match self {
            Self::Gpio(board) => board.start().await,
            Self::Rpmsg(board) => board.start().await,
            Self::Uart(board) => board.start().await,
        }
    }

    async fn set_pilot(&mut self, signal: PilotSignal) -> Result<(), LinkError> {
        match self {
            Self::Gpio(board) => board.set_pilot(signal).await,
            Self::Rpmsg(board) => board.set_pilot(signal).await,
            Self::Uart(board) => board.set_pilot(signal).await,
        }
    }

    async fn allow_power(&mut self, permission: Permission) -> Result<(), LinkError> {
        match self {
            Self::Gpio(board) => board.allow_power(permission).await,
            Self::Rpmsg(board) => board.allow_power(permission).await,
            Self::Uart(board) => board.allow_power(permission).await,
        }
    }

    async fn heartbeat(&mut self) -> Result<(), LinkError> {
        match self {
            Self::Gpio(board) => board.heartbeat().await,
            Self::Rpmsg(board) => board.heartbeat().await,
            Self::Uart(board) => board.heartbeat().await,
        }
    }

    async fn next_event(&mut self) -> Result<Event, LinkError> {
        match self {
            Self::Gpio(board) => board.next_event().await,
            Self::Rpmsg(board) => board.next_event().await,
            Self::Uart(board) => board.next_event().await,
        }
    }

    fn damaged(&self) -> u64 {
        match self {
            Self::Gpio(board) => board.damaged(),
            Self::Rpmsg(board) => board.damaged(),
            Self::Uart(board) => board.damaged(),
        }
    }
}

/// What an error of the kernel means when a device is opened: not there now, or not for us.
fn open_error(path: &str, error: &io::Error) -> LinkError {
    let kind = match error.kind() {
        io::ErrorKind::InvalidInput
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::ResourceBusy => ErrorKind::Refused,
        _ if rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::NOTTY) => ErrorKind::Refused,
        _ => ErrorKind::Disconnected,
    };
    LinkError::new(kind, path.to_owned(), format!("cannot be opened: {error}"))
}

/// An established link has no error but its end.
fn gone(device: &str, error: &io::Error) -> LinkError {
    LinkError::new(ErrorKind::Disconnected, device.to_owned(), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn open(endpoint: &str) -> LinkError {
        let endpoint = endpoint.parse().expect("an endpoint");
        AnyBoard::open(&endpoint).await.map(drop).expect_err("it cannot be opened")
    }

    #[tokio::test]
    async fn what_cannot_be_opened_says_whether_it_may_come_or_never_will() {
        for (endpoint, kind, what) in [
            ("can:can0", ErrorKind::Refused, "expected rpmsg:, uart: or gpio:"),
            ("rpmsg:/dev/no-rpmsg", ErrorKind::Disconnected, "cannot be opened"),
            ("rpmsg:rpmsg_tuxevse@14?ctrl=/dev/no-ctrl", ErrorKind::Disconnected, "/dev/no-ctrl"),
            ("rpmsg:rpmsg_tuxevse@14?ctrl=/dev/null", ErrorKind::Refused, "rpmsg_tuxevse"),
            ("rpmsg:rpmsg_tuxevse", ErrorKind::Refused, "expected NAME@ADDRESS"),
            ("rpmsg:rpmsg_tuxevse@14?control=/dev/null", ErrorKind::Refused, "unknown option \"control\""),
            ("uart:/dev/no-tty", ErrorKind::Disconnected, "cannot be opened"),
            ("uart:/dev/no-tty?fast", ErrorKind::Refused, "unknown option \"fast\""),
            (
                "gpio:/dev/no-chip?contactor=K1&pwm=pwmchip0/pwm0&cp_adc=iio:device0/voltage1&tethered=32",
                ErrorKind::Disconnected,
                "/dev/no-chip",
            ),
            ("gpio:/dev/gpiochip0?contactor=K1", ErrorKind::Refused, "pp_adc"),
        ] {
            let error = open(endpoint).await;
            assert_eq!(error.kind, kind, "{error}");
            assert!(error.to_string().contains(what), "{error}");
        }
    }
}
