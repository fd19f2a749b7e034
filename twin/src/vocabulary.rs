//! Which words the firmware of a power board knows.

use std::fmt;

/// Which messages the firmware speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Vocabulary {
    /// Ours, in that version.
    Ours {
        /// The version, which must be the charger's.
        version: u16,
    },
    /// Nothing but the words of Tux-EVSE. Such a firmware does not watch its host.
    TuxEvse,
}

impl fmt::Display for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours { version } => write!(f, "version {version}"),
            Self::TuxEvse => f.write_str("plain Tux-EVSE"),
        }
    }
}
