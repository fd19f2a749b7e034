//! Where a Modbus meter keeps what it measures. A map is data, a TOML file: `meters/README.md` has its keys.
//!
//! A map plans few requests ([`RegisterMap::requests`]); what they bring goes into an [`Image`], and the map reads the
//! quantities out of it ([`RegisterMap::values`]). A model goes the other way ([`RegisterMap::fill`]).

mod format;
mod load;

use std::collections::BTreeMap;

pub use format::{Kind, WordOrder};
pub use load::{BUILT_IN, RegisterMapError};

use crate::modbus::Table;

/// What a meter measures. A value of it is in V, A, W, Hz or Wh.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Quantity {
    VoltageL1,
    VoltageL2,
    VoltageL3,
    CurrentL1,
    CurrentL2,
    CurrentL3,
    PowerL1,
    PowerL2,
    PowerL3,
    /// Of all lines together, for a meter that does not tell them apart.
    Power,
    Frequency,
    /// Energy that went one way only.
    Import,
    /// Energy that went the other way.
    Export,
}

impl Quantity {
    /// All there are.
    pub const ALL: [Self; 13] = [
        Self::VoltageL1,
        Self::VoltageL2,
        Self::VoltageL3,
        Self::CurrentL1,
        Self::CurrentL2,
        Self::CurrentL3,
        Self::PowerL1,
        Self::PowerL2,
        Self::PowerL3,
        Self::Power,
        Self::Frequency,
        Self::Import,
        Self::Export,
    ];
    /// Line to neutral.
    pub const VOLTAGES: [Self; 3] = [Self::VoltageL1, Self::VoltageL2, Self::VoltageL3];
    /// Line by line.
    pub const CURRENTS: [Self; 3] = [Self::CurrentL1, Self::CurrentL2, Self::CurrentL3];
    /// Line by line.
    pub const POWERS: [Self; 3] = [Self::PowerL1, Self::PowerL2, Self::PowerL3];

    /// The word for it in a map.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VoltageL1 => "voltage_l1",
            Self::VoltageL2 => "voltage_l2",
            Self::VoltageL3 => "voltage_l3",
            Self::CurrentL1 => "current_l1",
            Self::CurrentL2 => "current_l2",
            Self::CurrentL3 => "current_l3",
            Self::PowerL1 => "power_l1",
            Self::PowerL2 => "power_l2",
            Self::PowerL3 => "power_l3",
            Self::Power => "power",
            Self::Frequency => "frequency",
            Self::Import => "import",
            Self::Export => "export",
        }
    }

    /// The quantity of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quantity| quantity.name() == name)
    }
}

/// Where a quantity is and how it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Register {
    /// Which registers.
    pub table: Table,
    /// The first of them, counted from 0.
    pub address: u16,
    /// How the value is written.
    pub kind: Kind,
    /// How its bytes come over the wire.
    pub word_order: WordOrder,
    /// The value on the wire, times this, is in V, A, W, Hz or Wh.
    pub scale: f64,
    /// The highest value of its kind says that the meter does not measure it.
    pub highest_is_absent: bool,
}

impl Register {
    /// The value in the registers of an image; `None` when one of them is not there, or the meter does not measure it.
    fn value(&self, image: &Image) -> Option<f64> {
        let words = (self.address..self.address + self.kind.words())
            .map(|address| image.get(&(self.table, address)).copied())
            .collect::<Option<Vec<_>>>()?;
        let absent = self.highest_is_absent && self.kind.is_highest(&words, self.word_order);
        (!absent).then(|| self.kind.decode(&words, self.word_order) * self.scale)
    }

    /// Whether the address looks like one of a manual, and what that would be here: manuals print `30073` for input register
    /// 72 and `40001` for holding register 0. A few meters really count so from 0, so this is no error.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let (table, address) = from_manual(u32::from(self.address))?;
        let printed = self.address;
        Some(format!("what a manual calls {printed} is {} register {address} here", table.name()))
    }
}

/// What an address is that is printed as manuals do: table and number in one, counted from 1.
fn from_manual(printed: u32) -> Option<(Table, u16)> {
    let (table, address) = match printed {
        30_001..=39_999 => (Table::Input, printed - 30_001),
        40_001..=49_999 => (Table::Holding, printed - 40_001),
        300_001..=365_536 => (Table::Input, printed - 300_001),
        400_001..=465_536 => (Table::Holding, printed - 400_001),
        _ => return None,
    };
    Some((table, u16::try_from(address).ok()?))
}

/// One read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReadRequest {
    /// From which table.
    pub table: Table,
    /// The first register, counted from 0.
    pub address: u16,
    /// How many.
    pub count: u16,
}

/// Registers and what they hold; those that are not there are not known.
pub type Image = BTreeMap<(Table, u16), u16>;

/// What was read, in V, A, W, Hz and Wh.
pub type Values = BTreeMap<Quantity, f64>;

/// Where a meter keeps what it measures.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterMap {
    /// For people.
    pub description: String,
    /// The most registers of one request.
    pub max_registers: u16,
    /// Two quantities this many registers apart are still read in one request.
    pub max_gap: u16,
    quantities: BTreeMap<Quantity, Register>,
}

impl RegisterMap {
    /// Where a quantity is; `None` when the meter does not have it.
    #[must_use]
    pub fn register(&self, quantity: Quantity) -> Option<Register> {
        self.quantities.get(&quantity).copied()
    }

    /// The quantities the meter has.
    pub fn quantities(&self) -> impl Iterator<Item = (Quantity, Register)> + '_ {
        self.quantities.iter().map(|(quantity, register)| (*quantity, *register))
    }

    /// The same map for a meter that sends its words in another order.
    #[must_use]
    pub fn with_word_order(mut self, word_order: WordOrder) -> Self {
        for register in self.quantities.values_mut() {
            register.word_order = word_order;
        }
        self
    }

    /// The reads that bring all quantities: few, none longer than the meter takes.
    #[must_use]
    pub fn requests(&self) -> Vec<ReadRequest> {
        let mut wanted: Vec<_> =
            self.quantities.values().map(|at| (at.table, at.address, at.address + at.kind.words())).collect();
        wanted.sort_unstable();
        let mut requests: Vec<ReadRequest> = Vec::new();
        for (table, from, to) in wanted {
            match requests.last_mut() {
                Some(last)
                    if last.table == table
                        && from - (last.address + last.count) <= self.max_gap
                        && to - last.address <= self.max_registers =>
                {
                    last.count = to - last.address;
                }
                _ => requests.push(ReadRequest { table, address: from, count: to - from }),
            }
        }
        requests
    }

    /// Reads the quantities out of registers. One whose registers are not in the image, or hold the word for "not measured",
    /// is not in the answer.
    #[must_use]
    pub fn values(&self, image: &Image) -> Values {
        self.quantities.iter().filter_map(|(quantity, at)| Some((*quantity, at.value(image)?))).collect()
    }

    /// What looks like a slip in this map and need not be one, in words: each with the key it is about.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint = |(quantity, at): (&Quantity, &Register)| {
            Some(format!("quantities.{}.address: {}", quantity.name(), at.hint()?))
        };
        self.quantities.iter().filter_map(hint).collect()
    }

    /// Writes quantities into registers, as the meter does. Those that the meter does not have are left out; a value that
    /// does not fit is clamped.
    pub fn fill(&self, values: &Values, image: &mut Image) {
        for (quantity, at) in &self.quantities {
            let value = values.get(quantity).copied().unwrap_or_default() / at.scale;
            let words = at.kind.encode(value, at.word_order);
            image.extend((at.address..).zip(words).map(|(address, word)| ((at.table, address), word)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: u16, count: u16) -> ReadRequest {
        ReadRequest { table: Table::Input, address, count }
    }

    #[test]
    fn an_eastron_is_read_in_two_requests() {
        let map = RegisterMap::built_in("eastron-sdm72d-m-v2").expect("a map");
        assert_eq!(map.requests(), [read(0, 18), read(70, 6)]);
        let single = RegisterMap::built_in("eastron-sdm230").expect("a map");
        assert_eq!(single.requests(), [read(0, 14), read(70, 6)]);
    }

    #[test]
    fn energy_of_four_registers_is_read_whole_and_what_a_meter_does_not_measure_is_absent() {
        let map = RegisterMap::built_in("abb-b23").expect("a map");
        let holding = |address, count| ReadRequest { table: Table::Holding, address, count };
        assert_eq!(map.requests(), [holding(0x5000, 8), holding(0x5B00, 45)]);
        let mut image = Image::new();
        // 50,000,000.12 kWh need more than 32 bits in hundredths.
        map.fill(&[(Quantity::VoltageL1, 230.1), (Quantity::Import, 50_000_000_120.0)].into(), &mut image);
        let words = [0x5000, 0x5001, 0x5002, 0x5003].map(|address| image[&(Table::Holding, address)]);
        assert_eq!(words, [0, 1, 0x2A05, 0xF20C]);
        image.extend((0x5004..0x5008).map(|address| ((Table::Holding, address), 0xffff)));
        image.extend([(0x5B02, 0xffff), (0x5B03, 0xffff)].map(|(address, word)| ((Table::Holding, address), word)));
        let values = map.values(&image);
        assert_eq!((values[&Quantity::VoltageL1].round(), values[&Quantity::Import]), (230.0, 50_000_000_120.0));
        assert!(!values.contains_key(&Quantity::Export) && !values.contains_key(&Quantity::VoltageL2));
    }

    #[test]
    fn an_address_as_manuals_print_it_gets_a_hint_with_the_right_number() {
        let hints = |text: &str| {
            let text = format!(
                "quantities.voltage_l1 = {{ address = 0 }}\nquantities.current_l1 = {{ address = 6 }}\n\
                 quantities.power = {{ address = 52 }}\nquantities.import = {{ {text} }}"
            );
            RegisterMap::parse("my.toml", &text).expect("a map").hints()
        };
        assert_eq!(
            hints("address = 30073"),
            ["quantities.import.address: what a manual calls 30073 is input register 72 here"]
        );
        assert_eq!(
            hints("address = 40001, table = \"holding\""),
            ["quantities.import.address: what a manual calls 40001 is holding register 0 here"]
        );
        for right in ["address = 72", "address = 30000", "address = 40000", "address = 0x5B00"] {
            assert_eq!(hints(right), [""; 0], "{right}");
        }
    }

    #[test]
    fn no_request_is_longer_than_the_meter_takes_and_tables_do_not_mix() {
        let text = r#"
            max_registers = 4
            quantities.voltage_l1 = { address = 0 }
            quantities.current_l1 = { address = 2 }
            quantities.power = { address = 4 }
            quantities.import = { address = 6, table = "holding" }
            quantities.frequency = { address = 65533 }
        "#;
        let map = RegisterMap::parse("test", text).expect("a map");
        let holding = ReadRequest { table: Table::Holding, address: 6, count: 2 };
        assert_eq!(map.requests(), [holding, read(0, 4), read(4, 2), read(65533, 2)]);
    }

    #[test]
    fn values_come_out_as_they_went_in_and_wrong_words_do_not() {
        let map = RegisterMap::built_in("eastron-sdm630-v2").expect("a map");
        let written: Values =
            [(Quantity::VoltageL1, 230.5), (Quantity::Frequency, 50.0), (Quantity::Import, 1_234_500.0)].into();
        let mut image = Image::new();
        map.fill(&written, &mut image);
        assert_eq!((image[&(Table::Input, 0)], image[&(Table::Input, 1)]), (0x4366, 0x8000), "230.5 as f32");
        let values = map.values(&image);
        assert_eq!((values[&Quantity::VoltageL1], values[&Quantity::Import]), (230.5, 1_234_500.0));
        assert_eq!(values[&Quantity::VoltageL3], 0.0);
        let swapped = map.with_word_order(WordOrder::Cdab).values(&image);
        assert!(swapped[&Quantity::Frequency] < 1e-30);
    }
}
