//! The content of an element or attribute, as a serde deserializer.

use serde::de::Visitor;
use serde::forward_to_deserialize_any;

use super::fields::{Fields, InOrder, PartInOrder};
use super::items::Items;
use super::value::{Octets, Place, Whole};
use super::variants::{OneOf, Word};
use super::walker::Walker;
use super::{DEPTH, Decoder};
use crate::error::{DecodeError, Fault};
use crate::schema::{Complex, Content as Schema, Datatype, Order};
use crate::text::{base64, hex};
use crate::trace::Trace;
use crate::{Facets, Integer};

/// What is inside of an element, from the event on that begins it.
pub(super) struct Content<'d, 'a, R> {
    pub decoder: &'d mut Decoder<'a, R>,
    pub place: Place,
}

impl<'d, 'a, R: Trace> Content<'d, 'a, R> {
    #[inline]
    fn walker(self, complex: &'static Complex) -> Result<Walker<'d, 'a, R>, DecodeError> {
        if self.decoder.depth >= DEPTH {
            return Err(self.decoder.error(Fault::Depth));
        }
        self.decoder.depth += 1;
        Ok(Walker::new(self.decoder, complex))
    }

    #[inline]
    fn complex(self) -> Result<Walker<'d, 'a, R>, DecodeError> {
        match &self.place.kind.content {
            Schema::Complex(complex) => self.walker(complex),
            Schema::Simple(_) => Err(self.shape("a value and no elements")),
        }
    }

    #[cold]
    fn shape(&self, schema: &str) -> DecodeError {
        self.decoder.error(Fault::Shape(format!("in the schema {} is {schema}", self.place.kind.name)))
    }

    #[inline]
    fn datatype(&self) -> Result<&'static Datatype, DecodeError> {
        match &self.place.kind.content {
            Schema::Simple(datatype) => Ok(datatype),
            Schema::Complex(_) => Err(self.shape("elements and no value")),
        }
    }

    fn octets(self) -> Result<Option<Octets>, DecodeError> {
        match self.datatype()? {
            Datatype::Hex { min, max } | Datatype::Base64 { min, max } => {
                self.decoder.octets(self.place.role, *min, *max)
            }
            _ => Err(self.shape("a value and no octets")),
        }
    }

    #[inline(always)]
    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let datatype = self.datatype()?;
        // Most numbers of a charge loop are small, and read with the events around them in one look.
        match datatype {
            Datatype::Bounded { bits, min, max } => {
                return visitor.visit_i64(self.decoder.bounded(self.place.role, *bits, *min, *max)?);
            }
            Datatype::Signed { .. } => {
                if let Some(value) = self.decoder.short_signed(self.place.role) {
                    return visitor.visit_i64(value);
                }
            }
            Datatype::Unsigned { min, max } => {
                return visitor.visit_u64(self.decoder.unsigned(self.place.role, *min, *max)?);
            }
            _ => {}
        }
        self.any_number(datatype, visitor)
    }

    /// One of several elements.
    fn one_of<'de, V: Visitor<'de>>(
        self,
        complex: &'static Complex,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        // The last variant may be that of no element, which has no name.
        let listed = match variants {
            [listed @ .., ""] => listed,
            all => all,
        };
        let numbered = complex.fields.order(listed, complex.children.iter().map(|child| child.key)) == Order::Same;
        let mut walker = self.walker(complex)?;
        let value = visitor.visit_enum(OneOf { walker: &mut walker, numbered })?;
        walker.end(value)
    }

    /// Numbers that are none of those that come often.
    #[inline(never)]
    fn any_number<'de, V: Visitor<'de>>(
        self,
        datatype: &'static Datatype,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.decoder.whole(self.place.role, datatype)? {
            Whole::Unsigned(value) => visitor.visit_u64(value),
            Whole::Signed(value) => visitor.visit_i64(value),
        }
    }

    fn value_of_any_kind<'de, V: Visitor<'de>>(
        self,
        datatype: &'static Datatype,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match datatype {
            Datatype::Boolean => visitor.visit_bool(self.decoder.boolean(self.place.role)?),
            Datatype::Bounded { .. } | Datatype::Unsigned { .. } | Datatype::Signed { .. } => self.number(visitor),
            Datatype::Integer => {
                let (negative, magnitude) = self.decoder.integer(self.place.role)?;
                visitor.visit_string(Integer::new(negative, &magnitude).to_string())
            }
            Datatype::Text { min, max } => match self.decoder.text(self.place, *min, *max)? {
                Some(text) => visitor.visit_string(text),
                None => visitor.visit_unit(),
            },
            Datatype::Hex { .. } => match self.octets()? {
                Some(octets) => visitor.visit_string(hex::write(octets.as_slice())),
                None => visitor.visit_unit(),
            },
            Datatype::Base64 { .. } => match self.octets()? {
                Some(octets) => visitor.visit_string(base64::write(octets.as_slice())),
                None => visitor.visit_unit(),
            },
            Datatype::Enumeration { values, bits, .. } => {
                let index = self.decoder.word(self.place, *bits, values.len())?;
                visitor.visit_str(values[index as usize])
            }
        }
    }
}

impl<'de, R: Trace> serde::Deserializer<'de> for Content<'_, '_, R> {
    type Error = DecodeError;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.place.kind.content {
            Schema::Simple(datatype) => self.value_of_any_kind(datatype, visitor),
            Schema::Complex(complex) if complex.interleaved => {
                let mut walker = self.walker(complex)?;
                let value = visitor.visit_seq(Items { walker: &mut walker })?;
                walker.end(value)
            }
            Schema::Complex(complex) => {
                let mut walker = self.walker(complex)?;
                let value = visitor.visit_map(Fields { walker: &mut walker })?;
                walker.end(value)
            }
        }
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let mut walker = self.complex()?;
        let complex = walker.complex;
        let value = match complex.fields.order(fields, complex.children.iter().map(|child| child.key)) {
            Order::Same => visitor.visit_seq(InOrder { walker: &mut walker, next: 0 })?,
            Order::Part => visitor.visit_seq(PartInOrder { walker: &mut walker, next: 0, fields: fields.iter() })?,
            Order::Other => visitor.visit_map(Fields { walker: &mut walker })?,
        };
        walker.end(value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let mut walker = self.complex()?;
        let value = visitor.visit_map(Fields { walker: &mut walker })?;
        walker.end(value)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let mut walker = self.complex()?;
        let value = visitor.visit_seq(Items { walker: &mut walker })?;
        walker.end(value)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.place.kind.content {
            Schema::Simple(Datatype::Enumeration { values, bits, variants: known, .. }) => {
                let index = self.decoder.word(self.place, *bits, values.len())?;
                let number = (known.order(variants, values.iter().copied()) == Order::Same).then_some(index);
                visitor.visit_enum(Word { number, word: values[index as usize] })
            }
            Schema::Simple(_) => Err(self.shape("a value and no word of a list")),
            Schema::Complex(complex) => self.one_of(complex, variants, visitor),
        }
    }

    #[inline(always)]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.datatype()? {
            Datatype::Boolean => visitor.visit_bool(self.decoder.boolean(self.place.role)?),
            _ => Err(self.shape("a value that is not true or false")),
        }
    }

    #[inline(always)]
    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.number(visitor)
    }

    #[inline(always)]
    fn deserialize_i16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.number(visitor)
    }

    #[inline(always)]
    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.number(visitor)
    }

    #[inline(always)]
    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.number(visitor)
    }

    #[inline(always)]
    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.number(visitor)
    }

    #[inline(always)]
    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.number(visitor)
    }

    #[inline(always)]
    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.number(visitor)
    }

    #[inline(always)]
    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.number(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.datatype()? {
            Datatype::Text { min, max } => {
                let text = self.decoder.text(self.place, *min, *max)?.unwrap_or_default();
                if text.is_empty() && min.is_some_and(|min| min > 0) && self.decoder.facets == Facets::Checked {
                    return Err(self
                        .decoder
                        .error(Fault::Value("an empty text where the schema wants characters".to_owned())));
                }
                visitor.visit_string(text)
            }
            _ => Err(self.shape("a value and no text")),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if matches!(self.place.kind.content, Schema::Simple(Datatype::Integer)) {
            let (negative, magnitude) = self.decoder.integer(self.place.role)?;
            return visitor.visit_byte_buf(Integer::packed(negative, &magnitude));
        }
        if let Schema::Simple(Datatype::Hex { min, max }) = self.place.kind.content
            && let Some((octets, length)) = self.decoder.few_octets(self.place.role, min, max)
        {
            return visitor.visit_bytes(&octets[..length]);
        }
        visitor.visit_bytes(self.octets()?.unwrap_or(Octets::NONE).as_slice())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_byte_buf(self.octets()?.unwrap_or(Octets::NONE).into_vec())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let walker = self.complex()?;
        walker.end(())?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_unit(visitor)
    }

    forward_to_deserialize_any! { i128 u128 f32 f64 char tuple tuple_struct identifier ignored_any }
}
