//! The registers of the insulation monitor Bender isoCHA425HV.
//!
//! A measurement is four holding registers:
//!
//! ```text
//!   float, high word │ low word │ test 15:14  alarm 10:8 │ valid 7:6  unit 4:0 │ channel
//! ```

use std::fmt;

use crate::modbus::{f32_from_words, f32_to_words};

/// Resistance of both lines to earth, in ohms.
pub const RESISTANCE: u16 = 1000;
/// Voltage between the lines, in volts.
pub const VOLTAGE: u16 = 1008;
/// Plus against earth, in volts.
pub const VOLTAGE_PLUS: u16 = 1016;
/// Minus against earth, in volts.
pub const VOLTAGE_MINUS: u16 = 1020;
/// Resistance to earth, the quicker and coarser method, in ohms.
pub const RESISTANCE_QUICK: u16 = 1028;
/// Setting: warning below so many kiloohms.
pub const WARNING_KOHM: u16 = 3005;
/// Setting: alarm below so many kiloohms.
pub const ALARM_KOHM: u16 = 3007;
/// Setting: [`QUICK_CABLE_CHECK`] makes a measurement fast enough for a cable check.
pub const CABLE_CHECK: u16 = 3021;
/// The value of [`CABLE_CHECK`] for firmware that knows it.
pub const QUICK_CABLE_CHECK: u16 = 3;
/// Setting: 1 tests itself when it is switched on.
pub const TEST_AT_START: u16 = 3025;
/// Setting: 1 measures, 0 does not.
pub const ENABLE: u16 = 3026;
/// Command: [`START_TEST`] makes it test itself.
pub const TEST: u16 = 8005;
/// `TE`.
pub const START_TEST: u16 = 0x5445;
/// Name, ten registers of two characters.
pub const NAME: u16 = 9800;
/// Firmware: identity, version, year, month, day, version of the Modbus driver.
pub const FIRMWARE: u16 = 9820;
/// Firmware above this version knows [`QUICK_CABLE_CHECK`].
pub const QUICK_ABOVE: u16 = 500;

/// What a measurement warns of.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Alarm {
    /// 0: nothing.
    #[default]
    None,
    /// 1: the resistance is below the first threshold.
    PreWarning,
    /// 2: the monitor itself is broken.
    DeviceError,
    /// 4: a warning.
    Warning,
    /// 5: an alarm.
    Alarm,
    /// Any other.
    Reserved(u8),
}

/// Whether the monitor tests itself.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Test {
    /// It measures.
    #[default]
    None,
    /// A test it began by itself.
    Internal,
    /// A test it was told to begin.
    External,
}

/// How good a value is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Validity {
    /// It is the value.
    #[default]
    True,
    /// The value is smaller.
    Smaller,
    /// The value is larger.
    Larger,
    /// There is none.
    Invalid,
}

/// What a value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unit {
    /// 2.
    Ohm,
    /// 4.
    Volt,
    /// Any other.
    Other(u8),
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ohm => f.write_str("Ohm"),
            Self::Volt => f.write_str("Volt"),
            Self::Other(number) => write!(f, "unit {number}"),
        }
    }
}

/// What channel 71 is: the resistance to earth.
pub const CHANNEL_RESISTANCE: u16 = 71;
/// What channel 76 is: a voltage.
pub const CHANNEL_VOLTAGE: u16 = 76;

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement {
    /// In the unit.
    pub value: f32,
    /// What it warns of.
    pub alarm: Alarm,
    /// Whether a test is under way.
    pub test: Test,
    /// How good the value is.
    pub validity: Validity,
    /// What it is.
    pub unit: Unit,
    /// What it describes.
    pub channel: u16,
}

impl Measurement {
    /// How many registers it takes.
    pub const REGISTERS: u16 = 4;

    /// Its four registers.
    #[must_use]
    pub fn encode(self) -> [u16; 4] {
        let [high, low] = f32_to_words(self.value);
        let alarm = match self.alarm {
            Alarm::None => 0,
            Alarm::PreWarning => 1,
            Alarm::DeviceError => 2,
            Alarm::Warning => 4,
            Alarm::Alarm => 5,
            Alarm::Reserved(bits) => bits & 0x07,
        };
        let test = match self.test {
            Test::None => 0,
            Test::Internal => 1,
            Test::External => 2,
        };
        let valid = match self.validity {
            Validity::True => 0,
            Validity::Smaller => 1,
            Validity::Larger => 2,
            Validity::Invalid => 3,
        };
        let unit = match self.unit {
            Unit::Ohm => 2,
            Unit::Volt => 4,
            Unit::Other(bits) => bits & 0x1f,
        };
        let state = u16::from(test << 6 | alarm) << 8 | u16::from(valid << 6 | unit);
        [high, low, state, self.channel]
    }

    /// Reads its four registers.
    #[must_use]
    pub fn decode([high, low, state, channel]: [u16; 4]) -> Self {
        let [upper, lower] = state.to_be_bytes();
        Self {
            value: f32_from_words([high, low]),
            alarm: match upper & 0x07 {
                0 => Alarm::None,
                1 => Alarm::PreWarning,
                2 => Alarm::DeviceError,
                4 => Alarm::Warning,
                5 => Alarm::Alarm,
                bits => Alarm::Reserved(bits),
            },
            test: match upper >> 6 {
                1 => Test::Internal,
                2 => Test::External,
                _ => Test::None,
            },
            validity: match lower >> 6 {
                0 => Validity::True,
                1 => Validity::Smaller,
                2 => Validity::Larger,
                _ => Validity::Invalid,
            },
            unit: match lower & 0x1f {
                2 => Unit::Ohm,
                4 => Unit::Volt,
                bits => Unit::Other(bits),
            },
            channel,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_measurement_is_a_float_a_state_and_a_channel() {
        let fault = Measurement {
            value: 100_000.0,
            alarm: Alarm::Alarm,
            test: Test::None,
            validity: Validity::True,
            unit: Unit::Ohm,
            channel: CHANNEL_RESISTANCE,
        };
        assert_eq!(fault.encode(), [0x47c3, 0x5000, 0x0502, 71]);
        let testing = Measurement::decode([0x43fa, 0, 0x80c4, 76]);
        assert_eq!((testing.value, testing.test, testing.validity), (500.0, Test::External, Validity::Invalid));
        assert_eq!((testing.alarm, testing.unit, testing.channel), (Alarm::None, Unit::Volt, 76));
    }

    proptest! {
        #[test]
        fn any_registers_are_a_measurement(high: u16, low: u16, state: u16, channel: u16) {
            let [h, l, s, c] = Measurement::decode([high, low, state, channel]).encode();
            prop_assert_eq!([h, l, c], [high, low, channel]);
            prop_assert_eq!(s & 0x07df, state & 0x07df);
        }
    }
}
