//! Takes the fields of a message one after the other: numbers, and vectors with their length in front.

/// What is left of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(&'a [u8]);

/// A message ended before its field did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooShort;

impl<'a> Fields<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// So many bytes as they are.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], TooShort> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(TooShort)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], TooShort> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(TooShort)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, TooShort> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, TooShort> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u24(&mut self) -> Result<usize, TooShort> {
        self.array().map(|[high, middle, low]| usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low))
    }

    /// A vector whose length stands in one byte.
    pub(crate) fn vector8(&mut self) -> Result<&'a [u8], TooShort> {
        let length = self.u8()?;
        self.take(length.into())
    }

    /// A vector whose length stands in two bytes.
    pub(crate) fn vector16(&mut self) -> Result<&'a [u8], TooShort> {
        let length = self.u16()?;
        self.take(length.into())
    }

    /// A vector whose length stands in three bytes.
    pub(crate) fn vector24(&mut self) -> Result<&'a [u8], TooShort> {
        let length = self.u24()?;
        self.take(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_has_its_length_in_front() {
        let mut fields = Fields::new(&[1, 0xaa, 0, 2, 0xbb, 0xcc, 0, 0, 1, 0xdd, 3, 0]);
        assert_eq!(fields.vector8(), Ok(&[0xaa][..]));
        assert_eq!(fields.vector16(), Ok(&[0xbb, 0xcc][..]));
        assert_eq!(fields.vector24(), Ok(&[0xdd][..]));
        assert_eq!(fields.vector8(), Err(TooShort), "three bytes were said, one is there");
    }
}
