//! The input, with the place where it is read.

use std::io::{BufRead, BufReader, ErrorKind, Read};

use crate::error::CaptureError;

/// The order of the bytes of a number; a file says which it has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    /// The number at a place; 0 where there are no bytes for it, which no caller asks for.
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let bytes = take(bytes, at);
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(super) fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let bytes = take(bytes, at);
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    pub(super) fn i64(self, bytes: &[u8], at: usize) -> i64 {
        let bytes = take(bytes, at);
        match self {
            Self::Little => i64::from_le_bytes(bytes),
            Self::Big => i64::from_be_bytes(bytes),
        }
    }
}

fn take<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

/// An input that knows how much of it was read.
pub(super) struct Source<R> {
    /// A pipe gives what it has; the buffer asks it for more only when all of that was used.
    input: BufReader<R>,
    offset: u64,
}

impl<R: Read> Source<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(64 * 1024, input), offset: 0 }
    }

    /// How many bytes were read.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads until the buffer is full or the input ends, and says how many bytes it were.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, CaptureError> {
        let mut present = 0;
        while let Some(rest) = buffer.get_mut(present..).filter(|rest| !rest.is_empty()) {
            match self.input.read(rest) {
                Ok(0) => break,
                Ok(more) => {
                    present += more;
                    self.offset += more as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(CaptureError::Io { offset: self.offset, source }),
            }
        }
        Ok(present)
    }

    /// Reads over so many bytes, without keeping them, and says how many there were.
    pub(super) fn skip(&mut self, count: u64) -> Result<u64, CaptureError> {
        let mut left = count;
        while left > 0 {
            match self.input.fill_buf() {
                Ok([]) => break,
                Ok(bytes) => {
                    let some = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    self.input.consume(some);
                    left -= some as u64;
                    self.offset += some as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(CaptureError::Io { offset: self.offset, source }),
            }
        }
        Ok(count - left)
    }
}
