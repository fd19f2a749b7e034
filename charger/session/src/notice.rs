//! What the panel says of the last tap.

use std::time::Duration;

use units::Instant;

/// A sentence for a driver's eyes, for a while.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Notice {
    pub(super) kind: NoticeKind,
    pub(super) text: String,
    pub(super) until: Instant,
}

/// What the sentence is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NoticeKind {
    /// The token may not do that.
    Refused,
    /// The tap changes nothing, or not yet.
    Advice,
}

impl Notice {
    /// Time enough to read it.
    const LASTS: Duration = Duration::from_secs(10);

    pub(super) fn new(now: Instant, kind: NoticeKind, text: &str) -> Self {
        Self { kind, text: text.into(), until: now + Self::LASTS }
    }
}
