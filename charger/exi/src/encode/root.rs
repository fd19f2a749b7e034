//! The element at the top.

use serde::Serialize;

use super::Encoder;
use super::content::Content;
use super::value::Place;
use super::variant::WriteVariant;
use crate::error::EncodeError;
use crate::relaxed::Codes;
use crate::schema::{Content as Schema, Name, Role, SchemaSet, Type, width};
use crate::trace::Trace;

/// Which of the two forms a stream has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    Document,
    Fragment,
}

/// An element at the top whose event is written.
pub(super) struct Top {
    pub name: Name,
    /// `None` for a name with several types.
    pub kind: Option<&'static Type>,
    kinds: &'static [&'static Type],
}

/// Writes the event of the element of that name.
pub(super) fn root_of<R: Trace>(
    encoder: &mut Encoder<'_, R>,
    set: &'static SchemaSet,
    form: Form,
    name: &str,
) -> Result<Top, EncodeError> {
    let index = match form {
        Form::Document => set.document(name),
        Form::Fragment => set.fragment(name),
    };
    top_at(encoder, set, form, index, name)
}

/// Writes the event of the element of that number.
#[inline]
fn top_at<R: Trace>(
    encoder: &mut Encoder<'_, R>,
    set: &'static SchemaSet,
    form: Form,
    index: Option<usize>,
    name: &str,
) -> Result<Top, EncodeError> {
    let Some(index) = index else {
        let what = match form {
            Form::Document => "message",
            Form::Fragment => "element",
        };
        return Err(encoder.error(format!("{name} is no {what} of the set {}", set.name)));
    };
    let (bits, top) = match form {
        Form::Document => {
            let element = &set.documents[index];
            (width(set.documents.len() as u64 + 1), Top { name: element.name, kind: Some(element.kind), kinds: &[] })
        }
        Form::Fragment => {
            let fragment = &set.fragments[index];
            (Codes::of(set).fragment_width(), Top { name: fragment.name, kind: fragment.kind(), kinds: fragment.kinds })
        }
    };
    #[expect(clippy::cast_possible_truncation, reason = "schemas have hundreds of elements")]
    encoder.bits.bits(bits, index as u32);
    Ok(top)
}

/// Writes an element at the top with what is inside of it.
pub(super) fn document_of<R: Trace, T: Serialize>(
    encoder: &mut Encoder<'_, R>,
    set: &'static SchemaSet,
    element: &str,
    content: &T,
) -> Result<(), EncodeError> {
    let top = root_of(encoder, set, Form::Document, element)?;
    let Some(kind) = top.kind else { return Ok(()) };
    let result = content.serialize(Content { encoder, place: Place { role: Role::Element, kind } });
    result.map_err(|error| error.inside(top.name.local))
}

impl Top {
    /// What follows after the element.
    pub(crate) fn end<R>(&self, encoder: &mut Encoder<'_, R>, set: &'static SchemaSet, form: Form) {
        if form == Form::Fragment {
            let codes = Codes::of(set);
            encoder.bits.bits(codes.fragment_width(), codes.fragment_end());
        }
    }
}

/// An element whose name has several types, with what one of them has: an attribute Id, and text.
pub(super) fn relaxed<R: Trace>(
    encoder: &mut Encoder<'_, R>,
    set: &'static SchemaSet,
    top: &Top,
    id: Option<&str>,
    text: Option<&str>,
) -> Result<(), EncodeError> {
    let codes = Codes::of(set);
    if let Some(id) = id {
        let name = top.kinds.iter().find_map(|kind| match &kind.content {
            Schema::Complex(complex) => {
                complex.children.iter().find(|child| child.key == "@Id").map(|child| child.name)
            }
            Schema::Simple(_) => None,
        });
        let code = name
            .and_then(|name| set.attributes.iter().position(|known| *known == name))
            .and_then(|code| u32::try_from(code).ok());
        let Some(code) = code else {
            return Err(encoder.error("the schema knows no @Id here"));
        };
        encoder.trace.enter("@Id", encoder.bits.position());
        encoder.bits.bits(codes.start_width(), code);
        encoder.string(None, None, id)?;
        encoder.trace.leave(encoder.bits.position());
    }
    match text {
        Some(text) => {
            encoder.trace.enter("$text", encoder.bits.position());
            encoder.bits.bits(codes.start_width(), codes.start_text());
            encoder.string(None, None, text)?;
            encoder.trace.leave(encoder.bits.position());
            encoder.bits.bits(codes.after_width(), codes.after_end());
        }
        None => encoder.bits.bits(codes.start_width(), codes.start_end()),
    }
    Ok(())
}

/// A message or an element alone: an enum whose variant is the name of the element.
pub(super) struct Root<'e, 'a, R> {
    pub encoder: &'e mut Encoder<'a, R>,
    pub set: &'static SchemaSet,
    pub form: Form,
}

impl<R: Trace> WriteVariant for Root<'_, '_, R> {
    #[cold]
    fn no_variant(&self) -> EncodeError {
        self.encoder.error("a message is an enum with a variant for the name of its element")
    }

    fn write<T: Serialize + ?Sized>(self, number: u32, name: &'static str, value: &T) -> Result<(), EncodeError> {
        let Self { encoder, set, form } = self;
        let start = encoder.bits.position();
        let top = match form {
            Form::Document => {
                let is = |index: usize| {
                    set.documents.get(index).is_some_and(|element| element.name.local == name && !element.is_abstract)
                };
                let index = set.variants.find(number, is, || set.document(name));
                top_at(encoder, set, form, index, name)?
            }
            Form::Fragment => root_of(encoder, set, form, name)?,
        };
        encoder.trace.enter(top.name.local, start);
        let result = match top.kind {
            Some(kind) => {
                value.serialize(Content { encoder: &mut *encoder, place: Place { role: Role::Element, kind } })
            }
            None => Err(encoder.error("an element whose name has several types is written from a tree")),
        };
        result.map_err(|error| error.inside(name))?;
        top.end(encoder, set, form);
        encoder.trace.leave(encoder.bits.position());
        Ok(())
    }
}
