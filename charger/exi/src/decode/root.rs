//! The start of a document: which element it is.

use serde::Deserialize;
use serde::de::value::U32Deserializer;
use serde::de::{DeserializeSeed, EnumAccess, IntoDeserializer as _, MapAccess, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::Decoder;
use super::content::Content;
use super::value::Place;
use crate::error::{DecodeError, Fault};
use crate::schema::{Element, Role, SchemaSet, width};
use crate::trace::Trace;

/// A document, from its first event on.
pub(super) struct Document<'d, 'a, R> {
    pub decoder: &'d mut Decoder<'a, R>,
    pub set: &'static SchemaSet,
}

impl<'d, 'a, R: Trace> Document<'d, 'a, R> {
    fn root(self) -> Result<Root<'d, 'a, R>, DecodeError> {
        // One code more is that of an element of any name.
        let count = self.set.documents.len();
        let start = self.decoder.bits.position();
        let code = self.decoder.read(width(count as u64 + 1))?;
        match self.set.documents.get(code as usize) {
            Some(element) if !element.is_abstract => {
                self.decoder.trace.enter(element.name.local, start);
                Ok(Root { decoder: self.decoder, element })
            }
            _ => Err(self.decoder.error(Fault::Root(code))),
        }
    }

    /// What is inside of the element of that name.
    pub(crate) fn of<'de, T: Deserialize<'de>>(self, element: &str) -> Result<T, DecodeError> {
        let root = self.root()?;
        if root.element.name.local != element {
            return Err(root
                .decoder
                .error(Fault::Shape(format!("{} where {element} was expected", root.element.name.local))));
        }
        root.content(std::marker::PhantomData)
    }
}

impl<'de, R: Trace> serde::Deserializer<'de> for Document<'_, '_, R> {
    type Error = DecodeError;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_map(Named(Some(self.root()?)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let root = self.root()?;
        let number = root.element.variant.find(variants, root.element.name.local);
        visitor.visit_enum(Message { root, number })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The element at the top.
pub(super) struct Root<'d, 'a, R> {
    pub decoder: &'d mut Decoder<'a, R>,
    pub element: &'static Element,
}

impl<R: Trace> Root<'_, '_, R> {
    fn content<'de, T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DecodeError> {
        let Element { name, kind, .. } = self.element;
        let content = Content { decoder: &mut *self.decoder, place: Place { name, role: Role::Element, kind } };
        let value =
            seed.deserialize(content).map_err(|error| error.at(self.decoder.bits.position()).inside(name.local))?;
        self.decoder.trace.leave(self.decoder.bits.position());
        Ok(value)
    }
}

/// The element at the top as a variant of an enum.
struct Message<'d, 'a, R> {
    root: Root<'d, 'a, R>,
    /// The number of the variant, if the Rust type has one of that name.
    number: Option<u32>,
}

impl<'de, 'd, 'a, R: Trace> EnumAccess<'de> for Message<'d, 'a, R> {
    type Error = DecodeError;
    type Variant = Root<'d, 'a, R>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), DecodeError> {
        let variant = match self.number {
            Some(number) => seed.deserialize(U32Deserializer::<DecodeError>::new(number))?,
            None => seed.deserialize(self.root.element.name.local.into_deserializer())?,
        };
        Ok((variant, self.root))
    }
}

impl<'de, R: Trace> VariantAccess<'de> for Root<'_, '_, R> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        self.content(std::marker::PhantomData::<()>)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DecodeError> {
        self.content(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(self.decoder.error(Fault::Shape("a variant with several values".to_owned())))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, DecodeError> {
        Err(self.decoder.error(Fault::Shape("a variant with fields of its own".to_owned())))
    }
}

/// The element at the top as a map of one key.
pub(super) struct Named<'d, 'a, R>(pub Option<Root<'d, 'a, R>>);

impl<'de, R: Trace> MapAccess<'de> for Named<'_, '_, R> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some(root) = &self.0 else { return Ok(None) };
        seed.deserialize(root.element.name.local.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        match self.0.take() {
            Some(root) => root.content(seed),
            None => Err(DecodeError::new(Fault::Shape("a map of one key was asked for a second".to_owned()), 0)),
        }
    }
}
