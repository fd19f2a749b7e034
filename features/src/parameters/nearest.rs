//! The word that was probably meant.

/// At most so many words are listed whole; of longer lists only the nearest is named.
const FEW: usize = 24;

/// How alike two texts are, from 0 to 1; capitals do not matter.
pub(crate) fn likeness(a: &str, b: &str) -> f64 {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let (short, long) = if a.len() < b.len() { (&a, &b) } else { (&b, &a) };
    let inside: f64 = if short.len() >= 3 && long.contains(short.as_str()) { 0.9 } else { 0.0 };
    // A beginning in common says more than the number of letters: Diode means DiodeFault.
    strsim::jaro_winkler(&a, &b).max(strsim::normalized_damerau_levenshtein(&a, &b)).max(inside)
}

/// Words that mean the same elsewhere, in OCPP 1.6 or in speech, and look like none of ours.
const ELSEWHERE: [(&str, &[&str]); 6] = [
    ("Free", &["Available"]),
    ("Idle", &["Available"]),
    ("Busy", &["Occupied"]),
    ("Preparing", &["Occupied", "Ready"]),
    ("SuspendedEV", &["Occupied", "PausedByCar"]),
    ("SuspendedEVSE", &["Occupied", "PausedByCharger"]),
];

/// Words that are less alike than this were not meant.
const ALIKE: f64 = 0.7;

/// The one that means the same, or the most alike of them, if one is alike; the first of equals.
pub(crate) fn nearest<'a>(text: &str, words: &[&'a str]) -> Option<&'a str> {
    let ours = ELSEWHERE.iter().filter(|(word, _)| word.eq_ignore_ascii_case(text)).flat_map(|(_, ours)| *ours);
    if let Some(word) = ours.into_iter().find_map(|own| words.iter().find(|word| *word == own)) {
        return Some(word);
    }
    let mut best: Option<(f64, &'a str)> = None;
    for word in words {
        let alike = likeness(text, word);
        if alike >= ALIKE && best.is_none_or(|(most, _)| alike > most) {
            best = Some((alike, word));
        }
    }
    best.map(|(_, word)| word)
}

/// The word of the list that the text is; else why not, with the nearest one.
pub(crate) fn one_of<'a>(what: &str, words: &[&'a str], text: &str) -> Result<&'a str, String> {
    if let Some(word) = words.iter().find(|word| **word == text) {
        return Ok(word);
    }
    let meant = nearest(text, words).map_or_else(String::new, |word| format!(" The nearest is {word}."));
    let list = if words.len() <= FEW { format!(" There are: {}.", words.join(", ")) } else { String::new() };
    Err(format!("there is no {what} {text:?}.{meant}{list}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_named() {
        let faults = ["BoardLost", "DiodeFault", "OverCurrent"];
        assert_eq!(nearest("Diode", &faults), Some("DiodeFault"));
        assert_eq!(nearest("Overcurent", &faults), Some("OverCurrent"));
        assert_eq!(nearest("Idle", &faults), None);
        let states = ["Available", "Faulted", "Occupied", "Reserved", "Unavailable"];
        assert_eq!(
            ["Idle", "free", "Preparing"].map(|word| nearest(word, &states)),
            [Some("Available"), Some("Available"), Some("Occupied")]
        );
        assert_eq!(one_of("fault", &faults, "BoardLost"), Ok("BoardLost"));
        assert_eq!(
            one_of("fault", &faults, "Diode"),
            Err("there is no fault \"Diode\". The nearest is DiodeFault. There are: BoardLost, DiodeFault, OverCurrent."
                .into())
        );
    }
}
