//! What a step of a feature means: a sentence of the vocabulary, a phrase that stands for others, or several rounds of some.

use cucumber::World as _;
use cucumber::step::{Collection, Context, Step as CucumberStep};
use gherkin::{Step, StepType};

use super::{REPETITION, SENTENCES, Sentence, unknown};
use crate::parameters::Times;
use crate::phrases::Phrases;
use crate::stage::Stage;

/// The function of a sentence.
pub(crate) type StepFn = CucumberStep<Stage>;

/// What a step means.
pub(crate) enum Meaning {
    /// A sentence of its own; its parameters are as they should be.
    Sentence {
        run: StepFn,
        context: Context,
        /// It is about the whole station, and no EVSE is named with it.
        of_station: bool,
    },
    /// Other steps, so many times.
    Steps { steps: Vec<Step>, rounds: u32 },
}

thread_local! {
    static STEPS: Collection<Stage> = Stage::collection();
}

/// What a step means.
///
/// # Errors
/// Why nobody knows, in words for whoever wrote it.
pub(crate) fn mean(step: &Step, phrases: &Phrases) -> Result<Meaning, String> {
    let phrase = phrases.expand(step);
    let found = STEPS.with(|steps| match steps.find(step) {
        Ok(found) => Ok(found.map(|(run, _, place, context)| (*run, place, context))),
        Err(ambiguous) => Err(format!("the sentence has two meanings: {ambiguous}")),
    })?;
    match (found, phrase) {
        (Some(_), Some(_)) => Err("a phrase of yours says the same as a sentence that is there already".into()),
        (Some((run, place, context)), None) => {
            let place = place.map(|place| (place.path, place.line as usize));
            let sentence = place.and_then(|(path, line)| {
                SENTENCES
                    .iter()
                    .find(|sentence| sentence.entry.place.1 == line && file_name(path) == sentence.entry.place.0)
            });
            if let Some(sentence) = sentence {
                check(sentence, step, &context)?;
            }
            let of_station = sentence.is_some_and(|sentence| sentence.entry.of_station);
            Ok(Meaning::Sentence { run, context, of_station })
        }
        (None, Some(steps)) => Ok(Meaning::Steps { steps, rounds: 1 }),
        (None, None) => match step.value.strip_suffix(REPETITION.trim_start_matches("{times}")) {
            Some(count) if step.ty != StepType::Then => {
                let rounds = count.parse::<Times>()?.0;
                Ok(Meaning::Steps { steps: rounds_of(step)?, rounds })
            }
            _ => Err(unknown::explain(step)),
        },
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Whether the parameters are as they should be, and nothing stands below that nobody reads.
fn check(sentence: &Sentence, step: &Step, context: &Context) -> Result<(), String> {
    for (kind, text) in sentence.parameters().zip(captured(context)) {
        kind.check(text)?;
    }
    if !sentence.entry.takes_more && (step.table.is_some() || step.docstring.is_some()) {
        return Err("nothing reads the table or the text below this sentence".into());
    }
    Ok(())
}

/// What stands in the place of each parameter. One parameter may have several groups, of which one matches: their names begin
/// alike, with `__` and its number.
fn captured(context: &Context) -> Vec<&str> {
    let number = |name: &Option<String>| {
        let digits: String = name.as_deref()?.strip_prefix("__")?.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    };
    let mut texts: Vec<&str> = Vec::new();
    let mut last = None;
    for (name, text) in context.matches.iter().skip(1) {
        let own = number(name);
        match texts.last_mut() {
            Some(before) if own.is_some() && own == last => {
                if before.is_empty() {
                    *before = text;
                }
            }
            _ => texts.push(text),
        }
        last = own;
    }
    texts
}

/// The steps of a round.
fn rounds_of(step: &Step) -> Result<Vec<Step>, String> {
    let missing = "the steps of a round are missing: one a line with its keyword, between \"\"\"";
    let text = step.docstring().ok_or(missing)?;
    let mut steps: Vec<Step> = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = || format!("{}: expected Given, When, Then, And or But, and a sentence", line.trim());
        let (keyword, sentence) = line.trim().split_once(' ').ok_or_else(wrong)?;
        let ty = match keyword {
            "Given" => StepType::Given,
            "When" => StepType::When,
            "Then" => StepType::Then,
            "And" | "But" => steps.last().map_or(step.ty, |before| before.ty),
            _ => return Err(wrong()),
        };
        let mut own =
            Step { keyword: keyword.into(), ty, value: sentence.trim().into(), docstring: None, ..step.clone() };
        // Below the sentence, and the text begins with the line that opens it.
        own.position.line = step.position.line + 1 + number;
        steps.push(own);
    }
    if steps.is_empty() { Err(missing.into()) } else { Ok(steps) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(text: &str) -> Step {
        let feature = format!("Feature: f\n Scenario: s\n  {text}\n");
        let feature = gherkin::Feature::parse(feature, gherkin::GherkinEnv::default()).expect("a feature");
        feature.scenarios[0].steps[0].clone()
    }

    fn refused(text: &str) -> String {
        match mean(&step(text), &Phrases::default()) {
            Ok(_) => panic!("{text} has a meaning"),
            Err(why) => why,
        }
    }

    #[test]
    fn what_cannot_be_is_refused_before_anything_runs() {
        for (text, why) in [
            ("Then within 1 s the fault Diode is detected", "The nearest is DiodeFault."),
            ("Then for 1 s there is no session event ChargingStart", "The nearest is ChargingStarted."),
            ("Then for 1 s the CSMS receives no TransactionEvents", "The nearest is TransactionEvent."),
            ("Then within 1 s the panel shows Idle", "There are: "),
            ("Then within 1 s the connector is Free", "There are: "),
            ("When the driver plugs in with a 16 A cable", "13 A, 20 A, 32 A, 63 A"),
            ("When 1000000000 h pass", "from 1 ms to 8784 h"),
            ("When the car pauses and asks again 4294967295 times, 1 ms each", "from 1 to 100000"),
            ("When the car pauses and asks again 0 times, 1 ms each", "from 1 to 100000"),
            ("When the CSMS sends 0 frames of garbage within 1 s", "from 1 to 100000"),
            ("When 0 times:", "from 1 to 100000"),
            ("Then within 1 s the panel says \"\"", "expected some text"),
            ("Then within 1 s the charger says that the CSMS \" \"", "expected some text"),
            ("When 200 % of the bits on the line of the power board are wrong", "from 0 to 100 %"),
            ("Then the car is charged to at least 101 %", "from 0 to 100 %"),
            ("Then the time until the fault Diode is detected is at most 1 s", "The nearest is DiodeFault."),
            ("Then the number of reports of state X is exactly 1", "state of the pilot"),
            ("When the line L4 is lost for 1 s", "There are: L1, L2, L3."),
            ("When 1 s pass\n   | what | is this |", "nothing reads the table"),
        ] {
            let told = refused(text);
            assert!(told.contains(why), "{text}: {told}");
        }
    }

    #[test]
    fn a_repetition_stands_for_its_steps() {
        let text = "When 8 times:\n   \"\"\"\n   When the driver plugs in\n   And 20 s pass\n   \"\"\"";
        match mean(&step(text), &Phrases::default()) {
            Ok(Meaning::Steps { steps, rounds }) => {
                let steps: Vec<_> = steps.iter().map(|step| (step.value.as_str(), step.position.line)).collect();
                assert_eq!((steps, rounds), (vec![("the driver plugs in", 5), ("20 s pass", 6)], 8));
            }
            Ok(Meaning::Sentence { .. }) => panic!("that is no sentence"),
            Err(why) => panic!("{why}"),
        }
        assert!(refused("When 8 times:").starts_with("the steps of a round are missing"));
        assert!(refused("When 8 times:\n   \"\"\"\n   plug in\n   \"\"\"").contains("expected Given, When"));
    }
}
