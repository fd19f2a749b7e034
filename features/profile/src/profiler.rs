//! Takes what was seen in captures, conversation by conversation.

use conversation::Seen;
use iso15118::wire::Sighting;

use crate::car::{self, DerivedCar};
use crate::notes::Notes;
use crate::station::{self, DerivedStation};

/// So many conversations are noted; who needs more of one car or station has a file that repeats itself.
const CONVERSATIONS: usize = 256;

/// Nothing can be derived, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NothingToDerive(pub(crate) &'static str);

impl std::fmt::Display for NothingToDerive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NothingToDerive {}

/// Takes what was seen, and derives profiles of it.
#[derive(Clone, Debug, Default)]
pub struct Profiler {
    source: String,
    /// The conversation of the present capture that is noted last, by its number.
    present: Option<u64>,
    notes: Vec<Notes>,
    left_out: u64,
}

impl Profiler {
    /// Has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What follows is of another capture, of that name. A folder before the name is left out.
    pub fn begin(&mut self, source: &str) {
        self.source = source.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        self.present = None;
    }

    /// Something was seen.
    pub fn take(&mut self, seen: &Seen) {
        if let Seen::In { conversation, sighting, .. } = seen {
            self.see(*conversation, sighting);
        }
    }

    /// Something was seen in the conversation of that number.
    pub fn see(&mut self, conversation: u64, sighting: &Sighting) {
        // A late word of an earlier conversation tells nothing: it is over.
        if self.present.is_some_and(|present| conversation < present) {
            return;
        }
        if self.present != Some(conversation) {
            self.present = Some(conversation);
            // What came to nothing needs no place.
            self.notes.pop_if(|notes| notes.offer.is_empty());
            if self.notes.len() >= CONVERSATIONS {
                self.left_out += 1;
            } else {
                self.notes.push(Notes::new(&self.source));
            }
        }
        if self.left_out == 0
            && let Some(notes) = self.notes.last_mut()
        {
            notes.see(sighting);
        }
    }

    /// How many conversations were left out because there are too many.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The car of all captures.
    ///
    /// # Errors
    /// No conversation in which a car offers protocols.
    pub fn car(&self) -> Result<DerivedCar, NothingToDerive> {
        let used: Vec<_> = self.notes.iter().filter(|notes| !notes.offer.is_empty()).collect();
        car::derive(&used).ok_or(NothingToDerive("no conversation in which a car offers protocols"))
    }

    /// The station of all captures, under that name.
    ///
    /// # Errors
    /// No conversation in which a station answers the offer of a car.
    pub fn station(&self, name: &str) -> Result<DerivedStation, NothingToDerive> {
        let used: Vec<_> = self.notes.iter().filter(|notes| notes.choice.is_some()).collect();
        station::derive(name, &used)
            .ok_or(NothingToDerive("no conversation in which a station answers the offer of a car"))
    }
}
