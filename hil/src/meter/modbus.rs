//! Energy meters on Modbus: what is where comes from a register map.

use std::fs::File;
use std::io::Read as _;
use std::time::Duration;

use hardware::{ErrorKind, LinkError, Meter, MeterReading};
use units::{Milliamps, Millihertz, Millivolts, MilliwattHours, PerPhase, Watts};
use wire::register_map::{Image, Quantity, ReadRequest, Register, RegisterMap, Values, WordOrder};

use super::share;
use crate::modbus::{ModbusSettings, Usual};
use crate::options::Options;
use crate::{Endpoint, EndpointError, LineParity, LineSettings, ModbusLink, Open};

/// As Eastron meters are delivered.
pub(crate) const USUAL: Usual =
    Usual { line: LineSettings::new(9600, 8, LineParity::None), unit: 1, gap: Duration::ZERO };
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
    fn check(endpoint: &Endpoint) -> Result<(), EndpointError> {
        settings(endpoint).map(drop)
    }

    async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let (link, map) = settings(endpoint)?;
        for hint in map.hints() {
            tracing::warn!("{endpoint}: {hint}");
        }
        Ok(Self { link: ModbusLink::open(endpoint, link).await?, requests: map.requests(), map })
    }
}

/// How it is spoken to, and where it keeps what it measures.
pub(crate) fn settings(endpoint: &Endpoint) -> Result<(ModbusSettings, RegisterMap), EndpointError> {
    let mut options = Options::of(endpoint);
    let link = ModbusSettings::of(&mut options, &USUAL);
    let orders = WordOrder::ALL.map(|order| (order.name(), Some(order)));
    let order = options.word("word_order", &orders, None);
    let name = options.text("map");
    let map = load(name.unwrap_or_default()).map_err(|error| options.wrong(error));
    options.end()?;
    let map = map.map_err(|()| endpoint.wrong("map: expected one that can be read"))?;
    Ok((link, order.map_or_else(|| map.clone(), |order| map.clone().with_word_order(order))))
}

/// Loads a map, or says why not.
fn load(name: &str) -> Result<RegisterMap, String> {
    if name.is_empty() {
        return Err("map: expected the name of a register map or a path".into());
    }
    let map = if name.contains('/') || name.ends_with(".toml") {
        let mut text = String::new();
        File::open(name)
            .and_then(|file| file.take(MAX_MAP_BYTES).read_to_string(&mut text))
            .map_err(|error| format!("map: {name}: {error}"))?;
        RegisterMap::parse(name, &text)
    } else {
        RegisterMap::built_in(name)
    };
    map.map_err(|error| error.to_string())
}

impl Meter for ModbusMeter {
    type Error = LinkError;

    async fn read(&mut self) -> Result<MeterReading, LinkError> {
        let mut image = Image::new();
        for request in &self.requests {
            let words = self.link.read(request.table, request.address, request.count).await;
            let words = words.map_err(|error| with_hint(error, &self.map, request))?;
            image.extend((request.address..).zip(words).map(|(address, word)| ((request.table, address), word)));
        }
        let values = self.map.values(&image);
        if let Some(doubt) = doubt(&values) {
            return Err(self.link.error(ErrorKind::Garbled, format!("{doubt}; {}", hint(&self.map, &image))));
        }
        Ok(reading(&values))
    }
}

/// A meter that refuses registers whose numbers look like those of a manual: the hint belongs to it.
fn with_hint(mut error: LinkError, map: &RegisterMap, request: &ReadRequest) -> LinkError {
    let asked = |at: &Register| (request.address..request.address + request.count).contains(&at.address);
    if error.kind == ErrorKind::Refused
        && let Some(hint) = map.quantities().map(|(_, at)| at).filter(asked).find_map(|at| at.hint())
    {
        error.what = format!("{}; {hint}", error.what);
    }
    error
}

/// A voltage is none at all or at least this: words in the wrong order make numbers with dozens of zeros.
const LEAST_VOLTAGE: f64 = 0.01;
const HIGHEST_VOLTAGE: f64 = 600.0;
/// More than any house or outlet has: integers with their words in the wrong order are as large as they can be.
const HIGHEST_CURRENT: f64 = 10_000.0;
const HIGHEST_POWER: f64 = 10e6;
const HIGHEST_ENERGY: f64 = 1e12;

/// What no mains can have, or what is missing without which there is no reading.
fn doubt(values: &Values) -> Option<String> {
    let measured = |quantity| values.contains_key(&quantity);
    let missing = [
        (Quantity::VoltageL1, measured(Quantity::VoltageL1)),
        (Quantity::PowerL1, measured(Quantity::PowerL1) || measured(Quantity::Power)),
        (Quantity::Import, measured(Quantity::Import)),
    ];
    if let Some((quantity, _)) = missing.iter().find(|(_, there)| !there) {
        return Some(format!("the meter says that it does not measure {}", quantity.name()));
    }
    let voltage = |volts: f64| volts == 0.0 || (LEAST_VOLTAGE..=HIGHEST_VOLTAGE).contains(&volts);
    let within = |value: f64, highest: f64| (-highest..=highest).contains(&value);
    values.iter().find_map(|(quantity, value)| {
        let (fits, expected) = match quantity {
            Quantity::VoltageL1 | Quantity::VoltageL2 | Quantity::VoltageL3 => (voltage(*value), "0 to 600 V"),
            Quantity::Frequency => ((40.0..=70.0).contains(value), "40 to 70 Hz"),
            Quantity::Import | Quantity::Export => {
                ((0.0..=HIGHEST_ENERGY).contains(value), "energy from 0 Wh to 1 TWh")
            }
            Quantity::CurrentL1 | Quantity::CurrentL2 | Quantity::CurrentL3 => {
                (within(*value, HIGHEST_CURRENT), "at most 10 kA")
            }
            Quantity::PowerL1 | Quantity::PowerL2 | Quantity::PowerL3 | Quantity::Power => {
                (within(*value, HIGHEST_POWER), "at most 10 MW")
            }
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

    /// A meter that shows this, in every order of its words, read in every order.
    fn reads_every_order(map: &str, measured: &[(Quantity, f64)]) {
        let map = RegisterMap::built_in(map).expect("a map");
        for (sent, expected) in WordOrder::ALL.into_iter().flat_map(|a| WordOrder::ALL.map(|b| (a, b))) {
            let image = image(&map.clone().with_word_order(sent), measured);
            let map = map.clone().with_word_order(expected);
            let doubt = doubt(&map.values(&image));
            assert_eq!(doubt.is_some(), sent != expected, "{sent:?} as {expected:?}: {doubt:?}");
            assert_eq!(hint(&map, &image), format!("word_order={} would give 230.1 V", sent.name()));
        }
    }

    #[test]
    fn wrong_words_are_found_out_in_every_order_of_floats_and_integers() {
        let common = [(Quantity::VoltageL1, 230.1), (Quantity::Frequency, 50.0), (Quantity::Import, 12_340.0)];
        reads_every_order("eastron-sdm630-v2", &common);
        reads_every_order("abb-b23", &[&common[..], &[(Quantity::PowerL1, 3680.0)]].concat());
    }

    #[test]
    fn a_quantity_that_is_not_measured_costs_itself_and_one_that_is_needed_the_reading() {
        let map = RegisterMap::built_in("abb-b23").expect("a map");
        let measured = [(Quantity::VoltageL1, 230.0), (Quantity::Frequency, 50.0), (Quantity::Import, 5_000.0)];
        let mut image = image(&map, &measured);
        let mut absent = |quantity| {
            let at = map.register(quantity).expect("it is in the map");
            image.extend((at.address..at.address + at.kind.words()).map(|address| ((at.table, address), 0xffff)));
            map.values(&image)
        };
        let values = absent(Quantity::VoltageL2);
        assert_eq!(doubt(&values), None);
        assert_eq!(reading(&values).voltage, PerPhase([230, 0, 0].map(Millivolts::from_volts)));
        let doubt = doubt(&absent(Quantity::Import));
        assert_eq!(doubt.as_deref(), Some("the meter says that it does not measure import"));
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
