//! Parts of the station that have a problem.

use units::{EvseId, Instant};

/// A part of the station, named as the device model's standardized components are.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Component {
    /// The DC supply.
    AcDcConverter,
    /// The fan for cars that need ventilation.
    AreaVentilation,
    /// The connector.
    Connector,
    /// The lock that holds the plug.
    ConnectorPlugRetentionLock,
    /// The meter at the house connection.
    ControlMetering,
    /// The power board.
    Controller,
    /// The control pilot.
    CpPwmController,
    /// The panel.
    Display,
    /// The meter that is billed by.
    FiscalMetering,
    /// The insulation monitor.
    GroundIsolationProtection,
    /// The modem to the car, an instance of the controllers.
    Modem,
    /// What opens when a car takes too much.
    OverCurrentProtection,
    /// The contactor.
    PowerContactor,
    /// What opens when a residual current flows.
    Rcd,
    /// The token reader.
    TokenReader,
}

/// A part has a problem, or not any more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// The EVSE that has it, or that cannot use a device of the station.
    pub evse: EvseId,
    /// The part.
    pub component: Component,
    /// Which of its problems: the charger's name for it, at most 50 characters.
    pub code: &'static str,
    /// What is wrong, in words; `None` when it is gone.
    pub detail: Option<String>,
    /// When it began, or ended.
    pub at: Instant,
}
