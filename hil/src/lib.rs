//! Real backends of the seam: device nodes, buses and sockets of a Linux machine.
//!
//! An [`Endpoint`] names a device (`rpmsg:rpmsg_tuxevse@14`, `i2c:/dev/i2c-0@0x20`); each backend implements one trait of
//! `hardware` on it, with the codecs of `wire`. Every backend survives a device that is missing, vanishes and returns
//! ([`Reopening`]); what blocks in the kernel runs on a thread of its own ([`Worker`]), so that a stuck bus holds up nobody.
//!
//! Elsewhere than on Linux only the names of devices are here, passed on from `hil-endpoint`.

#![allow(async_fn_in_trait)] // one thread, static dispatch: no caller needs a Send bound

#[cfg(target_os = "linux")]
mod board;
#[cfg(target_os = "linux")]
mod check;
#[cfg(target_os = "linux")]
pub mod frames;
#[cfg(target_os = "linux")]
mod holder;
#[cfg(target_os = "linux")]
mod i2c;
#[cfg(target_os = "linux")]
pub mod insulation;
#[cfg(target_os = "linux")]
pub mod lock;
#[cfg(target_os = "linux")]
pub mod meter;
#[cfg(target_os = "linux")]
mod modbus;
#[cfg(target_os = "linux")]
mod netlink;
#[cfg(target_os = "linux")]
mod nodes;
#[cfg(target_os = "linux")]
mod options;
#[cfg(target_os = "linux")]
pub mod panel;
#[cfg(target_os = "linux")]
pub mod plc;
#[cfg(target_os = "linux")]
pub mod reader;
#[cfg(target_os = "linux")]
mod reopening;
#[cfg(target_os = "linux")]
mod serial;
#[cfg(target_os = "linux")]
pub mod supply;
#[cfg(target_os = "linux")]
mod sys;
#[cfg(target_os = "linux")]
pub mod v2g_network;
#[cfg(target_os = "linux")]
mod worker;

#[cfg(target_os = "linux")]
pub use board::{AnyBoard, GpioBoard, PacketFd, RpmsgBoard, UartBoard};
#[cfg(target_os = "linux")]
pub use check::{Checked, check, line_holders};
pub use hil_endpoint::{DeviceKey, DeviceTable, Devices, Endpoint, EndpointError, EvseDevices, StationDevices};
#[cfg(target_os = "linux")]
pub use holder::{Holder, holders};
#[cfg(target_os = "linux")]
pub use modbus::ModbusLink;
#[cfg(target_os = "linux")]
pub use nodes::{open_node, open_nodes_with};
#[cfg(target_os = "linux")]
pub use reopening::{Open, Reopening};
#[cfg(target_os = "linux")]
pub use serial::{Direction, Line, LineParity, LineSettings};
#[cfg(target_os = "linux")]
pub use worker::{Call, Worker};
