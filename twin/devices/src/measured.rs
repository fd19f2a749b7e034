//! Energy meters behind Modbus, whatever their make: what they measure.

use hardware::MeterReading;
use units::Instant;
use wire::modbus::{Exception, Table};
use wire::register_map::{Quantity, Values, WordOrder};

use crate::modbus::RegisterBank;

/// The registers of a meter. It measures what it is told.
pub trait MeterBank: RegisterBank {
    /// What it measures from now on.
    fn set_reading(&mut self, reading: MeterReading);

    /// It sends its words so from now on, whatever the charger expects.
    fn set_word_order(&mut self, word_order: WordOrder);
}

impl RegisterBank for Box<dyn MeterBank> {
    fn read(&mut self, now: Instant, table: Table, address: u16, count: u16) -> Result<Vec<u16>, Exception> {
        (**self).read(now, table, address, count)
    }

    fn write(&mut self, now: Instant, address: u16, values: &[u16]) -> Result<(), Exception> {
        (**self).write(now, address, values)
    }
}

/// A reading in the words of register maps; currents have no sign, powers have.
pub(crate) fn values(reading: &MeterReading) -> Values {
    let mut values = Values::new();
    values.extend(Quantity::VOLTAGES.into_iter().zip(reading.voltage.iter().map(|voltage| voltage.volts())));
    values.extend(Quantity::CURRENTS.into_iter().zip(reading.current.iter().map(|current| current.abs().amps())));
    values.extend(Quantity::POWERS.into_iter().zip(reading.power.iter().map(|power| f64::from(power.0))));
    values.insert(Quantity::Power, f64::from(reading.power.total().0));
    values.insert(Quantity::Frequency, f64::from(reading.frequency.0) / 1000.0);
    values.insert(Quantity::Import, reading.import.watt_hours());
    values.insert(Quantity::Export, reading.export.watt_hours());
    values
}
