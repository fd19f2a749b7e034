//! Where in a stream a value stands.

/// Is told of each value while a message is read or written, with its place in bits from the start of the stream.
///
/// `()` listens to nothing and costs nothing.
pub trait Trace {
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

impl Trace for () {}

/// Writes down where each value stands.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    spans: Vec<Span>,
    /// Numbers of the spans that are open.
    open: Vec<usize>,
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
        let parent: &[String] = self.open.last().map_or(&[], |&index| &self.spans[index].path);
        let depth = parent.len();
        // Siblings of one name: those behind the parent with the same path but for the number.
        let start = self.open.last().map_or(0, |&index| index + 1);
        let same = self.spans[start..]
            .iter()
            .filter(|span| span.path.len() == depth + 1)
            .filter(|span| span.path[depth].split('[').next() == Some(key))
            .count();
        let mut path = parent.to_vec();
        path.push(if same == 0 { key.to_owned() } else { format!("{key}[{same}]") });
        self.open.push(self.spans.len());
        self.spans.push(Span { path, bits: position..position });
    }

    fn leave(&mut self, position: usize) {
        if let Some(index) = self.open.pop() {
            self.spans[index].bits.end = position;
        }
    }
}
