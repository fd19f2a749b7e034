//! What the DC supply is asked.

use hardware::SupplyTarget;

use crate::bus::calls;

calls! {
    /// What the DC supply is asked.
    pub(crate) SupplyCall to Supply {
        /// Set what it is to hold.
        "supply.set" => Set(SupplyTarget),
        /// Switch it off, whatever it was told before.
        "supply.stop" => Stop,
        /// Switch it on or off.
        "supply.switch" => Switch(bool),
    }
}
