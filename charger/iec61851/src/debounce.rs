//! A value counts once it has held for a while.

use core::time::Duration;

use units::Instant;

/// Confirms a new value after it has been seen without a break for the hold time. Works on samples at any spacing: it tells
/// when it wants the next look.
#[derive(Debug)]
pub(crate) struct Debounce<T> {
    confirmed: T,
    pending: Option<(T, Instant)>,
}

impl<T: Copy + Eq> Debounce<T> {
    pub(crate) const fn new(confirmed: T) -> Self {
        Self { confirmed, pending: None }
    }

    /// Forgets what was about to be confirmed.
    pub(crate) fn forget(&mut self) {
        self.pending = None;
    }

    /// Takes what is seen now; answers the value when it has just been confirmed.
    pub(crate) fn see(&mut self, now: Instant, seen: T, hold: Duration) -> Option<T> {
        if seen == self.confirmed {
            self.pending = None;
            return None;
        }
        match self.pending {
            Some((value, since)) if value == seen => {
                if now >= since + hold {
                    self.confirmed = seen;
                    self.pending = None;
                    return Some(seen);
                }
            }
            Some(_) | None => self.pending = Some((seen, now)),
        }
        None
    }

    /// Takes a value as confirmed whatever was seen.
    pub(crate) const fn force(&mut self, value: T) {
        self.confirmed = value;
        self.pending = None;
    }

    /// When the pending value will have held long enough.
    pub(crate) fn deadline(&self, hold: Duration) -> Option<Instant> {
        self.pending.as_ref().map(|(_, since)| *since + hold)
    }
}
