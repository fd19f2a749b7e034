//! The insulation monitor Bender isoCHA425HV: the registers of [`wire::isocha425`] in front of a [`DcCircuit`].
//!
//! It is a [`RegisterBank`]: put it behind a [`crate::modbus::RegisterServer`] (RTU at 19200 8E1, unit 3, as delivered).

use std::collections::BTreeMap;
use std::time::Duration;

use units::{Instant, Ohms};
use wire::isocha425::{
    ALARM_KOHM, Alarm, CHANNEL_RESISTANCE, CHANNEL_VOLTAGE, ENABLE, FIRMWARE, Measurement, NAME, RESISTANCE,
    RESISTANCE_QUICK, START_TEST, TEST, TEST_AT_START, Test, Unit, VOLTAGE, VOLTAGE_MINUS, VOLTAGE_PLUS, Validity,
    WARNING_KOHM,
};
use wire::modbus::{Exception, Table};

use crate::dc::DcCircuit;
use crate::modbus::RegisterBank;

/// What is wrong with a monitor itself; [`crate::modbus::ModbusFault`] has what is wrong with its line.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum MonitorFault {
    /// Nothing.
    #[default]
    None,
    /// Its self-test ends with a device error.
    TestFails,
    /// Its self-test never ends.
    TestHangs,
    /// It has no valid value.
    NoValue,
}

/// How long a self-test takes.
const TEST_TIME: Duration = Duration::from_secs(8);
/// The first value after it is switched on or tested.
const FIRST_VALUE: Duration = Duration::from_secs(2);
/// It cannot tell more than this.
const HIGHEST: Ohms = Ohms(1_000_000);

/// An insulation monitor.
#[derive(Clone, Debug)]
pub struct IsoCha425 {
    circuit: DcCircuit,
    fault: MonitorFault,
    /// Since when it measures; `None` while it is switched off.
    measures_since: Option<Instant>,
    test_began: Option<Instant>,
    broken: bool,
    settings: BTreeMap<u16, u16>,
}

impl IsoCha425 {
    /// A monitor that is switched off, with alarms at 600 and 500 kiloohms.
    #[must_use]
    pub fn new(circuit: DcCircuit) -> Self {
        let settings = BTreeMap::from([(WARNING_KOHM, 600), (ALARM_KOHM, 500), (TEST_AT_START, 0)]);
        Self { circuit, fault: MonitorFault::None, measures_since: None, test_began: None, broken: false, settings }
    }

    /// Breaks it so from now on; [`MonitorFault::None`] mends it.
    pub const fn set_fault(&mut self, fault: MonitorFault) {
        self.fault = fault;
        if matches!(fault, MonitorFault::None) {
            self.broken = false;
        }
    }

    /// Whether it measures.
    #[must_use]
    pub const fn measures(&self) -> bool {
        self.measures_since.is_some()
    }

    /// What it was set to.
    #[must_use]
    pub fn setting(&self, register: u16) -> Option<u16> {
        self.settings.get(&register).copied()
    }

    /// Ends a test whose time is over.
    fn catch_up(&mut self, now: Instant) {
        let over =
            self.fault != MonitorFault::TestHangs && self.test_began.is_some_and(|began| now.since(began) >= TEST_TIME);
        if over {
            self.broken = self.fault == MonitorFault::TestFails;
            let end = self.test_began.take().map(|began| began + TEST_TIME);
            if self.measures_since.is_some() {
                self.measures_since = end;
            }
        }
    }

    fn measurement(&self, now: Instant, register: u16) -> Option<Measurement> {
        let seen = self.circuit.measure(now);
        let settled = self.measures_since.is_some_and(|since| now.since(since) >= FIRST_VALUE);
        let valid = settled && self.test_began.is_none() && !self.broken && self.fault != MonitorFault::NoValue;
        let insulation = seen.insulation.unwrap_or(HIGHEST);
        let alarm = match insulation.0 / 1000 {
            _ if self.broken => Alarm::DeviceError,
            _ if !valid => Alarm::None,
            kiloohms if self.is_below(ALARM_KOHM, kiloohms) => Alarm::Alarm,
            kiloohms if self.is_below(WARNING_KOHM, kiloohms) => Alarm::PreWarning,
            _ => Alarm::None,
        };
        let test = if self.test_began.is_some() { Test::External } else { Test::None };
        let resistance = matches!(register, RESISTANCE | RESISTANCE_QUICK);
        let validity = match () {
            () if !valid => Validity::Invalid,
            () if resistance && insulation >= HIGHEST => Validity::Larger,
            () => Validity::True,
        };
        let (value, unit, channel) = match register {
            RESISTANCE | RESISTANCE_QUICK => (f64::from(insulation.min(HIGHEST).0), Unit::Ohm, CHANNEL_RESISTANCE),
            VOLTAGE => (seen.voltage.volts(), Unit::Volt, CHANNEL_VOLTAGE),
            VOLTAGE_PLUS => (seen.plus_to_earth.volts(), Unit::Volt, CHANNEL_VOLTAGE),
            VOLTAGE_MINUS => (seen.minus_to_earth.volts(), Unit::Volt, CHANNEL_VOLTAGE),
            _ => return None,
        };
        Some(Measurement { value: value as f32, alarm, test, validity, unit, channel })
    }

    fn is_below(&self, register: u16, kiloohms: i32) -> bool {
        self.setting(register).is_some_and(|limit| kiloohms < i32::from(limit))
    }

    fn register(&self, now: Instant, address: u16) -> Option<u16> {
        match address {
            RESISTANCE..1032 => {
                let offset = address % Measurement::REGISTERS;
                let measurement = self.measurement(now, address - offset)?;
                measurement.encode().get(usize::from(offset)).copied()
            }
            NAME..9810 => {
                let text = b"isoCHA425HV-D4      ";
                let at = usize::from(address - NAME) * 2;
                text.get(at..)?.first_chunk().map(|pair| u16::from_be_bytes(*pair))
            }
            FIRMWARE..9826 => [488, 502, 2024, 5, 17, 100].get(usize::from(address - FIRMWARE)).copied(),
            ENABLE => Some(u16::from(self.measures())),
            _ => self.setting(address),
        }
    }
}

impl RegisterBank for IsoCha425 {
    fn read(&mut self, now: Instant, table: Table, address: u16, count: u16) -> Result<Vec<u16>, Exception> {
        self.catch_up(now);
        if table == Table::Input {
            return Err(Exception::IllegalFunction);
        }
        let end = address.checked_add(count).ok_or(Exception::IllegalDataAddress)?;
        (address..end).map(|address| self.register(now, address).ok_or(Exception::IllegalDataAddress)).collect()
    }

    fn write(&mut self, now: Instant, address: u16, values: &[u16]) -> Result<(), Exception> {
        self.catch_up(now);
        let &[value] = values else { return Err(Exception::IllegalDataValue) };
        match (address, value) {
            (TEST, START_TEST) => {
                self.broken = false;
                self.test_began = Some(now);
            }
            (ENABLE, 0) => self.measures_since = None,
            (ENABLE, 1) => self.measures_since = self.measures_since.or(Some(now)),
            (TEST | ENABLE, _) => return Err(Exception::IllegalDataValue),
            (3000..=3028, _) => drop(self.settings.insert(address, value)),
            _ => return Err(Exception::IllegalDataAddress),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use units::{Milliamps, Millivolts};

    use super::*;
    use crate::dc::Rating;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    fn monitor() -> (IsoCha425, DcCircuit) {
        let circuit = DcCircuit::new(Rating::default());
        circuit.set_target(at(0), Millivolts::from_volts(500), Milliamps::from_amps(1));
        circuit.switch(at(0), true);
        (IsoCha425::new(circuit.clone()), circuit)
    }

    fn read(monitor: &mut IsoCha425, now: Instant, register: u16) -> Measurement {
        let words = monitor.read(now, Table::Holding, register, 4).expect("it is there");
        Measurement::decode(*words.first_chunk().expect("four"))
    }

    #[test]
    fn a_fault_to_earth_is_seen_within_ten_seconds_and_earth_moves() {
        let (mut monitor, circuit) = monitor();
        assert_eq!(read(&mut monitor, at(1), RESISTANCE).validity, Validity::Invalid, "switched off");
        monitor.write(at(1), ENABLE, &[1]).expect("it switches on");
        let good = read(&mut monitor, at(5), RESISTANCE);
        assert_eq!((good.value, good.validity, good.alarm), (1e6, Validity::Larger, Alarm::None));
        assert_eq!(read(&mut monitor, at(5), VOLTAGE).value, 500.0);
        circuit.set_leakage(at(5), None, Some(Ohms(100_000)));
        let bad = read(&mut monitor, at(5), RESISTANCE);
        assert_eq!((bad.value, bad.validity, bad.alarm), (1e5, Validity::True, Alarm::Alarm));
        let both = monitor.read(at(5), Table::Holding, VOLTAGE_PLUS, 8).expect("two at once");
        let (plus, minus) = both.split_at(4);
        let value = |words: &[u16]| Measurement::decode(*words.first_chunk().expect("four")).value;
        assert_eq!((value(plus), value(minus)), (500.0, 0.0));
    }

    #[test]
    fn a_self_test_takes_its_time_and_may_fail() {
        let (mut monitor, _circuit) = monitor();
        monitor.write(at(0), ENABLE, &[1]).expect("it switches on");
        for (fault, alarm) in [(MonitorFault::None, Alarm::None), (MonitorFault::TestFails, Alarm::DeviceError)] {
            monitor.set_fault(fault);
            monitor.write(at(20), TEST, &[START_TEST]).expect("it tests");
            let testing = read(&mut monitor, at(21), RESISTANCE);
            assert_eq!((testing.test, testing.validity), (Test::External, Validity::Invalid));
            let tested = read(&mut monitor, at(31), RESISTANCE);
            assert_eq!((tested.test, tested.alarm), (Test::None, alarm));
        }
        assert_eq!(monitor.write(at(40), TEST, &[1]), Err(Exception::IllegalDataValue));
    }

    #[test]
    fn settings_are_kept_and_what_is_not_there_is_refused() {
        let (mut monitor, _circuit) = monitor();
        monitor.write(at(0), ALARM_KOHM, &[100]).expect("a setting");
        assert_eq!(monitor.read(at(0), Table::Holding, ALARM_KOHM, 1), Ok(vec![100]));
        assert_eq!(monitor.read(at(0), Table::Holding, NAME, 2), Ok(vec![0x6973, 0x6f43]), "isoC");
        assert_eq!(monitor.read(at(0), Table::Holding, FIRMWARE + 1, 1), Ok(vec![502]));
        for (address, count) in [(1, 1), (1004, 4), (1030, 4), (u16::MAX, 2)] {
            let refused = monitor.read(at(0), Table::Holding, address, count);
            assert_eq!(refused, Err(Exception::IllegalDataAddress), "{address}");
        }
        assert_eq!(monitor.read(at(0), Table::Input, RESISTANCE, 4), Err(Exception::IllegalFunction));
        assert_eq!(monitor.write(at(0), 1000, &[0]), Err(Exception::IllegalDataAddress));
        assert_eq!(monitor.write(at(0), 3005, &[1, 2]), Err(Exception::IllegalDataValue));
    }
}
