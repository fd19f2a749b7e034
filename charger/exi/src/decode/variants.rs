//! Enums: one of several elements, and words of a list.

use serde::de::value::U32Deserializer;
use serde::de::{DeserializeSeed, EnumAccess, IntoDeserializer as _, VariantAccess, Visitor};

use super::field::Field;
use super::walker::Walker;
use crate::error::{DecodeError, Fault};
use crate::trace::Trace;

/// One element of those that may stand here, as a variant. Where none is, the variant is the one without a name.
pub(super) struct OneOf<'w, 'd, 'a, R> {
    pub walker: &'w mut Walker<'d, 'a, R>,
    /// The variants of the Rust type are the children of the schema, in its order.
    pub numbered: bool,
}

impl<'de, 'w, 'd, 'a, R: Trace> EnumAccess<'de> for OneOf<'w, 'd, 'a, R> {
    type Error = DecodeError;
    type Variant = Variant<'w, 'd, 'a, R>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), DecodeError> {
        let index = self.walker.next_child()?;
        let key = index.map_or("", |index| self.walker.child(index).key);
        let variant = match index {
            Some(index) if self.numbered => seed.deserialize(U32Deserializer::<DecodeError>::new(index.into())),
            _ => seed.deserialize(key.into_deserializer()),
        };
        let variant = variant.map_err(|error: DecodeError| error.at(self.walker.decoder.bits.position()))?;
        Ok((variant, Variant { walker: self.walker, index, key }))
    }
}

pub(super) struct Variant<'w, 'd, 'a, R> {
    walker: &'w mut Walker<'d, 'a, R>,
    index: Option<u8>,
    key: &'static str,
}

impl<'w, 'd, 'a, R: Trace> Variant<'w, 'd, 'a, R> {
    fn with<'de, T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DecodeError> {
        let Some(index) = self.index else {
            return Err(self.walker.decoder.error(Fault::Missing("an element")));
        };
        let key = self.key;
        let result = Field { walker: self.walker, index }.traced(|content| seed.deserialize(content));
        result.map_err(|error| error.inside(key))
    }
}

impl<'de, R: Trace> VariantAccess<'de> for Variant<'_, '_, '_, R> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        match self.index {
            None => Ok(()),
            Some(_) => self.with(std::marker::PhantomData::<()>),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DecodeError> {
        self.with(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(self.walker.decoder.error(Fault::Shape("a variant with several values".to_owned())))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, DecodeError> {
        Err(self.walker.decoder.error(Fault::Shape("a variant with fields of its own".to_owned())))
    }
}

/// A word of a list.
pub(super) struct Word {
    /// Its number, if the Rust type has the words in the order of the schema.
    pub number: Option<u32>,
    pub word: &'static str,
}

impl<'de> EnumAccess<'de> for Word {
    type Error = DecodeError;
    type Variant = Unit;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Unit), DecodeError> {
        let variant = match self.number {
            Some(number) => seed.deserialize(U32Deserializer::<DecodeError>::new(number))?,
            None => seed.deserialize(self.word.into_deserializer())?,
        };
        Ok((variant, Unit))
    }
}

pub(super) struct Unit;

impl<'de> VariantAccess<'de> for Unit {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _seed: T) -> Result<T::Value, DecodeError> {
        Err(DecodeError::new(Fault::Shape("a word of a list has no content".to_owned()), 0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(DecodeError::new(Fault::Shape("a word of a list has no content".to_owned()), 0))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, DecodeError> {
        Err(DecodeError::new(Fault::Shape("a word of a list has no content".to_owned()), 0))
    }
}
