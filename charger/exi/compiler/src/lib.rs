//! Turns compact descriptions of XML schemas into the tables that drive the EXI codec, as Rust source.
//!
//! A description holds the facts of a schema and nothing else: names, order, types, how often, facets ([`text`] has its form). A
//! *set* is the namespaces that one EXI stream may use: event codes count the elements of all of them.
//!
//! A build script calls [`compile`] once for each set and writes what it gets to a file that the crate includes.

pub mod automaton;
mod emit;
pub mod model;
mod resolve;
pub mod text;

use model::Namespaces;

/// A description that cannot be compiled.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DescriptionError {
    /// A line that says nothing known.
    #[error("{file}:{line}: expected {expected}")]
    Line {
        /// The file.
        file: String,
        /// Counted from 1.
        line: usize,
        /// What would have been right.
        expected: String,
    },
    /// A name that nothing stands behind.
    #[error("{namespace}.{name} is used by {user} and described nowhere")]
    Unknown {
        /// The short name of the namespace.
        namespace: String,
        /// The name.
        name: String,
        /// Who uses it.
        user: String,
    },
    /// Something that the tables cannot say.
    #[error("{user}: {what}")]
    Unsupported {
        /// Where.
        user: String,
        /// What it is.
        what: String,
    },
}

/// The tables of a set, as the source of a Rust module whose one public item is `SET`.
///
/// # Errors
///
/// A name that is described nowhere, or a type that the tables cannot say.
pub fn compile(set: &str, namespaces: &Namespaces) -> Result<String, DescriptionError> {
    Ok(emit::source(&resolve::set(set, namespaces)?))
}
