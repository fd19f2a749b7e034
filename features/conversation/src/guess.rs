//! What is only assumed of a sighting, taken out for whoever judges.

use std::borrow::Cow;

use iso15118::wire::{Side, Sighting, What};

/// What nobody knows the sender of is nobody's fault: the judge is told that something is missing there.
#[must_use]
pub fn without_guess(from: Option<Side>, sighting: &Sighting) -> Cow<'_, Sighting> {
    let what = match (from, &sighting.what) {
        (None, What::Message(_) | What::OtherPayload { .. } | What::NoFrame { .. } | What::Unfinished { .. }) => {
            What::Lost { from: Side::Car, octets: 0 }
        }
        (None, What::Closed { by: Some(_), reset }) => What::Closed { by: None, reset: *reset },
        _ => return Cow::Borrowed(sighting),
    };
    Cow::Owned(Sighting { what, ..*sighting })
}
