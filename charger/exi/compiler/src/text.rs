//! Reads descriptions.
//!
//! ```text
//! # a comment
//! namespace body urn:iso:15118:2:2013:MsgBody     a short name and the URI; what follows belongs to it
//! elements qualified                              elementFormDefault, attributeFormDefault
//! attributes qualified
//!
//! element SessionSetupReq SessionSetupReqType in BodyElement    a global element; what it may stand for
//! element BodyElement BodyBaseType abstract
//!
//! type SessionSetupReqType : BodyBaseType         a complex type and what it extends; `mixed`, `abstract`
//!   @Id ID ?                                      an attribute
//!   EVCCID types.evccIDType                       an element, its type; `?` `*` `+` `2..255` say how often
//!   &dsig.Signature ?                             a global element
//!   choice ?                                      one of those that stand further in; `sequence` likewise
//!     boolValue boolean
//!   any *                                         an element of any name
//!   $text privateKeyType                          text, in a type that has no elements
//!
//! simple sessionIDType hexBinary length ..8       facets: `length MIN..MAX`, `length N`, `MIN..MAX`
//!
//! enum EVSEProcessingType                         a list of words
//!   Finished
//!   Ongoing
//! ```

use crate::DescriptionError;
use crate::model::{Attribute, Complex, Global, Namespace, Namespaces, Occurs, Particle, Reference, Simple, Type};

/// Adds what a file describes.
///
/// # Errors
///
/// A line that says nothing of the above, or the same thing twice.
pub fn read(file: &str, text: &str, into: &mut Namespaces) -> Result<(), DescriptionError> {
    let lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| Line {
            file,
            number: index + 1,
            indent: line.len() - line.trim_start().len(),
            text: line.trim(),
        })
        .filter(|line| !line.text.is_empty() && !line.text.starts_with('#'));
    Reader { lines: lines.collect(), next: 0 }.file(into)
}

#[derive(Clone, Copy)]
struct Line<'a> {
    file: &'a str,
    number: usize,
    indent: usize,
    text: &'a str,
}

impl Line<'_> {
    fn wrong(&self, expected: &str) -> DescriptionError {
        DescriptionError::Line { file: self.file.to_owned(), line: self.number, expected: expected.to_owned() }
    }
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    next: usize,
}

impl<'a> Reader<'a> {
    /// The next line, if it stands further in than that.
    fn further_in(&mut self, indent: usize) -> Option<Line<'a>> {
        let line = self.lines.get(self.next).copied().filter(|line| line.indent > indent)?;
        self.next += 1;
        Some(line)
    }

    fn file(mut self, into: &mut Namespaces) -> Result<(), DescriptionError> {
        let mut current: Option<String> = None;
        while let Some(line) = self.lines.get(self.next).copied() {
            self.next += 1;
            if line.indent > 0 {
                return Err(line.wrong("a line without indent"));
            }
            let words: Vec<&str> = line.text.split_whitespace().collect();
            if let ["namespace", short, uri] = words[..] {
                let namespace = Namespace { uri: uri.to_owned(), ..Namespace::default() };
                if into.insert(short.to_owned(), namespace).is_some() {
                    return Err(line.wrong("a namespace that was not described before"));
                }
                current = Some(short.to_owned());
                continue;
            }
            let Some(namespace) = current.as_ref().and_then(|short| into.get_mut(short)) else {
                return Err(line.wrong("namespace SHORT URI"));
            };
            self.declaration(line, &words, namespace)?;
        }
        Ok(())
    }

    fn declaration(
        &mut self,
        line: Line<'_>,
        words: &[&str],
        namespace: &mut Namespace,
    ) -> Result<(), DescriptionError> {
        let (name, kind) = match *words {
            ["elements", form] => {
                namespace.qualified_elements = form == "qualified";
                return Ok(());
            }
            ["attributes", form] => {
                namespace.qualified_attributes = form == "qualified";
                return Ok(());
            }
            ["element", name, kind, ref more @ ..] => {
                let global = global(line, kind, more)?;
                return match namespace.globals.insert(name.to_owned(), global) {
                    None => Ok(()),
                    Some(_) => Err(line.wrong("an element that was not described before")),
                };
            }
            ["type", name, ref more @ ..] => (name, Type::Complex(self.complex(line, more)?)),
            ["simple", name, base, ref facets @ ..] => (name, Type::Simple(simple(line, base, facets)?)),
            ["enum", name] => {
                let values: Vec<String> =
                    std::iter::from_fn(|| self.further_in(0)).map(|line| line.text.to_owned()).collect();
                (name, Type::Enumeration(values))
            }
            _ => return Err(line.wrong("element, type, simple or enum")),
        };
        match namespace.types.insert(name.to_owned(), kind) {
            None => Ok(()),
            Some(_) => Err(line.wrong("a type that was not described before")),
        }
    }

    fn complex(&mut self, line: Line<'_>, words: &[&str]) -> Result<Complex, DescriptionError> {
        let mut complex = Complex::default();
        let mut words = words.iter();
        while let Some(&word) = words.next() {
            match word {
                ":" => {
                    complex.base = Some(reference(words.next().ok_or_else(|| line.wrong("a type after the colon"))?))
                }
                "mixed" => complex.mixed = true,
                "abstract" => {}
                _ => return Err(line.wrong("type NAME [: BASE] [mixed] [abstract]")),
            }
        }
        while let Some(part) = self.further_in(line.indent) {
            if let Some(attribute) = part.text.strip_prefix('@') {
                let (name, kind, required) = match attribute.split_whitespace().collect::<Vec<_>>()[..] {
                    [name, kind] => (name, kind, true),
                    [name, kind, "?"] => (name, kind, false),
                    _ => return Err(part.wrong("@NAME TYPE [?]")),
                };
                complex.attributes.push(Attribute { name: name.to_owned(), kind: reference(kind), required });
            } else if let Some(kind) = part.text.strip_prefix("$text ") {
                complex.text = Some(reference(kind));
            } else {
                complex.parts.push(self.particle(part)?);
            }
        }
        Ok(complex)
    }

    fn particle(&mut self, line: Line<'_>) -> Result<Particle, DescriptionError> {
        let words: Vec<&str> = line.text.split_whitespace().collect();
        let often = |more: &[&str]| occurs(more).ok_or_else(|| line.wrong("how often: ?, *, + or MIN..MAX"));
        Ok(match words[..] {
            ["sequence", ref more @ ..] => Particle::Sequence { parts: self.inside(line)?, occurs: often(more)? },
            ["choice", ref more @ ..] => Particle::Choice { parts: self.inside(line)?, occurs: often(more)? },
            ["any", ref more @ ..] => Particle::Any { occurs: often(more)? },
            [name, ref more @ ..] if name.starts_with('&') => {
                Particle::Global { name: reference(&name[1..]), occurs: often(more)? }
            }
            [name, kind, ref more @ ..] => {
                Particle::Element { name: name.to_owned(), kind: reference(kind), occurs: often(more)? }
            }
            _ => return Err(line.wrong("an element with its type")),
        })
    }

    fn inside(&mut self, line: Line<'_>) -> Result<Vec<Particle>, DescriptionError> {
        let mut parts = Vec::new();
        while let Some(part) = self.further_in(line.indent) {
            parts.push(self.particle(part)?);
        }
        Ok(parts)
    }
}

fn reference(text: &str) -> Reference {
    match text.split_once('.') {
        Some((namespace, name)) => Reference { namespace: Some(namespace.to_owned()), name: name.to_owned() },
        None => Reference { namespace: None, name: text.to_owned() },
    }
}

fn occurs(words: &[&str]) -> Option<Occurs> {
    match *words {
        [] => Some(Occurs::ONCE),
        ["?"] => Some(Occurs { min: 0, max: Some(1) }),
        ["*"] => Some(Occurs { min: 0, max: None }),
        ["+"] => Some(Occurs { min: 1, max: None }),
        [range] => {
            let (min, max) = range.split_once("..")?;
            Some(Occurs { min: min.parse().ok()?, max: Some(max.parse().ok()?) })
        }
        _ => None,
    }
}

fn global(line: Line<'_>, kind: &str, more: &[&str]) -> Result<Global, DescriptionError> {
    let mut global = Global { kind: reference(kind), is_abstract: false, stands_for: None };
    let mut words = more.iter();
    while let Some(&word) = words.next() {
        match word {
            "abstract" => global.is_abstract = true,
            "in" => {
                global.stands_for = Some(reference(words.next().ok_or_else(|| line.wrong("an element after `in`"))?))
            }
            _ => return Err(line.wrong("element NAME TYPE [abstract] [in ELEMENT]")),
        }
    }
    Ok(global)
}

fn simple(line: Line<'_>, base: &str, facets: &[&str]) -> Result<Simple, DescriptionError> {
    let wrong = || line.wrong("`length MIN..MAX`, `length N` or `MIN..MAX`");
    let mut simple = Simple { base: reference(base), length: (None, None), range: (None, None) };
    match *facets {
        [] => {}
        ["length", one] if !one.contains("..") => {
            let length = one.parse().map_err(|_| wrong())?;
            simple.length = (Some(length), Some(length));
        }
        ["length", range] => simple.length = bounds(range).ok_or_else(wrong)?,
        [range] => simple.range = bounds(range).ok_or_else(wrong)?,
        _ => return Err(wrong()),
    }
    Ok(simple)
}

/// `3..8`, `..8`, `3..`.
fn bounds<T: std::str::FromStr>(range: &str) -> Option<(Option<T>, Option<T>)> {
    let (min, max) = range.split_once("..")?;
    let bound = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
    Some((bound(min)?, bound(max)?))
}
