//! Reads streams, as a serde deserializer.

mod content;
mod fragment;
mod root;
mod value;
mod walker;
mod words;

use serde::Deserialize;

use crate::bits::{BitReader, OutOfBits};
use crate::error::{DecodeError, Fault};
use crate::schema::SchemaSet;
use crate::strings::Strings;
use crate::trace::Trace;
use crate::{Facets, header};

/// Elements stand inside of each other at most this deep; schemas have less than ten levels.
const DEPTH: u32 = 64;

/// Elements and attributes of a message altogether. Some lists of the schemas have no end, and an element takes as little as two bits:
/// what is made of a message would be hundreds of times its size, and counting its references takes the square of the time. The
/// longest schedule that ISO 15118-2 allows, 3 of 1024 entries each, has 25,000.
const MOST_VALUES: u32 = 32 * 1024;

/// A message. The Rust type is an enum with a variant for each element that a message may be (or a map with one key).
///
/// # Errors
///
/// What is wrong and where.
pub fn from_document<'de, T: Deserialize<'de>>(
    set: &'static SchemaSet,
    bytes: &[u8],
    facets: Facets,
) -> Result<T, DecodeError> {
    from_document_traced(set, bytes, facets, &mut ())
}

/// A message; the places of its values are told to `trace`.
///
/// # Errors
///
/// What is wrong and where.
pub fn from_document_traced<'de, T: Deserialize<'de>, R: Trace>(
    set: &'static SchemaSet,
    bytes: &[u8],
    facets: Facets,
    trace: &mut R,
) -> Result<T, DecodeError> {
    let mut decoder = Decoder::new(bytes, facets, trace)?;
    let value = T::deserialize(root::Document { decoder: &mut decoder, set })
        .map_err(|error| error.at(decoder.bits.position()))?;
    decoder.end()?;
    Ok(value)
}

/// A message whose element is known: the Rust type is what is inside of it, a struct most often.
///
/// # Errors
///
/// Another message, or what is wrong with it and where.
pub fn from_document_of<'de, T: Deserialize<'de>>(
    set: &'static SchemaSet,
    element: &str,
    bytes: &[u8],
    facets: Facets,
) -> Result<T, DecodeError> {
    let mut trace = ();
    let mut decoder = Decoder::new(bytes, facets, &mut trace)?;
    let value = root::Document { decoder: &mut decoder, set }.of(element)?;
    decoder.end()?;
    Ok(value)
}

/// An element alone, in the form over which signatures are made. The Rust type is an enum with a variant for its name.
///
/// # Errors
///
/// What is wrong and where.
pub fn from_fragment<'de, T: Deserialize<'de>>(
    set: &'static SchemaSet,
    bytes: &[u8],
    facets: Facets,
) -> Result<T, DecodeError> {
    from_fragment_traced(set, bytes, facets, &mut ())
}

/// An element alone; the places of its values are told to `trace`.
///
/// # Errors
///
/// What is wrong and where.
pub fn from_fragment_traced<'de, T: Deserialize<'de>, R: Trace>(
    set: &'static SchemaSet,
    bytes: &[u8],
    facets: Facets,
    trace: &mut R,
) -> Result<T, DecodeError> {
    let mut decoder = Decoder::new(bytes, facets, trace)?;
    let value = T::deserialize(fragment::Fragment { decoder: &mut decoder, set })
        .map_err(|error| error.at(decoder.bits.position()))?;
    decoder.end()?;
    Ok(value)
}

/// A stream while it is read.
pub(crate) struct Decoder<'a, R> {
    bits: BitReader<'a>,
    strings: Strings,
    /// How many characters references stood for.
    referred: usize,
    facets: Facets,
    depth: u32,
    /// How many elements and attributes came, the one at the top aside.
    values: u32,
    /// Why an event could not be read, until somebody asks.
    failure: Option<DecodeError>,
    trace: &'a mut R,
}

impl<'a, R: Trace> Decoder<'a, R> {
    fn new(bytes: &'a [u8], facets: Facets, trace: &'a mut R) -> Result<Self, DecodeError> {
        let mut bits = BitReader::new(bytes);
        match bits.octet().map(header::fault) {
            Ok(None) => Ok(Self {
                bits,
                strings: Strings::default(),
                referred: 0,
                facets,
                depth: 0,
                values: 0,
                failure: None,
                trace,
            }),
            Ok(Some(found)) => Err(DecodeError::new(Fault::Header(found), 0)),
            Err(OutOfBits) => Err(DecodeError::new(Fault::End, 0)),
        }
    }

    #[cold]
    fn error(&self, fault: Fault) -> DecodeError {
        DecodeError::new(fault, self.bits.position())
    }

    #[inline]
    fn read(&mut self, count: u8) -> Result<u32, DecodeError> {
        self.bits.bits(count).map_err(|OutOfBits| self.error(Fault::End))
    }

    /// Nothing may follow but the zeros that fill the last octet.
    fn end(&self) -> Result<(), DecodeError> {
        let left = self.bits.left() / 8;
        if left == 0 || self.facets == Facets::Off { Ok(()) } else { Err(self.error(Fault::Trailing(left))) }
    }
}
