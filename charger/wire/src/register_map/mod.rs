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

    /// Reads the quantities out of registers. One whose registers are not in the image is not in the answer.
    #[must_use]
    pub fn values(&self, image: &Image) -> Values {
        let value = |register: &Register| {
            let word = |offset| image.get(&(register.table, register.address + offset)).copied();
            let words = match register.kind.words() {
                1 => [0, word(0)?],
                _ => [word(0)?, word(1)?],
            };
            Some(register.kind.decode(words, register.word_order) * register.scale)
        };
        self.quantities.iter().filter_map(|(quantity, at)| Some((*quantity, value(at)?))).collect()
    }

    /// Writes quantities into registers, as the meter does. Those that the meter does not have are left out; a value that
    /// does not fit is clamped.
    pub fn fill(&self, values: &Values, image: &mut Image) {
        for (quantity, at) in &self.quantities {
            let value = values.get(quantity).copied().unwrap_or_default() / at.scale;
            let words = at.kind.encode(value, at.word_order);
            let words = &words[usize::from(2 - at.kind.words())..];
            image.extend((at.address..).zip(words).map(|(address, word)| ((at.table, address), *word)));
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
