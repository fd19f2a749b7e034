//! Buses of a guest kernel, answered by device models on the host: vhost-user devices for User-Mode Linux.
//!
//! The guest's drivers are Linux's own (`i2c-virtio`, `gpio-virtio`, `virtio_rpmsg_bus`), so that a program in the guest opens
//! `/dev/i2c-0`, `/dev/gpiochip0` and `/dev/rpmsg0` as it would on a board. Each device listens on a unix socket of its own:
//!
//! | device | virtio id | kernel argument | behind it |
//! |---|---|---|---|
//! | [`I2cBus`] | 34 | `virtio_uml.device=SOCKET:34` | chips: `devices::I2cChip` by address |
//! | [`GpioBank`] | 41 | `virtio_uml.device=SOCKET:41` | named lines: outputs are seen, inputs are driven |
//! | [`Rpmsg`] | 7 | `virtio_uml.device=SOCKET:7` | messages to and from end point 14 |
//!
//! A device runs on threads of its own until it is dropped, and serves one guest at a time; when a guest is gone the next may
//! connect. The socket is there as soon as the constructor returns, and gone after the drop.
//!
//! The guest is not trusted: descriptors may point anywhere, lengths may lie, and any order of requests may come. Whatever
//! comes costs bounded memory and is answered with an error or not at all.
#![cfg(target_os = "linux")]

mod daemon;
mod gpio;
mod i2c;
mod ring;
mod rpmsg;

use std::sync::Arc;

pub use daemon::VhostError;
pub use gpio::{GpioBank, GpioHandle, LineChange};
pub use i2c::{I2cBus, I2cHandle, SharedChip};
pub use rpmsg::{Rpmsg, RpmsgError, RpmsgHandle, RpmsgPort, RpmsgSender};

/// Where a device takes its time from: asked from the device's own threads.
pub type Clock = Arc<dyn Fn() -> units::Instant + Send + Sync>;
