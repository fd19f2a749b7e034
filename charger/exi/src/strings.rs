//! Strings that were read, for those that only refer to them (EXI 1.0, section 7.3.3).

use crate::schema::{Name, width};

/// A string that stands in the stream as a literal: it is read once more when it is referred to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Literal {
    /// The element or attribute whose value it is.
    name: Name,
    /// Where its characters begin, in bits.
    pub position: usize,
    /// How many.
    pub characters: usize,
}

/// All strings of a stream so far, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Strings(Vec<Literal>);

impl Strings {
    /// A literal was read. Empty ones are not counted.
    pub(crate) fn add(&mut self, name: Name, position: usize, characters: usize) {
        if characters > 0 {
            self.0.push(Literal { name, position, characters });
        }
    }

    /// The bits of a reference to a value of this name.
    pub(crate) fn local_width(&self, name: Name) -> u8 {
        width(self.0.iter().filter(|literal| literal.name == name).count() as u64)
    }

    /// The bits of a reference to any value.
    pub(crate) fn global_width(&self) -> u8 {
        width(self.0.len() as u64)
    }

    /// The value of that number among those of this name.
    pub(crate) fn local(&self, name: Name, number: u32) -> Option<Literal> {
        self.0.iter().filter(|literal| literal.name == name).nth(number as usize).copied()
    }

    /// The value of that number.
    pub(crate) fn global(&self, number: u32) -> Option<Literal> {
        self.0.get(number as usize).copied()
    }
}
