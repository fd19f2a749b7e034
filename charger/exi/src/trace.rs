//! Where in a stream a value stands.

use std::collections::BTreeMap;

/// Is told of each value while a message is read or written, with its place in bits from the start of the stream.
///
/// `()` listens to nothing and costs nothing.
pub trait Trace {
    /// Whether anybody wants to know; what only a listener needs is not computed otherwise.
    const LISTENS: bool = true;

    /// A value begins: the name of its field.
    #[inline]
    fn enter(&mut self, key: &'static str, position: usize) {
        let _ = (key, position);
    }

    /// The value that began last is over.
    #[inline]
    fn leave(&mut self, position: usize) {
        let _ = position;
    }
}

impl Trace for () {
    const LISTENS: bool = false;
}

/// Writes down where each value stands.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    spans: Vec<Span>,
    /// Those that are open.
    open: Vec<Open>,
    /// How often each name came at the top.
    top: BTreeMap<&'static str, usize>,
}

/// A span that is not over.
#[derive(Clone, Debug)]
struct Open {
    /// Its number.
    span: usize,
    /// How often each name came inside of it.
    seen: BTreeMap<&'static str, usize>,
}

/// A value and its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Span {
    /// The fields from the top down: `V2G_Message`, `Header`, `SessionID`. Those of one name at one place are counted: `Service[1]`
    /// is the second one.
    pub path: Vec<String>,
    /// The bits, from the event that announces it to the one that ends it.
    pub bits: std::ops::Range<usize>,
}

impl Spans {
    /// All, in the order of their beginnings.
    #[must_use]
    pub fn all(&self) -> &[Span] {
        &self.spans
    }

    /// The innermost value in which that bit stands.
    #[must_use]
    pub fn at(&self, bit: usize) -> Option<&Span> {
        self.spans.iter().rev().filter(|span| span.bits.contains(&bit)).max_by_key(|span| span.path.len())
    }

    /// The place of a value, by the names from the top down, joined by `/`.
    #[must_use]
    pub fn of(&self, path: &str) -> Option<&Span> {
        self.spans.iter().find(|span| span.path.iter().map(String::as_str).eq(path.split('/')))
    }
}

impl Trace for Spans {
    fn enter(&mut self, key: &'static str, position: usize) {
        let (mut path, seen) = match self.open.last_mut() {
            Some(parent) => (self.spans[parent.span].path.clone(), &mut parent.seen),
            None => (Vec::new(), &mut self.top),
        };
        let same = seen.entry(key).or_default();
        path.push(if *same == 0 { key.to_owned() } else { format!("{key}[{same}]") });
        *same += 1;
        self.open.push(Open { span: self.spans.len(), seen: BTreeMap::new() });
        self.spans.push(Span { path, bits: position..position });
    }

    fn leave(&mut self, position: usize) {
        if let Some(open) = self.open.pop() {
            self.spans[open.span].bits.end = position;
        }
    }
}
