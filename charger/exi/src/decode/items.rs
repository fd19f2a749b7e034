//! Elements that stand one after the other: as a list of the variants of an enum, or of one kind.

use serde::de::{DeserializeSeed, IntoDeserializer as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::field::Field;
use super::variants::OneOf;
use super::walker::Walker;
use crate::error::{DecodeError, Fault};
use crate::trace::Trace;

/// Elements in any order, each as one of the variants of an enum.
pub(super) struct Items<'w, 'd, 'a, R> {
    pub walker: &'w mut Walker<'d, 'a, R>,
}

impl<'de, R: Trace> SeqAccess<'de> for Items<'_, '_, '_, R> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        match self.walker.next_child()? {
            Some(_) => seed.deserialize(Item { walker: self.walker }).map(Some),
            None => Ok(None),
        }
    }
}

/// The element that comes next, under its name.
struct Item<'w, 'd, 'a, R> {
    walker: &'w mut Walker<'d, 'a, R>,
}

impl<'de, R: Trace> serde::Deserializer<'de> for Item<'_, '_, '_, R> {
    type Error = DecodeError;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_map(OneField { walker: Some(self.walker), index: 0 })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_enum(OneOf { walker: self.walker, numbered: false })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A map of one field.
struct OneField<'w, 'd, 'a, R> {
    walker: Option<&'w mut Walker<'d, 'a, R>>,
    index: u8,
}

impl<'de, R: Trace> MapAccess<'de> for OneField<'_, '_, '_, R> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some(walker) = self.walker.as_mut() else { return Ok(None) };
        let Some(index) = walker.next_child()? else { return Ok(None) };
        self.index = index;
        seed.deserialize(walker.child(index).key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let Some(walker) = self.walker.take() else {
            return Err(DecodeError::new(Fault::Shape("a map of one field was asked for a second".to_owned()), 0));
        };
        let key = walker.child(self.index).key;
        let index = self.index;
        let result = Field { walker, index }.traced(|content| seed.deserialize(content));
        result.map_err(|error| error.inside(key))
    }
}

/// A field that may come several times.
pub(super) struct Repeats<'w, 'd, 'a, R> {
    pub walker: &'w mut Walker<'d, 'a, R>,
    pub index: u8,
}

impl<'de, R: Trace> SeqAccess<'de> for Repeats<'_, '_, '_, R> {
    type Error = DecodeError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let mut field = Field { walker: self.walker, index: self.index };
        if !field.is_next()? {
            return Ok(None);
        }
        field.traced(|content| seed.deserialize(content)).map(Some)
    }
}
