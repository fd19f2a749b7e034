//! A message that was read by one set, and what there is to say about how it was written.

use exi::trace::Spans;
use exi::{DecodeError, EncodeError, Facets, Fault, SchemaSet, Tree};
use iso15118::vector::Layout;

/// A message that was read.
pub(super) struct Reading {
    pub set: &'static SchemaSet,
    pub tree: Tree,
    /// Where its values stand.
    pub spans: Spans,
    /// How many octets follow after it.
    pub trailing: usize,
    /// What the schema does not allow; the first of it.
    pub facets: Option<DecodeError>,
    /// How we write it, and where its values stand then.
    pub again: Result<(Vec<u8>, Spans), EncodeError>,
    /// Whether these are the same octets.
    pub is_same: bool,
}

impl Reading {
    /// Reads it. Lengths and ranges may be anything.
    ///
    /// # Errors
    /// The stream is none of the set: what is wrong, and where.
    pub(super) fn new(set: &'static SchemaSet, layout: Layout, octets: &[u8]) -> Result<Self, DecodeError> {
        let mut spans = Spans::default();
        let tree: Tree = match layout {
            Layout::Document => exi::from_document_traced(set, octets, Facets::Off, &mut spans)?,
            Layout::Fragment => exi::from_fragment_traced(set, octets, Facets::Off, &mut spans)?,
        };
        let end = spans.all().first().map_or(0, |root| root.bits.end.div_ceil(8));
        let (message, trailing) = octets.split_at(end.min(octets.len()));
        let facets = layout.read(set, message, Facets::Checked).err();
        let again = write(set, layout, &tree);
        let is_same = again.as_ref().is_ok_and(|(again, _)| again == message);
        Ok(Self { set, tree, spans, trailing: trailing.len(), facets, again, is_same })
    }

    /// Reads it, and nothing may follow: so one set is told from another.
    pub(super) fn whole(set: &'static SchemaSet, layout: Layout, octets: &[u8]) -> Result<Self, String> {
        match Self::new(set, layout, octets) {
            Ok(reading) if reading.trailing > 0 => {
                let (name, end) = (reading.name(), octets.len() - reading.trailing);
                Err(format!("{name} ends there, and {} octets follow (octet {end}, bit 0)", reading.trailing))
            }
            Ok(reading) => Ok(reading),
            Err(error) => Err(expected(set, layout, &error)),
        }
    }

    /// The name of the message.
    pub(super) fn name(&self) -> &str {
        iso15118::name_of(&self.tree)
    }

    /// By chance a set may read what no one would send, or what it does not allow itself: the smaller, the likelier it is meant.
    pub(super) fn chance(&self) -> u8 {
        let is_sent = self.tree.root().is_some_and(|(root, _)| iso15118::is_message(self.set, root));
        2 * u8::from(!is_sent) + u8::from(self.facets.is_some())
    }
}

fn write(set: &'static SchemaSet, layout: Layout, tree: &Tree) -> Result<(Vec<u8>, Spans), EncodeError> {
    let (mut out, mut spans) = (Vec::new(), Spans::default());
    match layout {
        Layout::Document => exi::tree_to_document_traced(set, tree, Facets::Off, &mut out, &mut spans)?,
        Layout::Fragment => exi::tree_to_fragment_traced(set, tree, Facets::Off, &mut out, &mut spans)?,
    }
    Ok((out, spans))
}

/// What is wrong, and what a stream of the set would have there.
pub(super) fn expected(set: &'static SchemaSet, layout: Layout, error: &DecodeError) -> String {
    match (error.fault(), layout) {
        (Fault::Root(_), Layout::Document) => {
            let count = set.documents.iter().filter(|element| !element.is_abstract).count();
            format!("{error}: expected one of {count} messages")
        }
        (Fault::Root(_), Layout::Fragment) => format!("{error}: expected one of {} elements", set.fragments.len()),
        _ => error.to_string(),
    }
}
