//! The status register of standard mode: `STGE`, eight hexadecimal digits.

use std::str::FromStr;

/// What the meter's own breaker does, bits 1 to 3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BreakerState {
    /// The house has power.
    Closed,
    /// Opened: the house drew more than its contract allows.
    OpenOverPower,
    /// Opened: the voltage was too high.
    OpenOverVoltage,
    /// Opened to shed load.
    OpenLoadShedding,
    /// Opened by a command of the grid operator.
    OpenByCommand,
    /// Opened: too hot, with more current than it may switch.
    OpenOverheatHighCurrent,
    /// Opened: too hot, with less current than it may switch.
    OpenOverheatLowCurrent,
    /// A value the standard does not use.
    Unknown,
}

/// The wired remote port, bits 19 and 20.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EuridisState {
    /// Off.
    Off,
    /// On, without security.
    Open,
    /// On, with security.
    Secured,
    /// A value the standard does not use.
    Unknown,
}

/// The meter's own power-line link, bits 21 and 22.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PlcState {
    /// New, unlocked.
    NewUnlocked,
    /// New, locked to a concentrator.
    NewLocked,
    /// Registered.
    Registered,
    /// A value the standard does not use.
    Unknown,
}

/// The colour of a day in the Tempo contract.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TempoColour {
    /// Nothing announced, or another contract.
    None,
    /// Cheap.
    Blue,
    /// In between.
    White,
    /// Dear.
    Red,
}

impl TempoColour {
    const fn from_bits(bits: u32) -> Self {
        match bits & 0b11 {
            1 => Self::Blue,
            2 => Self::White,
            3 => Self::Red,
            _ => Self::None,
        }
    }
}

/// The status register.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StatusRegister(pub u32);

/// A value of `STGE` that is not eight hexadecimal digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no status register: expected eight hexadecimal digits")]
pub struct NoStatus;

impl FromStr for StatusRegister {
    type Err = NoStatus;

    fn from_str(text: &str) -> Result<Self, NoStatus> {
        if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoStatus);
        }
        u32::from_str_radix(text, 16).map(Self).map_err(|_| NoStatus)
    }
}

impl StatusRegister {
    const fn field(self, lowest: u32, width: u32) -> u32 {
        (self.0 >> lowest) & ((1 << width) - 1)
    }

    const fn bit(self, at: u32) -> bool {
        self.field(at, 1) == 1
    }

    /// Bit 0: the dry contact is open; a supplier may switch a load, such as a charger, with it.
    #[must_use]
    pub const fn contact_open(self) -> bool {
        self.bit(0)
    }

    /// Bits 1 to 3: the breaker. Three bits, a number from 0 to 6, not three flags.
    #[must_use]
    pub const fn breaker(self) -> BreakerState {
        match self.field(1, 3) {
            0 => BreakerState::Closed,
            1 => BreakerState::OpenOverPower,
            2 => BreakerState::OpenOverVoltage,
            3 => BreakerState::OpenLoadShedding,
            4 => BreakerState::OpenByCommand,
            5 => BreakerState::OpenOverheatHighCurrent,
            6 => BreakerState::OpenOverheatLowCurrent,
            _ => BreakerState::Unknown,
        }
    }

    /// Bit 4: the terminal cover is open.
    #[must_use]
    pub const fn cover_open(self) -> bool {
        self.bit(4)
    }

    /// Bit 6: a line has too much voltage.
    #[must_use]
    pub const fn over_voltage(self) -> bool {
        self.bit(6)
    }

    /// Bit 7: the house draws more than its reference power.
    #[must_use]
    pub const fn over_power(self) -> bool {
        self.bit(7)
    }

    /// Bit 8: the contract lets the house feed in.
    #[must_use]
    pub const fn producer(self) -> bool {
        self.bit(8)
    }

    /// Bit 9: active power flows out of the house.
    #[must_use]
    pub const fn feeding_in(self) -> bool {
        self.bit(9)
    }

    /// Bits 10 to 13: the supplier's index that counts, from 1.
    #[must_use]
    pub const fn supplier_index(self) -> u8 {
        self.field(10, 4) as u8 + 1
    }

    /// Bits 14 and 15: the distributor's index that counts, from 1.
    #[must_use]
    pub const fn distributor_index(self) -> u8 {
        self.field(14, 2) as u8 + 1
    }

    /// Bit 16: the clock may be wrong.
    #[must_use]
    pub const fn clock_degraded(self) -> bool {
        self.bit(16)
    }

    /// Bit 17: the output speaks standard mode.
    #[must_use]
    pub const fn standard_mode(self) -> bool {
        self.bit(17)
    }

    /// Bits 19 and 20.
    #[must_use]
    pub const fn euridis(self) -> EuridisState {
        match self.field(19, 2) {
            0 => EuridisState::Off,
            1 => EuridisState::Open,
            3 => EuridisState::Secured,
            _ => EuridisState::Unknown,
        }
    }

    /// Bits 21 and 22.
    #[must_use]
    pub const fn plc(self) -> PlcState {
        match self.field(21, 2) {
            0 => PlcState::NewUnlocked,
            1 => PlcState::NewLocked,
            2 => PlcState::Registered,
            _ => PlcState::Unknown,
        }
    }

    /// Bit 23: the power-line link is synchronised.
    #[must_use]
    pub const fn plc_synchronised(self) -> bool {
        self.bit(23)
    }

    /// Bits 24 and 25: the colour of today.
    #[must_use]
    pub const fn today(self) -> TempoColour {
        TempoColour::from_bits(self.field(24, 2))
    }

    /// Bits 26 and 27: the colour of tomorrow.
    #[must_use]
    pub const fn tomorrow(self) -> TempoColour {
        TempoColour::from_bits(self.field(26, 2))
    }

    /// Bits 28 and 29: a mobile peak is announced, 1 to 3.
    #[must_use]
    pub const fn peak_notice(self) -> Option<u8> {
        match self.field(28, 2) {
            0 => None,
            number => Some(number as u8),
        }
    }

    /// Bits 30 and 31: a mobile peak is on, 1 to 3.
    #[must_use]
    pub const fn peak(self) -> Option<u8> {
        match self.field(30, 2) {
            0 => None,
            number => Some(number as u8),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_at_rest_reads_as_such() {
        let status: StatusRegister = "003A4001".parse().expect("a register");
        assert!(status.contact_open() && status.standard_mode());
        assert_eq!(
            (status.breaker(), status.supplier_index(), status.distributor_index()),
            (BreakerState::Closed, 1, 2)
        );
        assert_eq!((status.euridis(), status.plc()), (EuridisState::Secured, PlcState::NewLocked));
        assert!(!status.over_power() && !status.over_voltage() && !status.feeding_in());
    }

    #[test]
    fn the_breaker_is_a_number_of_three_bits() {
        let states = [0, 1, 2, 3, 4, 5, 6, 7].map(|value: u32| StatusRegister(value << 1).breaker());
        assert_eq!(
            states,
            [
                BreakerState::Closed,
                BreakerState::OpenOverPower,
                BreakerState::OpenOverVoltage,
                BreakerState::OpenLoadShedding,
                BreakerState::OpenByCommand,
                BreakerState::OpenOverheatHighCurrent,
                BreakerState::OpenOverheatLowCurrent,
                BreakerState::Unknown,
            ]
        );
        // Neighbours do not leak in: contact, cover, over-power.
        assert_eq!(StatusRegister(0xffff_fff1).breaker(), BreakerState::Closed);
    }

    #[test]
    fn every_field_has_its_place() {
        assert_eq!(StatusRegister(9 << 10).supplier_index(), 10);
        assert_eq!(
            (StatusRegister(2 << 24).today(), StatusRegister(3 << 26).tomorrow()),
            (TempoColour::White, TempoColour::Red)
        );
        assert_eq!((StatusRegister(1 << 28).peak_notice(), StatusRegister(3 << 30).peak()), (Some(1), Some(3)));
        assert!(StatusRegister(1 << 7).over_power() && StatusRegister(1 << 9).feeding_in());
        for text in ["", "3A4001", "003A40010", "+03A4001", "003A400G"] {
            assert_eq!(text.parse::<StatusRegister>(), Err(NoStatus), "{text}");
        }
    }
}
