//! The NXP PN532 card reader chip: its frames, and the few commands that find a card.
//!
//! ```text
//!   00 00 FF  LEN LCS  D4 02  DCS 00      host to chip: GetFirmwareVersion
//!   00 00 FF  00 FF 00                    chip to host: ACK, the command has arrived
//!   00 00 FF  LEN LCS  D5 03 32 01 06 07  DCS 00
//! ```
//!
//! `LEN` counts the identifier (`D4` or `D5`) and the data; `LEN + LCS` and the sum of identifier, data and `DCS` are zero
//! modulo 256. On a serial line frames follow one another in the stream ([`Parser`]); over I2C every read begins with a byte
//! that says whether there is anything to read ([`decode_i2c`]).

mod command;
mod frame;

pub use command::{Command, Reply, Target, WordError};
pub use frame::{Direction, Frame, FrameError, MAX_DATA, Parser, decode, decode_i2c, encode_i2c};

/// Where the chip answers on I2C.
pub const I2C_ADDRESS: u16 = 0x24;

/// Sent ahead of the first command on a serial line: the chip sleeps there until something arrives, and needs a moment.
pub const SERIAL_WAKE_UP: [u8; 16] = [0x55, 0x55, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
