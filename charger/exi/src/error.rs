//! What can be wrong with a stream, and with a message that is to become one.

use std::fmt;

/// A stream that cannot be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DecodeError(Box<Inner<Fault>>);

/// A message that cannot be written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EncodeError(Box<Inner<String>>);

#[derive(Clone, Debug, Eq, PartialEq)]
struct Inner<T> {
    fault: T,
    /// In bits from the start of the stream.
    position: usize,
    /// From the inside out.
    path: Vec<&'static str>,
}

/// What is wrong with a stream.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// It ends in the middle.
    End,
    /// Octets follow after the message.
    Trailing(usize),
    /// The first octet is not that of the profile.
    Header(&'static str),
    /// The code of no element that a message may begin with.
    Root(u32),
    /// A code that means nothing at this place.
    Code(u32),
    /// Something that no schema allows and that only the escape can say.
    Escaped(Escape),
    /// Content of a kind that is not read here.
    Unread(&'static str),
    /// A field has to be there and is not.
    Missing(&'static str),
    /// A value that its type does not allow.
    Value(String),
    /// The values do not fit the Rust type.
    Shape(String),
    /// Elements stand inside of each other too deep.
    Depth,
    /// There are more elements and attributes than so many.
    TooMany(u32),
}

/// What follows an escape code (EXI 1.0, section 8.5.4.4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Escape {
    /// The element ends too early.
    End,
    /// xsi:type.
    Type,
    /// xsi:nil.
    Nil,
    /// An attribute of any name, or a known one whose value is not of its type.
    Attribute,
    /// An element of any name.
    Element,
    /// Text where none belongs.
    Text,
}

impl fmt::Display for Escape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::End => "the end of the element",
            Self::Type => "an attribute xsi:type",
            Self::Nil => "an attribute xsi:nil",
            Self::Attribute => "an attribute",
            Self::Element => "an element",
            Self::Text => "text",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End => f.write_str("the message ends in the middle"),
            Self::Trailing(count) => write!(f, "{count} octets follow after the message"),
            Self::Header(found) => write!(f, "expected the EXI header 0x80, found {found}"),
            Self::Root(code) => write!(f, "{code} is the code of no message"),
            Self::Code(code) => write!(f, "the code {code} means nothing here"),
            Self::Escaped(escape) => write!(f, "{escape} that the schema does not allow here"),
            Self::Unread(what) => write!(f, "{what}, which is not read"),
            Self::Missing(key) => write!(f, "{key} is missing"),
            Self::Value(what) | Self::Shape(what) => f.write_str(what),
            Self::TooMany(most) => write!(f, "more than {most} elements and attributes"),
            Self::Depth => f.write_str("elements stand inside of each other too deep"),
        }
    }
}

impl DecodeError {
    #[cold]
    pub(crate) fn new(fault: Fault, position: usize) -> Self {
        Self(Box::new(Inner { fault, position, path: Vec::new() }))
    }

    #[cold]
    pub(crate) fn inside(mut self, key: &'static str) -> Self {
        self.0.path.push(key);
        self
    }

    /// serde's own errors do not know where they are.
    #[cold]
    pub(crate) fn at(mut self, position: usize) -> Self {
        if self.0.position == 0 {
            self.0.position = position;
        }
        self
    }

    /// What is wrong.
    #[must_use]
    pub fn fault(&self) -> &Fault {
        &self.0.fault
    }

    /// Where, in bits from the start of the stream.
    #[must_use]
    pub fn position(&self) -> usize {
        self.0.position
    }

    /// In which field, from the outside in, joined by `/`.
    #[must_use]
    pub fn path(&self) -> String {
        path(&self.0.path)
    }
}

impl EncodeError {
    #[cold]
    pub(crate) fn new(what: impl Into<String>, position: usize) -> Self {
        Self(Box::new(Inner { fault: what.into(), position, path: Vec::new() }))
    }

    #[cold]
    pub(crate) fn inside(mut self, key: &'static str) -> Self {
        self.0.path.push(key);
        self
    }

    /// In which field, from the outside in, joined by `/`.
    #[must_use]
    pub fn path(&self) -> String {
        path(&self.0.path)
    }
}

fn path(inside_out: &[&'static str]) -> String {
    inside_out.iter().rev().copied().collect::<Vec<_>>().join("/")
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { fault, position, path } = &*self.0;
        if !path.is_empty() {
            write!(f, "{}: ", self.path())?;
        }
        write!(f, "{fault} (octet {}, bit {})", position / 8, position % 8)
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.path.is_empty() {
            write!(f, "{}: ", self.path())?;
        }
        f.write_str(&self.0.fault)
    }
}

impl std::error::Error for DecodeError {}
impl std::error::Error for EncodeError {}

impl serde::de::Error for DecodeError {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Fault::Shape(message.to_string()), 0)
    }
}

impl serde::ser::Error for EncodeError {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string(), 0)
    }
}
