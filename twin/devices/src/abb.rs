//! ABB energy meters of the EQ series: registers behind a [`RegisterServer`](crate::modbus::RegisterServer).

use hardware::MeterReading;
use units::Instant;
use wire::modbus::{Exception, MAX_READ, Table};
use wire::register_map::{Image, RegisterMap, WordOrder};

use crate::measured::{MeterBank, values};
use crate::modbus::RegisterBank;

/// Registers that can be read; those without a meaning read as zero.
const READABLE: std::ops::Range<u16> = 0x1000..0x8F00;

/// The registers of a meter: any piece of them can be read.
#[derive(Clone, Debug)]
pub struct AbbB23 {
    map: RegisterMap,
    reading: MeterReading,
    image: Image,
}

impl AbbB23 {
    /// A meter that keeps its values where the map says, as the map says.
    #[must_use]
    pub fn new(map: RegisterMap) -> Self {
        let mut meter = Self { map, reading: MeterReading::default(), image: Image::new() };
        meter.fill();
        meter
    }

    fn fill(&mut self) {
        self.image.clear();
        self.map.fill(&values(&self.reading), &mut self.image);
    }
}

impl MeterBank for AbbB23 {
    fn set_reading(&mut self, reading: MeterReading) {
        self.reading = reading;
        self.fill();
    }

    fn set_word_order(&mut self, word_order: WordOrder) {
        self.map = self.map.clone().with_word_order(word_order);
        self.fill();
    }
}

impl RegisterBank for AbbB23 {
    fn read(&mut self, _now: Instant, table: Table, address: u16, count: u16) -> Result<Vec<u16>, Exception> {
        if table != Table::Holding {
            return Err(Exception::IllegalFunction);
        }
        if count > MAX_READ {
            return Err(Exception::IllegalDataValue);
        }
        let end = address.checked_add(count).ok_or(Exception::IllegalDataAddress)?;
        if !READABLE.contains(&address) || end > READABLE.end {
            return Err(Exception::IllegalDataAddress);
        }
        Ok((address..end).map(|address| self.image.get(&(table, address)).copied().unwrap_or(0)).collect())
    }

    fn write(&mut self, _now: Instant, _address: u16, _values: &[u16]) -> Result<(), Exception> {
        Err(Exception::IllegalDataAddress)
    }
}

#[cfg(test)]
mod tests {
    use units::{Milliamps, Millihertz, Millivolts, MilliwattHours, PerPhase, Watts};

    use super::*;

    #[test]
    fn values_are_where_the_manual_has_them() {
        let mut meter = AbbB23::new(RegisterMap::built_in("abb-b23").expect("a map"));
        meter.set_reading(MeterReading {
            current: PerPhase([Milliamps(16_000), Milliamps(-8_000), Milliamps::ZERO]),
            voltage: PerPhase([230, 231, 232].map(Millivolts::from_volts)),
            power: PerPhase([Watts(3680), Watts(-1848), Watts::ZERO]),
            frequency: Millihertz(50_000),
            import: MilliwattHours::from_watt_hours(50_000_000_120),
            export: MilliwattHours::from_watt_hours(2_500),
        });
        let mut read = |address, count| meter.read(Instant::ZERO, Table::Holding, address, count);
        assert_eq!(read(0x5000, 4), Ok(vec![0, 1, 0x2A05, 0xF20C]), "hundredths of a kWh");
        assert_eq!(read(0x5B00, 3), Ok(vec![0, 2300, 0]), "tenths of a volt, and any piece");
        assert_eq!(read(0x5B18, 2), Ok(vec![0xFFFD, 0x2E20]), "-184800 hundredths of a watt");
        assert_eq!(read(0x5B2C, 1), Ok(vec![5000]));
        assert_eq!(read(0x0FFF, 1), Err(Exception::IllegalDataAddress));
        assert_eq!(read(0x5000, 126), Err(Exception::IllegalDataValue));
        assert_eq!(meter.read(Instant::ZERO, Table::Input, 0x5000, 4), Err(Exception::IllegalFunction));
    }
}
