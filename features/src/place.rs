//! Which EVSE a sentence is about: `the driver plugs in at EVSE 2`, `at EVSE 2 within 5 s the contactor is closed`.

use gherkin::Step;
use units::EvseId;

const WORDS: &str = "at EVSE ";

/// The sentence without its place, and the EVSE that it names; `None`: it names none.
///
/// # Errors
/// Why there is no such place, in words for whoever wrote it.
pub(crate) fn placed(step: &Step) -> Result<(Step, Option<EvseId>), String> {
    let (before, sentence) = match step.value.strip_prefix(WORDS) {
        Some(rest) => rest.split_once(' ').map(|(number, rest)| (Some(number.trim_end_matches(',')), rest)),
        None => Some((None, step.value.as_str())),
    }
    .ok_or_else(|| "expected a sentence after the number of the EVSE".to_owned())?;
    let (sentence, after) = match sentence.rsplit_once(&format!(" {WORDS}")) {
        // A place in quotation marks is no place.
        Some((rest, number)) if !number.contains(['"', ' ']) => (rest, Some(number)),
        Some(_) | None => (sentence, None),
    };
    let number = match (before, after) {
        (Some(_), Some(_)) => return Err("it names two places: expected one".into()),
        (before, after) => before.or(after),
    };
    let evse = match number {
        None => None,
        Some(number) => {
            let parsed = number.parse().ok().and_then(EvseId::new);
            Some(parsed.ok_or_else(|| format!("{number} is no number of an EVSE: they are counted from 1 on"))?)
        }
    };
    Ok((Step { value: sentence.to_owned(), ..step.clone() }, evse))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, Option<u16>), String> {
        let feature = format!("Feature: f\n Scenario: s\n  When {text}\n");
        let feature = gherkin::Feature::parse(feature, gherkin::GherkinEnv::default()).expect("a feature");
        placed(&feature.scenarios[0].steps[0]).map(|(step, evse)| (step.value, evse.map(EvseId::number)))
    }

    #[test]
    fn the_place_stands_before_or_after_the_sentence() {
        let plugs = |evse| Ok(("the driver plugs in".to_owned(), evse));
        assert_eq!(read("the driver plugs in"), plugs(None));
        assert_eq!(read("the driver plugs in at EVSE 2"), plugs(Some(2)));
        assert_eq!(read("at EVSE 12 the driver plugs in"), plugs(Some(12)));
        assert_eq!(read("at EVSE 2, the driver plugs in"), plugs(Some(2)));
        let said = "the panel says \"plug in at EVSE 2\"";
        assert_eq!(read(said), Ok((said.into(), None)));
    }

    #[test]
    fn a_place_that_is_none_is_told() {
        assert!(read("the driver plugs in at EVSE 0").is_err_and(|why| why.contains("counted from 1")));
        assert!(read("the driver plugs in at EVSE two").is_err_and(|why| why.contains("two is no number")));
        assert!(read("at EVSE 1 the driver plugs in at EVSE 2").is_err_and(|why| why.contains("two places")));
        assert!(read("at EVSE 2").is_err());
    }
}
