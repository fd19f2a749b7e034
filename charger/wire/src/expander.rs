//! Sixteen-bit I2C expanders with the register map of the PCA9535 and PCA9555, and how a lock motor hangs on one.
//!
//! The master writes a register number and, behind it, values; or it writes the number alone and reads. Registers come in
//! pairs, port 0 and port 1; a second byte of one transfer goes to the other register of the pair, a third to the first again.

/// A register of the expander.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Register {
    /// Levels at the pins of port 0, whether input or output.
    Input0 = 0,
    /// Levels at the pins of port 1.
    Input1 = 1,
    /// What the outputs of port 0 drive.
    Output0 = 2,
    /// What the outputs of port 1 drive.
    Output1 = 3,
    /// Which bits of [`Register::Input0`] read inverted.
    Polarity0 = 4,
    /// Which bits of [`Register::Input1`] read inverted.
    Polarity1 = 5,
    /// Which pins of port 0 are inputs (1) and which are outputs (0).
    Config0 = 6,
    /// Which pins of port 1 are inputs (1) and which are outputs (0).
    Config1 = 7,
}

impl Register {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Input0,
        Self::Input1,
        Self::Output0,
        Self::Output1,
        Self::Polarity0,
        Self::Polarity1,
        Self::Config0,
        Self::Config1,
    ];

    /// The register of a number; the chip has eight.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Its number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The other register of its pair, which the next byte of the same transfer is for.
    #[must_use]
    pub fn partner(self) -> Self {
        Self::ALL[usize::from(self.number() ^ 1)]
    }

    /// What it holds after power-up: every pin an input, every output high.
    #[must_use]
    pub const fn at_power_up(self) -> u8 {
        match self {
            Self::Input0 | Self::Input1 | Self::Polarity0 | Self::Polarity1 => 0,
            Self::Output0 | Self::Output1 | Self::Config0 | Self::Config1 => 0xff,
        }
    }
}

/// What the master wrote, as the chip takes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Written {
    /// The register a read that follows begins with.
    pub pointer: Register,
    /// Values for registers, in order.
    pub values: Vec<(Register, u8)>,
}

/// The bytes that put a value into a register.
#[must_use]
pub const fn write(register: Register, value: u8) -> [u8; 2] {
    [register.number(), value]
}

/// The bytes after which a read answers with this register.
#[must_use]
pub const fn select(register: Register) -> [u8; 1] {
    [register.number()]
}

/// What the master wrote; `None` for an empty transfer and for a register the chip does not have.
#[must_use]
pub fn read_written(bytes: &[u8]) -> Option<Written> {
    let (number, values) = bytes.split_first()?;
    let pointer = Register::from_number(*number)?;
    let targets = [pointer, pointer.partner()].into_iter().cycle();
    Some(Written { pointer, values: targets.zip(values.iter().copied()).collect() })
}

/// The bits of port 0 that move the bolt, as the Tux-EVSE power board wires them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LockBits {
    /// Both directions off; the driver stays awake.
    pub idle: u8,
    /// The motor runs towards locked.
    pub lock: u8,
    /// The motor runs towards unlocked.
    pub unlock: u8,
    /// Pins of the port that are inputs.
    pub inputs: u8,
}

impl LockBits {
    /// The Tux-EVSE power board: `04`, `24`, `14` in register 2, `83` in register 6.
    pub const TUX_EVSE: Self = Self { idle: 0x04, lock: 0x24, unlock: 0x14, inputs: 0x83 };

    /// What to write before the first movement. The output comes first, so that no pin drives anything when it becomes one.
    #[must_use]
    pub const fn init(&self) -> [[u8; 2]; 2] {
        [write(Register::Output0, self.idle), write(Register::Config0, self.inputs)]
    }

    /// What to write for a movement, a pulse's length apart: off, on, off.
    #[must_use]
    pub const fn sequence(&self, locked: bool) -> [[u8; 2]; 3] {
        let run = if locked { self.lock } else { self.unlock };
        [write(Register::Output0, self.idle), write(Register::Output0, run), write(Register::Output0, self.idle)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_lock_of_the_board_moves_as_its_own_software_moves_it() {
        let bits = LockBits::TUX_EVSE;
        assert_eq!(bits.init(), [[0x02, 0x04], [0x06, 0x83]]);
        assert_eq!(bits.sequence(true), [[0x02, 0x04], [0x02, 0x24], [0x02, 0x04]]);
        assert_eq!(bits.sequence(false), [[0x02, 0x04], [0x02, 0x14], [0x02, 0x04]]);
    }

    #[test]
    fn bytes_of_one_transfer_go_round_the_pair() {
        let written = read_written(&[0x06, 0x83, 0xff, 0x80]).expect("a register");
        assert_eq!(written.pointer, Register::Config0);
        let values = [(Register::Config0, 0x83), (Register::Config1, 0xff), (Register::Config0, 0x80)];
        assert_eq!(written.values, values);
        assert_eq!(read_written(&select(Register::Input0)).map(|written| written.values.len()), Some(0));
        assert_eq!(read_written(&[]), None);
        assert_eq!(read_written(&[0x08, 0x01]), None);
    }

    proptest! {
        #[test]
        fn any_transfer_is_taken_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Some(written) = read_written(&bytes) {
                prop_assert_eq!(written.values.len(), bytes.len() - 1);
                prop_assert_eq!(written.pointer.number(), bytes[0]);
            }
        }

        #[test]
        fn what_is_written_is_read(number in 0u8..8, value: u8) {
            let register = Register::from_number(number).expect("there are eight");
            let written = read_written(&write(register, value)).expect("a register");
            prop_assert_eq!(written.values, vec![(register, value)]);
        }
    }
}
