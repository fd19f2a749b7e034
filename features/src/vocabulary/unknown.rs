//! What was probably meant by a sentence that nobody knows.

use gherkin::{Step, StepType};
use regex::Regex;

use super::{Part, SENTENCES, Sentence};
use crate::parameters::likeness;

/// Sentences that are farther off than this were not meant.
const FAR: f64 = 0.4;

/// A parameter that was meant to be one has no more words.
const LONGEST: usize = 7;

/// Why nobody knows the sentence, and what was probably meant.
pub(super) fn explain(step: &Step) -> String {
    let keyword = keyword(step.ty);
    if let Some(other) = other_keyword(step, keyword) {
        return format!("this cannot be said after {keyword}, but: {other}");
    }
    if let Some(why) = wrong_parameter(step, keyword) {
        return why;
    }
    let mut nearest: Option<(f64, String)> = None;
    for sentence in SENTENCES.iter() {
        // Another keyword is a smaller mistake than another word.
        let own = if sentence.entry.keyword == keyword { 0.0 } else { 0.05 };
        for text in variants(sentence) {
            let far = distance(&step.value, &text) + own;
            if nearest.as_ref().is_none_or(|(least, _)| far < *least) {
                nearest = Some((far, format!("{} {text}", sentence.entry.keyword)));
            }
        }
    }
    match nearest.filter(|(far, _)| *far <= FAR) {
        Some((_, text)) => format!("no step has this sentence. The nearest is: {text}"),
        None => "no step has this sentence, nor one that is like it; `plugfest steps` shows all".into(),
    }
}

const fn keyword(ty: StepType) -> &'static str {
    match ty {
        StepType::Given => "Given",
        StepType::When => "When",
        StepType::Then => "Then",
    }
}

/// The sentence is there, for another keyword.
fn other_keyword(step: &Step, keyword: &str) -> Option<String> {
    let mut others = SENTENCES.iter().filter(|sentence| sentence.entry.keyword != keyword);
    let found = others.find(|sentence| {
        loosely(sentence, &step.value)
            .is_some_and(|texts| sentence.parameters().zip(&texts).all(|(kind, text)| kind.check(text).is_ok()))
    })?;
    Some(format!("{} {}", found.entry.keyword, found.entry.expression))
}

/// A sentence is there, but something in the place of a parameter is not what it should be.
fn wrong_parameter(step: &Step, keyword: &str) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    for sentence in SENTENCES.iter().filter(|sentence| sentence.entry.keyword == keyword && sentence.fixed() > 0) {
        let Some(texts) = loosely(sentence, &step.value) else { continue };
        // What fits a parameter only because anything does was not meant.
        if texts.iter().any(|text| text.split(' ').count() > LONGEST) {
            continue;
        }
        let wrong = sentence.parameters().zip(texts).find_map(|(kind, text)| kind.check(&text).err());
        let Some(wrong) = wrong else { continue };
        if best.as_ref().is_none_or(|(most, _)| sentence.fixed() > *most) {
            best = Some((sentence.fixed(), format!("{wrong} (in: {keyword} {})", sentence.entry.expression)));
        }
    }
    best.map(|(_, why)| why)
}

/// What stands in the places of the parameters, whatever it is.
fn loosely(sentence: &Sentence, text: &str) -> Option<Vec<String>> {
    let mut pattern = String::from("^");
    for part in &sentence.parts {
        match part {
            // `fault(s)` is one or several.
            Part::Text(text) => pattern += &regex::escape(text).replace(r"\(s\)", "s?"),
            Part::Parameter(_) => pattern += "(.+?)",
        }
    }
    pattern.push('$');
    let found = Regex::new(&pattern).ok()?.captures(text)?;
    Some(found.iter().skip(1).flatten().map(|group| group.as_str().to_owned()).collect())
}

/// The sentence as it is written; one that is nothing but a phrase out of a list, as each of them.
fn variants(sentence: &Sentence) -> Vec<String> {
    match sentence.parts.as_slice() {
        [Part::Parameter(kind)] => kind.words().iter().map(ToString::to_string).collect(),
        _ => vec![sentence.entry.expression.to_owned()],
    }
}

/// How far a text is from a sentence, from 0 to 1: the words that would have to be changed. A parameter may be any words.
fn distance(text: &str, sentence: &str) -> f64 {
    let given: Vec<&str> = text.split_whitespace().collect();
    let wanted: Vec<&str> = sentence.split_whitespace().collect();
    // costs[w]: of the words so far against the first w of the sentence.
    let mut costs: Vec<f64> = (0..=wanted.len()).map(|count| count as f64).collect();
    for word in &given {
        let before = costs.clone();
        costs[0] = before[0] + 1.0;
        for (at, own) in wanted.iter().enumerate() {
            let is_parameter = own.contains('{');
            let (change, longer, missing) =
                if is_parameter { (0.3, 0.5, 0.4) } else { (1.0 - likeness(word, own), 1.0, 1.0) };
            costs[at + 1] = (before[at] + change).min(before[at + 1] + longer).min(costs[at] + missing);
        }
    }
    costs[wanted.len()] / given.len().max(wanted.len()).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str) -> String {
        let feature = format!("Feature: f\n Scenario: s\n  {text}\n");
        let feature = gherkin::Feature::parse(feature, gherkin::GherkinEnv::default()).expect("a feature");
        explain(&feature.scenarios[0].steps[0])
    }

    #[test]
    fn the_nearest_sentence_is_named() {
        let near = |text: &str, sentence: &str| {
            let told = explained(text);
            assert!(told.ends_with(&format!("The nearest is: {sentence}")), "{text}: {told}");
        };
        near("When the driver plug in", "When the driver plugs in");
        near("When the contacter welds", "When the contactor welds");
        near("Then within 1 s the contactor close", "Then within {duration} the contactor closes");
        assert_eq!(
            explained("When the house takes 5 kW on each line"),
            "this cannot be said after When, but: Given the house takes {power} on each line"
        );
        near("Then the lock holds the plug", "Then within {duration} the lock holds the plug");
        assert!(explained("When it rains cats and dogs over the whole of the county").contains("`plugfest steps`"));
    }

    #[test]
    fn a_parameter_that_is_wrong_is_told_with_its_sentence() {
        assert_eq!(
            explained("When the driver plugs in with a 20A cable"),
            "20A: there is a space between a number and its unit: 20 A (in: When the driver plugs in with a {cable} cable)"
        );
        assert!(explained("When 16s pass").starts_with("16s: there is a space between a number and its unit: 16 s"));
        let told = explained("When the mtere is lost");
        assert!(told.contains("The nearest is the meter."), "{told}");
        let told = explained("Then the number of contactor closing is exactly 0");
        assert!(told.contains("The nearest is contactor closings."), "{told}");
        let told = explained("When the clock of the CSMS jumps ahead by -1 h");
        assert!(told.contains("from 1 ms to 8784 h"), "{told}");
        let told = explained("Then the pilot hight level is between 11.4 V and 12.6 V");
        assert!(told.contains("The nearest is pilot high level."), "{told}");
    }
}
