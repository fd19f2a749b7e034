//! UUGreenPower UR1000.
//!
//! ```text
//!   identifier  28      25 24      21 20      14 13    9 8       0
//!               │protocol 1│monitor 1 │ module   │ date   │ serial  │
//!   payload     group << 4 + type │ register │ 0 0 │ value, four bytes
//! ```
//!
//! Module 0 is all of them. Date and serial number are the module's own in what it sends. The output has two ranges; it is off
//! while they are exchanged.

use super::{BadReply, two_words, word_at};
use crate::CanFrame;

/// The highest address of a module; 0 is all of them.
pub const MAX_MODULE: u8 = 0x7f;
/// The low range ends here, in volts.
pub const LOW_RANGE_VOLTS: i32 = 500;
/// Off, this long, the other range, this long, on; in milliseconds.
pub const RANGE_PAUSE_MS: u64 = 2_000;

const PROTOCOL: u32 = 1;
const MONITOR: u32 = 1;

/// A value of a module.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Register {
    /// 0: the output voltage, in millivolts.
    Voltage,
    /// 1: the output current, in milliamperes.
    Current,
    /// 2: the voltage to hold, in millivolts.
    SetVoltage,
    /// 3: the current not to exceed, in milliamperes.
    SetCurrent,
    /// 4: the output; 0 is on, 1 is off.
    Off,
    /// 8: status bits. The maker changed their meaning between versions: they are carried, not read.
    Status,
    /// 95: the range to take; 1 is the high one, 2 the low one.
    SetRange,
    /// 96: the range in use.
    Range,
    /// 104: the current it could give, in milliamperes.
    CurrentCapability,
}

impl Register {
    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Voltage => 0,
            Self::Current => 1,
            Self::SetVoltage => 2,
            Self::SetCurrent => 3,
            Self::Off => 4,
            Self::Status => 8,
            Self::SetRange => 95,
            Self::Range => 96,
            Self::CurrentCapability => 104,
        }
    }

    /// The register of a number.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Voltage,
            1 => Self::Current,
            2 => Self::SetVoltage,
            3 => Self::SetCurrent,
            4 => Self::Off,
            8 => Self::Status,
            95 => Self::SetRange,
            96 => Self::Range,
            104 => Self::CurrentCapability,
            _ => return None,
        })
    }
}

/// Which half of the output voltage.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Range {
    /// Up to the highest voltage.
    High,
    /// Up to [`LOW_RANGE_VOLTS`], with twice the current.
    Low,
}

impl Range {
    /// The value of [`Register::SetRange`].
    #[must_use]
    pub const fn value(self) -> u32 {
        match self {
            Self::High => 1,
            Self::Low => 2,
        }
    }
}

/// What a monitor tells a module.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Command {
    /// Type 2.
    Read(Register),
    /// Type 0.
    Set(Register, u32),
}

/// What a module answers: the value it holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reply {
    /// Which value.
    pub register: Register,
    /// What it is; for what was set, what it was set to.
    pub value: u32,
}

const SET: u8 = 0;
const ACKNOWLEDGE: u8 = 1;
const READ: u8 = 2;
const RESPONSE: u8 = 3;

impl Command {
    const fn register(self) -> Register {
        match self {
            Self::Read(register) | Self::Set(register, _) => register,
        }
    }

    /// The frame that tells `module`.
    #[must_use]
    pub fn encode(self, module: u8) -> CanFrame {
        match self {
            Self::Read(register) => frame(module, READ, register, 0),
            Self::Set(register, value) => frame(module, SET, register, value),
        }
    }

    /// Which module a frame is for and what it says; `None` when it is no command, or of an unknown register.
    #[must_use]
    pub fn decode(frame: &CanFrame) -> Option<(u8, Self)> {
        let (module, kind, register, value) = parts(frame)?;
        let register = Register::from_number(register)?;
        match kind {
            READ => Some((module, Self::Read(register))),
            SET => Some((module, Self::Set(register, value?))),
            _ => None,
        }
    }

    /// The frame with which `module` answers to this command.
    #[must_use]
    pub fn answer(self, module: u8, value: u32) -> CanFrame {
        match self {
            Self::Read(register) => frame(module, RESPONSE, register, value),
            Self::Set(register, _) => frame(module, ACKNOWLEDGE, register, value),
        }
    }

    /// What `module` answers to this command; `None` when the frame is something else. When all modules were told, any may
    /// answer.
    ///
    /// # Errors
    /// The answer is none.
    pub fn reply(self, module: u8, frame: &CanFrame) -> Option<Result<Reply, BadReply>> {
        let (from, kind, number, value) = parts(frame)?;
        let expected = match self {
            Self::Read(_) => RESPONSE,
            Self::Set(..) => ACKNOWLEDGE,
        };
        let register = self.register();
        let ours = (module == 0 || from == module) && kind == expected && number == register.number();
        ours.then(|| match value {
            Some(value) => Ok(Reply { register, value }),
            None => Err(BadReply::Malformed(frame.data().len() as u8)),
        })
    }
}

/// Module, type, register and value; `None` when it is not of this protocol and monitor.
fn parts(frame: &CanFrame) -> Option<(u8, u8, u8, Option<u32>)> {
    let (id, data) = (frame.id(), frame.data());
    if id >> 25 & 0x0f != PROTOCOL || id >> 21 & 0x0f != MONITOR {
        return None;
    }
    let &[kind, register, ..] = data else { return None };
    Some(((id >> 14 & 0x7f) as u8, kind & 0x0f, register & 0x7f, word_at(data, 4)))
}

fn frame(module: u8, kind: u8, register: Register, value: u32) -> CanFrame {
    let id = PROTOCOL << 25 | MONITOR << 21 | u32::from(module & 0x7f) << 14;
    let head = u32::from(kind) << 24 | u32::from(register.number()) << 16;
    CanFrame::full(id, two_words(head, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commands_and_answers_have_known_bytes() {
        let set = Command::Set(Register::SetVoltage, 400_000).encode(1);
        assert_eq!((set.id(), set.data()), (0x0220_4000, &[0, 2, 0, 0, 0, 0x06, 0x1a, 0x80][..]));
        let off = Command::Set(Register::Off, 1).encode(0);
        assert_eq!((off.id(), off.data()), (0x0220_0000, &[0, 4, 0, 0, 0, 0, 0, 1][..]));
        let read = Command::Read(Register::Voltage);
        assert_eq!(read.encode(1).data(), [2, 0, 0, 0, 0, 0, 0, 0]);
        let answer = CanFrame::new(0x0220_4a17, &[3, 0, 0, 0, 0, 0x06, 0x1a, 0x80]).expect("a frame");
        assert_eq!(read.reply(1, &answer), Some(Ok(Reply { register: Register::Voltage, value: 400_000 })));
        assert_eq!(read.reply(2, &answer), None, "another module");
        assert!(read.reply(0, &answer).is_some(), "any");
        let short = CanFrame::new(0x0220_4000, &[3, 0, 0]).expect("a frame");
        assert_eq!(read.reply(1, &short), Some(Err(BadReply::Malformed(3))));
    }

    proptest! {
        #[test]
        fn any_frame_is_read_or_left(id in 0..=CanFrame::MAX_ID, data in prop::collection::vec(any::<u8>(), 0..=8)) {
            let frame = CanFrame::new(id, &data).expect("a frame");
            if let Some((module, command)) = Command::decode(&frame) {
                prop_assert!(module <= MAX_MODULE);
                prop_assert_eq!(Command::decode(&command.encode(module)), Some((module, command)));
            }
            let _ = Command::Read(Register::Voltage).reply(0, &frame);
        }

        #[test]
        fn what_is_set_survives_the_wire(module in 0..=MAX_MODULE, value: u32) {
            let set = Command::Set(Register::SetCurrent, value);
            prop_assert_eq!(Command::decode(&set.encode(module)), Some((module, set)));
            let reply = set.reply(module, &set.answer(module, value));
            prop_assert_eq!(reply, Some(Ok(Reply { register: Register::SetCurrent, value })));
        }
    }
}
