//! How much is noted: a peer that floods must not fill a disk.

use std::collections::VecDeque;
use std::time::Duration;

use units::Instant;

use crate::note::Note;

/// So many notes in a second: ten times what the fastest car and station say.
const MOST: u32 = 400;
/// A second.
const WINDOW: Duration = Duration::from_secs(1);

/// Notes that wait to be asked for, and how many there were lately.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    waiting: VecDeque<Note>,
    since: Instant,
    written: u32,
    passed_over: u64,
}

impl Notes {
    /// Something for the log, unless there was too much in this second.
    pub(crate) fn note(&mut self, now: Instant, note: Note) {
        if now.since(self.since) >= WINDOW {
            (self.since, self.written) = (now, 0);
            match std::mem::take(&mut self.passed_over) {
                0 => {}
                notes => self.waiting.push_back(Note::PassedOver { notes }),
            }
        }
        if self.written < MOST {
            self.written += 1;
            self.waiting.push_back(note);
        } else {
            self.passed_over += 1;
        }
    }

    /// The next one.
    pub(crate) fn take(&mut self) -> Option<Note> {
        self.waiting.pop_front()
    }
}
