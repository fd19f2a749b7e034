//! Bits: values begin anywhere in an octet, the most significant bit first.

mod reader;
mod writer;

pub(crate) use reader::{BitReader, OutOfBits};
pub(crate) use writer::BitWriter;
