//! The person at the terminal.

use std::fmt;
use std::io::{BufRead, BufReader, IsTerminal as _, stdin};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// What the person answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    /// Enter: it is done.
    Done,
    /// `s`: it cannot be done here.
    Cannot,
    /// Nobody is there any more.
    Gone,
}

/// Asks a person to do things, and hears when they are done.
pub struct Terminal {
    lines: Mutex<Receiver<String>>,
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
        let (tell, lines) = mpsc::sync_channel(16);
        thread::spawn(move || {
            for line in answers.lines() {
                // Nobody listens any more, or the input is broken: there is nobody at the terminal.
                let Ok(line) = line else { return };
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines: Mutex::new(lines), fresh_only: false }
    }

    /// Puts a request; [`Self::answer`] is asked from then on.
    pub(crate) fn ask(&self, request: &str) {
        if self.fresh_only {
            while self.lines().try_recv().is_ok() {}
        }
        eprintln!("\n  >>> {request}.\n      Enter when it is done, s when it cannot be done here.");
    }

    /// The answer, if there is one.
    pub(crate) fn answer(&self) -> Option<Answer> {
        loop {
            match self.lines().try_recv() {
                Ok(line) if line.trim().is_empty() => return Some(Answer::Done),
                Ok(line) if line.trim().eq_ignore_ascii_case("s") => return Some(Answer::Cannot),
                Ok(_) => eprintln!("      Enter or s."),
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => return Some(Answer::Gone),
            }
        }
    }

    fn lines(&self) -> MutexGuard<'_, Receiver<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let terminal = Terminal::scripted(&b"\nwhat?\n s \n"[..]);
        assert_eq!([next(&terminal), next(&terminal), next(&terminal)], [Answer::Done, Answer::Cannot, Answer::Gone]);
    }
}
