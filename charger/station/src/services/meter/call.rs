//! What the outlet's meter is asked.

use crate::bus::calls;

calls! {
    /// What the outlet's meter is asked.
    pub(crate) MeterCall to Meter {
        /// Read it now.
        "meter.read" routine => Read,
    }
}
