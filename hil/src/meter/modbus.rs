//! Energy meters on Modbus: what is where comes from a register map.

use std::fs::File;
use std::io::Read as _;

use hardware::{ErrorKind, LinkError, Meter, MeterReading};
use units::{Milliamps, Millihertz, Millivolts, MilliwattHours, PerPhase, Watts};
use wire::register_map::{Image, Quantity, ReadRequest, RegisterMap, Values, WordOrder};

use super::share;
use crate::serial::LineParity;
use crate::{Endpoint, EndpointError, LineSettings, ModbusLink, Open};

/// What Eastron meters are delivered with.
const LINE: LineSettings = LineSettings { baud: 9600, data_bits: 8, parity: LineParity::None, stop_bits: 1 };
/// The unit they are delivered as.
const UNIT: u8 = 1;
/// A register map is a page of text.
const MAX_MAP_BYTES: u64 = 64 * 1024;

/// A meter with a register map.
///
/// ```text
///   modbus:/dev/ttyUSB_RS485?9600n1&unit=1&map=eastron-sdm72d-m-v2&word_order=abcd&timeout_ms=250
///   modbus:tcp:192.168.1.20:502?unit=1&map=/etc/plugfest/my-meter.toml
/// ```
///
/// `map` is needed: a built-in one or a path. `word_order` takes the place of the map's. Values that no mains can have (a
/// voltage outside 0 to 600 V, a frequency outside 40 to 70 Hz) are taken for a wrong word order: the error says which one
/// would make sense. Meters tell currents without a sign: it comes from the power.
#[derive(Debug)]
pub struct ModbusMeter {
    link: ModbusLink,
    map: RegisterMap,
    requests: Vec<ReadRequest>,
}

impl Open for ModbusMeter {
    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        ModbusLink::only(endpoint, &["map", "word_order"])?;
        let mut map = load(endpoint)?;
        if let Some(name) = endpoint.option("word_order") {
            let order = WordOrder::from_name(name)
                .ok_or_else(|| endpoint.wrong("word_order: expected abcd, cdab, badc or dcba"))?;
            map = map.with_word_order(order);
        }
        let link = ModbusLink::open(endpoint, LINE, UNIT).await?;
        Ok(Self { link, requests: map.requests(), map })
    }
}

fn load(endpoint: &Endpoint) -> Result<RegisterMap, EndpointError> {
    let Some(name) = endpoint.option("map").filter(|name| !name.is_empty()) else {
        return Err(endpoint.wrong("map: expected the name of a register map or a path"));
    };
    let map = if name.contains('/') || name.ends_with(".toml") {
        let mut text = String::new();
        File::open(name)
            .and_then(|file| file.take(MAX_MAP_BYTES).read_to_string(&mut text))
            .map_err(|error| endpoint.wrong(format!("{name}: {error}")))?;
        RegisterMap::parse(name, &text)
    } else {
        RegisterMap::built_in(name)
    };
    map.map_err(|error| endpoint.wrong(error.to_string()))
}

impl Meter for ModbusMeter {
    type Error = LinkError;

    async fn read(&mut self) -> Result<MeterReading, LinkError> {
        let mut image = Image::new();
        for request in &self.requests {
            let words = self.link.read(request.table, request.address, request.count).await?;
            image.extend((request.address..).zip(words).map(|(address, word)| ((request.table, address), word)));
        }
        let values = self.map.values(&image);
        if let Some(doubt) = doubt(&values) {
            return Err(self.link.error(ErrorKind::Garbled, format!("{doubt}; {}", hint(&self.map, &image))));
        }
        Ok(reading(&values))
    }
}

/// A voltage is none at all or at least this: words in the wrong order make numbers with dozens of zeros.
const LEAST_VOLTAGE: f64 = 0.01;
const HIGHEST_VOLTAGE: f64 = 600.0;

/// What no mains can have.
fn doubt(values: &Values) -> Option<String> {
    let voltage = |volts: f64| volts == 0.0 || (LEAST_VOLTAGE..=HIGHEST_VOLTAGE).contains(&volts);
    values.iter().find_map(|(quantity, value)| {
        let (fits, expected) = match quantity {
            Quantity::VoltageL1 | Quantity::VoltageL2 | Quantity::VoltageL3 => (voltage(*value), "0 to 600 V"),
            Quantity::Frequency => ((40.0..=70.0).contains(value), "40 to 70 Hz"),
            Quantity::Import | Quantity::Export => (value.is_finite() && *value >= 0.0, "energy of 0 Wh or more"),
            _ => (value.is_finite(), "a number"),
        };
        (!fits).then(|| format!("{} is {value:.3e}, expected {expected}", quantity.name()))
    })
}

/// Which word order would make sense of it.
fn hint(map: &RegisterMap, image: &Image) -> String {
    let sense = |order: &WordOrder| {
        let values = map.clone().with_word_order(*order).values(image);
        let volts = values.get(&Quantity::VoltageL1).copied().unwrap_or_default();
        (doubt(&values).is_none() && volts > 0.0)
            .then(|| format!("word_order={} would give {volts:.1} V", order.name()))
    };
    match WordOrder::ALL.iter().find_map(sense) {
        Some(order) => order,
        None => "no word order makes sense of it: is this the meter's map?".into(),
    }
}

fn reading(values: &Values) -> MeterReading {
    let value = |quantity| values.get(&quantity).copied().unwrap_or_default();
    // Casts from a float clamp.
    let milli = |value: f64| (value * 1000.0).round() as i32;
    let energy = |quantity| MilliwattHours((value(quantity) * 1000.0).round() as i64);
    let current = Quantity::CURRENTS.map(|line| milli(value(line)));
    let power = match values.get(&Quantity::PowerL1) {
        Some(_) => Quantity::POWERS.map(|line| value(line).round() as i32),
        None => share(value(Quantity::Power).round() as i32, current.map(i32::unsigned_abs)),
    };
    let signed = |line: usize| if power[line] < 0 { -current[line].saturating_abs() } else { current[line] };
    MeterReading {
        current: PerPhase([0, 1, 2].map(|line| Milliamps(signed(line)))),
        voltage: PerPhase(Quantity::VOLTAGES.map(|line| Millivolts(milli(value(line))))),
        power: PerPhase(power.map(Watts)),
        frequency: Millihertz(milli(value(Quantity::Frequency))),
        import: energy(Quantity::Import),
        export: energy(Quantity::Export),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(map: &RegisterMap, values: &[(Quantity, f64)]) -> Image {
        let mut image = Image::new();
        map.fill(&values.iter().copied().collect(), &mut image);
        image
    }

    #[test]
    fn wrong_words_are_found_out_in_every_order() {
        let map = RegisterMap::built_in("eastron-sdm630-v2").expect("a map");
        for (sent, expected) in WordOrder::ALL.into_iter().flat_map(|a| WordOrder::ALL.map(|b| (a, b))) {
            let measured = [(Quantity::VoltageL1, 230.1), (Quantity::Frequency, 50.0), (Quantity::Import, 12_000.0)];
            let image = image(&map.clone().with_word_order(sent), &measured);
            let map = map.clone().with_word_order(expected);
            let doubt = doubt(&map.values(&image));
            assert_eq!(doubt.is_some(), sent != expected, "{sent:?} as {expected:?}: {doubt:?}");
            assert_eq!(hint(&map, &image), format!("word_order={} would give 230.1 V", sent.name()));
        }
    }

    #[test]
    fn what_no_order_explains_says_so() {
        let map = RegisterMap::built_in("eastron-sdm630-v2").expect("a map");
        let image = image(&map, &[(Quantity::VoltageL1, 9000.0), (Quantity::Frequency, 50.0)]);
        assert_eq!(doubt(&map.values(&image)).as_deref(), Some("voltage_l1 is 9.000e3, expected 0 to 600 V"));
        assert!(hint(&map, &image).contains("is this the meter's map?"));
    }

    #[test]
    fn a_meter_with_one_power_for_all_lines_shares_it_by_current() {
        let values = [
            (Quantity::VoltageL1, 230.0),
            (Quantity::CurrentL1, 10.0),
            (Quantity::CurrentL2, 5.0),
            (Quantity::Power, -3450.0),
            (Quantity::Import, 1_000.5),
        ];
        let reading = reading(&values.into_iter().collect());
        assert_eq!(reading.power, PerPhase([Watts(-2300), Watts(-1150), Watts(0)]));
        assert_eq!(reading.current, PerPhase([Milliamps(-10_000), Milliamps(-5_000), Milliamps(0)]));
        assert_eq!(reading.import, MilliwattHours(1_000_500));
    }
}
