//! Which bits of a stream are which value.

use std::fmt::Write as _;

use exi::Tree;
use exi::trace::{Span, Spans};

/// The values of a message in the order of the stream: those with nothing inside of them.
pub(super) fn values(tree: &Tree) -> Vec<&Tree> {
    fn collect<'a>(tree: &'a Tree, values: &mut Vec<&'a Tree>) {
        match tree {
            Tree::Fields(fields) if !fields.is_empty() => fields.iter().for_each(|(_, value)| collect(value, values)),
            Tree::List(items) if !items.is_empty() => items.iter().for_each(|item| collect(item, values)),
            value => values.push(value),
        }
    }
    let mut all = Vec::new();
    collect(tree, &mut all);
    all
}

/// Whether nothing stands inside of the span of that number.
fn is_value(spans: &[Span], index: usize) -> bool {
    spans.get(index + 1).is_none_or(|next| next.path.len() <= spans[index].path.len())
}

/// The spans of the values alone.
pub(super) fn of_values(spans: &Spans) -> Vec<&Span> {
    let all = spans.all();
    all.iter().enumerate().filter(|(index, _)| is_value(all, *index)).map(|(_, span)| span).collect()
}

/// `octet.bit` of a bit.
pub(super) fn place(bit: usize) -> String {
    format!("{}.{}", bit / 8, bit % 8)
}

/// A value as JSON has it; an element without anything in it has none.
pub(super) fn shown(value: &Tree) -> Option<String> {
    match value {
        Tree::Fields(_) | Tree::List(_) => None,
        value => serde_json::to_string(value).ok(),
    }
}

/// A line for each element, attribute and value.
pub(super) fn list(tree: &Tree, spans: &Spans) -> String {
    let values = values(tree);
    let all = spans.all();
    // Both are in the order of the stream. If they do not go together, the bits alone are right.
    let go_together = of_values(spans).len() == values.len();
    let mut values = values.into_iter();
    let mut lines = format!("{:>9}  {:>9}  {:>6}  field\n", "from", "to", "bits");
    for (index, span) in all.iter().enumerate() {
        let value = if go_together && is_value(all, index) { values.next().and_then(shown) } else { None };
        let bits = &span.bits;
        // The last bit itself: whoever counts in the octets finds it there.
        let last = bits.end.saturating_sub(1).max(bits.start);
        let _ = write!(lines, "{:>9}  {:>9}  {:>6}  ", place(bits.start), place(last), bits.len());
        lines.push_str(&span.path.join("/"));
        if let Some(value) = value {
            let _ = write!(lines, " = {value}");
        }
        lines.push('\n');
    }
    lines
}
