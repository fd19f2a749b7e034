//! The person at the terminal.
//!
//! | line | means |
//! |---|---|
//! | (empty) | it is done |
//! | `s` | it cannot be done here: the scenario is skipped |
//! | `n the plug does not fit` | it did not work: the scenario has failed, for this reason |
//! | `r the lamp flickers` | a remark for the report, at any time; the question stays |

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, BufReader, IsTerminal as _, stdin};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use features::print;

/// What the person answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    /// It is done.
    Done,
    /// It cannot be done here.
    Cannot,
    /// It was done and did not work: what happened instead.
    DidNotWork(String),
    /// No answer, but something to note.
    Remark(String),
    /// Nobody is there any more.
    Gone,
}

impl Answer {
    /// What a line means; nothing for one that means nothing.
    fn of(line: &str) -> Option<Self> {
        let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
        let line = line.trim();
        let (word, text) = line.split_once(|c: char| c.is_whitespace() || c == ':').unwrap_or((line, ""));
        let text = text.trim().to_owned();
        match word.to_ascii_lowercase().as_str() {
            "" if text.is_empty() => Some(Self::Done),
            "s" if text.is_empty() => Some(Self::Cannot),
            "n" if text.is_empty() => Some(Self::DidNotWork("no reason was given".into())),
            "n" => Some(Self::DidNotWork(text)),
            "r" if !text.is_empty() => Some(Self::Remark(text)),
            _ => None,
        }
    }
}

/// Nobody reads a longer remark, in characters.
const LONGEST: usize = 1_000;

/// More remarks than these are not waited with.
const WAITING: usize = 16;

/// What can be answered.
const ANSWERS: &str = "Enter when it is done; s when it cannot be done here; n and what happened when it did not work; \
                       r and a remark for the report";

/// Asks a person to do things, and hears when they are done.
pub struct Terminal {
    lines: Mutex<Receiver<String>>,
    /// Remarks that were made while nothing was asked.
    remarks: Mutex<VecDeque<String>>,
    /// What was typed before a question is no answer to it. Not so in a script, where all answers are there at once.
    fresh_only: bool,
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").finish_non_exhaustive()
    }
}

impl Terminal {
    /// The terminal of this program. Its input is read from now on.
    #[must_use]
    pub fn of_this_program() -> Self {
        Self { fresh_only: stdin().is_terminal(), ..Self::scripted(BufReader::new(stdin())) }
    }

    /// Answers from anywhere, one a line.
    #[must_use]
    pub fn scripted(answers: impl BufRead + Send + 'static) -> Self {
        // A person types a few lines; what types more is none, and waits.
        let (tell, lines) = mpsc::sync_channel(WAITING);
        thread::spawn(move || {
            for line in answers.lines() {
                // Nobody listens any more, or the input is broken: there is nobody at the terminal.
                let Ok(line) = line else { return };
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines: Mutex::new(lines), remarks: Mutex::default(), fresh_only: false }
    }

    /// Puts a request; [`Self::answer`] is asked from then on.
    pub(crate) fn ask(&self, request: &str) {
        if self.fresh_only {
            self.listen();
        }
        print::complain(format_args!("\n  >>> {request}.\n      {ANSWERS}."));
    }

    /// The answer, if there is one.
    pub(crate) fn answer(&self) -> Option<Answer> {
        if let Some(remark) = self.kept().pop_front() {
            return Some(Answer::Remark(remark));
        }
        loop {
            match self.lines().try_recv() {
                Ok(line) => match Answer::of(&line) {
                    Some(answer) => return Some(answer),
                    None => print::complain(format_args!("      {ANSWERS}.")),
                },
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => return Some(Answer::Gone),
            }
        }
    }

    /// What a person has remarked while nothing was asked.
    pub(crate) fn remarks(&self) -> Vec<String> {
        if self.fresh_only {
            self.listen();
        }
        self.kept().drain(..).collect()
    }

    /// Keeps the remarks among the lines that are there, and nothing else.
    fn listen(&self) {
        while let Ok(line) = self.lines().try_recv() {
            let mut kept = self.kept();
            if let Some(Answer::Remark(text)) = Answer::of(&line)
                && kept.len() < WAITING
            {
                kept.push_back(text);
            }
        }
    }

    fn lines(&self) -> MutexGuard<'_, Receiver<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn next(terminal: &Terminal) -> Answer {
        loop {
            if let Some(answer) = terminal.answer() {
                return answer;
            }
            thread::yield_now();
        }
    }

    #[test]
    fn answers_come_in_their_order_and_end() {
        let terminal =
            Terminal::scripted(&b"\nwhat?\n s \nn the plug does not fit\nN\nr: the lamp flickers\nr\nsomething\n"[..]);
        let answers: [_; 6] = std::array::from_fn(|_| next(&terminal));
        let expected = [
            Answer::Done,
            Answer::Cannot,
            Answer::DidNotWork("the plug does not fit".into()),
            Answer::DidNotWork("no reason was given".into()),
            Answer::Remark("the lamp flickers".into()),
            Answer::Gone,
        ];
        assert_eq!(answers, expected);
    }

    #[test]
    fn what_was_typed_before_a_question_is_no_answer_to_it_but_may_be_a_remark() {
        let (tell, lines) = mpsc::sync_channel(WAITING);
        let terminal = Terminal { lines: Mutex::new(lines), remarks: Mutex::default(), fresh_only: true };
        for line in ["", "n no", "r warm", "s"] {
            tell.send(line.into()).expect("room");
        }
        terminal.ask("Push the plug in");
        assert_eq!(terminal.answer(), Some(Answer::Remark("warm".into())));
        assert_eq!(terminal.answer(), None);
        tell.send(String::new()).expect("room");
        assert_eq!(terminal.answer(), Some(Answer::Done));
        tell.send("r and dry".into()).expect("room");
        assert_eq!(terminal.remarks(), ["and dry"]);
    }

    proptest! {
        #[test]
        fn any_line_is_an_answer_or_none_and_never_long(line in "[snrSNR: \\t]{0,3}.{0,20}") {
            match Answer::of(&line) {
                Some(Answer::DidNotWork(text) | Answer::Remark(text)) => {
                    prop_assert!(!text.is_empty() && !text.contains(char::is_control));
                }
                Some(Answer::Gone) => prop_assert!(false, "nobody types that"),
                Some(Answer::Done | Answer::Cannot) | None => {}
            }
        }
    }
}
