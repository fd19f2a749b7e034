//! `plugfest steps`: every sentence, every kind of parameter, every closed list.

use std::io::{self, Write};

use super::vocabulary;
use crate::parameters::KINDS;
use crate::print;

/// No line is longer.
const WIDTH: usize = 110;

/// Prints the vocabulary.
pub fn print_steps() {
    let mut text = Vec::new();
    // Memory takes whatever is written.
    let _ = write_steps(&mut text);
    print::print(format_args!("{}", String::from_utf8_lossy(&text)));
}

fn write_steps(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nwhere")?;
    let place = "A sentence may say which EVSE it is about, before or after its words: the driver plugs in at EVSE 2; at EVSE 2 \
        within 5 s the contactor closes. Without a number it is EVSE 1.";
    wrapped(out, "  ", place)?;
    let mut subject = "";
    for entry in vocabulary() {
        if entry.subject != subject {
            subject = entry.subject;
            writeln!(out, "\n{subject}")?;
        }
        writeln!(out, "  {:<5} {}", entry.keyword, entry.expression)?;
        wrapped(out, "          ", &entry.description)?;
    }
    writeln!(out, "\nparameters")?;
    for kind in &KINDS {
        let words = kind.words();
        writeln!(out, "  {{{}}}  {}", kind.name, kind.example)?;
        // Phrases stand one a line, words one after the other.
        if words.iter().any(|word| word.contains(' ')) {
            for word in words {
                writeln!(out, "          {word}")?;
            }
        } else if !words.is_empty() {
            wrapped(out, "          ", &words.join(", "))?;
        }
    }
    Ok(())
}

/// A text in lines that a terminal can show.
fn wrapped(out: &mut impl Write, indent: &str, text: &str) -> io::Result<()> {
    let mut line = String::from(indent);
    for word in text.split(' ') {
        if line.len() + word.len() >= WIDTH && line.trim() != "" {
            writeln!(out, "{}", line.trim_end())?;
            line = indent.into();
        }
        line.push_str(word);
        line.push(' ');
    }
    if line.trim().is_empty() { Ok(()) } else { writeln!(out, "{}", line.trim_end()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_looks_for_a_word_finds_it() {
        let mut out = Vec::new();
        write_steps(&mut out).expect("memory does not run out");
        let text = String::from_utf8(out).expect("a text");
        for word in [
            "DiodeFault",
            "ChargingPausedEVSE",
            "PresentToken",
            "the contactor welds",
            "TransactionEvent",
            "OngoingAuthorizedTransaction",
            "renault-zoe",
            "pilot rise time",
            "the pilot is in state {state}",
            "answers with garbage",
            "the insulation monitor",
        ] {
            assert!(text.contains(word), "{word}");
        }
        assert!(text.lines().all(|line| line.len() <= WIDTH + 40), "lines fit on a screen");
    }
}
