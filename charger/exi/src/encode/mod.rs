//! Writes streams, as a serde serializer.

mod content;
mod root;
mod tree;
mod value;
mod variant;
mod walker;

use serde::Serialize;

use crate::Facets;
use crate::bits::BitWriter;
use crate::error::EncodeError;
use crate::header::HEADER;
use crate::schema::SchemaSet;
use crate::trace::Trace;

pub use tree::{tree_to_document, tree_to_document_traced, tree_to_fragment, tree_to_fragment_traced};

/// Appends a message to `out`. The Rust type is an enum with a variant for each element that a message may be.
///
/// # Errors
///
/// What does not fit the schema, and in which field; `out` is then as it was.
pub fn to_document<T: Serialize>(
    set: &'static SchemaSet,
    message: &T,
    facets: Facets,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    to_document_traced(set, message, facets, out, &mut ())
}

/// Appends a message whose element is known: the Rust type is what is inside of it, a struct most often.
///
/// # Errors
///
/// What does not fit the schema, and in which field; `out` is then as it was.
pub fn to_document_of<T: Serialize>(
    set: &'static SchemaSet,
    element: &str,
    content: &T,
    facets: Facets,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    written(out, facets, &mut (), |encoder| root::document_of(encoder, set, element, content))
}

/// Appends a message; the places of its values are told to `trace`.
///
/// # Errors
///
/// What does not fit the schema, and in which field; `out` is then as it was.
pub fn to_document_traced<T: Serialize, R: Trace>(
    set: &'static SchemaSet,
    message: &T,
    facets: Facets,
    out: &mut Vec<u8>,
    trace: &mut R,
) -> Result<(), EncodeError> {
    written(out, facets, trace, |encoder| {
        message.serialize(variant::OnlyVariant(root::Root { encoder, set, form: root::Form::Document }))
    })
}

/// Appends an element alone, in the form over which signatures are made.
///
/// # Errors
///
/// What does not fit the schema, and in which field; `out` is then as it was. `eMAID` of ISO 15118-2 has a name with two types and
/// is written with [`tree_to_fragment`].
pub fn to_fragment<T: Serialize>(
    set: &'static SchemaSet,
    element: &T,
    facets: Facets,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    written(out, facets, &mut (), |encoder| {
        element.serialize(variant::OnlyVariant(root::Root { encoder, set, form: root::Form::Fragment }))
    })
}

/// A stream while it is written.
pub(crate) struct Encoder<'a, R> {
    pub bits: BitWriter<'a>,
    pub facets: Facets,
    pub trace: &'a mut R,
}

impl<R> Encoder<'_, R> {
    #[cold]
    pub(crate) fn error(&self, what: impl Into<String>) -> EncodeError {
        EncodeError::new(what, self.bits.position())
    }
}

/// Writes the header, what `write` writes, and the zeros at the end.
pub(crate) fn written<R: Trace>(
    out: &mut Vec<u8>,
    facets: Facets,
    trace: &mut R,
    write: impl FnOnce(&mut Encoder<'_, R>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let start = out.len();
    let mut encoder = Encoder { bits: BitWriter::new(out), facets, trace };
    encoder.bits.bits(8, u32::from(HEADER));
    let result = write(&mut encoder);
    encoder.bits.finish();
    if result.is_err() {
        out.truncate(start);
    }
    result
}
