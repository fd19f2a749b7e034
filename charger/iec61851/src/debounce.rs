//! A value counts once it has held for a while. (What must be safe hangs on a condition instead: `steady`.)

use core::time::Duration;

use units::Instant;

/// Confirms a new value after it has been seen without a break for the hold time. Works on samples at any spacing: it tells
/// when it wants the next look.
#[derive(Debug)]
pub(crate) struct Debounce<T> {
    /// `None` before anything has held for long enough.
    confirmed: Option<T>,
    pending: Option<(T, Instant)>,
    /// Since when nothing has held, while nothing does.
    restless: Option<Instant>,
}

impl<T: Copy + Eq> Debounce<T> {
    /// Nothing is known.
    pub(crate) const fn new() -> Self {
        Self { confirmed: None, pending: None, restless: None }
    }

    /// The value that holds, unless another one is about to be confirmed.
    pub(crate) const fn settled(&self) -> Option<T> {
        match self.pending {
            None => self.confirmed,
            Some(_) => None,
        }
    }

    /// Since when something else is seen; `None` when nothing is.
    pub(crate) fn pending_since(&self) -> Option<Instant> {
        self.pending.as_ref().map(|(_, since)| *since)
    }

    /// Takes what is seen now; answers the value when it has just been confirmed.
    pub(crate) fn see(&mut self, now: Instant, seen: T, hold: Duration) -> Option<T> {
        if Some(seen) == self.confirmed {
            (self.pending, self.restless) = (None, None);
            return None;
        }
        self.restless.get_or_insert(now);
        match self.pending {
            Some((value, since)) if value == seen => {
                if now >= since + hold {
                    self.confirmed = Some(seen);
                    (self.pending, self.restless) = (None, None);
                    return Some(seen);
                }
            }
            Some(_) | None => self.pending = Some((seen, now)),
        }
        None
    }

    /// Since when values have come and none has held; `None` while one holds.
    pub(crate) const fn restless_since(&self) -> Option<Instant> {
        self.restless
    }

    /// Nothing is known any more: the next value is news, whichever it is.
    pub(crate) fn begin_again(&mut self) {
        *self = Self::new();
    }

    /// When the pending value will have held long enough.
    pub(crate) fn deadline(&self, hold: Duration) -> Option<Instant> {
        self.pending_since().map(|since| since + hold)
    }
}
