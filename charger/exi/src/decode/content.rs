//! The content of an element or attribute, and the fields in it, as serde deserializers. They make each other, so they share a file.

use serde::de::value::U32Deserializer;
use serde::de::{DeserializeSeed, EnumAccess, IntoDeserializer as _, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::value::{Octets, Place, Whole};
use super::walker::{Walker, ahead};
use super::words::Word;
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

/// The fields of a struct whose list is that of the schema.
struct InOrder<'w, 'd, 'a, R> {
    walker: &'w mut Walker<'d, 'a, R>,
    next: u8,
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
struct PartInOrder<'w, 'd, 'a, R> {
    walker: &'w mut Walker<'d, 'a, R>,
    next: u8,
    fields: std::slice::Iter<'static, &'static str>,
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
struct Fields<'w, 'd, 'a, R> {
    walker: &'w mut Walker<'d, 'a, R>,
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

/// Elements in any order, each as one of the variants of an enum.
struct Items<'w, 'd, 'a, R> {
    walker: &'w mut Walker<'d, 'a, R>,
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

/// One element of those that may stand here, as a variant. Where none is, the variant is the one without a name.
struct OneOf<'w, 'd, 'a, R> {
    walker: &'w mut Walker<'d, 'a, R>,
    /// The variants of the Rust type are the children of the schema, in its order.
    numbered: bool,
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

struct Variant<'w, 'd, 'a, R> {
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

/// The field with that number.
struct Field<'w, 'd, 'a, R> {
    walker: &'w mut Walker<'d, 'a, R>,
    index: u8,
}

impl<'w, 'd, 'a, R: Trace> Field<'w, 'd, 'a, R> {
    #[inline]
    fn is_next(&mut self) -> Result<bool, DecodeError> {
        match self.walker.peek() {
            ahead::FAILED => Err(self.walker.failure()),
            index => Ok(index == self.index),
        }
    }

    /// The content of the field, which has to come now.
    #[inline(always)]
    fn single(mut self) -> Result<Content<'w, 'a, R>, DecodeError> {
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
    fn traced<T>(self, read: impl FnOnce(Content<'_, 'a, R>) -> Result<T, DecodeError>) -> Result<T, DecodeError> {
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

/// A field that may come several times.
struct Repeats<'w, 'd, 'a, R> {
    walker: &'w mut Walker<'d, 'a, R>,
    index: u8,
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
