//! What the power board is asked.

use iec61851::{Permission, PilotSignal};

use crate::bus::calls;

calls! {
    /// What the power board is asked.
    pub PowerCall to Power {
        /// Permit the contactor to close, or withdraw the permission.
        "power.allow" => Allow(Permission),
        /// Set the control pilot.
        "power.pilot" => Pilot(PilotSignal),
    }
}
