//! Why a scenario goes no further.

use report::{Cause, Verdict};
use twin::TwinError;

/// Why a scenario goes no further. Steps panic with it, and the runner tells it from a real panic.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Stop {
    /// An assertion does not hold.
    Failed(String),
    /// The rig cannot do something: the scenario is skipped.
    Unable(String),
    /// Nobody knows the sentence, or it says what cannot be, such as a fuse of 0 A: the feature is to blame.
    Undefined(String),
    /// Nothing can be said of the charger.
    Error(Cause, String),
}

impl Stop {
    /// The verdict that follows.
    pub(crate) const fn verdict(&self) -> Verdict {
        match self {
            Self::Failed(_) => Verdict::Failed,
            Self::Unable(_) => Verdict::Skipped,
            Self::Undefined(_) | Self::Error(..) => Verdict::Error,
        }
    }

    /// Why it is an error, if it is one.
    pub(crate) const fn cause(&self) -> Cause {
        match self {
            Self::Undefined(_) => Cause::Feature,
            Self::Error(cause, _) => *cause,
            Self::Failed(_) | Self::Unable(_) => Cause::Broken,
        }
    }

    /// What the log says of the step that ended so.
    pub(crate) const fn status(&self) -> &'static str {
        match self {
            Self::Failed(_) | Self::Error(..) => "failed",
            Self::Unable(_) => "skipped",
            Self::Undefined(_) => "undefined",
        }
    }

    /// Why.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Failed(why) | Self::Unable(why) | Self::Undefined(why) | Self::Error(_, why) => why,
        }
    }

    /// The same, with where it was. What the rig lacks has no place.
    pub(crate) fn at(self, place: &str) -> Self {
        let with = |why: String| format!("{place}\n{why}");
        match self {
            Self::Failed(why) => Self::Failed(with(why)),
            Self::Undefined(why) => Self::Undefined(with(why)),
            Self::Error(cause, why) => Self::Error(cause, with(why)),
            unable @ Self::Unable(_) => unable,
        }
    }

    /// The same where nothing may be skipped (`--require-all`).
    pub(crate) fn required(self) -> Self {
        match self {
            Self::Unable(why) => Self::Error(Cause::Broken, format!("{why} (--require-all)")),
            other => other,
        }
    }
}

impl From<TwinError> for Stop {
    fn from(error: TwinError) -> Self {
        let cause = match &error {
            TwinError::Broken(_) | TwinError::Impossible(_) | TwinError::Charger(_) | TwinError::Standstill(_) => {
                Cause::Broken
            }
            TwinError::Interrupted => Cause::NotRun,
            TwinError::Stalled { .. } => Cause::Invalid,
        };
        Self::Error(cause, error.to_string())
    }
}

/// Ends the running scenario as skipped, with this reason: for a rig that finds out only while it acts or measures.
pub fn unable(why: impl Into<String>) -> ! {
    std::panic::panic_any(Stop::Unable(why.into()));
}

/// Ends the running scenario as failed, with this reason: for a rig that is told so, by a person beside it.
pub fn failed(why: impl Into<String>) -> ! {
    std::panic::panic_any(Stop::Failed(why.into()));
}
