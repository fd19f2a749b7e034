//! Modbus as meters and insulation monitors speak it: registers that are read and written, over RTU or TCP framing.
//!
//! ```text
//!   RTU   unit │ PDU │ CRC16, low byte first
//!   TCP   transaction │ 0 │ length │ unit │ PDU
//!   PDU   function │ data             a refusal: function + 80h │ exception code
//! ```
//!
//! Both sides are here: a charger's question, and the answer of a device.
//!
//! Four functions: 3 and 4 read, 6 and 16 write. [`Request`] and [`Response`] are the PDUs, [`rtu`] and [`tcp`] the framings.

mod pdu;
pub mod rtu;
pub mod tcp;

pub use pdu::{BadRequest, BadResponse, MAX_READ, MAX_WRITE, Request, Response};

/// A PDU and the unit it is for, or is from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Adu {
    /// The unit: 1 to 247; 0 is all of them.
    pub unit: u8,
    /// Function and data.
    pub pdu: Vec<u8>,
}

/// Which registers.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Table {
    /// Readable and writable (functions 3, 6, 16).
    Holding,
    /// Read only (function 4).
    Input,
}

impl Table {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holding => "holding",
            Self::Input => "input",
        }
    }
}

/// Why a server refuses.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Exception {
    /// 1: a function it does not know.
    #[error("illegal function")]
    IllegalFunction,
    /// 2: a register that is not there.
    #[error("illegal data address")]
    IllegalDataAddress,
    /// 3: a value or a count it does not take.
    #[error("illegal data value")]
    IllegalDataValue,
    /// 4: it failed while it did so.
    #[error("server device failure")]
    ServerDeviceFailure,
    /// 5: it will take long.
    #[error("acknowledge")]
    Acknowledge,
    /// 6: it has something else to do.
    #[error("server device busy")]
    ServerDeviceBusy,
    /// Any other code.
    #[error("exception {0}")]
    Other(u8),
}

impl Exception {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::IllegalFunction => 1,
            Self::IllegalDataAddress => 2,
            Self::IllegalDataValue => 3,
            Self::ServerDeviceFailure => 4,
            Self::Acknowledge => 5,
            Self::ServerDeviceBusy => 6,
            Self::Other(code) => code,
        }
    }

    /// What a code means.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::IllegalFunction,
            2 => Self::IllegalDataAddress,
            3 => Self::IllegalDataValue,
            4 => Self::ServerDeviceFailure,
            5 => Self::Acknowledge,
            6 => Self::ServerDeviceBusy,
            code => Self::Other(code),
        }
    }
}

/// A 32-bit float in two registers, the high word first (what manuals call ABCD or big endian).
#[must_use]
pub const fn f32_to_words(value: f32) -> [u16; 2] {
    let bits = value.to_bits();
    [(bits >> 16) as u16, bits as u16]
}

/// Two registers, the high word first, as a 32-bit float.
#[must_use]
pub const fn f32_from_words(words: [u16; 2]) -> f32 {
    f32::from_bits(((words[0] as u32) << 16) | words[1] as u32)
}
