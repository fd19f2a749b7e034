//! What a description says: namespaces with their elements and types, as an XML schema has them.

use std::collections::BTreeMap;

/// A name of another namespace or of this one: `types.responseCodeType`, `boolean`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Reference {
    /// The short name of the namespace, if it is not this one.
    pub namespace: Option<String>,
    /// The name in it.
    pub name: String,
}

/// How often something stands there: minOccurs and maxOccurs, `None` for unbounded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Occurs {
    /// At least.
    pub min: u32,
    /// At most.
    pub max: Option<u32>,
}

impl Occurs {
    /// Exactly once.
    pub const ONCE: Self = Self { min: 1, max: Some(1) };
}

/// A part of what stands inside an element.
#[derive(Clone, Debug)]
pub enum Particle {
    /// An element that is declared here.
    Element {
        /// Its local name.
        name: String,
        /// Its type.
        kind: Reference,
        /// How often.
        occurs: Occurs,
    },
    /// A global element, or one of those that may stand for it.
    Global {
        /// Which.
        name: Reference,
        /// How often.
        occurs: Occurs,
    },
    /// One after the other.
    Sequence {
        /// The parts.
        parts: Vec<Self>,
        /// How often.
        occurs: Occurs,
    },
    /// One of them.
    Choice {
        /// The parts.
        parts: Vec<Self>,
        /// How often.
        occurs: Occurs,
    },
    /// Any element of any namespace.
    Any {
        /// How often.
        occurs: Occurs,
    },
}

/// An attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its local name.
    pub name: String,
    /// Its simple type.
    pub kind: Reference,
    /// It has to be there.
    pub required: bool,
}

/// A type.
#[derive(Clone, Debug)]
pub enum Type {
    /// Elements, attributes, or text with attributes.
    Complex(Complex),
    /// Another simple type with facets.
    Simple(Simple),
    /// One word of a list, in the order of the schema.
    Enumeration(Vec<String>),
}

/// A type with elements or attributes.
#[derive(Clone, Debug, Default)]
pub struct Complex {
    /// The type that it extends.
    pub base: Option<Reference>,
    /// Its own attributes.
    pub attributes: Vec<Attribute>,
    /// Its own elements, in order.
    pub parts: Vec<Particle>,
    /// Text between the elements is allowed.
    pub mixed: bool,
    /// The type of its text, where it has text and no elements.
    pub text: Option<Reference>,
}

/// A simple type with facets.
#[derive(Clone, Debug)]
pub struct Simple {
    /// What it restricts.
    pub base: Reference,
    /// Shortest and longest: characters of a string, octets of binary data.
    pub length: (Option<u32>, Option<u32>),
    /// Least and greatest value.
    pub range: (Option<i64>, Option<i64>),
}

/// A global element.
#[derive(Clone, Debug)]
pub struct Global {
    /// Its type.
    pub kind: Reference,
    /// It never stands in a message itself, only those that may stand for it do.
    pub is_abstract: bool,
    /// The global element that it may stand for.
    pub stands_for: Option<Reference>,
}

/// One namespace.
#[derive(Clone, Debug, Default)]
pub struct Namespace {
    /// Its URI.
    pub uri: String,
    /// Elements that are declared inside of types belong to it too.
    pub qualified_elements: bool,
    /// So do attributes.
    pub qualified_attributes: bool,
    /// The global elements.
    pub globals: BTreeMap<String, Global>,
    /// The types.
    pub types: BTreeMap<String, Type>,
}

/// Namespaces by their short names.
pub type Namespaces = BTreeMap<String, Namespace>;
