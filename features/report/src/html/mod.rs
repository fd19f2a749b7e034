//! The HTML report: one file that needs nothing else and works without scripts.

mod page;
mod plots;
mod scenario;
mod sequence;
mod timing;
mod words;

pub use page::html;

use std::fmt::Write;

use event_log::RunKind;

/// How many bytes the details of a report may take. Lists of scenarios and steps are always written; charts and plots only
/// while there is room, those of broken scenarios first.
pub(crate) struct Budget {
    left: usize,
}

impl Budget {
    /// Room for about a hundred broken scenarios with all their drawings.
    const BYTES: usize = 16 << 20;
    /// The same for the conversations of captures, so that a page can be sent around.
    const OF_CAPTURES: usize = 4 << 20;

    pub(crate) const fn new(kind: RunKind) -> Self {
        Self {
            left: match kind {
                RunKind::Capture => Self::OF_CAPTURES,
                RunKind::Charge | RunKind::Test => Self::BYTES,
            },
        }
    }

    /// The text, if there is room for it.
    pub(crate) fn take(&mut self, text: String) -> Option<String> {
        self.left = self.left.checked_sub(text.len())?;
        Some(text)
    }

    pub(crate) const fn is_spent(&self) -> bool {
        self.left < 64 << 10
    }
}

/// Appends formatted text. Writing to a String cannot fail.
pub(crate) fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}
