//! Strings that were read, for those that only refer to them (EXI 1.0, section 7.3.3).

use std::collections::BTreeMap;

use crate::schema::{Name, width};

/// A string that stands in the stream as a literal: it is read once more when it is referred to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Literal {
    /// The element or attribute whose value it is.
    name: &'static Name,
    /// Where its characters begin, in bits.
    pub position: usize,
    /// How many.
    pub characters: usize,
}

/// All strings of a stream so far, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    all: Vec<Literal>,
    /// The numbers of those of each name. It is made when somebody first refers to one: hardly any stream of the field does.
    by_name: BTreeMap<(&'static str, &'static str), Vec<usize>>,
    /// How many of all it holds.
    indexed: usize,
}

impl Strings {
    /// A literal was read. Empty ones are not counted.
    pub(crate) fn add(&mut self, name: &'static Name, position: usize, characters: usize) {
        if characters > 0 {
            self.all.push(Literal { name, position, characters });
        }
    }

    /// The numbers of the values of this name.
    fn of(&mut self, name: &'static Name) -> &[usize] {
        for (number, literal) in self.all.iter().enumerate().skip(self.indexed) {
            self.by_name.entry((literal.name.local, literal.name.namespace)).or_default().push(number);
        }
        self.indexed = self.all.len();
        self.by_name.get(&(name.local, name.namespace)).map_or(&[], Vec::as_slice)
    }

    /// The bits of a reference to a value of this name.
    pub(crate) fn local_width(&mut self, name: &'static Name) -> u8 {
        width(self.of(name).len() as u64)
    }

    /// The bits of a reference to any value.
    pub(crate) fn global_width(&self) -> u8 {
        width(self.all.len() as u64)
    }

    /// The value of that number among those of this name.
    pub(crate) fn local(&mut self, name: &'static Name, number: u32) -> Option<Literal> {
        let number = *self.of(name).get(number as usize)?;
        self.all.get(number).copied()
    }

    /// The value of that number.
    pub(crate) fn global(&self, number: u32) -> Option<Literal> {
        self.all.get(number as usize).copied()
    }
}
