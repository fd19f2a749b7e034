//! What the energy limits are told.

use energy::{ChargingLimit, Wish};
use hardware::MeterReading;

use crate::bus::calls;

calls! {
    /// What the energy limits are told.
    pub(crate) EnergyCall to Energy {
        /// A reading at the house connection; `None` when the house meter is lost.
        "energy.house" routine => House(Option<MeterReading>),
        /// A reading at the outlet.
        "energy.outlet" routine => Outlet(MeterReading),
        /// The composite of the charging profiles in force.
        "energy.profile" => Profile(Option<ChargingLimit>),
        /// What charging profiles leave all EVSEs together.
        "energy.station" => Station(Option<ChargingLimit>),
        /// What the car at the EVSE could use; `None`: there is none that may charge.
        "energy.wish" routine => Wish(Option<Wish>),
    }
}
