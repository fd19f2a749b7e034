//! Consistent overhead byte stuffing: any bytes, written without a zero.

use memchr::memchr;

/// A block is at most so many bytes that are not zero.
const LONGEST_BLOCK: usize = 254;

/// At most so many bytes become of `length`.
pub(super) const fn longest(length: usize) -> usize {
    length + length / LONGEST_BLOCK + 1
}

/// Writes what stands in `line` from `begins` on without a zero; the closing zero is the caller's.
pub(super) fn encode(line: &mut Vec<u8>, begins: usize) {
    // Where the length of the block stands that is being written: in front of all, and then in the place of each zero.
    line.insert(begins, 0);
    let mut block = begins;
    while block < line.len() {
        let rest = &line[block + 1..];
        let length = memchr(0, rest).unwrap_or(rest.len());
        if length > LONGEST_BLOCK || (length == LONGEST_BLOCK && length < rest.len()) {
            // A full block stands for no zero.
            line[block] = 0xff;
            block += LONGEST_BLOCK + 1;
            line.insert(block, 0);
        } else {
            // At most 255, so it fits.
            line[block] = length as u8 + 1;
            block += length + 1;
        }
    }
}

/// Reads what [`encode`] wrote; `None` when it breaks off inside a block or has a zero.
pub(super) fn decode(mut encoded: &[u8]) -> Option<Vec<u8>> {
    if encoded.contains(&0) {
        return None;
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    while let Some((code, rest)) = encoded.split_first() {
        let (block, rest) = rest.split_at_checked(usize::from(*code) - 1)?;
        bytes.extend(block);
        // A full block stands for no zero, and neither does the last one.
        if *code != 0xff && !rest.is_empty() {
            bytes.push(0);
        }
        encoded = rest;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encode(bytes: &[u8]) -> Vec<u8> {
        let mut line = [&[0, 7], bytes].concat();
        super::encode(&mut line, 2);
        assert_eq!(line[..2], [0, 7], "what stands in front of it stays");
        line.split_off(2)
    }

    #[test]
    fn the_examples_that_everybody_uses() {
        let long: Vec<u8> = (1..=254).collect();
        let pairs: [(&[u8], &[u8]); 6] = [
            (&[], &[1]),
            (&[0], &[1, 1]),
            (&[0, 0], &[1, 1, 1]),
            (&[0x11, 0x22, 0x00, 0x33], &[3, 0x11, 0x22, 2, 0x33]),
            (&[0x11, 0x22, 0x33, 0x44], &[5, 0x11, 0x22, 0x33, 0x44]),
            (&[0x11, 0x00, 0x00, 0x00], &[2, 0x11, 1, 1, 1]),
        ];
        for (bytes, encoded) in pairs {
            assert_eq!(encode(bytes), encoded);
            assert_eq!(decode(encoded).as_deref(), Some(bytes));
        }
        assert_eq!(encode(&long), [&[0xff][..], &long].concat());
        assert_eq!(encode(&[&long[..], &[255]].concat()), [&[0xff][..], &long, &[2, 255]].concat());
        assert_eq!(encode(&[&long[..], &[0]].concat()), [&[0xff][..], &long, &[1, 1]].concat());
        assert_eq!(decode(&[5, 1, 2]), None);
        assert_eq!(decode(&[0]), None);
    }

    proptest! {
        #[test]
        fn what_is_written_has_no_zero_and_is_read(bytes in prop::collection::vec(prop_oneof![Just(0), any::<u8>()], 0..700)) {
            let encoded = encode(&bytes);
            prop_assert!(!encoded.contains(&0) && encoded.len() <= longest(bytes.len()));
            prop_assert_eq!(decode(&encoded), Some(bytes));
        }

        #[test]
        fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
            let _ = decode(&bytes);
        }
    }
}
