//! What the host permits.

use core::fmt;

use serde::{Deserialize, Serialize};
use units::Milliamps;

/// What the host permits the contactor to do. It is for the car that is plugged now: worth nothing while none is, and gone
/// with the plug, with any fault, and with the pilot signals E and F, under which a car cannot be seen.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Permission {
    /// Nothing: the contactor opens.
    #[default]
    Withdrawn,
    /// To close while the duty cycle offers a current.
    Offered,
    /// To close at 5 % duty as well: the current is agreed by digital communication (ISO 15118).
    Digital {
        /// Each line may carry so much.
        limit: Milliamps,
    },
}

impl Permission {
    /// Whether the contactor may be closed at all.
    #[must_use]
    pub const fn is_given(self) -> bool {
        match self {
            Self::Withdrawn => false,
            Self::Offered | Self::Digital { .. } => true,
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Withdrawn => f.write_str("withdrawn"),
            Self::Offered => f.write_str("as offered"),
            Self::Digital { limit } => write!(f, "{limit} by digital communication"),
        }
    }
}
