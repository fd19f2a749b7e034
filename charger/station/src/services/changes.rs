//! Readings that come many times a second, written into the log when they show something new.

use event_log::Log;
use serde::Serialize;

/// What was written into the log last, as coarsely as matters.
#[derive(Debug)]
pub(super) struct Changes<T> {
    log: Log,
    source: &'static str,
    noted: Option<T>,
}

impl<T: PartialEq> Changes<T> {
    /// Of the device that the log calls so.
    pub(super) const fn of(source: &'static str, log: Log) -> Self {
        Self { log, source, noted: None }
    }

    /// Writes the reading down unless it is as the last one, seen so coarsely.
    pub(super) fn note(&mut self, coarse: T, reading: impl Serialize) {
        if self.noted.as_ref() != Some(&coarse) {
            self.noted = Some(coarse);
            self.log.record(self.source, "reading", reading);
        }
    }
}
