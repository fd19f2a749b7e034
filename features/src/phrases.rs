//! Sentences of one's own, without Rust: a phrase stands for several steps.
//!
//! ```text
//! # commute.phrases
//! Phrase: a commuter charges for <time> with a <amps> A cable
//!   When the driver plugs in with a <amps> A cable
//!   And the card 04CA2D01 is held to the reader
//!   And <time> pass
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use gherkin::{Step, StepType};
use regex::Regex;

/// A phrase file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct PhrasesError {
    file: String,
    line: usize,
    what: String,
}

/// One sentence and the steps it stands for.
#[derive(Clone, Debug)]
struct Phrase {
    sentence: Regex,
    names: Vec<String>,
    steps: Vec<(StepType, String)>,
}

/// Sentences of one's own.
#[derive(Clone, Debug, Default)]
pub struct Phrases(Vec<Phrase>);

impl Phrases {
    /// All `*.phrases` files below some folders, or beside some files.
    ///
    /// # Errors
    /// File, line and what was expected there.
    pub fn find<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<Self, PhrasesError> {
        let folder = |path: &'a Path| if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        let folders: BTreeSet<&Path> = paths.into_iter().map(folder).collect();
        let mut all = Self::default();
        for folder in &folders {
            // A folder inside of another one is read with it.
            if !folders.iter().any(|other| other != folder && folder.starts_with(other)) {
                all.collect(folder)?;
            }
        }
        Ok(all)
    }

    fn collect(&mut self, folder: &Path) -> Result<(), PhrasesError> {
        let mut entries: Vec<_> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                self.collect(&path)?;
            } else if path.extension().is_some_and(|ending| ending == "phrases") {
                let text = fs::read_to_string(&path).map_err(|error| PhrasesError {
                    file: path.display().to_string(),
                    line: 0,
                    what: error.to_string(),
                })?;
                self.parse(&path.display().to_string(), &text)?;
            }
        }
        Ok(())
    }

    /// Adds the phrases of one text.
    ///
    /// # Errors
    /// File, line and what was expected there.
    pub fn parse(&mut self, file: &str, text: &str) -> Result<(), PhrasesError> {
        let mut kind = StepType::When;
        for (number, line) in text.lines().enumerate() {
            let wrong = |what: &str| PhrasesError { file: file.into(), line: number + 1, what: what.into() };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(sentence) = line.strip_prefix("Phrase:") {
                self.0.push(Phrase::new(sentence.trim()).ok_or_else(|| wrong("expected a sentence with <names>"))?);
                continue;
            }
            let (keyword, sentence) = line.split_once(' ').ok_or_else(|| wrong("expected a step"))?;
            kind = match keyword {
                "Given" => StepType::Given,
                "When" => StepType::When,
                "Then" => StepType::Then,
                "And" | "But" => kind,
                _ => return Err(wrong("expected Phrase:, Given, When, Then, And or But")),
            };
            let phrase = self.0.last_mut().ok_or_else(|| wrong("expected Phrase: before the first step"))?;
            phrase.steps.push((kind, sentence.trim().into()));
        }
        Ok(())
    }

    /// The steps that a sentence stands for, if it is one of these.
    #[must_use]
    pub fn expand(&self, step: &Step) -> Option<Vec<Step>> {
        let (phrase, found) =
            self.0.iter().find_map(|phrase| Some((phrase, phrase.sentence.captures(&step.value)?)))?;
        let fill = |sentence: &str| {
            phrase.names.iter().zip(1..).fold(sentence.to_owned(), |text, (name, group)| {
                text.replace(&format!("<{name}>"), found.get(group).map_or("", |found| found.as_str()))
            })
        };
        let steps = phrase.steps.iter().map(|(kind, sentence)| Step {
            keyword: format!("{kind:?} "),
            ty: *kind,
            value: fill(sentence),
            ..step.clone()
        });
        Some(steps.collect())
    }
}

impl Phrase {
    fn new(sentence: &str) -> Option<Self> {
        let mut pattern = String::from("^");
        let mut names = Vec::new();
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('<') {
            let (name, after) = after.split_once('>')?;
            pattern += &regex::escape(before);
            pattern += "(.+?)";
            names.push(name.to_owned());
            rest = after;
        }
        pattern += &regex::escape(rest);
        pattern.push('$');
        (!sentence.is_empty()).then(|| Regex::new(&pattern).ok()).flatten().map(|sentence| Self {
            sentence,
            names,
            steps: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(text: &str) -> Step {
        let feature = format!("Feature: f\n Scenario: s\n  When {text}\n");
        let feature = gherkin::Feature::parse(feature, gherkin::GherkinEnv::default()).expect("a feature");
        feature.scenarios[0].steps[0].clone()
    }

    #[test]
    fn a_sentence_becomes_its_steps() {
        let mut phrases = Phrases::default();
        let text = "Phrase: someone stays for <time> at <amps> A\n  When the driver plugs in with a <amps> A cable\n  And <time> pass\n";
        phrases.parse("mine.phrases", text).expect("phrases");
        let steps = phrases.expand(&step("someone stays for 2 min at 16 A")).expect("known");
        let steps: Vec<_> = steps.iter().map(|step| (step.ty, step.value.as_str())).collect();
        assert_eq!(steps, [(StepType::When, "the driver plugs in with a 16 A cable"), (StepType::When, "2 min pass")]);
        assert!(phrases.expand(&step("someone else")).is_none());
    }

    #[test]
    fn an_error_names_file_and_line() {
        let error = Phrases::default().parse("mine.phrases", "# mine\n\n  Wenn es regnet\n").expect_err("wrong");
        assert_eq!(error.to_string(), "mine.phrases:3: expected Phrase:, Given, When, Then, And or But");
    }
}
