//! The content of an element or attribute, as a serde serializer. Its event is written already.

use serde::Serialize;
use serde::ser::{Impossible, SerializeSeq, SerializeStruct};

use super::Encoder;
use super::value::Place;
use super::variant::{OnlyVariant, WriteVariant};
use super::walker::Walker;
use crate::Integer;
use crate::error::EncodeError;
use crate::schema::{Complex, Content as Schema, Datatype};
use crate::trace::Trace;

/// What is inside of an element.
pub(super) struct Content<'e, 'a, R> {
    pub encoder: &'e mut Encoder<'a, R>,
    pub place: Place,
}

impl<'e, 'a, R: Trace> Content<'e, 'a, R> {
    #[cold]
    fn shape(&self, given: &str) -> EncodeError {
        self.encoder.error(format!("{given}, which is not what {} is in the schema", self.place.kind.name))
    }

    fn complex(&self) -> Result<&'static Complex, EncodeError> {
        match &self.place.kind.content {
            Schema::Complex(complex) => Ok(complex),
            Schema::Simple(_) => Err(self.shape("elements were given")),
        }
    }

    fn datatype(&self) -> Result<&'static Datatype, EncodeError> {
        match &self.place.kind.content {
            Schema::Simple(datatype) => Ok(datatype),
            Schema::Complex(_) => Err(self.shape("a value was given")),
        }
    }

    #[inline(always)]
    fn number(self, value: i64) -> Result<(), EncodeError> {
        match self.datatype()? {
            Datatype::Bounded { bits, min, max } if (*min..=*max).contains(&value) => {
                self.encoder.bounded(self.place, *bits, value - min);
                Ok(())
            }
            Datatype::Signed { min, max } if (*min..=*max).contains(&value) => {
                self.encoder.signed(self.place, value);
                Ok(())
            }
            datatype => self.encoder.whole(self.place, datatype, value.into()),
        }
    }

    fn fields(self) -> Result<Fields<'e, 'a, R>, EncodeError> {
        Ok(Fields { walker: Walker::new(self.complex()?), encoder: self.encoder, next: 0 })
    }
}

impl<'e, 'a, R: Trace> serde::Serializer for Content<'e, 'a, R> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Items<'e, 'a, R>;
    type SerializeTuple = Impossible<(), EncodeError>;
    type SerializeTupleStruct = Impossible<(), EncodeError>;
    type SerializeTupleVariant = Impossible<(), EncodeError>;
    type SerializeMap = Impossible<(), EncodeError>;
    type SerializeStruct = Fields<'e, 'a, R>;
    type SerializeStructVariant = Impossible<(), EncodeError>;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Result<(), EncodeError> {
        match self.datatype()? {
            Datatype::Boolean => {
                self.encoder.boolean(self.place, value);
                Ok(())
            }
            _ => Err(self.shape("true or false was given")),
        }
    }

    fn serialize_i8(self, value: i8) -> Result<(), EncodeError> {
        self.number(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), EncodeError> {
        self.number(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), EncodeError> {
        self.number(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), EncodeError> {
        self.number(value)
    }

    fn serialize_u8(self, value: u8) -> Result<(), EncodeError> {
        self.number(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), EncodeError> {
        self.number(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), EncodeError> {
        self.number(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), EncodeError> {
        let datatype = self.datatype()?;
        self.encoder.whole(self.place, datatype, value.into())
    }

    fn serialize_f32(self, _value: f32) -> Result<(), EncodeError> {
        Err(self.shape("a fraction was given"))
    }

    fn serialize_f64(self, _value: f64) -> Result<(), EncodeError> {
        Err(self.shape("a fraction was given"))
    }

    fn serialize_char(self, _value: char) -> Result<(), EncodeError> {
        Err(self.shape("a character was given"))
    }

    fn serialize_str(self, value: &str) -> Result<(), EncodeError> {
        match self.datatype()? {
            Datatype::Text { min, max } => self.encoder.text(self.place, *min, *max, value),
            Datatype::Enumeration { values, bits, .. } => match values.iter().position(|word| *word == value) {
                Some(index) => {
                    self.encoder.word(self.place, *bits, u32::try_from(index).unwrap_or_default());
                    Ok(())
                }
                None => Err(self.shape(&format!("{value:?} was given"))),
            },
            _ => Err(self.shape("text was given")),
        }
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), EncodeError> {
        match self.datatype()? {
            Datatype::Hex { min, max } | Datatype::Base64 { min, max } => {
                self.encoder.octets(self.place, *min, *max, value)
            }
            Datatype::Integer => {
                let (sign, magnitude) = value.split_first().ok_or_else(|| self.shape("no octet was given"))?;
                let number = Integer::new(*sign != 0, magnitude);
                self.encoder.integer(self.place, number.is_negative(), number.magnitude());
                Ok(())
            }
            _ => Err(self.shape("octets were given")),
        }
    }

    fn serialize_none(self) -> Result<(), EncodeError> {
        Err(self.shape("nothing was given"))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), EncodeError> {
        let complex = self.complex()?;
        Walker::new(complex).end(self.encoder)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), EncodeError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _name: &'static str, index: u32, variant: &'static str) -> Result<(), EncodeError> {
        match &self.place.kind.content {
            Schema::Simple(Datatype::Enumeration { values, bits, names, .. }) => {
                let at = index as usize;
                let same = values.get(at).zip(names.get(at)).is_some_and(|(word, name)| name.is(variant, word));
                let found = if same {
                    Some(index)
                } else {
                    values.iter().position(|word| *word == variant).and_then(|at| u32::try_from(at).ok())
                };
                match found {
                    Some(index) => {
                        self.encoder.word(self.place, *bits, index);
                        Ok(())
                    }
                    None => Err(self.shape(&format!("{variant} was given"))),
                }
            }
            Schema::Complex(complex) if variant.is_empty() => Walker::new(complex).end(self.encoder),
            Schema::Simple(_) | Schema::Complex(_) => self.serialize_newtype_variant("", index, variant, &()),
        }
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        number: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        let mut walker = Walker::new(self.complex()?);
        item(self.encoder, &mut walker, number, variant, value)?;
        walker.end(self.encoder)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Items<'e, 'a, R>, EncodeError> {
        Ok(Items { walker: Walker::new(self.complex()?), encoder: self.encoder })
    }

    fn serialize_tuple(self, _length: usize) -> Result<Self::SerializeTuple, EncodeError> {
        Err(self.shape("a tuple was given"))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleStruct, EncodeError> {
        Err(self.shape("a tuple was given"))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, EncodeError> {
        Err(self.shape("a tuple was given"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Self::SerializeMap, EncodeError> {
        Err(self.shape("a map was given"))
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Fields<'e, 'a, R>, EncodeError> {
        self.fields()
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, EncodeError> {
        Err(self.shape("a variant with fields of its own was given"))
    }
}

/// An element under its name.
fn item<R: Trace, T: Serialize + ?Sized>(
    encoder: &mut Encoder<'_, R>,
    walker: &mut Walker,
    number: u32,
    key: &'static str,
    value: &T,
) -> Result<(), EncodeError> {
    let children = walker.complex.children;
    let is = |index: usize| children.get(index).is_some_and(|child| child.is(key));
    let Some(index) = walker.complex.variants.find(number, is, || children.iter().position(|child| child.key == key))
    else {
        return Err(encoder.error(format!("the schema knows no {key} here")));
    };
    value.serialize(Field { encoder, walker, index }).map_err(|error| error.inside(key))
}

/// The fields of a struct, in the order of the schema.
pub(super) struct Fields<'e, 'a, R> {
    encoder: &'e mut Encoder<'a, R>,
    walker: Walker,
    /// The child that comes next if all fields are there.
    next: usize,
}

impl<R: Trace> Fields<'_, '_, R> {
    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), EncodeError> {
        let children = self.walker.complex.children;
        let index = match children.get(self.next) {
            Some(child) if child.is(key) => self.next,
            _ => match children.iter().position(|child| child.key == key) {
                Some(index) => index,
                None => return Err(self.encoder.error(format!("the schema knows no {key} here"))),
            },
        };
        self.next = index + 1;
        let result = value.serialize(Field { encoder: self.encoder, walker: &mut self.walker, index });
        result.map_err(|error| error.inside(children[index].key))
    }
}

impl<R: Trace> SerializeStruct for Fields<'_, '_, R> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), EncodeError> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), EncodeError> {
        self.walker.end(self.encoder)
    }
}

/// Elements in any order, each a variant of an enum.
pub(super) struct Items<'e, 'a, R> {
    encoder: &'e mut Encoder<'a, R>,
    walker: Walker,
}

impl<R: Trace> SerializeSeq for Items<'_, '_, R> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        value.serialize(OnlyVariant(Item { encoder: self.encoder, walker: &mut self.walker }))
    }

    fn end(self) -> Result<(), EncodeError> {
        self.walker.end(self.encoder)
    }
}

/// One of several elements.
struct Item<'w, 'a, R> {
    encoder: &'w mut Encoder<'a, R>,
    walker: &'w mut Walker,
}

/// A field: its event is written with the first value of it.
struct Field<'w, 'a, R> {
    encoder: &'w mut Encoder<'a, R>,
    walker: &'w mut Walker,
    index: usize,
}

impl<R: Trace> Field<'_, '_, R> {
    #[inline]
    fn traced(self, write: impl FnOnce(Content<'_, '_, R>) -> Result<(), EncodeError>) -> Result<(), EncodeError> {
        let child = self.walker.child(self.index);
        self.encoder.trace.enter(child.key, self.encoder.bits.position());
        self.walker.event(self.encoder, self.index)?;
        write(Content { encoder: self.encoder, place: Place { role: child.role, kind: child.kind } })?;
        self.encoder.trace.leave(self.encoder.bits.position());
        Ok(())
    }
}

/// Each of them is the content's own.
macro_rules! forward {
    ($($method:ident: $value:ty,)*) => {
        $(
            #[inline]
            fn $method(self, value: $value) -> Result<(), EncodeError> {
                self.traced(|content| content.$method(value))
            }
        )*
    };
}

impl<'w, 'a, R: Trace> serde::Serializer for Field<'w, 'a, R> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Repeats<'w, 'a, R>;
    type SerializeTuple = Impossible<(), EncodeError>;
    type SerializeTupleStruct = Impossible<(), EncodeError>;
    type SerializeTupleVariant = Impossible<(), EncodeError>;
    type SerializeMap = Impossible<(), EncodeError>;
    type SerializeStruct = Nested<'w, 'a, R>;
    type SerializeStructVariant = Impossible<(), EncodeError>;

    fn is_human_readable(&self) -> bool {
        false
    }

    forward! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char,
        serialize_str: &str,
        serialize_bytes: &[u8],
        serialize_unit_struct: &'static str,
    }

    #[inline]
    fn serialize_none(self) -> Result<(), EncodeError> {
        Ok(())
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), EncodeError> {
        self.traced(|content| content.serialize_unit())
    }

    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<(), EncodeError> {
        self.traced(|content| content.serialize_unit_variant(name, index, variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.traced(|content| content.serialize_newtype_variant(name, index, variant, value))
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Repeats<'w, 'a, R>, EncodeError> {
        let child = self.walker.child(self.index);
        if child.many {
            return Ok(Repeats::Each(self));
        }
        self.encoder.trace.enter(child.key, self.encoder.bits.position());
        self.walker.event(self.encoder, self.index)?;
        let content = Content { encoder: self.encoder, place: Place { role: child.role, kind: child.kind } };
        content.serialize_seq(None).map(Repeats::Inside)
    }

    fn serialize_tuple(self, _length: usize) -> Result<Self::SerializeTuple, EncodeError> {
        Err(self.encoder.error("a tuple was given"))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleStruct, EncodeError> {
        Err(self.encoder.error("a tuple was given"))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, EncodeError> {
        Err(self.encoder.error("a tuple was given"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Self::SerializeMap, EncodeError> {
        Err(self.encoder.error("a map was given"))
    }

    #[inline]
    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Nested<'w, 'a, R>, EncodeError> {
        let child = self.walker.child(self.index);
        self.encoder.trace.enter(child.key, self.encoder.bits.position());
        self.walker.event(self.encoder, self.index)?;
        let content = Content { encoder: self.encoder, place: Place { role: child.role, kind: child.kind } };
        content.fields().map(Nested)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, EncodeError> {
        Err(self.encoder.error("a variant with fields of its own was given"))
    }
}

/// The fields of an element whose place is traced.
struct Nested<'w, 'a, R>(Fields<'w, 'a, R>);

impl<R: Trace> Nested<'_, '_, R> {
    #[inline]
    fn finish(self) -> Result<(), EncodeError> {
        let Fields { encoder, walker, .. } = self.0;
        walker.end(encoder)?;
        encoder.trace.leave(encoder.bits.position());
        Ok(())
    }
}

impl<R: Trace> SerializeStruct for Nested<'_, '_, R> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), EncodeError> {
        self.0.field(key, value)
    }

    fn end(self) -> Result<(), EncodeError> {
        self.finish()
    }
}

/// The values of a list.
enum Repeats<'w, 'a, R> {
    /// Each is an element of its own.
    Each(Field<'w, 'a, R>),
    /// All are inside of one element.
    Inside(Items<'w, 'a, R>),
}

impl<R: Trace> SerializeSeq for Repeats<'_, '_, R> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        match self {
            Self::Each(Field { encoder, walker, index }) => {
                Field { encoder, walker, index: *index }.traced(|content| value.serialize(content))
            }
            Self::Inside(items) => items.serialize_element(value),
        }
    }

    fn end(self) -> Result<(), EncodeError> {
        match self {
            Self::Each(_) => Ok(()),
            Self::Inside(Items { encoder, walker }) => {
                walker.end(encoder)?;
                encoder.trace.leave(encoder.bits.position());
                Ok(())
            }
        }
    }
}

impl<R: Trace> WriteVariant for Item<'_, '_, R> {
    #[cold]
    fn no_variant(&self) -> EncodeError {
        self.encoder.error("one of several elements is given as a variant with its name")
    }

    fn write<T: Serialize + ?Sized>(self, number: u32, name: &'static str, value: &T) -> Result<(), EncodeError> {
        item(self.encoder, self.walker, number, name, value)
    }
}
