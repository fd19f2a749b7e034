//! When something begins, counted from now, and how long it lasts.

use serde::{Deserialize, Serialize};

/// A span of time, seen from the moment at which the message was sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RelativeTimeInterval {
    /// Seconds from now.
    pub start: u32,
    /// Seconds; missing: until the next entry begins. The last entry needs it.
    pub duration: Option<u32>,
}
