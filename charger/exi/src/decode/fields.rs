//! The fields of a struct as serde asks for them: in the order of the schema, or by name.

use serde::de::{DeserializeSeed, IntoDeserializer as _, MapAccess, SeqAccess};

use super::field::Field;
use super::walker::{Walker, ahead};
use crate::error::{DecodeError, Fault};
use crate::trace::Trace;

/// The fields of a struct whose list is that of the schema.
pub(super) struct InOrder<'w, 'd, 'a, R> {
    pub walker: &'w mut Walker<'d, 'a, R>,
    pub next: u8,
}

impl<'de, R: Trace> SeqAccess<'de> for InOrder<'_, '_, '_, R> {
    type Error = DecodeError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let Some(child) = self.walker.complex.children.get(usize::from(self.next)) else { return Ok(None) };
        let index = self.next;
        self.next += 1;
        match seed.deserialize(Field { walker: self.walker, index }) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(error.at(self.walker.decoder.bits.position()).inside(child.key)),
        }
    }
}

/// The fields of a struct that has some of those of the schema, in its order. Others may not come.
pub(super) struct PartInOrder<'w, 'd, 'a, R> {
    pub walker: &'w mut Walker<'d, 'a, R>,
    pub next: u8,
    pub fields: std::slice::Iter<'static, &'static str>,
}

impl<'de, R: Trace> SeqAccess<'de> for PartInOrder<'_, '_, '_, R> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let Some(field) = self.fields.next() else { return Ok(None) };
        while self.walker.complex.children.get(usize::from(self.next)).is_some_and(|child| child.key != *field) {
            self.next += 1;
        }
        let mut all = InOrder { walker: self.walker, next: self.next };
        let value = all.next_element_seed(seed)?;
        self.next = all.next;
        Ok(value)
    }
}

/// The fields by name, as they come.
pub(super) struct Fields<'w, 'd, 'a, R> {
    pub walker: &'w mut Walker<'d, 'a, R>,
}

/// The key of the text between elements.
const MIXED: &str = "$text";

impl<'de, R: Trace> MapAccess<'de> for Fields<'_, '_, '_, R> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let key = match self.walker.peek() {
            ahead::FAILED => return Err(self.walker.failure()),
            ahead::MIXED_TEXT => MIXED,
            ahead::END => return Ok(None),
            index => self.walker.child(index).key,
        };
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        match self.walker.peek() {
            ahead::MIXED_TEXT => Err(self.walker.decoder.error(Fault::Unread("text between elements"))),
            other @ (ahead::END | ahead::FAILED) => Err(self.walker.unexpected(other)),
            index => {
                let key = self.walker.child(index).key;
                seed.deserialize(Field { walker: self.walker, index })
                    .map_err(|error| error.at(self.walker.decoder.bits.position()).inside(key))
            }
        }
    }
}
