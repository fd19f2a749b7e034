//! InfyPower V1.13.
//!
//! ```text
//!   identifier  28   26 25   22 21   16 15       8 7       0
//!               │error │ device │command │ to      │ from    │
//! ```
//!
//! Device 0Ah is one module, 0Bh a group; the controller is F0h. A module answers with the same command, to and from
//! exchanged. It stops after ten seconds without a word from the controller.

use super::{BadReply, two_words, word_at};
use crate::CanFrame;

/// The controller's address.
pub const CONTROLLER: u8 = 0xf0;
/// The highest address of a module.
pub const MAX_MODULE: u8 = 0x3e;
/// A module that hears nothing for this long switches itself off, in milliseconds.
pub const SILENCE_MS: u64 = 10_000;

const ONE_MODULE: u32 = 0x0a;
const COUNT: u8 = 0x02;
const OUTPUT: u8 = 0x03;
const STATUS: u8 = 0x04;
const CAPABILITIES: u8 = 0x0a;
const BARCODE: u8 = 0x0b;
const AFTER_DIODE: u8 = 0x0c;
const SWITCH: u8 = 0x1a;
const SET: u8 = 0x1c;

/// What a controller tells a module.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Command {
    /// 02: how many modules there are.
    ReadCount,
    /// 03: voltage and current at the output.
    ReadOutput,
    /// 04: its status.
    ReadStatus,
    /// 0A: what it can do.
    ReadCapabilities,
    /// 0B: its bar code.
    ReadBarcode,
    /// 0C: the voltage behind its output diode, and the current it could give.
    ReadAfterDiode,
    /// 1A: its output on or off.
    Switch {
        /// On.
        on: bool,
    },
    /// 1C: what its output is to hold.
    Set {
        /// In millivolts.
        millivolts: u32,
        /// Not more than this, in milliamperes.
        milliamps: u32,
    },
}

/// What a module answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reply {
    /// How many modules there are.
    Count(u8),
    /// What it measures at its output.
    Output {
        /// In volts.
        volts: f32,
        /// In amperes.
        amps: f32,
    },
    /// Its status.
    Status(Status),
    /// What it can do.
    Capabilities {
        /// The highest voltage, in volts.
        max_volts: u16,
        /// The lowest voltage, in volts.
        min_volts: u16,
        /// The highest current, in tenths of an ampere.
        max_deciamps: u16,
        /// The rated power, in tens of watts.
        power_10w: u16,
    },
    /// Its bar code, as packed by the maker.
    Barcode([u8; 8]),
    /// Behind the output diode.
    AfterDiode {
        /// In tenths of a volt.
        decivolts: u16,
        /// The current it could give, in tenths of an ampere.
        deciamps: u16,
    },
    /// It was switched.
    Switched,
    /// It was set.
    Set,
}

/// Status bits: bytes 7, 6 and 5 of the frame, the lowest first.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Status(pub u32);

impl Status {
    /// The output is shorted.
    pub const SHORT: u32 = 1 << 0;
    /// The output is off.
    pub const OFF: u32 = 1 << 8;
    /// It is broken.
    pub const FAULT: u32 = 1 << 9;
    /// It protects itself.
    pub const PROTECTION: u32 = 1 << 10;
    /// The fan does not turn.
    pub const FAN: u32 = 1 << 11;
    /// It is too hot.
    pub const OVER_TEMPERATURE: u32 = 1 << 12;
    /// The output voltage is too high.
    pub const OVER_VOLTAGE: u32 = 1 << 13;
    /// It heard nobody for too long.
    pub const SILENCE: u32 = 1 << 15;
    /// A phase of the supply is missing.
    pub const PHASE_LOST: u32 = 1 << 19;
    /// The supply's voltage is too low.
    pub const INPUT_LOW: u32 = 1 << 21;
    /// The supply's voltage is too high.
    pub const INPUT_HIGH: u32 = 1 << 22;

    /// Whether a bit is set.
    #[must_use]
    pub const fn has(self, bit: u32) -> bool {
        self.0 & bit != 0
    }
}

impl Command {
    const fn code(self) -> u8 {
        match self {
            Self::ReadCount => COUNT,
            Self::ReadOutput => OUTPUT,
            Self::ReadStatus => STATUS,
            Self::ReadCapabilities => CAPABILITIES,
            Self::ReadBarcode => BARCODE,
            Self::ReadAfterDiode => AFTER_DIODE,
            Self::Switch { .. } => SWITCH,
            Self::Set { .. } => SET,
        }
    }

    /// The frame that tells `module`.
    #[must_use]
    pub fn encode(self, module: u8) -> CanFrame {
        let data = match self {
            Self::Switch { on } => two_words(if on { 0 } else { 0x0100_0000 }, 0),
            Self::Set { millivolts, milliamps } => two_words(millivolts, milliamps),
            _ => [0; 8],
        };
        frame(0, self.code(), module, CONTROLLER, data)
    }

    /// Which module a frame is for and what it says; `None` when it is no command of a controller to one module.
    #[must_use]
    pub fn decode(frame: &CanFrame) -> Option<(u8, Self)> {
        let header = Header::of(frame.id());
        if header.device != ONE_MODULE || header.from != CONTROLLER || header.error != 0 {
            return None;
        }
        let data = frame.data();
        let command = match header.command {
            COUNT => Self::ReadCount,
            OUTPUT => Self::ReadOutput,
            STATUS => Self::ReadStatus,
            CAPABILITIES => Self::ReadCapabilities,
            BARCODE => Self::ReadBarcode,
            AFTER_DIODE => Self::ReadAfterDiode,
            SWITCH => Self::Switch { on: *data.first()? == 0 },
            SET => Self::Set { millivolts: word_at(data, 0)?, milliamps: word_at(data, 4)? },
            _ => return None,
        };
        Some((header.to, command))
    }

    /// The refusal of this command by `module`: a code from 1 to 7, and no data.
    #[must_use]
    pub fn refuse(self, module: u8, error: u8) -> CanFrame {
        frame(error, self.code(), CONTROLLER, module, [0; 8])
    }

    /// What `module` answers to this command; `None` when the frame is something else.
    ///
    /// # Errors
    /// It refuses, or the answer is none.
    pub fn reply(self, module: u8, frame: &CanFrame) -> Option<Result<Reply, BadReply>> {
        let header = Header::of(frame.id());
        let ours = header.to == CONTROLLER && header.from == module && header.command == self.code();
        if !ours || header.device != ONE_MODULE {
            return None;
        }
        if header.error != 0 {
            return Some(Err(BadReply::Refused(header.error)));
        }
        Some(Reply::decode(header.command, frame.data()).ok_or(BadReply::Malformed(frame.data().len() as u8)))
    }
}

impl Reply {
    /// The frame with which `module` answers.
    #[must_use]
    pub fn encode(self, module: u8) -> CanFrame {
        let pair = |first: u16, second: u16| (u32::from(first) << 16) | u32::from(second);
        let (command, data) = match self {
            Self::Count(count) => (COUNT, two_words(u32::from(count) << 8, 0)),
            Self::Output { volts, amps } => (OUTPUT, two_words(volts.to_bits(), amps.to_bits())),
            Self::Status(Status(bits)) => (STATUS, two_words(0, bits & 0x00ff_ffff)),
            Self::Capabilities { max_volts, min_volts, max_deciamps, power_10w } => {
                (CAPABILITIES, two_words(pair(max_volts, min_volts), pair(max_deciamps, power_10w)))
            }
            Self::Barcode(bytes) => (BARCODE, bytes),
            Self::AfterDiode { decivolts, deciamps } => (AFTER_DIODE, two_words(pair(decivolts, deciamps), 0)),
            Self::Switched => (SWITCH, [0; 8]),
            Self::Set => (SET, [0; 8]),
        };
        frame(0, command, CONTROLLER, module, data)
    }

    fn decode(command: u8, data: &[u8]) -> Option<Self> {
        let (first, second) = (word_at(data, 0)?, word_at(data, 4)?);
        Some(match command {
            COUNT => Self::Count((first >> 8) as u8),
            OUTPUT => Self::Output { volts: f32::from_bits(first), amps: f32::from_bits(second) },
            STATUS => Self::Status(Status(second & 0x00ff_ffff)),
            CAPABILITIES => Self::Capabilities {
                max_volts: (first >> 16) as u16,
                min_volts: first as u16,
                max_deciamps: (second >> 16) as u16,
                power_10w: second as u16,
            },
            BARCODE => Self::Barcode(*data.first_chunk()?),
            AFTER_DIODE => Self::AfterDiode { decivolts: (first >> 16) as u16, deciamps: first as u16 },
            SWITCH => Self::Switched,
            SET => Self::Set,
            _ => return None,
        })
    }
}

/// The parts of an identifier.
struct Header {
    error: u8,
    device: u32,
    command: u8,
    to: u8,
    from: u8,
}

impl Header {
    const fn of(id: u32) -> Self {
        Self {
            error: (id >> 26 & 0x07) as u8,
            device: id >> 22 & 0x0f,
            command: (id >> 16 & 0x3f) as u8,
            to: (id >> 8) as u8,
            from: id as u8,
        }
    }
}

fn frame(error: u8, command: u8, to: u8, from: u8, data: [u8; 8]) -> CanFrame {
    let id = u32::from(error & 0x07) << 26
        | ONE_MODULE << 22
        | u32::from(command & 0x3f) << 16
        | u32::from(to) << 8
        | u32::from(from);
    CanFrame::full(id, data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commands_are_the_frames_of_the_manual() {
        let read = Command::ReadOutput.encode(0);
        assert_eq!((read.id(), read.data()), (0x0283_00f0, &[0; 8][..]));
        let set = Command::Set { millivolts: 400_000, milliamps: 100_000 }.encode(0);
        assert_eq!((set.id(), set.data()), (0x029c_00f0, &[0, 0x06, 0x1a, 0x80, 0, 0x01, 0x86, 0xa0][..]));
        let on = Command::Switch { on: true }.encode(2);
        assert_eq!((on.id(), on.data()), (0x029a_02f0, &[0; 8][..]));
        assert_eq!(Command::Switch { on: false }.encode(2).data(), [1, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn replies_are_the_frames_seen_on_a_bus() {
        let reply = |command: Command, id, data: [u8; 8]| {
            command.reply(0, &CanFrame::new(id, &data).expect("a frame")).expect("for us")
        };
        assert_eq!(
            reply(Command::ReadOutput, 0x0283_f000, [0x44, 0x7a, 0, 0, 0x42, 0xc8, 0, 0]),
            Ok(Reply::Output { volts: 1000.0, amps: 100.0 })
        );
        assert_eq!(
            reply(Command::ReadCapabilities, 0x028a_f000, [0x01, 0xf4, 0, 0xc8, 0x03, 0xe8, 0x03, 0xe8]),
            Ok(Reply::Capabilities { max_volts: 500, min_volts: 200, max_deciamps: 1000, power_10w: 1000 })
        );
        assert_eq!(
            reply(Command::ReadStatus, 0x0284_f000, [0, 0, 0, 2, 0x1b, 0x08, 0x11, 0x01]),
            Ok(Reply::Status(Status(Status::PHASE_LOST | Status::OVER_TEMPERATURE | Status::OFF | Status::SHORT)))
        );
        assert_eq!(reply(Command::ReadCount, 0x0282_f000, [0, 0, 1, 0, 0, 0, 0, 0]), Ok(Reply::Count(1)));
    }

    #[test]
    fn a_refusal_and_a_short_answer_are_told_apart_from_others() {
        let set = Command::Set { millivolts: 0, milliamps: 0 };
        assert_eq!(set.reply(0, &set.refuse(0, 2)), Some(Err(BadReply::Refused(2))));
        assert_eq!(set.reply(1, &set.refuse(0, 2)), None, "another module");
        let short = CanFrame::new(0x0283_f000, &[0x44, 0x7a]).expect("a frame");
        assert_eq!(Command::ReadOutput.reply(0, &short), Some(Err(BadReply::Malformed(2))));
        assert_eq!(Command::ReadStatus.reply(0, &short), None, "another command");
    }

    proptest! {
        #[test]
        fn any_frame_is_read_or_left(id in 0..=CanFrame::MAX_ID, data in prop::collection::vec(any::<u8>(), 0..=8)) {
            let frame = CanFrame::new(id, &data).expect("a frame");
            if let Some((module, command)) = Command::decode(&frame) {
                prop_assert_eq!(command.encode(module).id(), id);
            }
            let _ = Command::ReadOutput.reply(0, &frame);
        }

        #[test]
        fn what_is_measured_survives_the_wire(module in 0..=MAX_MODULE, volts in -1e6f32..1e6, amps in -1e6f32..1e6) {
            let reply = Reply::Output { volts, amps };
            prop_assert_eq!(Command::ReadOutput.reply(module, &reply.encode(module)), Some(Ok(reply)));
        }
    }
}
