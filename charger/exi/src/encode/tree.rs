//! Writes a [`Tree`]: by the tables alone, so that it may also say what no schema allows.

use super::root::{Form, Top, relaxed, root_of};
use super::value::Place;
use super::walker::Walker;
use super::{Encoder, written};
use crate::error::EncodeError;
use crate::integer;
use crate::schema::{Complex, Content, Datatype, Role, SchemaSet};
use crate::text::{base64, hex};
use crate::trace::Trace;
use crate::{Facets, Tree};

/// Appends a message: fields with one key, the name of its element.
///
/// With [`Facets::Off`] lengths and ranges are not looked at, and what must be there may be missing; `null` writes an empty element.
///
/// # Errors
///
/// What the stream cannot hold, and in which field; `out` is then as it was.
pub fn tree_to_document(
    set: &'static SchemaSet,
    tree: &Tree,
    facets: Facets,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    tree_to_document_traced(set, tree, facets, out, &mut ())
}

/// Appends a message; the places of its values are told to `trace`.
///
/// # Errors
///
/// What the stream cannot hold, and in which field; `out` is then as it was.
pub fn tree_to_document_traced<R: Trace>(
    set: &'static SchemaSet,
    tree: &Tree,
    facets: Facets,
    out: &mut Vec<u8>,
    trace: &mut R,
) -> Result<(), EncodeError> {
    written(out, facets, trace, |encoder| top(encoder, set, Form::Document, tree))
}

/// Appends an element alone, in the form over which signatures are made.
///
/// # Errors
///
/// What the stream cannot hold, and in which field; `out` is then as it was.
pub fn tree_to_fragment(
    set: &'static SchemaSet,
    tree: &Tree,
    facets: Facets,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    tree_to_fragment_traced(set, tree, facets, out, &mut ())
}

/// Appends an element alone; the places of its values are told to `trace`.
///
/// # Errors
///
/// What the stream cannot hold, and in which field; `out` is then as it was.
pub fn tree_to_fragment_traced<R: Trace>(
    set: &'static SchemaSet,
    tree: &Tree,
    facets: Facets,
    out: &mut Vec<u8>,
    trace: &mut R,
) -> Result<(), EncodeError> {
    written(out, facets, trace, |encoder| top(encoder, set, Form::Fragment, tree))
}

fn top<R: Trace>(
    encoder: &mut Encoder<'_, R>,
    set: &'static SchemaSet,
    form: Form,
    tree: &Tree,
) -> Result<(), EncodeError> {
    let Some((name, value)) = tree.root() else {
        return Err(encoder.error("a message is an object with one key, the name of its element"));
    };
    let start = encoder.bits.position();
    let root = root_of(encoder, set, form, name)?;
    encoder.trace.enter(root.name.local, start);
    let result = match root.kind {
        Some(kind) => content(encoder, Place { role: Role::Element, kind }, value),
        None => several_types(encoder, set, &root, value),
    };
    result.map_err(|error| error.inside(root.name.local))?;
    root.end(encoder, set, form);
    encoder.trace.leave(encoder.bits.position());
    Ok(())
}

/// An element whose name has several types: text, or fields of an attribute `@Id` and text.
fn several_types<R: Trace>(
    encoder: &mut Encoder<'_, R>,
    set: &'static SchemaSet,
    root: &Top,
    value: &Tree,
) -> Result<(), EncodeError> {
    let (mut id, mut text) = (None, None);
    match value {
        Tree::Text(value) => text = Some(value.as_str()),
        Tree::Nothing => {}
        Tree::Fields(fields) => {
            for (key, value) in fields {
                let known = match key.as_str() {
                    "@Id" => &mut id,
                    "$text" => &mut text,
                    _ => return Err(encoder.error(format!("the schema knows no {key} here; it knows @Id, $text"))),
                };
                let Some(value) = value.as_text() else {
                    return Err(encoder.error("expected text").inside(if key == "@Id" { "@Id" } else { "$text" }));
                };
                if known.replace(value).is_some() {
                    return Err(encoder.error(format!("{key} stands there twice")));
                }
            }
        }
        _ => return Err(encoder.error("expected text, or an object of @Id and $text")),
    }
    relaxed(encoder, set, root, id, text)
}

fn content<R: Trace>(encoder: &mut Encoder<'_, R>, place: Place, tree: &Tree) -> Result<(), EncodeError> {
    match (&place.kind.content, tree) {
        (Content::Simple(_), Tree::Nothing) => encoder.empty(place),
        (Content::Simple(datatype), _) => value(encoder, place, datatype, tree),
        (Content::Complex(complex), Tree::Fields(given)) if !complex.interleaved => fields(encoder, complex, given),
        (Content::Complex(complex), Tree::List(items)) if complex.interleaved => interleaved(encoder, complex, items),
        (Content::Complex(complex), Tree::Nothing) => Walker::new(complex).end(encoder),
        (Content::Complex(complex), _) => {
            let expected = if complex.interleaved { "a list of objects with one key" } else { "an object" };
            Err(encoder.error(format!("expected {expected}")))
        }
    }
}

fn fields<R: Trace>(
    encoder: &mut Encoder<'_, R>,
    complex: &'static Complex,
    given: &[(String, Tree)],
) -> Result<(), EncodeError> {
    for (at, (key, _)) in given.iter().enumerate() {
        if !complex.children.iter().any(|child| child.key == key) {
            let known: Vec<&str> = complex.children.iter().map(|child| child.key).collect();
            let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            return Err(encoder.error(format!("the schema knows no {key} here; it knows {known}")));
        }
        if given[..at].iter().any(|(other, _)| other == key) {
            return Err(encoder.error(format!("{key} stands there twice")));
        }
    }
    let mut walker = Walker::new(complex);
    // In the order of the schema, whatever that of the object is.
    for (index, child) in complex.children.iter().enumerate() {
        let Some((_, tree)) = given.iter().find(|(key, _)| key == child.key) else { continue };
        match tree {
            Tree::List(items) if child.many => {
                for item in items {
                    one(encoder, &mut walker, index, item)?;
                }
            }
            tree => one(encoder, &mut walker, index, tree)?,
        }
    }
    walker.end(encoder)
}

fn interleaved<R: Trace>(
    encoder: &mut Encoder<'_, R>,
    complex: &'static Complex,
    items: &[Tree],
) -> Result<(), EncodeError> {
    let mut walker = Walker::new(complex);
    for item in items {
        let known = item
            .root()
            .and_then(|(key, tree)| Some((complex.children.iter().position(|child| child.key == key)?, tree)));
        let Some((index, tree)) = known else {
            let known: Vec<&str> = complex.children.iter().map(|child| child.key).collect();
            return Err(encoder.error(format!("expected objects with one key of {}", known.join(", "))));
        };
        one(encoder, &mut walker, index, tree)?;
    }
    walker.end(encoder)
}

fn one<R: Trace>(
    encoder: &mut Encoder<'_, R>,
    walker: &mut Walker,
    index: usize,
    tree: &Tree,
) -> Result<(), EncodeError> {
    let child = walker.child(index);
    let result = (|| {
        encoder.trace.enter(child.key, encoder.bits.position());
        walker.event(encoder, index)?;
        content(encoder, Place { role: child.role, kind: child.kind }, tree)?;
        encoder.trace.leave(encoder.bits.position());
        Ok(())
    })();
    result.map_err(|error: EncodeError| error.inside(child.key))
}

fn value<R: Trace>(
    encoder: &mut Encoder<'_, R>,
    place: Place,
    datatype: &Datatype,
    tree: &Tree,
) -> Result<(), EncodeError> {
    let expected = match (datatype, tree) {
        (Datatype::Boolean, Tree::Boolean(value)) => {
            encoder.boolean(place, *value);
            return Ok(());
        }
        (Datatype::Bounded { .. } | Datatype::Unsigned { .. } | Datatype::Signed { .. }, Tree::Whole(value)) => {
            return encoder.whole(place, datatype, *value);
        }
        (Datatype::Integer, Tree::Text(text)) => match integer::read(text) {
            Some(number) => {
                encoder.integer(place, number.is_negative(), number.magnitude());
                return Ok(());
            }
            None => "decimal digits",
        },
        (Datatype::Integer, Tree::Whole(value)) => {
            encoder.integer(place, *value < 0, &value.unsigned_abs().to_be_bytes());
            return Ok(());
        }
        (Datatype::Text { min, max }, Tree::Text(text)) => return encoder.text(place, *min, *max, text),
        (Datatype::Hex { min, max }, Tree::Text(text)) => match hex::read(text) {
            Some(octets) => return encoder.octets(place, *min, *max, &octets),
            None => "pairs of hexadecimal digits",
        },
        (Datatype::Base64 { min, max }, Tree::Text(text)) => match base64::read(text) {
            Some(octets) => return encoder.octets(place, *min, *max, &octets),
            None => "base64",
        },
        (Datatype::Enumeration { values, bits, .. }, Tree::Text(text)) => {
            match values.iter().position(|word| word == text).and_then(|index| u32::try_from(index).ok()) {
                Some(index) => {
                    encoder.word(place, *bits, index);
                    return Ok(());
                }
                None => return Err(encoder.error(format!("{text:?} is none of {}", values.join(", ")))),
            }
        }
        // A number beyond the words of the list: what no schema allows.
        (Datatype::Enumeration { bits, .. }, Tree::Whole(number)) if encoder.facets == Facets::Off => {
            match u32::try_from(*number).ok().filter(|number| u64::from(*number) < 1 << *bits) {
                Some(number) => {
                    encoder.word(place, *bits, number);
                    return Ok(());
                }
                None => return Err(encoder.error(format!("the number of a word has {bits} bits here"))),
            }
        }
        (Datatype::Boolean, _) => "true or false",
        (Datatype::Bounded { .. } | Datatype::Unsigned { .. } | Datatype::Signed { .. }, _) => "a whole number",
        (Datatype::Integer, _) => "a whole number or decimal digits as text",
        (Datatype::Text { .. } | Datatype::Hex { .. } | Datatype::Base64 { .. }, _) => "text",
        (Datatype::Enumeration { .. }, _) => "a word of the list as text",
    };
    Err(encoder.error(format!("expected {expected}")))
}
