//! EXI 1.0 as a serde data format, driven by schema tables.
//!
//! The profile is that of ISO 15118: bit-packed, schema-informed, not strict, default fidelity, one octet of header without
//! options. Strings are read in both forms, as literals and as references to earlier ones, and written as literals, which is what
//! everybody in the field does.
//!
//! | call | what it is for |
//! |---|---|
//! | [`from_document`], [`to_document`] | a message as a Rust type that derives serde |
//! | [`from_document_of`], [`to_document_of`] | a message whose element is known, as what is inside of it |
//! | [`from_fragment`], [`to_fragment`] | an element alone: what a signature is made over |
//! | the same with a [`Tree`] | any message without a Rust type, as JSON has it; it may also write what no schema allows |
//! | [`xml`] | the same as XML |
//! | [`trace`] | where in the stream each value stands |
//!
//! A Rust type is a struct whose fields are the attributes (`@Id`) and elements of the schema, or an enum with a variant for each
//! element that may stand at one place. The name of a field is that of the schema. A struct that has all of them in the order of
//! the schema is read fastest; a subset is fine too.

mod bits;
mod decode;
mod encode;
mod error;
pub mod header;
mod integer;
mod octets;
mod relaxed;
pub mod schema;
mod strings;
pub mod text;
pub mod trace;
mod tree;
pub mod xml;

pub use decode::{from_document, from_document_of, from_document_traced, from_fragment, from_fragment_traced};
pub use encode::{
    to_document, to_document_of, to_document_traced, to_fragment, tree_to_document, tree_to_document_traced,
    tree_to_fragment, tree_to_fragment_traced,
};
pub use error::{DecodeError, EncodeError, Escape, Fault};
pub use integer::Integer;
pub use octets::{Base64, Hex};
pub use schema::SchemaSet;
pub use tree::Tree;

/// How closely a message is held to its schema.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Facets {
    /// What the schema does not allow is an error.
    Checked,
    /// Lengths and ranges may be anything that the stream can hold, and what must be there may be missing. For testers.
    Off,
}
