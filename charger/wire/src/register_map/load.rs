//! Maps out of TOML.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Kind, Quantity, Register, RegisterMap, WordOrder};
use crate::modbus::{MAX_READ, Table};

/// The maps that are always there, by name.
pub const BUILT_IN: [(&str, &str); 4] = [
    ("abb-b23", include_str!("../../meters/abb-b23.toml")),
    ("eastron-sdm230", include_str!("../../meters/eastron-sdm230.toml")),
    ("eastron-sdm630-v2", include_str!("../../meters/eastron-sdm630-v2.toml")),
    ("eastron-sdm72d-m-v2", include_str!("../../meters/eastron-sdm72d-m-v2.toml")),
];

/// A map that cannot be used: which file, which key, and what was expected.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{file}: {key}: {expected}")]
pub struct RegisterMapError {
    /// The file, or the name of the map.
    pub file: String,
    /// The key in it.
    pub key: String,
    /// What was expected.
    pub expected: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    description: String,
    #[serde(default = "eighty")]
    max_registers: u16,
    #[serde(default = "sixteen")]
    max_gap: u16,
    #[serde(default)]
    defaults: Defaults,
    quantities: BTreeMap<String, Entry>,
}

const fn eighty() -> u16 {
    80
}

const fn sixteen() -> u16 {
    16
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    table: Option<TableName>,
    r#type: Option<Kind>,
    word_order: Option<WordOrder>,
    #[serde(default)]
    highest_is_absent: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    address: Address,
    table: Option<TableName>,
    r#type: Option<Kind>,
    word_order: Option<WordOrder>,
    scale: Option<f64>,
    highest_is_absent: Option<bool>,
}

/// A register, counted from 0. What manuals print with six digits is refused with the number that is meant.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "u32")]
struct Address(u16);

impl TryFrom<u32> for Address {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        if let Ok(address) = u16::try_from(number) {
            return Ok(Self(address));
        }
        let meant = super::from_manual(number).map_or_else(String::new, |(table, address)| {
            format!("; what a manual calls {number} is {} register {address} here", table.name())
        });
        Err(format!("expected a register from 0 to 65535, got {number}{meant}"))
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TableName {
    Input,
    Holding,
}

impl From<TableName> for Table {
    fn from(name: TableName) -> Self {
        match name {
            TableName::Input => Self::Input,
            TableName::Holding => Self::Holding,
        }
    }
}

impl RegisterMap {
    /// One of the maps that are always there.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn built_in(name: &str) -> Result<Self, RegisterMapError> {
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((name, text)) => Self::parse(name, text),
            None => Err(RegisterMapError {
                file: name.into(),
                key: "map".into(),
                expected: format!("expected a path, or one of {}", BUILT_IN.map(|(name, _)| name).join(", ")),
            }),
        }
    }

    /// Reads a map; `file` is for errors.
    ///
    /// # Errors
    /// It is no TOML, has a key that nobody knows or a value that cannot be.
    pub fn parse(file: &str, text: &str) -> Result<Self, RegisterMapError> {
        let wrong = |key: String, expected: String| RegisterMapError { file: file.into(), key, expected };
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            wrong(format!("line {line}"), error.message().into())
        })?;
        let file: File = serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|error| {
            let path = error.path().to_string();
            let key = if path == "." { "the whole file".into() } else { path };
            wrong(key, error.inner().message().trim_end().into())
        })?;
        let map = Self::from_file(file).map_err(|(key, expected)| wrong(key, expected))?;
        map.check().map_err(|(key, expected)| wrong(key, expected.into()))?;
        Ok(map)
    }

    fn from_file(file: File) -> Result<Self, (String, String)> {
        let File { description, max_registers, max_gap, defaults, quantities } = file;
        let register = |entry: Entry| Register {
            table: entry.table.or(defaults.table).map_or(Table::Input, Table::from),
            address: entry.address.0,
            kind: entry.r#type.or(defaults.r#type).unwrap_or(Kind::F32),
            word_order: entry.word_order.or(defaults.word_order).unwrap_or_default(),
            scale: entry.scale.unwrap_or(1.0),
            highest_is_absent: entry.highest_is_absent.unwrap_or(defaults.highest_is_absent),
        };
        let quantity = |(name, entry): (String, Entry)| match Quantity::from_name(&name) {
            Some(quantity) => Ok((quantity, register(entry))),
            None => {
                let names = Quantity::ALL.map(Quantity::name).join(", ");
                Err((format!("quantities.{name}"), format!("expected one of {names}")))
            }
        };
        let quantities = quantities.into_iter().map(quantity).collect::<Result<_, _>>()?;
        Ok(Self { description, max_registers, max_gap, quantities })
    }

    fn check(&self) -> Result<(), (String, &'static str)> {
        if !(2..=MAX_READ).contains(&self.max_registers) {
            return Err(("max_registers".into(), "expected 2 to 125"));
        }
        let has = |quantity| self.quantities.contains_key(&quantity);
        for (there, key) in [
            (has(Quantity::VoltageL1), "quantities.voltage_l1"),
            (has(Quantity::CurrentL1), "quantities.current_l1"),
            (has(Quantity::PowerL1) || has(Quantity::Power), "quantities.power_l1"),
            (has(Quantity::Import), "quantities.import"),
        ] {
            if !there {
                return Err((key.into(), "expected it to be there"));
            }
        }
        let mut taken = BTreeMap::new();
        for (quantity, at) in &self.quantities {
            let key = |field: &str| format!("quantities.{}.{field}", quantity.name());
            if !at.scale.is_finite() || at.scale == 0.0 {
                return Err((key("scale"), "expected a number other than zero"));
            }
            // From nano to giga: beyond that no value that fits its registers is one that a meter can show.
            if !(1e-9..=1e9).contains(&at.scale.abs()) {
                return Err((key("scale"), "expected a size from 1e-9 to 1e9"));
            }
            if matches!(quantity, Quantity::Import | Quantity::Export) && at.scale < 0.0 {
                return Err((key("scale"), "expected more than zero: a register of energy counts up"));
            }
            if at.kind.words() > self.max_registers {
                return Err((key("type"), "expected a value of no more registers than max_registers"));
            }
            // An end of 65536 would not fit the arithmetic of requests; no meter is known that goes so far.
            let Some(end) = at.address.checked_add(at.kind.words()) else {
                return Err((key("address"), "expected the whole value below register 65535"));
            };
            for address in at.address..end {
                if taken.insert((at.table, address), quantity).is_some() {
                    return Err((key("address"), "expected a register that no other quantity has"));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_map_is_one_and_has_both_directions() {
        for (name, _) in BUILT_IN {
            let map = RegisterMap::built_in(name).expect(name);
            let (import, export, scale) =
                if name.starts_with("eastron") { (72, 74, 1000.0) } else { (0x5000, 0x5004, 10.0) };
            assert_eq!(
                map.register(Quantity::Import).map(|at| (at.address, at.scale)),
                Some((import, scale)),
                "{name}"
            );
            assert_eq!(map.register(Quantity::Export).map(|at| at.address), Some(export), "{name}");
            assert!(map.hints().is_empty(), "{name}");
        }
    }

    const LEAST: &str = "quantities.voltage_l1 = { address = 0 }\nquantities.current_l1 = { address = 6 }\n\
        quantities.power = { address = 52 }\nquantities.import = { address = 72 }\n";

    #[test]
    fn an_error_names_the_file_and_the_key() {
        assert!(RegisterMap::parse("my.toml", LEAST).is_ok());
        let error = |more: &str| RegisterMap::parse("my.toml", &format!("{LEAST}{more}")).expect_err(more).to_string();
        for (more, expected) in [
            ("max_registers = 126", "my.toml: max_registers: expected 2 to 125"),
            ("quantities.voltage_l4 = { address = 9 }", "my.toml: quantities.voltage_l4: expected one of voltage_l1"),
            ("quantities.export = { adress = 9 }", "my.toml: quantities.export.adress: unknown field"),
            (
                "quantities.export = { address = 70000 }",
                "my.toml: quantities.export.address: expected a register from 0 to 65535, got 70000",
            ),
            (
                "quantities.export = { address = 300075 }",
                "my.toml: quantities.export.address: expected a register from 0 to 65535, got 300075; what a manual \
                 calls 300075 is input register 74 here",
            ),
            ("quantities.export = { address = -1 }", "my.toml: quantities.export.address: invalid value"),
            (
                "quantities.export = { address = 65532, type = \"u64\" }",
                "my.toml: quantities.export.address: expected the whole value",
            ),
            ("quantities.export = { address = 65534 }", "my.toml: quantities.export.address: expected the whole value"),
            ("quantities.export = { address = 73 }", "my.toml: quantities.export.address: expected a register that no"),
            (
                "quantities.export = { address = 74, scale = 1e300 }",
                "my.toml: quantities.export.scale: expected a size from 1e-9 to 1e9",
            ),
            (
                "quantities.export = { address = 74, scale = -1.0 }",
                "my.toml: quantities.export.scale: expected more than zero",
            ),
            (
                "quantities.export = { address = 74, scale = 0.0 }",
                "my.toml: quantities.export.scale: expected a number",
            ),
            (
                "quantities.export = { address = 74, type = \"f16\" }",
                "my.toml: quantities.export.type: unknown variant",
            ),
            (
                "max_registers = 2\nquantities.export = { address = 74, type = \"f64\" }",
                "my.toml: quantities.export.type: expected a value of no more registers",
            ),
            ("defaults.word_order = \"acbd\"", "my.toml: defaults.word_order: unknown variant `acbd`"),
            ("colour = 1", "my.toml: colour: unknown field"),
            ("=", "my.toml: line 5: "),
        ] {
            assert!(error(more).starts_with(expected), "{more}: {}", error(more));
        }
        let error = RegisterMap::parse("my.toml", "[quantities]\n").expect_err("nothing there");
        assert_eq!(error.to_string(), "my.toml: quantities.voltage_l1: expected it to be there");
        let error = RegisterMap::built_in("sdm72").expect_err("no such map").to_string();
        assert!(error.contains("eastron-sdm72d-m-v2"), "{error}");
    }
}
