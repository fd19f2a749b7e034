//! The tables that drive the codec: what a schema allows, as states with numbered events (EXI 1.0, section 8.5).
//!
//! They are made by `exi-compiler` from a description and never change, but for what they remember of Rust types.

mod seen;

pub(crate) use seen::Order;
pub use seen::{FieldList, FieldName, VariantNumber, VariantNumbers};

/// A set of schemas: everything that one stream may use. Its event codes count the elements of all of them.
#[derive(Debug)]
pub struct SchemaSet {
    /// What we call it: `iso2`.
    pub name: &'static str,
    /// The URIs of its namespaces.
    pub namespaces: &'static [&'static str],
    /// The elements a document may have at its top, by their codes.
    pub documents: &'static [Element],
    /// All names of elements, by their codes in a fragment.
    pub fragments: &'static [Fragment],
    /// All names of attributes, sorted as codes are.
    pub attributes: &'static [Name],
    /// Which document the variants of a Rust enum are.
    #[doc(hidden)]
    pub variants: VariantNumbers,
}

/// A qualified name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Name {
    /// The local name.
    pub local: &'static str,
    /// The URI, empty for none.
    pub namespace: &'static str,
}

/// A global element.
#[derive(Debug)]
pub struct Element {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub kind: &'static Type,
    /// It is never written itself.
    pub is_abstract: bool,
    /// Which variant of a Rust enum it is.
    #[doc(hidden)]
    pub variant: VariantNumber,
}

/// The name of an element in a fragment.
#[derive(Debug)]
pub struct Fragment {
    /// The name.
    pub name: Name,
    /// Its type, or all types with which the name is declared.
    pub kinds: &'static [&'static Type],
}

impl Fragment {
    /// What elements of this name may have inside, by any of its types.
    pub(crate) fn children(&self) -> impl Iterator<Item = &'static Child> + use<> {
        let kinds = self.kinds.iter().filter_map(|kind| match &kind.content {
            Content::Complex(complex) => Some(complex.children),
            Content::Simple(_) => None,
        });
        kinds.flatten()
    }

    /// Its type; `None` when the name is declared with several: then the relaxed grammar of EXI section 8.5.3 holds.
    #[must_use]
    pub const fn kind(&self) -> Option<&'static Type> {
        match self.kinds {
            [kind] => Some(kind),
            _ => None,
        }
    }
}

/// A type.
#[derive(Debug)]
pub struct Type {
    /// Its name in the schema.
    pub name: &'static str,
    /// What is inside.
    pub content: Content,
}

/// What is inside of an element or attribute.
#[derive(Debug)]
pub enum Content {
    /// A value.
    Simple(Datatype),
    /// Attributes, elements, or a value with attributes.
    Complex(Complex),
}

/// A type with parts.
#[derive(Debug)]
pub struct Complex {
    /// What may be in it: attributes by name, then elements in the order of the schema.
    pub children: &'static [Child],
    /// The states; the first is the start.
    pub states: &'static [State],
    /// Its elements may come in any order, many times: it is read as a list, not as fields.
    pub interleaved: bool,
    /// Each child comes once, one after the other: in each state there is one event, and its code is a zero.
    pub(crate) plain: bool,
    /// The list of fields of the Rust type that was last seen to be the list of children.
    pub(crate) fields: FieldList,
    /// Which child the variants of a Rust enum are.
    pub(crate) variants: VariantNumbers,
}

impl Complex {
    /// A type of these parts.
    #[must_use]
    pub const fn new(children: &'static [Child], states: &'static [State], interleaved: bool) -> Self {
        let plain = is_plain(children, states);
        Self { children, states, interleaved, plain, fields: FieldList::new(), variants: VariantNumbers::new() }
    }
}

/// Whether state N has the one event of child N, and leads to the next; the last ends.
const fn is_plain(children: &[Child], states: &[State]) -> bool {
    let mut index = 0;
    while index <= children.len() {
        if index >= states.len() {
            return false;
        }
        let [event] = states[index].events else { return false };
        let expected = if index == children.len() {
            event.child == Event::END
        } else {
            event.child as usize == index && event.next as usize == index + 1
        };
        if !expected || event.counts {
            return false;
        }
        index += 1;
    }
    true
}

/// A part of a type.
#[derive(Debug)]
pub struct Child {
    /// What serde and JSON call it: the local name, `@Name` for an attribute, `$text` for the value of a type with attributes.
    pub key: &'static str,
    /// Its name.
    pub name: Name,
    /// What it is.
    pub role: Role,
    /// Its type.
    pub kind: &'static Type,
    /// It may come several times: a list.
    pub many: bool,
    /// It has to come.
    pub required: bool,
    /// Where the name of the Rust field is.
    #[doc(hidden)]
    pub field: FieldName,
}

impl Child {
    /// Whether that name of a Rust field or variant is its key.
    #[inline]
    pub(crate) fn is(&self, field: &'static str) -> bool {
        self.field.is(field, self.key)
    }
}

/// What a part is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// An attribute: the value follows its event.
    Attribute,
    /// An element.
    Element,
    /// The value of an element that has attributes.
    Text,
}

/// A state of the grammar.
#[derive(Debug)]
pub struct State {
    /// What may come, by code.
    pub events: &'static [Event],
    /// The bits of a code. One code more than there are events is the escape to what no schema allows.
    pub width: u8,
    /// Where in the element.
    pub phase: Phase,
    /// For an element that may come a bounded number of times.
    pub counter: Option<Counter>,
}

impl State {
    /// A state with these events.
    #[must_use]
    pub const fn new(events: &'static [Event], phase: Phase, counter: Option<Counter>) -> Self {
        Self { events, width: width(events.len() as u64 + 1), phase, counter }
    }
}

/// The bits that tell `count` things apart.
#[must_use]
pub const fn width(count: u64) -> u8 {
    if count <= 1 { 0 } else { (u64::BITS - (count - 1).leading_zeros()) as u8 }
}

/// How often an element may come again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Counter {
    /// How often it has come when the state is entered.
    pub start: u32,
    /// How often it may come.
    pub limit: u32,
    /// The state once it has come that often.
    pub full: u16,
}

/// Where in an element a state is; it decides what follows the escape.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Nothing came yet.
    Start,
    /// Attributes came.
    Attributes,
    /// Elements or text came.
    Content,
}

/// An event and the state after it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Event {
    /// The number of a child, or one of the constants.
    pub child: u8,
    /// The state after it counts how often the element came.
    pub counts: bool,
    /// The state after it.
    pub next: u16,
}

impl Event {
    /// The end of the element.
    pub const END: u8 = 255;
    /// An element of any name.
    pub const ANY: u8 = 254;
    /// An element that is never written itself.
    pub const ABSTRACT: u8 = 253;
    /// Text between elements.
    pub const MIXED_TEXT: u8 = 252;

    /// An event.
    #[must_use]
    pub const fn new(child: u8, next: u16) -> Self {
        Self { child, counts: false, next }
    }

    /// An event whose element is counted.
    #[must_use]
    pub const fn counted(child: u8, next: u16) -> Self {
        Self { child, counts: true, next }
    }
}

/// A datatype, by its representation in the stream (EXI 1.0, section 7.1), with its facets.
#[derive(Debug)]
pub enum Datatype {
    /// One bit.
    Boolean,
    /// A whole number of a range of at most 4096: its distance from the least.
    Bounded {
        /// How many bits.
        bits: u8,
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A whole number that is never negative.
    Unsigned {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// A whole number with a sign.
    Signed {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A whole number of any length: xs:integer.
    Integer,
    /// Characters.
    Text {
        /// The fewest.
        min: Option<u32>,
        /// The most.
        max: Option<u32>,
    },
    /// Octets, hexadecimal in XML.
    Hex {
        /// The fewest.
        min: Option<u32>,
        /// The most.
        max: Option<u32>,
    },
    /// Octets, base64 in XML.
    Base64 {
        /// The fewest.
        min: Option<u32>,
        /// The most.
        max: Option<u32>,
    },
    /// One of these words.
    Enumeration {
        /// The words, by their numbers in the stream.
        values: &'static [&'static str],
        /// How many bits.
        bits: u8,
        /// The list of variants of the Rust type that was last seen to be these words.
        #[doc(hidden)]
        variants: FieldList,
        /// Where the name of the Rust variant of each word is.
        #[doc(hidden)]
        names: &'static [FieldName],
    },
}

impl Datatype {
    /// The representation of whole numbers between these two.
    #[must_use]
    pub const fn whole(min: i128, max: i128) -> Self {
        if max - min < 4096 {
            Self::Bounded { bits: width((max - min + 1) as u64), min: min as i64, max: max as i64 }
        } else if min >= 0 {
            Self::Unsigned { min: min as u64, max: max as u64 }
        } else {
            Self::Signed { min: min as i64, max: max as i64 }
        }
    }

    /// One of these words.
    #[must_use]
    pub const fn enumeration(values: &'static [&'static str], names: &'static [FieldName]) -> Self {
        Self::Enumeration { values, bits: width(values.len() as u64), variants: FieldList::new(), names }
    }
}

impl SchemaSet {
    /// The number of the global element of that local name.
    #[must_use]
    pub fn document(&self, local: &str) -> Option<usize> {
        let first = self.documents.partition_point(|element| element.name.local < local);
        self.documents.get(first).filter(|element| element.name.local == local && !element.is_abstract).map(|_| first)
    }

    /// The number of the element of that local name in a fragment.
    #[must_use]
    pub fn fragment(&self, local: &str) -> Option<usize> {
        let first = self.fragments.partition_point(|fragment| fragment.name.local < local);
        self.fragments.get(first).filter(|fragment| fragment.name.local == local).map(|_| first)
    }
}
