//! What a car and a station said to each other over the power line, as the log has it: matching (`slac`), discovery (`sdp`) and the
//! messages of DIN 70121 and ISO 15118 (`v2g`).

mod curves;
mod facts;
mod fields;
mod pace;
mod talk;
mod timing;

pub(crate) use curves::curves;
pub use curves::{Quantity, V2gCurve, Which};
pub use facts::Conversation;
pub(crate) use facts::conversation;
pub(crate) use fields::{at, exchange};
pub(crate) use talk::{Talk, span_exactly};
pub use timing::{Lags, Late, Pacing, Timing, Total};

use event_log::Event;

/// Whether an event is about what car and station say to each other.
pub(crate) fn is_of_talk(event: &Event) -> bool {
    matches!(event.source.as_str(), "v2g" | "slac" | "sdp")
}
