//! Long scenarios first: a long one that begins last keeps one processor busy and lets the others wait.

use std::time::Duration;

use crate::case::Case;

/// The places of the cases in the order in which they begin; those of one length as they stand in their files.
#[must_use]
pub fn longest_first(cases: &[Case]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(length(&cases[*place])));
    order
}

/// How long the sentences let time pass. A guess is enough: nothing but the order hangs on it.
fn length(case: &Case) -> Duration {
    case.steps.iter().map(|step| lasts(&step.value)).fold(Duration::ZERO, Duration::saturating_add)
}

/// The times that a sentence names: `8 h pass`, `for 20 s the contactor stays open`, `asks again 5 times, 2 s each`.
fn lasts(sentence: &str) -> Duration {
    // What happens within a time mostly happens at once.
    if sentence.starts_with("within") {
        return Duration::ZERO;
    }
    let words: Vec<&str> = sentence.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let number = |word: &str| word.parse::<f64>().ok();
    let times = words.windows(2).find(|pair| pair[1] == "times").and_then(|pair| number(pair[0])).unwrap_or(1.0);
    let seconds: f64 = words
        .windows(2)
        .filter_map(|pair| {
            let unit = match pair[1] {
                "ms" => 0.001,
                "s" => 1.0,
                "min" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
            Some(number(pair[0])? * unit)
        })
        .sum();
    Duration::try_from_secs_f64(seconds * times).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_last_as_long_as_they_say() {
        let seconds = |sentence| lasts(sentence).as_secs_f64();
        assert_eq!(seconds("8 h pass"), 28_800.0);
        assert_eq!(seconds("for 1.5 min the contactor stays open"), 90.0);
        assert_eq!(seconds("the car pauses and asks again 5 times, 200 ms each"), 1.0);
        assert_eq!(seconds("within 20 min the connector is Available"), 0.0);
        assert_eq!(seconds("the car draws 32 A"), 0.0);
        assert_eq!(lasts("99999999999999999999999999999999 h pass"), Duration::MAX);
        assert_eq!(lasts("-5 s pass"), Duration::MAX);
    }
}
