//! How long a car takes from a response to its next request.

use std::collections::BTreeMap;
use std::time::Duration;

use iso15118::Spread;

use crate::profile::EvccMode;

/// From a response to another request, where nobody measured it.
const NEXT: Duration = Duration::from_millis(50);
/// From a response to the same request again, where nobody measured it.
const AGAIN: Duration = Duration::from_millis(100);

/// How long a car takes from a response to its next request. Requests are called as in [`EvccMode`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Pacing {
    next: BTreeMap<String, Duration>,
    again: BTreeMap<String, Duration>,
}

fn medians(spreads: &BTreeMap<String, Spread>) -> BTreeMap<String, Duration> {
    spreads.iter().map(|(name, spread)| (name.clone(), Duration::from_millis(spread.median))).collect()
}

impl Pacing {
    /// The medians of what was measured.
    #[must_use]
    pub fn of(mode: &EvccMode) -> Self {
        Self { next: medians(&mode.pacing_ms), again: medians(&mode.repeat_ms) }
    }

    /// From a response to this request; `again` when the request before was the same one.
    #[must_use]
    pub fn before(&self, request: &str, again: bool) -> Duration {
        let (measured, otherwise) = if again { (&self.again, AGAIN) } else { (&self.next, NEXT) };
        measured.get(request).copied().unwrap_or(otherwise)
    }
}
