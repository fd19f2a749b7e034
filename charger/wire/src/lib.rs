//! The words that devices speak: bytes to values and back, in both directions, without I/O and without a clock.
//!
//! A backend of `hil` speaks the host's side, a model of `twin/devices` the device's side; both read and write with the same
//! codec, and the codec's own tests hold it to frames seen on real wires. Whatever arrives may be hostile: a decoder answers
//! with a value or with a reason, never with a panic, and holds a bounded buffer.

mod can;
pub mod card;
pub mod cobs_board;
pub mod expander;
pub mod isocha425;
pub mod modbus;
pub mod pn532;
pub mod rectifier;
pub mod register_map;
pub mod slcan;
pub mod tic;
pub mod tux_evse;

pub use can::CanFrame;
