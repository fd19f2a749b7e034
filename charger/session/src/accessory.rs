//! Devices without which an outlet still charges.

use serde::{Deserialize, Serialize};

/// A device without which the outlet still charges.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Accessory {
    /// The meter at the house connection: without it the house gets the fail-safe current.
    HouseMeter,
    /// The modem to the car: without it there is no digital communication.
    Modem,
    /// The panel.
    Panel,
    /// The token reader: without it only the CSMS, or a plug where nobody needs a token, begins a session.
    TokenReader,
}
