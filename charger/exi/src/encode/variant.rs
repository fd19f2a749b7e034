//! Where only a variant of an enum can stand, under the name of its element: at the top, and among elements in any order.

use serde::Serialize;
use serde::ser::Impossible;

use crate::error::EncodeError;

/// Writes an element under the name of a variant.
pub(super) trait WriteVariant: Sized {
    /// Why anything but a variant is refused.
    fn no_variant(&self) -> EncodeError;

    /// Writes the element; `number` is that of the variant in the Rust type.
    fn write<T: Serialize + ?Sized>(self, number: u32, name: &'static str, value: &T) -> Result<(), EncodeError>;
}

/// A serializer that takes variants and refuses everything else.
pub(super) struct OnlyVariant<W>(pub(super) W);

/// What is no variant.
macro_rules! refuse {
    ($($method:ident($($argument:ty),*),)*) => {
        $(
            fn $method(self, $(_: $argument),*) -> Result<(), EncodeError> {
                Err(self.0.no_variant())
            }
        )*
    };
}

impl<W: WriteVariant> serde::Serializer for OnlyVariant<W> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Impossible<(), EncodeError>;
    type SerializeTuple = Impossible<(), EncodeError>;
    type SerializeTupleStruct = Impossible<(), EncodeError>;
    type SerializeTupleVariant = Impossible<(), EncodeError>;
    type SerializeMap = Impossible<(), EncodeError>;
    type SerializeStruct = Impossible<(), EncodeError>;
    type SerializeStructVariant = Impossible<(), EncodeError>;

    fn is_human_readable(&self) -> bool {
        false
    }

    refuse! {
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_f32(f32),
        serialize_f64(f64),
        serialize_char(char),
        serialize_str(&str),
        serialize_bytes(&[u8]),
        serialize_none(),
        serialize_unit(),
        serialize_unit_struct(&'static str),
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        number: u32,
        variant: &'static str,
    ) -> Result<(), EncodeError> {
        self.0.write(number, variant, &())
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
        self.0.write(number, variant, value)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Self::SerializeSeq, EncodeError> {
        Err(self.0.no_variant())
    }

    fn serialize_tuple(self, _length: usize) -> Result<Self::SerializeTuple, EncodeError> {
        Err(self.0.no_variant())
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleStruct, EncodeError> {
        Err(self.0.no_variant())
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, EncodeError> {
        Err(self.0.no_variant())
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Self::SerializeMap, EncodeError> {
        Err(self.0.no_variant())
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Self::SerializeStruct, EncodeError> {
        Err(self.0.no_variant())
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, EncodeError> {
        Err(self.0.no_variant())
    }
}
