//! What was given: a file, the input of the program, or the octets or the text themselves.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;

use exi::text::{base64, hex};

/// More is not read: a payload has at most 1 MiB, in hexadecimal and with spaces three times as much.
pub(super) const LONGEST: u64 = 8 << 20;

/// How octets are written as text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Coding {
    /// Pairs of digits; white space, `:`, `,`, `-` and `0x` may stand between them.
    Hex,
    /// Four letters for three octets.
    Base64,
}

/// What was read, and from where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Given<T> {
    /// What to call it in a message to the user.
    pub name: String,
    pub what: T,
}

enum Source<'a> {
    /// The content of a file or of the input.
    Content(Given<Vec<u8>>),
    /// The words on the command line themselves.
    Words(&'a str),
}

/// The octets that were given.
///
/// # Errors
/// They cannot be read, in words.
pub(super) fn octets(input: Option<&str>, forced: Option<Coding>) -> Result<Given<Vec<u8>>, String> {
    let given = match source(input)? {
        Source::Content(Given { name, what }) => {
            let what = of_content(&what, forced).map_err(|why| format!("{name}: {why}"))?;
            Given { name, what }
        }
        Source::Words(words) => {
            let what = of_text(words.as_bytes(), forced).map_err(|why| no_such_file(words, &why))?;
            Given { name: "the octets given".to_owned(), what }
        }
    };
    if given.what.is_empty() {
        return Err(format!("{}: there is nothing in it", given.name));
    }
    Ok(given)
}

/// The text that was given, without a byte order mark.
///
/// # Errors
/// It cannot be read, in words.
pub(super) fn text(input: Option<&str>) -> Result<Given<String>, String> {
    let Given { name, what } = match source(input)? {
        Source::Content(content) => content,
        Source::Words(words) if words.trim_start().starts_with(['{', '<']) => {
            Given { name: "the text given".to_owned(), what: words.as_bytes().to_vec() }
        }
        Source::Words(words) => return Err(no_such_file(words, "neither JSON nor XML")),
    };
    let text = String::from_utf8(what).map_err(|error| {
        format!("{name}: no text (octet {} is not UTF-8): JSON or XML is expected", error.utf8_error().valid_up_to())
    })?;
    let what = text.trim_start_matches('\u{feff}').to_owned();
    if what.trim().is_empty() {
        return Err(format!("{name}: there is nothing in it"));
    }
    Ok(Given { name, what })
}

fn source(input: Option<&str>) -> Result<Source<'_>, String> {
    let (name, content) = match input {
        None if io::stdin().is_terminal() => return Err("nothing was given: name a file, octets, or -".to_owned()),
        None | Some("-") => ("standard input".to_owned(), bounded(io::stdin().lock())),
        Some(name) if Path::new(name).exists() => (name.to_owned(), File::open(name).and_then(bounded)),
        Some(words) => return Ok(Source::Words(words)),
    };
    let what = content.map_err(|error| format!("{name}: {error}"))?;
    Ok(Source::Content(Given { name, what }))
}

fn no_such_file(words: &str, why: &str) -> String {
    // Octets may be long, and were seen by whoever wrote them.
    let start: String = words.chars().take(60).collect();
    let more = if start.len() < words.len() { "..." } else { "" };
    format!("{start}{more}: no such file, and {why}")
}

fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(LONGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LONGEST {
        return Err(io::Error::other(format!("more than {LONGEST} octets")));
    }
    Ok(content)
}

/// The first octet of EXI, and of V2GTP. Neither is a character of a text.
fn begins_a_stream(octets: &[u8]) -> bool {
    matches!(octets, [0x80 | 0x01, ..])
}

fn of_content(content: &[u8], forced: Option<Coding>) -> Result<Vec<u8>, String> {
    let is_text = content.iter().all(|octet| octet.is_ascii_graphic() || octet.is_ascii_whitespace());
    match forced {
        None if !is_text || begins_a_stream(content) => Ok(content.to_vec()),
        None if matches!(content.trim_ascii_start(), [b'<' | b'{', ..]) => {
            Err("this is a message as text: `plugfest exi encode` reads it".to_owned())
        }
        forced => of_text(content, forced),
    }
}

fn of_text(text: &[u8], forced: Option<Coding>) -> Result<Vec<u8>, String> {
    let digits = digits(text);
    let in_base64 = || base64::read(&padded(text));
    match (forced, digits) {
        (None | Some(Coding::Hex), Ok(digits)) => match hex::read(&digits) {
            Some(octets) => Ok(octets),
            None => Err(format!("{} hexadecimal digits: an octet has two", digits.len())),
        },
        (Some(Coding::Hex), Err(Wrong { at, character })) => {
            Err(format!("not hex: {character:?} at character {}", at + 1))
        }
        (Some(Coding::Base64), _) => in_base64().ok_or_else(|| "not base64".to_owned()),
        // Any word of letters may be base64 by chance.
        (None, Err(Wrong { at, character })) => in_base64()
            .filter(|octets| begins_a_stream(octets))
            .ok_or_else(|| format!("neither hex ({character:?} at character {}) nor EXI or V2GTP in base64", at + 1)),
    }
}

/// A character that is no digit.
struct Wrong {
    at: usize,
    character: char,
}

/// The hexadecimal digits of a text, without what may stand between them.
fn digits(text: &[u8]) -> Result<String, Wrong> {
    let is_between = |octet: u8| octet.is_ascii_whitespace() || matches!(octet, b':' | b',' | b'-');
    let mut digits = String::with_capacity(text.len());
    let mut at = 0;
    let mut is_start = true;
    while let Some(octet) = text.get(at) {
        match *octet {
            b'0' if is_start && matches!(text.get(at + 1), Some(b'x' | b'X')) => at += 1,
            octet if is_between(octet) => {}
            octet if octet.is_ascii_hexdigit() => digits.push(char::from(octet)),
            // Beyond ASCII one octet is no character; what stands there is told all the same.
            _ => {
                let rest = String::from_utf8_lossy(&text[at..]);
                return Err(Wrong { at, character: rest.chars().next().unwrap_or_default() });
            }
        }
        is_start = is_between(*octet);
        at += 1;
    }
    Ok(digits)
}

/// Base64 with the `=` at its end that some leave out.
fn padded(text: &[u8]) -> String {
    let mut letters: String =
        text.iter().filter(|octet| !octet.is_ascii_whitespace()).map(|octet| char::from(*octet)).collect();
    while !letters.len().is_multiple_of(4) && letters.len() % 4 != 1 {
        letters.push('=');
    }
    letters
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn octets_are_known_by_their_looks() {
        for text in ["80400040", "80 40 00 40\n", "0x80, 0x40, 0x00, 0x40", "80:40:00:40", "gEAAQA==", "gEAA\nQA"] {
            assert_eq!(of_content(text.as_bytes(), None), Ok(vec![0x80, 0x40, 0x00, 0x40]), "{text}");
        }
        assert_eq!(of_content(&[0x80, b'4'], None), Ok(vec![0x80, b'4']));
        assert_eq!(of_content(&[0x01, b'4'], None), Ok(vec![0x01, b'4']));
        // Digits are hex unless somebody knows better.
        assert_eq!(of_content(b"8040", Some(Coding::Base64)), Ok(vec![0xf3, 0x4e, 0x34]));
    }

    #[test]
    fn what_is_no_octets_is_told() {
        let told = |text: &str, forced| of_content(text.as_bytes(), forced).expect_err("no octets");
        assert_eq!(told("80400", None), "5 hexadecimal digits: an octet has two");
        assert_eq!(told("80 4x", None), "neither hex ('x' at character 5) nor EXI or V2GTP in base64");
        assert_eq!(told("messages", None), "neither hex ('m' at character 1) nor EXI or V2GTP in base64");
        assert_eq!(told("gEAAQA==", Some(Coding::Hex)), "not hex: 'g' at character 1");
        assert_eq!(told("a=bc", Some(Coding::Base64)), "not base64");
        assert!(told(" {\"a\": 1}", None).contains("plugfest exi encode"));
    }

    proptest! {
        #[test]
        fn whatever_stands_there_is_read_or_told(content in prop::collection::vec(any::<u8>(), 0..40), text in "[0-9a-fxX :,é=+/]{0,20}") {
            for forced in [None, Some(Coding::Hex), Some(Coding::Base64)] {
                drop(of_content(&content, forced));
                drop(of_text(text.as_bytes(), forced));
            }
        }

        #[test]
        fn octets_come_back_in_each_coding(mut octets in prop::collection::vec(any::<u8>(), 0..40)) {
            octets.insert(0, 0x80);
            let in_base64 = base64::write(&octets);
            prop_assert_eq!(of_text(hex::write(&octets).as_bytes(), None), Ok(octets.clone()));
            prop_assert_eq!(of_text(in_base64.as_bytes(), Some(Coding::Base64)), Ok(octets.clone()));
            prop_assert_eq!(of_content(&octets, None), Ok(octets));
        }
    }
}
