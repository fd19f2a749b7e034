//! A power board on a serial line, 115200 8N1: a stream of bytes cut into frames, each with one message of `tux_evse`.
//!
//! ```text
//!   message ─ CRC-32, low byte first ─> COBS ─> bytes without a zero, then 00
//! ```
//!
//! The layers are those of the microcontroller boards of the EVerest family (COBS, a CRC over the message, protobuf); the
//! messages are our own. A zero byte only ever ends a frame, so after garbage the next frame is found by itself.

mod cobs;
mod crc;
mod frame;

pub use frame::{FrameCounters, FrameDecoder, FrameError, append_frame, encode_frame};
