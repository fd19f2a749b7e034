//! What was seen, as a chart of messages for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use iso15118::wire::{Side, Sighting, What};

use super::words;

/// The longest line of details.
const WIDTH: usize = 110;

/// A chart that grows line by line.
pub(crate) struct Chart {
    full: bool,
    conversations: BTreeMap<u64, Conversation>,
}

/// What is remembered of a conversation.
#[derive(Default)]
struct Conversation {
    last: Option<Duration>,
}

impl Chart {
    /// An empty one. A full one has each field on a line.
    pub(crate) const fn new(full: bool) -> Self {
        Self { full, conversations: BTreeMap::new() }
    }

    /// The lines of one thing, and who sent it, as far as that is known.
    pub(crate) fn lines(&mut self, number: u64, from: Option<Side>, sighting: &Sighting) -> String {
        let mut out = String::new();
        if !self.conversations.contains_key(&number) {
            let _ = writeln!(out, "conversation {number}");
        }
        let conversation = self.conversations.entry(number).or_default();
        let gap = conversation.last.map(|last| sighting.at.saturating_sub(last));
        conversation.last = Some(sighting.at);
        if matches!(sighting.what, What::Closed { .. }) {
            conversation.last = None;
        }
        let arrow = match (from, &sighting.what) {
            (Some(Side::Car), _) => "car ──▶",
            (Some(Side::Station), _) => "◀── station",
            // One of the two sent it, and nothing has said which end is which.
            (
                None,
                What::Message(_)
                | What::OtherPayload { .. }
                | What::NoFrame { .. }
                | What::Unfinished { .. }
                | What::Skipped { .. }
                | What::Lost { .. },
            ) => "?",
            (None, _) => "",
        };
        let gap = gap.map_or_else(String::new, |gap| format!("+{:.3}", gap.as_secs_f64()));
        let name = conversation::name(&sighting.what);
        let _ = write!(
            out,
            "{:>7} {:>9.3} {gap:>8}  {arrow:<11}  {name}",
            format!("#{}", sighting.packet),
            sighting.at.as_secs_f64()
        );
        let details = words::details(from, &sighting.what);
        if self.full {
            out.push('\n');
            for (key, value) in details {
                let _ = writeln!(out, "{:>41} {key} = {value}", "");
            }
        } else {
            let _ = writeln!(out, "{}", brief(&details));
        }
        out
    }
}

/// As many values as a line holds, each under the last part of its path.
fn brief(details: &[(String, String)]) -> String {
    let mut line = String::new();
    for (key, value) in details {
        let key = key.rsplit('/').next().unwrap_or(key);
        let piece = format!("  {key}={value}");
        if line.chars().count() + piece.chars().count() > WIDTH {
            line.push_str("  …");
            break;
        }
        line.push_str(&piece);
    }
    line
}
