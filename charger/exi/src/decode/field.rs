//! A field of a type: its event, and then its content, as a serde deserializer.

use serde::de::Visitor;

use super::content::Content;
use super::items::Repeats;
use super::value::Place;
use super::walker::{Walker, ahead};
use crate::error::{DecodeError, Fault};
use crate::trace::Trace;

/// The field with that number.
pub(super) struct Field<'w, 'd, 'a, R> {
    pub walker: &'w mut Walker<'d, 'a, R>,
    pub index: u8,
}

impl<'w, 'd, 'a, R: Trace> Field<'w, 'd, 'a, R> {
    #[inline]
    pub(super) fn is_next(&mut self) -> Result<bool, DecodeError> {
        match self.walker.peek() {
            ahead::FAILED => Err(self.walker.failure()),
            index => Ok(index == self.index),
        }
    }

    /// The content of the field, which has to come now.
    #[inline(always)]
    pub(crate) fn single(mut self) -> Result<Content<'w, 'a, R>, DecodeError> {
        let child = self.walker.child(self.index);
        if !self.walker.passes(self.index.into()) {
            if self.walker.peek() != self.index {
                return Err(self.absent());
            }
            self.walker.take();
        }
        Ok(Content {
            decoder: self.walker.decoder,
            place: Place { name: &child.name, role: child.role, kind: child.kind },
        })
    }

    #[cold]
    fn absent(&mut self) -> DecodeError {
        match self.walker.peek() {
            ahead::FAILED => self.walker.failure(),
            _ => self.walker.decoder.error(Fault::Missing(self.walker.child(self.index).key)),
        }
    }

    /// The content, its place told to whoever traces.
    #[inline(always)]
    pub(super) fn traced<T>(
        self,
        read: impl FnOnce(Content<'_, 'a, R>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let key = self.walker.child(self.index).key;
        let start = self.walker.begun();
        let Content { decoder, place } = self.single()?;
        decoder.trace.enter(key, start);
        let value = read(Content { decoder: &mut *decoder, place })?;
        decoder.trace.leave(decoder.bits.position());
        Ok(value)
    }
}

/// Each of them is the content's own.
macro_rules! forward {
    ($($method:ident)*) => {
        $(
            #[inline(always)]
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
                self.traced(|content| content.$method(visitor))
            }
        )*
    };
}

impl<'de, R: Trace> serde::Deserializer<'de> for Field<'_, '_, '_, R> {
    type Error = DecodeError;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.walker.child(self.index).many {
            return self.deserialize_seq(visitor);
        }
        self.traced(|content| content.deserialize_any(visitor))
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.is_next()? { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.walker.child(self.index).many {
            return visitor.visit_seq(Repeats { walker: self.walker, index: self.index });
        }
        self.traced(|content| content.deserialize_seq(visitor))
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.traced(|content| content.deserialize_struct(name, fields, visitor))
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.traced(|content| content.deserialize_enum(name, variants, visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        self.traced(|content| content.deserialize_unit_struct(name, visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.traced(|content| content.deserialize_tuple(length, visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.traced(|content| content.deserialize_tuple_struct(name, length, visitor))
    }

    forward! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_map deserialize_identifier deserialize_ignored_any
    }
}
