//! Which plug-in it is: a number by which a host knows that a car has never left.

use core::fmt;

use serde::{Deserialize, Serialize};

/// One plug-in, from the moment a plug is seen until it is gone. The board counts them and tells the number with its state.
/// A host that comes back after a time and reads the same number knows that it is the same car, with the same driver's
/// token.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct PlugIn {
    /// Which start of the board: a random number, so that two starts do not count the same.
    pub boot: u32,
    /// Which plug-in since that start; 0 was there when the board started, since when it does not know.
    pub number: u16,
}

impl PlugIn {
    /// The first after a start of the board.
    #[must_use]
    pub const fn at_start(boot: u32) -> Self {
        Self { boot, number: 0 }
    }

    /// Whether it was there when the board started.
    #[must_use]
    pub const fn was_there(self) -> bool {
        self.number == 0
    }

    /// The one that follows.
    #[must_use]
    pub const fn next(self) -> Self {
        // Never 0 again: that one was there from the start.
        let number = if self.number == u16::MAX { 1 } else { self.number + 1 };
        Self { boot: self.boot, number }
    }
}

impl fmt::Display for PlugIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{}", self.boot, self.number)
    }
}
