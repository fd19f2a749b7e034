//! Connector locks.

mod i2c;

pub use i2c::I2cLock;
