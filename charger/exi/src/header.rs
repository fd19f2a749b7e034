//! The header of a stream (EXI 1.0, section 5): here it is one octet.
//!
//! ```text
//!   10       these are EXI and not XML
//!   0        no options follow: both sides know them
//!   0 0000   version 1
//! ```

/// The one header of the profile.
pub const HEADER: u8 = 0x80;

/// What an octet at the start says that is no header of the profile.
#[must_use]
pub fn fault(first: u8) -> Option<&'static str> {
    match first {
        HEADER => None,
        b'$' => Some("a cookie `$EXI`, which is not of this profile"),
        b'<' => Some("text, XML perhaps"),
        _ if first & 0xc0 != 0x80 => Some("no EXI: the first two bits are not 10"),
        _ if first & 0x20 != 0 => Some("EXI with options in the header, which is not of this profile"),
        _ => Some("another version of EXI than 1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_octet_is_told_apart() {
        assert_eq!(fault(0x80), None);
        let faults = [b'$', b'<', 0x00, 0xa0, 0x81]
            .map(|first| fault(first).map(|text| text.split(' ').next().unwrap_or_default()));
        assert_eq!(faults, [Some("a"), Some("text,"), Some("no"), Some("EXI"), Some("another")]);
    }
}
