//! What high-level communication is told.

use hardware::{SupplyCapabilities, SupplyReading};
use session::HlcOutput;
use units::MilliwattHours;

use crate::bus::calls;

calls! {
    /// What high-level communication is told.
    pub(crate) HlcCall to Hlc {
        /// What the DC supply can do.
        "hlc.capabilities" routine => Capabilities(SupplyCapabilities),
        /// What the DC supply measures at its output.
        "hlc.measured" routine => Measured(SupplyReading),
        /// What the outlet's meter shows: energy into the car.
        "hlc.meter" routine => Meter(MilliwattHours),
        /// What the session says to the car.
        "hlc.session" => Session(HlcOutput),
    }
}
