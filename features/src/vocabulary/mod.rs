//! The vocabulary: every sentence a feature can use, with what it means.

mod meaning;
mod print;
mod unknown;

use std::sync::LazyLock;

use crate::parameters::Kind;

pub(crate) use meaning::{Meaning, mean};
pub use print::print_steps;

/// One sentence.
#[derive(Clone, Debug)]
pub struct StepEntry {
    /// `Given`, `When` or `Then`.
    pub keyword: &'static str,
    /// As it is written, with parameters in braces.
    pub expression: &'static str,
    /// What it does or checks.
    pub description: String,
    /// What it is about.
    pub subject: &'static str,
    /// The file and the line that it stands in.
    place: (&'static str, usize),
    /// Whether a table or a text stands below it.
    takes_more: bool,
    /// What it is about belongs to no EVSE: with a place it would say something else than it does.
    of_station: bool,
}

/// Stands in the comment of such a sentence.
const OF_STATION: &str = "Of the whole station.";

/// Some sentences of a repetition: the runner itself knows what to do with them.
const REPETITION: &str = "{times} times:";

/// Reads the sentences out of the sources of the steps: keyword, expression, and the comment above.
#[must_use]
pub fn vocabulary() -> Vec<StepEntry> {
    let mut entries: Vec<StepEntry> = Vec::new();
    for source in crate::steps::SOURCES {
        let mut description = String::new();
        // The entries whose function has not been seen yet.
        let mut open = 0;
        for (number, line) in source.text.lines().enumerate() {
            let line = line.trim();
            if let Some(text) = line.strip_prefix("/// ") {
                if !description.is_empty() {
                    description.push(' ');
                }
                description.push_str(text);
            } else if let Some((keyword, rest)) = attribute(line) {
                if let Some(expression) = rest.split('"').nth(1) {
                    let place = (source.file, number + 1);
                    let description = description.clone();
                    let (subject, of_station) = (source.subject, description.contains(OF_STATION));
                    let takes_more = false;
                    entries.push(StepEntry {
                        keyword,
                        expression,
                        description,
                        subject,
                        place,
                        takes_more,
                        of_station,
                    });
                    open += 1;
                }
            } else if !line.starts_with("#[") {
                // Whatever a function takes stands before its body.
                if line.contains("step: &Step") {
                    let end = entries.len();
                    entries[end - open..].iter_mut().for_each(|entry| entry.takes_more = true);
                }
                if line.ends_with('{') || line.is_empty() {
                    open = 0;
                }
                description.clear();
            }
        }
    }
    entries.push(StepEntry {
        keyword: "When",
        expression: REPETITION,
        description: "The steps in the text below, one a line with its keyword, one round after the other.".into(),
        subject: "time",
        place: ("", 0),
        takes_more: true,
        of_station: false,
    });
    entries
}

fn attribute(line: &'static str) -> Option<(&'static str, &'static str)> {
    [("#[given(", "Given"), ("#[when(", "When"), ("#[then(", "Then")]
        .into_iter()
        .find_map(|(start, keyword)| line.strip_prefix(start).map(|rest| (keyword, rest)))
}

/// A part of a sentence.
enum Part {
    Text(&'static str),
    Parameter(&'static Kind),
}

/// A sentence and its parts.
struct Sentence {
    entry: StepEntry,
    parts: Vec<Part>,
}

/// Every sentence.
static SENTENCES: LazyLock<Vec<Sentence>> = LazyLock::new(|| {
    vocabulary().into_iter().map(|entry| Sentence { parts: parts(entry.expression), entry }).collect()
});

fn parts(expression: &'static str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = expression;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        // A test looks that there is one for each.
        parts.extend(Kind::named(name).map(Part::Parameter));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

impl Sentence {
    /// The parameters in order.
    fn parameters(&self) -> impl Iterator<Item = &'static Kind> {
        self.parts.iter().filter_map(|part| match part {
            Part::Parameter(kind) => Some(*kind),
            Part::Text(_) => None,
        })
    }

    /// How much of it is fixed.
    fn fixed(&self) -> usize {
        self.parts.iter().map(|part| if let Part::Text(text) = part { text.trim().len() } else { 0 }).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_described_and_has_one_owner() {
        let entries = vocabulary();
        assert!(entries.len() > 60, "{} sentences", entries.len());
        for entry in &entries {
            assert!(!entry.description.is_empty(), "{} {}", entry.keyword, entry.expression);
            let same =
                entries.iter().filter(|other| other.keyword == entry.keyword && other.expression == entry.expression);
            assert_eq!(same.count(), 1, "{} {}", entry.keyword, entry.expression);
        }
    }

    #[test]
    fn every_parameter_has_a_kind_and_every_kind_a_sentence() {
        for sentence in SENTENCES.iter() {
            let names = sentence.entry.expression.matches('{').count();
            assert_eq!(sentence.parameters().count(), names, "{}", sentence.entry.expression);
        }
        for kind in &crate::parameters::KINDS {
            let name = format!("{{{}}}", kind.name);
            let used = SENTENCES.iter().any(|sentence| sentence.entry.expression.contains(&name));
            let inside = kind.words().iter().any(|word| word.is_empty());
            let in_phrase =
                crate::parameters::KINDS.iter().any(|other| other.words().iter().any(|word| word.contains(&name)));
            assert!((used || in_phrase) && !inside, "{name}");
        }
    }

    #[test]
    fn kinds_are_in_order() {
        assert!(crate::parameters::KINDS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn what_stands_below_a_sentence_is_known_from_its_function() {
        let more: Vec<_> = vocabulary().iter().filter(|entry| entry.takes_more).map(|entry| entry.expression).collect();
        let expected = [
            "a charger with the configuration",
            "this configuration is refused with {string}",
            "the session events were",
            "the CSMS calls {message} with",
            "the CSMS calls something unknown, {string}, with",
            "the CSMS calls {message} {times} times within {duration} without waiting, with",
            "within {duration} the CSMS received {message} where",
            "the CSMS received {message} no later than {duration} where",
            "the CSMS received exactly {count} {message} where",
            "{times} times:",
        ];
        assert_eq!(more, expected);
    }
}
