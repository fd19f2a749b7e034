//! A car that waits for an offer for long goes to sleep.

use std::time::Duration;

use units::Instant;

/// How awake the controller is. It sleeps while it is plugged in only; a state F on the pilot wakes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sleep {
    Awake,
    /// Nothing is offered, and it waits until then.
    Waits {
        until: Instant,
    },
    Asleep,
}

impl Sleep {
    pub(super) fn is_asleep(self) -> bool {
        self == Self::Asleep
    }

    /// A cable is in: it begins to wait. `after`: how long it waits, or for ever.
    pub(super) fn plugged(&mut self, now: Instant, after: Option<Duration>) {
        *self = match *self {
            Self::Awake | Self::Waits { .. } => after.map_or(Self::Awake, |after| Self::Waits { until: now + after }),
            Self::Asleep => Self::Asleep,
        };
    }

    /// Nothing is offered: it waits on, or begins to wait.
    pub(super) fn nothing_offered(&mut self, now: Instant, after: Option<Duration>) {
        *self = match (*self, after) {
            (Self::Asleep, _) => Self::Asleep,
            (Self::Awake | Self::Waits { .. }, None) => Self::Awake,
            (Self::Waits { until }, Some(_)) => Self::Waits { until },
            (Self::Awake, Some(after)) => Self::Waits { until: now + after },
        };
    }

    /// A current is offered: it waits no longer. That does not wake it.
    pub(super) const fn offered(&mut self) {
        *self = match *self {
            Self::Awake | Self::Waits { .. } => Self::Awake,
            Self::Asleep => Self::Asleep,
        };
    }

    /// State F.
    pub(super) const fn wake(&mut self) {
        *self = match *self {
            Self::Asleep => Self::Awake,
            waking @ (Self::Awake | Self::Waits { .. }) => waking,
        };
    }

    /// Time has passed.
    pub(super) fn step(&mut self, now: Instant) {
        if let Self::Waits { until } = *self
            && until <= now
        {
            *self = Self::Asleep;
        }
    }

    pub(super) const fn next_change(self) -> Option<Instant> {
        match self {
            Self::Waits { until } => Some(until),
            Self::Asleep | Self::Awake => None,
        }
    }
}
