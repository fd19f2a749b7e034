//! Winline and other makes of the Maxwell type.
//!
//! ```text
//!   identifier  28     20 19  18      11 10       3 2      0
//!               │  060h  │ptp│ to       │ from     │ group │
//!   payload     function │ error │ register, two bytes │ value, four bytes
//! ```
//!
//! The controller is F0h, FFh all modules, FEh all of a group. Functions: 03 sets, 10h reads; an answer has 41h (a float) or
//! 42h (an integer) there, and F0h as error when all is well.

use super::{BadReply, two_words, word_at};
use crate::CanFrame;

/// The controller's address.
pub const CONTROLLER: u8 = 0xf0;
/// The highest address of a module.
pub const MAX_MODULE: u8 = 0x3f;
/// The value of [`Register::Off`] that switches off; 0 switches on.
pub const OFF: u32 = 0x0001_0000;

const PROTOCOL: u32 = 0x060;
const WELL: u8 = 0xf0;
const SET: u8 = 0x03;
const READ: u8 = 0x10;
const FLOAT: u8 = 0x41;
const INTEGER: u8 = 0x42;

/// A value of a module.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Register {
    /// 01: the output voltage in volts, a float.
    Voltage,
    /// 02: the output current in amperes, a float.
    Current,
    /// 12: the rated current in amperes, a float.
    RatedCurrent,
    /// 1B: the current not to exceed, in 1/1024 amperes.
    SetCurrent,
    /// 21: the voltage to hold in volts, a float.
    SetVoltage,
    /// 30: the output, 0 on or [`OFF`].
    Off,
    /// 40: status bits.
    Status,
}

impl Register {
    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Voltage => 0x01,
            Self::Current => 0x02,
            Self::RatedCurrent => 0x12,
            Self::SetCurrent => 0x1b,
            Self::SetVoltage => 0x21,
            Self::Off => 0x30,
            Self::Status => 0x40,
        }
    }

    /// The register of a number.
    #[must_use]
    pub const fn from_number(number: u16) -> Option<Self> {
        Some(match number {
            0x01 => Self::Voltage,
            0x02 => Self::Current,
            0x12 => Self::RatedCurrent,
            0x1b => Self::SetCurrent,
            0x21 => Self::SetVoltage,
            0x30 => Self::Off,
            0x40 => Self::Status,
            _ => return None,
        })
    }

    const fn is_float(self) -> bool {
        match self {
            Self::Voltage | Self::Current | Self::RatedCurrent | Self::SetVoltage => true,
            Self::SetCurrent | Self::Off | Self::Status => false,
        }
    }
}

/// Status bits of [`Register::Status`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Status(pub u32);

impl Status {
    /// It is broken.
    pub const FAULT: u32 = 1 << 0;
    /// It protects itself.
    pub const PROTECTION: u32 = 1 << 1;
    /// It heard nobody for too long.
    pub const SILENCE: u32 = 1 << 16;
    /// The output is off.
    pub const OFF: u32 = 1 << 22;
    /// The output is shorted.
    pub const SHORT: u32 = 1 << 28;
    /// It is too hot.
    pub const OVER_TEMPERATURE: u32 = 1 << 30;
    /// The output voltage is too high.
    pub const OVER_VOLTAGE: u32 = 1 << 31;

    /// Whether a bit is set.
    #[must_use]
    pub const fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }
}

/// What a controller tells a module. Values are the raw four bytes: a float's bits where the register is a float.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Command {
    /// Reads a register.
    Read(Register),
    /// Sets a register.
    Set(Register, u32),
}

impl Command {
    const fn register(self) -> Register {
        match self {
            Self::Read(register) | Self::Set(register, _) => register,
        }
    }

    /// The frame that tells `module`.
    #[must_use]
    pub fn encode(self, module: u8) -> CanFrame {
        let (function, value) = match self {
            Self::Read(_) => (READ, 0),
            Self::Set(_, value) => (SET, value),
        };
        frame(module, CONTROLLER, [function, 0], self.register(), value)
    }

    /// Which module a frame is for and what it says; `None` when it is no command of a controller.
    #[must_use]
    pub fn decode(frame: &CanFrame) -> Option<(u8, Self)> {
        let (to, from, [function, _], number) = parts(frame)?;
        let register = Register::from_number(number)?;
        if from != CONTROLLER {
            return None;
        }
        if function == READ {
            return Some((to, Self::Read(register)));
        }
        (function == SET).then_some((to, Self::Set(register, word_at(frame.data(), 4)?)))
    }

    /// The frame with which `module` answers to this command.
    #[must_use]
    pub fn answer(self, module: u8, value: u32) -> CanFrame {
        let kind = if self.register().is_float() { FLOAT } else { INTEGER };
        frame(CONTROLLER, module, [kind, WELL], self.register(), value)
    }

    /// The refusal of this command by `module`: any code but F0h.
    #[must_use]
    pub fn refuse(self, module: u8, error: u8) -> CanFrame {
        frame(CONTROLLER, module, [INTEGER, error], self.register(), 0)
    }

    /// The value with which `module` answers to this command; `None` when the frame is something else.
    ///
    /// # Errors
    /// It refuses, or the answer is none.
    pub fn reply(self, module: u8, frame: &CanFrame) -> Option<Result<u32, BadReply>> {
        let (to, from, [kind, error], number) = parts(frame)?;
        if to != CONTROLLER || from != module || number != self.register().number() {
            return None;
        }
        if error != WELL {
            return Some(Err(BadReply::Refused(error)));
        }
        let malformed = BadReply::Malformed(frame.data().len() as u8);
        let expected = match self {
            Self::Read(register) if register.is_float() => kind == FLOAT,
            Self::Read(_) => kind == INTEGER,
            // What a module repeats of a setting is its own affair.
            Self::Set(..) => true,
        };
        Some(word_at(frame.data(), 4).filter(|_| expected).ok_or(malformed))
    }
}

/// To, from, the first two bytes, and the register; `None` when it is not of this protocol.
fn parts(frame: &CanFrame) -> Option<(u8, u8, [u8; 2], u16)> {
    let (id, data) = (frame.id(), frame.data());
    if id >> 20 != PROTOCOL {
        return None;
    }
    let &[function, error, high, low, ..] = data else { return None };
    Some(((id >> 11) as u8, (id >> 3) as u8, [function, error], u16::from_be_bytes([high, low])))
}

fn frame(to: u8, from: u8, [function, error]: [u8; 2], register: Register, value: u32) -> CanFrame {
    let id = PROTOCOL << 20 | 1 << 19 | u32::from(to) << 11 | u32::from(from) << 3;
    let head = u32::from(function) << 24 | u32::from(error) << 16 | u32::from(register.number());
    CanFrame::full(id, two_words(head, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commands_have_known_bytes() {
        let read = Command::Read(Register::Voltage).encode(1);
        assert_eq!((read.id(), read.data()), (0x0608_0f80, &[0x10, 0, 0, 1, 0, 0, 0, 0][..]));
        let set = Command::Set(Register::SetVoltage, 400f32.to_bits()).encode(1);
        assert_eq!(set.data(), [3, 0, 0, 0x21, 0x43, 0xc8, 0, 0]);
        let limit = Command::Set(Register::SetCurrent, 100 * 1024).encode(1);
        assert_eq!(limit.data(), [3, 0, 0, 0x1b, 0, 0x01, 0x90, 0]);
        assert_eq!(Command::Set(Register::Off, OFF).encode(1).data(), [3, 0, 0, 0x30, 0, 1, 0, 0]);
    }

    #[test]
    fn an_answer_is_a_value_of_the_right_kind_or_a_refusal() {
        let read = Command::Read(Register::Voltage);
        let id = PROTOCOL << 20 | 1 << 19 | 0xf0 << 11 | 1 << 3;
        let reply = |data: &[u8]| read.reply(1, &CanFrame::new(id, data).expect("a frame"));
        assert_eq!(reply(&[0x41, 0xf0, 0, 1, 0x43, 0xc8, 0, 0]), Some(Ok(400f32.to_bits())));
        assert_eq!(reply(&[0x41, 0xf2, 0, 1, 0, 0, 0, 0]), Some(Err(BadReply::Refused(0xf2))));
        assert_eq!(reply(&[0x42, 0xf0, 0, 1, 0, 0, 0, 1]), Some(Err(BadReply::Malformed(8))), "an integer");
        assert_eq!(reply(&[0x41, 0xf0, 0, 1, 0]), Some(Err(BadReply::Malformed(5))));
        assert_eq!(reply(&[0x41, 0xf0, 0, 2, 0, 0, 0, 0]), None, "another register");
    }

    proptest! {
        #[test]
        fn any_frame_is_read_or_left(id in 0..=CanFrame::MAX_ID, data in prop::collection::vec(any::<u8>(), 0..=8)) {
            let frame = CanFrame::new(id, &data).expect("a frame");
            if let Some((module, command)) = Command::decode(&frame) {
                prop_assert_eq!(Command::decode(&command.encode(module)), Some((module, command)));
            }
            let _ = Command::Read(Register::Voltage).reply(0, &frame);
        }

        #[test]
        fn what_is_read_survives_the_wire(module in 0..=MAX_MODULE, value: u32) {
            for register in [Register::Voltage, Register::Status] {
                let read = Command::Read(register);
                prop_assert_eq!(read.reply(module, &read.answer(module, value)), Some(Ok(value)));
            }
        }
    }
}
