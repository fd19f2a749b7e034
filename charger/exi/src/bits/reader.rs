//! Reads bits.

/// The stream ends before what was to be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct OutOfBits;

/// A place in a stream of bits.
#[derive(Clone, Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The first octet that is not in `ahead` yet.
    next: usize,
    /// The bits that come next, from the most significant on; behind them zeros.
    ahead: u64,
    /// How many.
    count: u32,
}

impl<'a> BitReader<'a> {
    /// The start of these octets.
    #[must_use]
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0, ahead: 0, count: 0 }
    }

    /// Where it is, in bits from the start.
    #[must_use]
    #[inline]
    pub(crate) const fn position(&self) -> usize {
        self.next * 8 - self.count as usize
    }

    /// Goes to a place that it has been at.
    pub(crate) fn seek(&mut self, position: usize) {
        self.next = position / 8;
        (self.ahead, self.count) = (0, 0);
        self.fill();
        let within = (position % 8) as u32;
        self.ahead <<= within;
        self.count = self.count.saturating_sub(within);
    }

    /// How many bits are left.
    #[must_use]
    #[inline]
    pub(crate) const fn left(&self) -> usize {
        (self.bytes.len() - self.next) * 8 + self.count as usize
    }

    /// Looks at more octets, so that at least 56 bits are there or all that are left.
    #[inline(never)]
    fn fill(&mut self) {
        if let Some((word, _)) = self.bytes.get(self.next..).and_then(<[u8]>::split_first_chunk) {
            let octets = (63 - self.count) / 8;
            self.ahead |= u64::from_be_bytes(*word) >> self.count;
            // Of the last octet only a part may have found room: it is looked at again.
            self.next += octets as usize;
            self.count += octets * 8;
            self.ahead &= !(u64::MAX >> 1 >> (self.count - 1));
        } else {
            self.fill_at_the_end();
        }
    }

    fn fill_at_the_end(&mut self) {
        while self.count <= 56 {
            let Some(octet) = self.bytes.get(self.next) else { return };
            self.ahead |= u64::from(*octet) << (56 - self.count);
            self.next += 1;
            self.count += 8;
        }
    }

    /// The next bits as a number, at most 32, and stays where it is.
    ///
    /// # Errors
    ///
    /// There are not so many.
    #[inline(always)]
    pub(crate) fn look(&mut self, count: u8) -> Result<u32, OutOfBits> {
        debug_assert!(count <= 32, "a look holds 56 bits");
        let count = u32::from(count);
        if self.count < count {
            self.fill();
            if self.count < count {
                return Err(OutOfBits);
            }
        }
        // In two steps, so that no bits at all are zero.
        #[expect(clippy::cast_possible_truncation, reason = "at most 32 bits are left of it")]
        let value = (self.ahead >> 1 >> (63 - count)) as u32;
        Ok(value)
    }

    /// Passes over bits that were looked at.
    #[inline(always)]
    pub(crate) const fn pass(&mut self, count: u8) {
        self.ahead <<= count;
        self.count -= count as u32;
    }

    /// The next bits as a number, at most 32.
    ///
    /// # Errors
    ///
    /// There are not so many; nothing is read then.
    #[inline(always)]
    pub(crate) fn bits(&mut self, count: u8) -> Result<u32, OutOfBits> {
        let value = self.look(count)?;
        self.pass(count);
        Ok(value)
    }

    /// The next octet.
    ///
    /// # Errors
    ///
    /// There is none.
    #[inline]
    pub(crate) fn octet(&mut self) -> Result<u8, OutOfBits> {
        #[expect(clippy::cast_possible_truncation, reason = "eight bits")]
        self.bits(8).map(|octet| octet as u8)
    }

    /// Copies octets.
    ///
    /// # Errors
    ///
    /// There are not so many; nothing is read then.
    pub(crate) fn octets(&mut self, into: &mut [u8]) -> Result<(), OutOfBits> {
        if self.left() / 8 < into.len() {
            return Err(OutOfBits);
        }
        let mut pieces = into.chunks_exact_mut(4);
        for piece in &mut pieces {
            piece.copy_from_slice(&self.bits(32)?.to_be_bytes());
        }
        for octet in pieces.into_remainder() {
            *octet = self.octet()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bits_come_the_most_significant_first() {
        let mut reader = BitReader::new(&[0b1010_0110, 0b1100_0000]);
        assert_eq!(reader.bits(3), Ok(0b101));
        assert_eq!(reader.bits(0), Ok(0));
        assert_eq!(reader.bits(7), Ok(0b001_1011));
        assert_eq!((reader.position(), reader.left()), (10, 6));
        assert_eq!(reader.bits(7), Err(OutOfBits));
        assert_eq!(reader.bits(6), Ok(0));
        assert_eq!(reader.bits(1), Err(OutOfBits));
    }

    proptest! {
        #[test]
        fn pieces_of_any_length_are_the_stream(bytes in prop::collection::vec(any::<u8>(), 0..40), cuts in prop::collection::vec(0u8..=32, 0..64)) {
            let all: Vec<bool> = bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte & (0x80 >> bit) != 0)).collect();
            let mut reader = BitReader::new(&bytes);
            let mut at = 0;
            for cut in cuts {
                let expected = all.get(at..at + usize::from(cut)).map(|bits| bits.iter().fold(0u32, |all, bit| all << 1 | u32::from(*bit)));
                let read = reader.bits(cut).ok();
                prop_assert_eq!(read, expected);
                if read.is_some() { at += usize::from(cut); }
                prop_assert_eq!(reader.position(), at);
            }
        }

        #[test]
        fn octets_begin_anywhere(bytes in prop::collection::vec(any::<u8>(), 1..60), shift in 0u8..8, length in 0usize..64) {
            let mut reader = BitReader::new(&bytes);
            let _ = reader.bits(shift);
            let mut one_by_one = reader.clone();
            let mut octets = vec![0; length];
            let read = reader.octets(&mut octets);
            let expected: Result<Vec<u8>, OutOfBits> = (0..length).map(|_| one_by_one.octet()).collect();
            prop_assert_eq!(read.map(|()| octets), expected);
        }
    }
}
