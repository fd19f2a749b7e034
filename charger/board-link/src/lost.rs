//! Why a link is given up.

use std::fmt;
use std::time::Duration;

use hardware::ErrorKind;

/// Why a link is given up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lost {
    /// A message was damaged, and the firmware cannot be asked for it again.
    Damaged,
    /// Nobody answers.
    NoAnswer {
        /// How long it was waited for.
        within: Duration,
    },
    /// Too many messages were damaged.
    Noisy {
        /// So many,
        damaged: u32,
        /// of the last so many.
        of: u32,
    },
    /// The firmware says that it is broken for good.
    PermanentFault,
    /// Nothing was heard of it.
    Silent {
        /// For so long.
        after: Duration,
    },
    /// The firmware has started again: what it was told is forgotten.
    StartedAgain,
}

impl Lost {
    /// What the charger acts on.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::Damaged | Self::Noisy { .. } => ErrorKind::Garbled,
            Self::NoAnswer { .. } | Self::Silent { .. } => ErrorKind::TimedOut,
            Self::PermanentFault => ErrorKind::Refused,
            Self::StartedAgain => ErrorKind::Disconnected,
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => {
                f.write_str("a message was damaged, and a plain Tux-EVSE firmware says nothing a second time")
            }
            Self::NoAnswer { within } => {
                write!(f, "nobody says who it is within {within:?}: does the firmware run?")
            }
            Self::Noisy { damaged, of } => {
                write!(
                    f,
                    "{damaged} of the last {of} messages were damaged: look at the cable, its shield and its earth"
                )
            }
            Self::PermanentFault => f.write_str("the firmware reports a permanent fault"),
            Self::Silent { after } => write!(f, "nothing was heard of it for {after:?}"),
            Self::StartedAgain => f.write_str("the firmware started anew"),
        }
    }
}
