//! Whole numbers of any length.

use std::fmt;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A whole number of any length (xs:integer): the serial numbers of certificates have up to 20 octets.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Integer {
    /// It is less than zero. Zero itself is not.
    negative: bool,
    /// Its distance from zero, the most significant octet first, without zeros in front.
    magnitude: Vec<u8>,
}

impl Integer {
    /// A number of that many octets, the most significant first.
    #[must_use]
    pub fn new(negative: bool, magnitude: &[u8]) -> Self {
        let start = magnitude.iter().position(|octet| *octet != 0).unwrap_or(magnitude.len());
        Self { negative: negative && start < magnitude.len(), magnitude: magnitude[start..].to_vec() }
    }

    /// Whether it is less than zero.
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        self.negative
    }

    /// Its distance from zero, the most significant octet first, without zeros in front.
    #[must_use]
    pub fn magnitude(&self) -> &[u8] {
        &self.magnitude
    }

    /// One octet for the sign, then the magnitude: how it passes serde where that is not for people.
    pub(crate) fn packed(negative: bool, magnitude: &[u8]) -> Vec<u8> {
        [&[u8::from(negative)], magnitude].concat()
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write(self))
    }
}

impl Serialize for Integer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&Self::packed(self.negative, &self.magnitude))
        }
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Integer;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }
            fn visit_bytes<E: serde::de::Error>(self, packed: &[u8]) -> Result<Integer, E> {
                let (sign, magnitude) = packed.split_first().ok_or_else(|| E::invalid_length(0, &self))?;
                Ok(Integer::new(*sign != 0, magnitude))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Integer, E> {
                read(text).ok_or_else(|| E::custom(format_args!("{text:?} is no whole number")))
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Number)
        } else {
            deserializer.deserialize_bytes(Number)
        }
    }
}

impl TryFrom<&str> for Integer {
    type Error = serde::de::value::Error;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        read(text).ok_or_else(|| Self::Error::custom(format_args!("{text:?} is no whole number")))
    }
}

/// Decimal digits.
#[must_use]
pub(crate) fn write(number: &Integer) -> String {
    // By hand: nine digits a turn of a long division. 20 octets need six turns.
    let mut rest = number.magnitude().to_vec();
    let mut groups = Vec::new();
    while !rest.is_empty() {
        let mut remainder = 0u64;
        for octet in &mut rest {
            let value = remainder << 8 | u64::from(*octet);
            *octet = u8::try_from(value / 1_000_000_000).unwrap_or(u8::MAX);
            remainder = value % 1_000_000_000;
        }
        groups.push(remainder);
        let zeros = rest.iter().take_while(|octet| **octet == 0).count();
        rest.drain(..zeros);
    }
    let sign = if number.is_negative() { "-" } else { "" };
    let (first, others) = groups.split_last().map_or((0, &[][..]), |(first, others)| (*first, others));
    others.iter().rev().fold(format!("{sign}{first}"), |text, group| format!("{text}{group:09}"))
}

/// The number; `None` for anything but digits with a sign, or more than 1,000 of them.
#[must_use]
pub(crate) fn read(text: &str) -> Option<Integer> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || digits.len() > 1000 {
        return None;
    }
    let mut magnitude: Vec<u8> = Vec::new();
    for digit in digits.chars() {
        let mut carry = digit.to_digit(10)?;
        for octet in magnitude.iter_mut().rev() {
            let value = u32::from(*octet) * 10 + carry;
            *octet = u8::try_from(value & 0xff).ok()?;
            carry = value >> 8;
        }
        if carry > 0 {
            magnitude.insert(0, u8::try_from(carry).ok()?);
        }
    }
    Some(Integer::new(negative, &magnitude))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn zero_has_no_sign_and_no_octets() {
        assert_eq!(read("-0"), Some(Integer::default()));
        assert_eq!(write(&Integer::new(true, &[1, 0, 0, 0, 0, 0, 0, 0, 0])), "-18446744073709551616");
    }

    proptest! {
        #[test]
        fn numbers_come_back(octets in prop::collection::vec(any::<u8>(), 0..40), negative: bool) {
            let number = Integer::new(negative, &octets);
            prop_assert_eq!(read(&write(&number)), Some(number));
        }

        #[test]
        fn numbers_are_those_of_the_machine(number: i128) {
            let text = number.to_string();
            prop_assert_eq!(write(&read(&text).unwrap()), text);
        }
    }
}
