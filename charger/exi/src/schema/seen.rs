//! What tables remember of the Rust types that are read and written with them, so that names are compared once and not with each
//! message. Each is a guess that is checked with one look: types that take turns cost time, and are still right.

use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

/// Remembers the address of the list of fields (or variants) of a Rust type that was compared with a list of the schema, so that it
/// is compared once and not with each message. Two types of one list take turns: that costs time and is still right.
#[derive(Debug)]
pub struct FieldList(AtomicUsize);

/// Remembers the address of the name of a Rust field that is the key of a child, so that it is compared once.
#[derive(Debug)]
pub struct FieldName(AtomicUsize);

impl FieldName {
    /// None was seen yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    #[inline(always)]
    pub(crate) fn is(&self, field: &'static str, key: &str) -> bool {
        // Two names may begin at one address, then they differ in length.
        field.len() == key.len()
            && (self.0.load(Ordering::Relaxed) == field.as_ptr() as usize || self.compare(field, key))
    }

    #[cold]
    fn compare(&self, field: &'static str, key: &str) -> bool {
        let equal = field == key;
        if equal {
            self.0.store(field.as_ptr() as usize, Ordering::Relaxed);
        }
        equal
    }
}

impl Default for FieldName {
    fn default() -> Self {
        Self::new()
    }
}

/// Remembers which element a variant of a Rust enum was last, by the number of the variant: a guess that is checked with one look.
#[derive(Debug)]
pub struct VariantNumbers([AtomicU16; 64]);

impl VariantNumbers {
    /// None was seen yet.
    #[must_use]
    pub const fn new() -> Self {
        Self([const { AtomicU16::new(u16::MAX) }; 64])
    }

    /// The number of the element with the name of this variant.
    #[inline]
    pub(crate) fn find(
        &self,
        variant: u32,
        is: impl Fn(usize) -> bool,
        search: impl FnOnce() -> Option<usize>,
    ) -> Option<usize> {
        let guess = self.0.get(variant as usize);
        if let Some(number) = guess.map(|guess| usize::from(guess.load(Ordering::Relaxed))).filter(|number| is(*number))
        {
            return Some(number);
        }
        let found = search()?;
        if let (Some(guess), Ok(number)) = (guess, u16::try_from(found)) {
            guess.store(number, Ordering::Relaxed);
        }
        Some(found)
    }
}

impl Default for VariantNumbers {
    fn default() -> Self {
        Self::new()
    }
}

/// How a list of Rust fields and a list of the schema go together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Order {
    /// They are the same.
    Same,
    /// The fields are a part of the list, in its order.
    Part,
    /// In another order, or there are others.
    Other,
}

impl FieldList {
    pub(super) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// How these fields and those of the schema go together.
    #[inline(always)]
    pub(crate) fn order<'a>(
        &self,
        fields: &'static [&'static str],
        schema: impl ExactSizeIterator<Item = &'a str>,
    ) -> Order {
        // A list of Rust fields is a static: what was at that address once is there for ever. Its lowest bit says `Part`.
        let known = self.0.load(Ordering::Relaxed);
        if known & !1 == fields.as_ptr() as usize && !fields.is_empty() {
            return if known & 1 == 0 { Order::Same } else { Order::Part };
        }
        self.compare(fields, schema)
    }

    #[cold]
    fn compare<'a>(
        &self,
        fields: &'static [&'static str],
        mut schema: impl ExactSizeIterator<Item = &'a str>,
    ) -> Order {
        let order = if fields.len() == schema.len() { Order::Same } else { Order::Part };
        if !fields.iter().all(|field| schema.any(|name| name == *field)) {
            return Order::Other;
        }
        if !fields.is_empty() {
            self.0.store(fields.as_ptr() as usize | usize::from(order == Order::Part), Ordering::Relaxed);
        }
        order
    }
}

/// Remembers which variant of a Rust enum an element was last.
#[derive(Debug)]
pub struct VariantNumber {
    number: AtomicU16,
    name: FieldName,
}

impl VariantNumber {
    /// None was seen yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { number: AtomicU16::new(u16::MAX), name: FieldName::new() }
    }

    /// The number of the variant with this name; `None` when there is none, or it has a great number.
    #[inline]
    pub(crate) fn find(&self, variants: &'static [&'static str], name: &str) -> Option<u32> {
        let guess = self.number.load(Ordering::Relaxed);
        if variants.get(usize::from(guess)).is_some_and(|variant| self.name.is(variant, name)) {
            return Some(guess.into());
        }
        self.search(variants, name)
    }

    #[cold]
    fn search(&self, variants: &'static [&'static str], name: &str) -> Option<u32> {
        let number =
            variants.iter().position(|variant| *variant == name).and_then(|number| u16::try_from(number).ok())?;
        self.number.store(number, Ordering::Relaxed);
        Some(number.into())
    }
}

impl Default for VariantNumber {
    fn default() -> Self {
        Self::new()
    }
}
