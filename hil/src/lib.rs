//! Real backends of the seam: device nodes, buses and sockets of a Linux machine.
//!
//! An [`Endpoint`] names a device (`rpmsg:rpmsg_tuxevse@14`, `i2c:/dev/i2c-0@0x20`); each backend implements one trait of
//! `hardware` on it, with the codecs of `wire`. Every backend survives a device that is missing, vanishes and returns
//! ([`Reopening`]); what blocks in the kernel runs on a thread of its own ([`Worker`]), so that a stuck bus holds up nobody.

#![allow(async_fn_in_trait)] // one thread, static dispatch: no caller needs a Send bound

mod board;
mod devices;
mod endpoint;
mod i2c;
pub mod insulation;
pub mod lock;
pub mod meter;
mod modbus;
mod options;
pub mod panel;
pub mod plc;
pub mod reader;
mod reopening;
mod serial;
pub mod supply;
mod sys;
mod worker;

pub use board::{AnyBoard, GpioBoard, PacketBoard, PacketFd, PacketLink, RpmsgBoard, SerialLink, UartBoard};
pub use devices::Devices;
pub use endpoint::{Endpoint, EndpointError};
pub use modbus::ModbusLink;
pub use reopening::{Open, Reopening};
pub use serial::{LineParity, LineSettings};
pub use worker::{Call, Worker};
