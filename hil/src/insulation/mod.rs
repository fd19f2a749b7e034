//! Insulation monitors.
//!
//! ```text
//!   isocha425:/dev/ttyUSB_RS485?19200e1&unit=3      Bender isoCHA425HV on a serial line
//!   isocha425:tcp:192.168.1.20:502?unit=3           the same behind a gateway
//! ```
//!
//! | option | meaning | when it is not there |
//! |---|---|---|
//! | a bare word such as `19200e1` | bit rate, parity, stop bits | `19200e1` |
//! | `unit` | its address | 3 |
//! | `gap_ms` | the pause between two questions: without one the device drops some | 20 |
//!
//! The other options are those of every device on Modbus ([`ModbusLink`](crate::ModbusLink)); it may share its line with
//! others.

mod isocha425;
#[cfg(test)]
mod tests;

pub(crate) use isocha425::settings;
pub use isocha425::{IsoCha425, Registers};
