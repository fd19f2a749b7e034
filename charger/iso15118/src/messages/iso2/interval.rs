//! When something begins, counted from now, and how long it lasts.

use serde::{Deserialize, Serialize};

/// A span of time, seen from the moment at which the message was sent (clause 8.5.2.18).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RelativeTimeInterval {
    /// Seconds from now, 0..16777214.
    pub start: u32,
    /// Seconds, 0..86400; missing: until the next entry begins. The last entry needs it.
    pub duration: Option<u32>,
}
