//! What the connector lock is asked.

use crate::bus::calls;

calls! {
    /// What the connector lock is asked.
    pub(crate) LockCall to Lock {
        /// Move the bolt: hold the plug, or free it.
        "lock.drive" => Drive(bool),
    }
}
