//! Text that came from anywhere, made safe for XML and HTML.

/// Escapes `text` for element content and quoted attributes of XML and HTML alike. Characters that XML 1.0 does not allow, and
/// terminal escapes with them, are left out; line ends and tabs stay.
#[must_use]
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// The same for an attribute: XML turns a line end in an attribute into a space unless it is written as a reference.
pub(crate) fn attribute(text: &str) -> String {
    markup(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// At most `limit` characters, the last of which is an ellipsis where something was cut.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.into(),
        Some(_) => text.chars().take(limit.saturating_sub(1)).chain(['\u{2026}']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_are_made_harmless() {
        assert_eq!(markup("<a href='x'>&\u{1b}[31m\"\0\u{85}"), "&lt;a href=&#39;x&#39;&gt;&amp;[31m&quot;");
        assert_eq!(attribute("one\ntwo"), "one&#10;two");
    }

    #[test]
    fn a_cut_counts_characters_and_shows_itself() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö\u{2026}");
        assert_eq!(cut("", 0), "");
    }
}
