//! Reads the payload of a message, and finds its generation when nobody has seen what was agreed on.

use std::sync::Arc;

use exi::{Facets, Tree};
use iso15118::v2gtp::PayloadType;
use iso15118::{MessageError, Protocol, is_message, set_of};

/// What a payload says.
pub(crate) struct Reading {
    pub content: Result<Arc<Tree>, MessageError>,
    /// Written again it is the same.
    pub identical: bool,
}

/// Reads a payload of that generation; `None` is SAP.
pub(crate) fn read(protocol: Option<Protocol>, payload_type: PayloadType, payload: &[u8]) -> Reading {
    let Some(set) = set_of(protocol, payload_type) else {
        return Reading { content: Err(MessageError::PayloadType { payload_type, protocol }), identical: false };
    };
    match exi::from_document::<Tree>(set, payload, Facets::Off) {
        // A set knows elements that are signed or stand in a message: none of them is sent alone.
        Ok(tree) if !tree.root().is_some_and(|(root, _)| is_message(set, root)) => {
            let root = tree.root().map_or_else(String::new, |(root, _)| root.to_owned());
            Reading { content: Err(MessageError::Root { set: set.name, root }), identical: false }
        }
        Ok(tree) => {
            let mut again = Vec::with_capacity(payload.len());
            let written = exi::tree_to_document(set, &tree, Facets::Off, &mut again);
            Reading { identical: written.is_ok() && again == payload, content: Ok(Arc::new(tree)) }
        }
        Err(error) => Reading { content: Err(MessageError::Exi { set: set.name, error }), identical: false },
    }
}

/// The generation in which a payload makes sense; `Some(None)` is SAP. One in which it is the same when it is written again is
/// preferred.
pub(crate) fn guess(payload_type: PayloadType, payload: &[u8]) -> Option<Option<Protocol>> {
    let known = [None, Some(Protocol::Din), Some(Protocol::Iso2), Some(Protocol::Iso20)];
    let mut readable = known
        .into_iter()
        .map(|protocol| (protocol, read(protocol, payload_type, payload)))
        .filter(|(_, reading)| reading.content.is_ok());
    let first = readable.next()?;
    if first.1.identical {
        return Some(first.0);
    }
    Some(readable.find(|(_, reading)| reading.identical).map_or(first.0, |(protocol, _)| protocol))
}
