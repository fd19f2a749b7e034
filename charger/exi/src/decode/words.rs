//! Words of a list, as the variants of an enum.

use serde::de::value::U32Deserializer;
use serde::de::{DeserializeSeed, EnumAccess, IntoDeserializer as _, VariantAccess, Visitor};

use crate::error::{DecodeError, Fault};

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
