//! How XML writes octets and long numbers.

/// xs:hexBinary.
pub mod hex {
    use data_encoding::{HEXUPPER, HEXUPPER_PERMISSIVE};

    /// Two digits an octet, upper case as XML Schema has it.
    #[must_use]
    pub fn write(octets: &[u8]) -> String {
        HEXUPPER.encode(octets)
    }

    /// The octets; `None` for anything but pairs of digits.
    #[must_use]
    pub fn read(text: &str) -> Option<Vec<u8>> {
        HEXUPPER_PERMISSIVE.decode(text.trim().as_bytes()).ok()
    }
}

/// xs:base64Binary.
pub mod base64 {
    use data_encoding::BASE64;

    /// Four letters for three octets, with padding.
    #[must_use]
    pub fn write(octets: &[u8]) -> String {
        BASE64.encode(octets)
    }

    /// The octets; white space is passed over, `None` for anything else that is not base64.
    #[must_use]
    pub fn read(text: &str) -> Option<Vec<u8>> {
        let letters: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        BASE64.decode(&letters).ok()
    }
}

/// xs:integer of any length.
pub mod integer {
    use crate::Integer;

    /// Decimal digits.
    #[must_use]
    pub fn write(number: &Integer) -> String {
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
    pub fn read(text: &str) -> Option<Integer> {
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
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Integer;

    #[test]
    fn texts_of_the_schema() {
        assert_eq!(hex::write(&[0, 0xa4, 255]), "00A4FF");
        assert_eq!(hex::read("00a4fF"), Some(vec![0, 0xa4, 255]));
        assert_eq!((hex::read("0"), hex::read("0g")), (None, None));
        assert_eq!(base64::write(b"any carnal pleasure."), "YW55IGNhcm5hbCBwbGVhc3VyZS4=");
        assert_eq!((base64::read("YQ="), base64::read("Y?=="), base64::read("====")), (None, None, None));
        assert_eq!(integer::read("-0"), Some(Integer::default()));
        assert_eq!(integer::write(&Integer::new(true, &[1, 0, 0, 0, 0, 0, 0, 0, 0])), "-18446744073709551616");
    }

    proptest! {
        #[test]
        fn octets_and_numbers_come_back(octets in prop::collection::vec(any::<u8>(), 0..40), negative: bool) {
            prop_assert_eq!(hex::read(&hex::write(&octets)), Some(octets.clone()));
            prop_assert_eq!(base64::read(&base64::write(&octets)), Some(octets.clone()));
            let number = Integer::new(negative, &octets);
            prop_assert_eq!(integer::read(&integer::write(&number)), Some(number));
        }

        #[test]
        fn numbers_are_those_of_the_machine(number: i128) {
            let text = number.to_string();
            prop_assert_eq!(integer::write(&integer::read(&text).unwrap()), text);
        }
    }
}
