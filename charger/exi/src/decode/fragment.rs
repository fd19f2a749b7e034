//! An element alone.

use serde::de::{DeserializeSeed, EnumAccess, IntoDeserializer as _, MapAccess, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::Decoder;
use super::content::Content;
use super::value::Place;
use crate::error::{DecodeError, Fault};
use crate::relaxed::Codes;
use crate::schema::{Role, SchemaSet};
use crate::trace::Trace;

/// A fragment of one element, from its first event on.
pub(super) struct Fragment<'d, 'a, R> {
    pub decoder: &'d mut Decoder<'a, R>,
    pub set: &'static SchemaSet,
}

impl<'d, 'a, R: Trace> Fragment<'d, 'a, R> {
    fn element(self) -> Result<Element<'d, 'a, R>, DecodeError> {
        let start = self.decoder.bits.position();
        let code = self.decoder.read(Codes::of(self.set).fragment_width())?;
        match self.set.fragments.get(code as usize) {
            Some(declared) => {
                self.decoder.trace.enter(declared.name.local, start);
                Ok(Element { decoder: self.decoder, set: self.set, declared })
            }
            None => Err(self.decoder.error(Fault::Root(code))),
        }
    }
}

impl<'de, R: Trace> serde::Deserializer<'de> for Fragment<'_, '_, R> {
    type Error = DecodeError;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_map(Named(Some(self.element()?)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_enum(self.element()?)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Element<'d, 'a, R> {
    decoder: &'d mut Decoder<'a, R>,
    set: &'static SchemaSet,
    declared: &'static crate::schema::Fragment,
}

impl<R: Trace> Element<'_, '_, R> {
    fn content<'de, T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DecodeError> {
        let codes = Codes::of(self.set);
        let name = &self.declared.name;
        let decoder = self.decoder;
        let result = match self.declared.kind() {
            Some(kind) => {
                let place = Place { name, role: Role::Element, kind };
                seed.deserialize(Content { decoder: &mut *decoder, place })
            }
            None => seed.deserialize(Relaxed { decoder: &mut *decoder, set: self.set, declared: self.declared }),
        };
        let value = result.map_err(|error| error.at(decoder.bits.position()).inside(name.local))?;
        match decoder.read(codes.fragment_width())? {
            code if code == codes.fragment_end() => {
                decoder.trace.leave(decoder.bits.position());
                Ok(value)
            }
            code => Err(decoder.error(Fault::Code(code))),
        }
    }
}

impl<'de, R: Trace> EnumAccess<'de> for Element<'_, '_, R> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), DecodeError> {
        Ok((seed.deserialize(self.declared.name.local.into_deserializer())?, self))
    }
}

impl<'de, R: Trace> VariantAccess<'de> for Element<'_, '_, R> {
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

/// The element as a map of one key.
struct Named<'d, 'a, R>(Option<Element<'d, 'a, R>>);

impl<'de, R: Trace> MapAccess<'de> for Named<'_, '_, R> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some(element) = &self.0 else { return Ok(None) };
        seed.deserialize(element.declared.name.local.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        match self.0.take() {
            Some(element) => element.content(seed),
            None => Err(DecodeError::new(Fault::Shape("a map of one key was asked for a second".to_owned()), 0)),
        }
    }
}

/// An element whose name has several types: the attributes that one of them has, and text, read as text.
struct Relaxed<'d, 'a, R> {
    decoder: &'d mut Decoder<'a, R>,
    set: &'static SchemaSet,
    declared: &'static crate::schema::Fragment,
}

impl<'de, R: Trace> serde::Deserializer<'de> for Relaxed<'_, '_, R> {
    type Error = DecodeError;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_map(RelaxedFields { relaxed: self, state: RelaxedState::Start, seen: Vec::new() })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct RelaxedFields<'d, 'a, R> {
    relaxed: Relaxed<'d, 'a, R>,
    state: RelaxedState,
    /// The attributes that came; each may come once.
    seen: Vec<&'static str>,
}

enum RelaxedState {
    Start,
    /// The value of an attribute, by its number, comes next.
    Attribute(u32),
    /// Text comes next.
    Text,
    AfterText,
}

impl<'de, R: Trace> MapAccess<'de> for RelaxedFields<'_, '_, R> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Relaxed { decoder, set, declared } = &mut self.relaxed;
        let codes = Codes::of(set);
        let start = decoder.bits.position();
        let key = match self.state {
            RelaxedState::AfterText => match decoder.read(codes.after_width())? {
                code if code == codes.after_end() => return Ok(None),
                code => return Err(decoder.error(Fault::Code(code))),
            },
            RelaxedState::Start | RelaxedState::Attribute(_) | RelaxedState::Text => {
                match decoder.read(codes.start_width())? {
                    code if code < codes.attributes() => {
                        // The grammar has all attributes of the set here; who writes it again has those of the element's types.
                        let name = set.attributes[code as usize];
                        let known =
                            declared.children().find(|child| child.name == name && child.role == Role::Attribute);
                        let Some(key) = known.map(|child| child.key) else {
                            return Err(decoder.error(Fault::Unread("an attribute that no type of the element has")));
                        };
                        if self.seen.contains(&key) {
                            return Err(decoder.error(Fault::Value(format!("{key} stands there twice"))));
                        }
                        self.seen.push(key);
                        self.state = RelaxedState::Attribute(code);
                        decoder.trace.enter(key, start);
                        key
                    }
                    code if code == codes.start_text() => {
                        self.state = RelaxedState::Text;
                        decoder.trace.enter("$text", start);
                        "$text"
                    }
                    code if code == codes.start_end() => return Ok(None),
                    code if code < codes.start_end() => {
                        return Err(decoder.error(Fault::Unread("an element whose type is not fixed")));
                    }
                    code => return Err(decoder.error(Fault::Code(code))),
                }
            }
        };
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let Relaxed { decoder, set, declared } = &mut self.relaxed;
        let (of, next) = match self.state {
            RelaxedState::Attribute(number) => (&set.attributes[number as usize], RelaxedState::Start),
            RelaxedState::Text | RelaxedState::Start | RelaxedState::AfterText => {
                (&declared.name, RelaxedState::AfterText)
            }
        };
        self.state = next;
        let text = decoder.string(of, None, None)?;
        decoder.trace.leave(decoder.bits.position());
        seed.deserialize(text.into_deserializer())
    }
}
