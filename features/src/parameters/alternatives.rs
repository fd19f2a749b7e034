//! The regular expression of a closed list of phrases, made from the list at compile time: there is no second list.

/// What stands for a word in braces, such as `{fault}` in `the fault {fault} is detected`.
const WORD: &[u8] = br"\S+";

/// The phrases of a table.
pub(crate) const fn phrases<T, const N: usize>(table: &[(&'static str, T); N]) -> [&'static str; N] {
    let mut all = [""; N];
    let mut at = 0;
    while at < N {
        all[at] = table[at].0;
        at += 1;
    }
    all
}

/// How long their expression is.
pub(crate) const fn length(phrases: &[&str]) -> usize {
    write::<0>(phrases).1
}

/// Their expression: one after the other, with `|` between.
pub(crate) const fn expression<const N: usize>(phrases: &[&str]) -> [u8; N] {
    write(phrases).0
}

/// The bytes of an expression as a text.
pub(crate) const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("phrases are texts"),
    }
}

/// The first `N` bytes of the expression, and how long it is.
const fn write<const N: usize>(phrases: &[&str]) -> ([u8; N], usize) {
    let mut out = [0; N];
    let mut end = 0;
    let mut number = 0;
    while number < phrases.len() {
        let phrase = phrases[number].as_bytes();
        let mut at = 0;
        if number > 0 {
            end = put(&mut out, end, b"|");
        }
        while at < phrase.len() {
            if phrase[at] == b'{' {
                end = put(&mut out, end, WORD);
                while phrase[at] != b'}' {
                    at += 1;
                }
            } else {
                end = put(&mut out, end, &[phrase[at]]);
            }
            at += 1;
        }
        number += 1;
    }
    (out, end)
}

const fn put(out: &mut [u8], end: usize, bytes: &[u8]) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        if end + at < out.len() {
            out[end + at] = bytes[at];
        }
        at += 1;
    }
    end + bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_becomes_an_expression() {
        const TABLE: [(&str, u8); 3] = [("the lock jams", 1), ("the fault {fault} is detected", 2), ("power", 3)];
        const PHRASES: [&str; 3] = phrases(&TABLE);
        const BYTES: [u8; length(&PHRASES)] = expression(&PHRASES);
        assert_eq!(text(&BYTES), r"the lock jams|the fault \S+ is detected|power");
    }
}
