//! Bytes that are read from the front, with words for what was missing. Numbers of HomePlug AV have their low byte first.

use crate::error::FrameError;

/// A frame that is read from the front.
pub(crate) struct Reader<'a> {
    frame: &'a [u8],
    at: usize,
    part: &'static str,
}

impl<'a> Reader<'a> {
    /// Reads this frame; errors name the part.
    pub(crate) const fn new(frame: &'a [u8], part: &'static str) -> Self {
        Self { frame, at: 0, part }
    }

    /// From here on errors name this part.
    pub(crate) const fn begin(&mut self, part: &'static str) {
        self.part = part;
    }

    /// The next `length` bytes.
    pub(crate) fn slice(&mut self, length: usize, field: &'static str) -> Result<&'a [u8], FrameError> {
        let end = self.at.saturating_add(length);
        let Some(bytes) = self.frame.get(self.at..end) else {
            return Err(FrameError::Short { length: self.frame.len(), part: self.part, field, end });
        };
        self.at = end;
        Ok(bytes)
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], FrameError> {
        let mut array = [0; N];
        array.copy_from_slice(self.slice(N, field)?);
        Ok(array)
    }

    pub(crate) fn byte(&mut self, field: &'static str) -> Result<u8, FrameError> {
        self.array(field).map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self, field: &'static str) -> Result<u16, FrameError> {
        self.array(field).map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, FrameError> {
        self.array(field).map(u32::from_le_bytes)
    }

    /// What was not read, which is read with this.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let rest = self.frame.get(self.at..).unwrap_or_default();
        self.at = self.frame.len();
        rest
    }
}
