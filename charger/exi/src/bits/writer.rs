//! Writes bits.

/// A growing stream of bits.
#[derive(Debug)]
pub(crate) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    /// Bits that are no whole octets yet, in the low end.
    pending: u64,
    /// How many.
    count: u32,
}

impl<'a> BitWriter<'a> {
    /// Appends to these octets.
    pub(crate) const fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, pending: 0, count: 0 }
    }

    /// Appends the low `count` bits of a number, at most 32.
    #[inline]
    pub(crate) fn bits(&mut self, count: u8, value: u32) {
        debug_assert!(count <= 32 && u64::from(value) >> count == 0, "{value} in {count} bits");
        self.pending = self.pending << count | u64::from(value);
        self.count += u32::from(count);
        if self.count >= 32 {
            self.count -= 32;
            #[expect(clippy::cast_possible_truncation, reason = "the oldest 32 bits")]
            let word = (self.pending >> self.count) as u32;
            self.out.extend_from_slice(&word.to_be_bytes());
        }
    }

    /// Appends octets.
    pub(crate) fn octets(&mut self, octets: &[u8]) {
        let mut words = octets.chunks_exact(4);
        for word in &mut words {
            self.bits(32, u32::from_be_bytes([word[0], word[1], word[2], word[3]]));
        }
        for octet in words.remainder() {
            self.bits(8, u32::from(*octet));
        }
    }

    /// How many bits stand in the stream, those of before it included.
    #[must_use]
    pub(crate) fn position(&self) -> usize {
        self.out.len() * 8 + self.count as usize
    }

    /// Fills the last octet with zeros.
    pub(crate) fn finish(mut self) {
        let padding = (8 - self.count % 8) % 8;
        self.bits(padding as u8, 0);
        while self.count >= 8 {
            self.count -= 8;
            #[expect(clippy::cast_possible_truncation, reason = "one octet")]
            self.out.push((self.pending >> self.count) as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::BitReader;
    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(values in prop::collection::vec((0u8..=32, any::<u32>()), 0..80)) {
            let cut = |count: u8, value: u32| if count == 0 { 0 } else { value >> (32 - count) };
            let mut bytes = Vec::new();
            let mut writer = BitWriter::new(&mut bytes);
            for &(count, value) in &values {
                writer.bits(count, cut(count, value));
            }
            let bits = writer.position();
            writer.finish();
            prop_assert_eq!(bytes.len(), bits.div_ceil(8));
            let mut reader = BitReader::new(&bytes);
            for &(count, value) in &values {
                prop_assert_eq!(reader.bits(count), Ok(cut(count, value)));
            }
        }
    }
}
