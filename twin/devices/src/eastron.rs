//! Eastron energy meters: registers behind a [`RegisterServer`](crate::modbus::RegisterServer).

use hardware::MeterReading;
use units::Instant;
use wire::modbus::{Exception, Table};
use wire::register_map::{Image, Kind, Quantity, RegisterMap, WordOrder};

use crate::measured::{MeterBank, values};
use crate::modbus::RegisterBank;

/// Power of all lines, W.
const TOTAL_POWER: u16 = 52;
/// Both directions of energy added up, kWh.
const TOTAL_ENERGY: u16 = 342;
/// The same since the last reset, kWh.
const SESSION_ENERGY: u16 = 384;
/// Input registers without a meaning up to here read as zero; above there are none.
const END: u16 = 400;
/// Holding register; the value 3 resets the session's energy.
const RESET: u16 = 61_456;
const RESET_SESSION: u16 = 3;
/// Holding registers: the serial number, 32 bits.
const SERIAL_NUMBER: u16 = 64_512;

/// The registers of a meter. It measures what it is told; currents have no sign, powers have.
///
/// ```
/// use devices::{eastron::Eastron, measured::MeterBank, modbus::{Framing, RegisterServer}};
/// use wire::register_map::RegisterMap;
/// # fn main() -> Result<(), wire::register_map::RegisterMapError> {
/// let meter = Eastron::new(RegisterMap::built_in("eastron-sdm72d-m-v2")?);
/// let mut server = RegisterServer::new(Framing::Rtu, 1, meter);
/// server.bank_mut().set_reading(hardware::MeterReading::default());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Eastron {
    map: RegisterMap,
    reading: MeterReading,
    session_from: f64,
    serial_number: u32,
    image: Image,
}

impl Eastron {
    /// A meter that keeps its values where the map says, as the map says.
    #[must_use]
    pub fn new(map: RegisterMap) -> Self {
        let mut meter = Self {
            map,
            reading: MeterReading::default(),
            session_from: 0.0,
            serial_number: 20_241_234,
            image: Image::new(),
        };
        meter.fill();
        meter
    }

    fn kilowatt_hours(&self) -> f64 {
        self.reading.import.kilowatt_hours() + self.reading.export.kilowatt_hours()
    }

    fn fill(&mut self) {
        let order = self.map.register(Quantity::VoltageL1).map_or(WordOrder::Abcd, |at| at.word_order);
        self.image.clear();
        for (address, value) in [
            (TOTAL_POWER, f64::from(self.reading.power.total().0)),
            (TOTAL_ENERGY, self.kilowatt_hours()),
            (SESSION_ENERGY, self.kilowatt_hours() - self.session_from),
        ] {
            let words = Kind::F32.encode(value, order);
            self.image.extend((address..).zip(words).map(|(address, word)| ((Table::Input, address), word)));
        }
        let serial = Kind::U32.encode(f64::from(self.serial_number), WordOrder::Abcd);
        self.image.extend((SERIAL_NUMBER..).zip(serial).map(|(address, word)| ((Table::Holding, address), word)));
        self.map.fill(&values(&self.reading), &mut self.image);
    }
}

impl MeterBank for Eastron {
    fn set_reading(&mut self, reading: MeterReading) {
        self.reading = reading;
        self.fill();
    }

    fn set_word_order(&mut self, word_order: WordOrder) {
        self.map = self.map.clone().with_word_order(word_order);
        self.fill();
    }
}

impl RegisterBank for Eastron {
    fn read(&mut self, _now: Instant, table: Table, address: u16, count: u16) -> Result<Vec<u16>, Exception> {
        if address % 2 == 1 || count % 2 == 1 {
            return Err(Exception::IllegalDataAddress);
        }
        if count > self.map.max_registers {
            return Err(Exception::IllegalDataValue);
        }
        let end = address.checked_add(count).ok_or(Exception::IllegalDataAddress)?;
        (address..end)
            .map(|address| match self.image.get(&(table, address)) {
                Some(word) => Ok(*word),
                None if table == Table::Input && address < END => Ok(0),
                None => Err(Exception::IllegalDataAddress),
            })
            .collect()
    }

    fn write(&mut self, _now: Instant, address: u16, values: &[u16]) -> Result<(), Exception> {
        match (address, values) {
            (RESET, [RESET_SESSION]) => {
                self.session_from = self.kilowatt_hours();
                self.fill();
                Ok(())
            }
            (RESET, _) => Err(Exception::IllegalDataValue),
            _ => Err(Exception::IllegalDataAddress),
        }
    }
}

#[cfg(test)]
mod tests {
    use units::{Milliamps, Millihertz, Millivolts, MilliwattHours, PerPhase, Watts};
    use wire::modbus::f32_from_words;

    use super::*;

    const NOW: Instant = Instant::ZERO;

    fn meter() -> Eastron {
        let mut meter = Eastron::new(RegisterMap::built_in("eastron-sdm72d-m-v2").expect("a map"));
        meter.set_reading(MeterReading {
            current: PerPhase([Milliamps(16_000), Milliamps(-8_000), Milliamps::ZERO]),
            voltage: PerPhase([230, 231, 232].map(Millivolts::from_volts)),
            power: PerPhase([Watts(3680), Watts(-1848), Watts::ZERO]),
            frequency: Millihertz(50_000),
            import: MilliwattHours::from_watt_hours(12_500),
            export: MilliwattHours::from_watt_hours(2_500),
        });
        meter
    }

    fn value(meter: &mut Eastron, address: u16) -> f32 {
        let words = meter.read(NOW, Table::Input, address, 2).expect("it is there");
        f32_from_words([words[0], words[1]])
    }

    #[test]
    fn values_are_where_the_manual_has_them() {
        let mut meter = meter();
        assert_eq!([0, 2, 4].map(|address| value(&mut meter, address)), [230.0, 231.0, 232.0]);
        assert_eq!([6, 8, 10].map(|address| value(&mut meter, address)), [16.0, 8.0, 0.0]);
        assert_eq!([12, 14, 52].map(|address| value(&mut meter, address)), [3680.0, -1848.0, 1832.0]);
        assert_eq!([70, 72, 74, 342].map(|address| value(&mut meter, address)), [50.0, 12.5, 2.5, 15.0]);
        assert_eq!(meter.read(NOW, Table::Holding, SERIAL_NUMBER, 2), Ok(vec![308, 56_146]));
    }

    #[test]
    fn the_session_is_reset_and_the_registers_are_not() {
        let mut meter = meter();
        assert_eq!(meter.write(NOW, RESET, &[3]), Ok(()));
        assert_eq!((value(&mut meter, SESSION_ENERGY), value(&mut meter, 72)), (0.0, 12.5));
        assert_eq!(meter.write(NOW, RESET, &[4]), Err(Exception::IllegalDataValue));
        assert_eq!(meter.write(NOW, 0, &[3]), Err(Exception::IllegalDataAddress));
    }

    #[test]
    fn what_the_meter_refuses_is_refused() {
        let mut meter = meter();
        assert_eq!(meter.read(NOW, Table::Input, 1, 2), Err(Exception::IllegalDataAddress), "between two values");
        assert_eq!(meter.read(NOW, Table::Input, 0, 62), Err(Exception::IllegalDataValue), "too many");
        assert_eq!(meter.read(NOW, Table::Input, 400, 2), Err(Exception::IllegalDataAddress), "above the last");
        assert_eq!(meter.read(NOW, Table::Input, 65_534, 2), Err(Exception::IllegalDataAddress));
    }
}
