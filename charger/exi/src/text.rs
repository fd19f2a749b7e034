//! How XML writes octets.

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_of_the_schema() {
        assert_eq!(hex::write(&[0, 0xa4, 255]), "00A4FF");
        assert_eq!(hex::read("00a4fF"), Some(vec![0, 0xa4, 255]));
        assert_eq!((hex::read("0"), hex::read("0g")), (None, None));
        assert_eq!(base64::write(b"any carnal pleasure."), "YW55IGNhcm5hbCBwbGVhc3VyZS4=");
        assert_eq!((base64::read("YQ="), base64::read("Y?=="), base64::read("====")), (None, None, None));
    }

    proptest! {
        #[test]
        fn octets_come_back(octets in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(hex::read(&hex::write(&octets)), Some(octets.clone()));
            prop_assert_eq!(base64::read(&base64::write(&octets)), Some(octets.clone()));
        }
    }
}
