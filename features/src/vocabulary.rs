//! The vocabulary: every sentence a feature can use, with what it means.

/// One sentence.
#[derive(Clone, Copy, Debug)]
pub struct StepEntry {
    /// `Given`, `When` or `Then`.
    pub keyword: &'static str,
    /// As it is written, with parameters in braces.
    pub expression: &'static str,
    /// What it does or checks.
    pub description: &'static str,
    /// The file it stands in.
    pub subject: &'static str,
}

/// Reads the sentences out of the sources of the steps: keyword, expression, and the comment above.
#[must_use]
pub fn vocabulary() -> Vec<StepEntry> {
    let mut entries: Vec<StepEntry> = Vec::new();
    for (subject, source) in crate::steps::SOURCES {
        let mut description = "";
        for line in source.lines() {
            let line = line.trim();
            if let Some(text) = line.strip_prefix("/// ") {
                description = text;
            } else if let Some((keyword, rest)) = attribute(line) {
                if let Some(expression) = rest.split('"').nth(1) {
                    entries.push(StepEntry { keyword, expression, description, subject });
                }
            } else if line.starts_with("fn ") {
                description = "";
            }
        }
    }
    entries
}

fn attribute(line: &'static str) -> Option<(&'static str, &'static str)> {
    [("#[given(", "Given"), ("#[when(", "When"), ("#[then(", "Then")]
        .into_iter()
        .find_map(|(start, keyword)| line.strip_prefix(start).map(|rest| (keyword, rest)))
}

/// Prints the vocabulary.
pub fn print_steps() {
    let mut subject = "";
    for entry in vocabulary() {
        if entry.subject != subject {
            subject = entry.subject;
            println!("\n{subject}");
        }
        println!("  {:<5} {}", entry.keyword, entry.expression);
        if !entry.description.is_empty() {
            println!("          {}", entry.description);
        }
    }
    println!("\nparameters");
    for (name, example) in crate::parameters::EXAMPLES {
        println!("  {{{name}}}  {example}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cucumber::World as _;

    #[test]
    fn every_sentence_is_described_and_has_one_owner() {
        let entries = vocabulary();
        let collection = crate::Stage::collection();
        drop(collection);
        assert!(entries.len() > 60, "{} sentences", entries.len());
        for entry in &entries {
            assert!(!entry.description.is_empty(), "{} {}", entry.keyword, entry.expression);
            let same =
                entries.iter().filter(|other| other.keyword == entry.keyword && other.expression == entry.expression);
            assert_eq!(same.count(), 1, "{} {}", entry.keyword, entry.expression);
        }
    }
}
