//! What the session is told.

use energy::ChargingLimit;
use hardware::{InsulationReading, LockPosition, MeterReading, SupplyCapabilities, SupplyReading, Token};

use crate::bus::calls;
use energy::SiteLimit;
use session::{Accessory, BoardInput, CsmsInput, HlcInput, InsulationInput};

calls! {
    /// What the session is told.
    pub(crate) SessionCall to Session {
        /// A device without which the outlet still charges works (again), or is lost: why.
        "session.accessory" => Accessory(Accessory, Result<(), String>),
        /// What the CSMS decided or asks for.
        "session.csms" => Csms(CsmsInput),
        /// What the car says, and how the link to it is.
        "session.hlc" => Hlc(HlcInput),
        /// How the insulation is, and its monitor.
        "session.insulation" => Insulation(InsulationInput),
        /// What the insulation monitor measures.
        "session.insulation-reading" routine => InsulationReading(InsulationReading),
        /// What the charging profiles in force and the house leave for the car.
        "session.limit" => Limit { profile: Option<ChargingLimit>, site: SiteLimit },
        /// Where the bolt ended, or why it cannot be told.
        "session.lock" => Lock(Result<LockPosition, String>),
        /// What the power board says.
        "session.power" => Power(BoardInput),
        /// A reading of the outlet's meter, or why there is none.
        "session.reading" routine => Reading(Result<MeterReading, String>),
        /// The DC supply works (again), or is lost: why.
        "session.supply" => Supply(Result<(), String>),
        /// What the DC supply can do.
        "session.supply-capabilities" routine => SupplyCapabilities(SupplyCapabilities),
        /// What the DC supply measures at its output.
        "session.supply-reading" routine => SupplyReading(SupplyReading),
        /// A token was presented.
        "session.token" => Token(Token),
    }
}
