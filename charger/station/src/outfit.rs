//! What a charger is built of: the kinds of its devices, those of the station and those of an EVSE apart.

use hardware::{
    ConnectorLock, InsulationMonitor, Meter, Panel, PlcLink, PowerBoard, PowerSupplyDc, TokenReader, V2gNetwork,
};
use ocpp::Connect;

/// The kinds of devices that a charger is built of, and how it reaches its CSMS. Models and real devices are an outfit each.
pub trait Outfit {
    /// Runs the safety machine.
    type Board: PowerBoard;
    /// Holds the plug.
    type Lock: ConnectorLock;
    /// At an outlet, or at the house connection.
    type Meter: Meter;
    /// Reads tokens.
    type Reader: TokenReader;
    /// Shows the driver what happens.
    type Panel: Panel;
    /// Gives direct current.
    type Supply: PowerSupplyDc;
    /// Watches the DC lines against earth.
    type Insulation: InsulationMonitor;
    /// The modem to the car.
    type Plc: PlcLink;
    /// The network to the car, on the link of the modem.
    type V2g: V2gNetwork;
    /// Makes connections to the CSMS.
    type Csms: Connect;
}

/// The devices of one EVSE.
#[allow(missing_debug_implementations)] // devices need none
pub struct EvseHardware<O: Outfit> {
    /// Runs the safety machine.
    pub board: O::Board,
    /// Holds the plug; a socket needs one.
    pub lock: Option<O::Lock>,
    /// At the outlet.
    pub meter: O::Meter,
    /// Reads tokens; `None`: the station's reader does.
    pub reader: Option<O::Reader>,
    /// Shows the driver what happens; `None`: the station's panel does.
    pub panel: Option<O::Panel>,
    /// Gives direct current.
    pub supply: Option<O::Supply>,
    /// Watches the DC lines against earth.
    pub insulation: Option<O::Insulation>,
    /// The modem to the car.
    pub plc: Option<O::Plc>,
    /// The network to the car, on the link of the modem; `None`: no car is spoken with.
    pub v2g: Option<O::V2g>,
}

/// Everything the charger touches.
#[allow(missing_debug_implementations)] // devices need none
pub struct Hardware<O: Outfit> {
    /// At the house connection.
    pub grid_meter: Option<O::Meter>,
    /// Reads tokens for every EVSE that has no reader of its own.
    pub reader: Option<O::Reader>,
    /// Shows what happens at every EVSE that has no panel of its own.
    pub panel: Option<O::Panel>,
    /// Those of each EVSE, in order of their numbers.
    pub evses: Vec<EvseHardware<O>>,
}
