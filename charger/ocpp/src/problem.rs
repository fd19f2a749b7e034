//! Parts of the station that have a problem: the variable `Problem` of the components of the device model.

use serde_json::{Value, json};
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

impl Component {
    /// Its name in the device model, and its instance where there are several of that name.
    const fn name(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::AcDcConverter => ("AcDcConverter", None),
            Self::AreaVentilation => ("AreaVentilation", None),
            Self::Connector => ("Connector", None),
            Self::ConnectorPlugRetentionLock => ("ConnectorPlugRetentionLock", None),
            Self::ControlMetering => ("ControlMetering", None),
            Self::Controller => ("Controller", None),
            Self::CpPwmController => ("CPPWMController", None),
            Self::Display => ("Display", None),
            Self::FiscalMetering => ("FiscalMetering", None),
            Self::GroundIsolationProtection => ("GroundIsolationProtection", None),
            Self::Modem => ("Controller", Some("Modem")),
            Self::OverCurrentProtection => ("OverCurrentProtection", None),
            Self::PowerContactor => ("PowerContactor", None),
            Self::Rcd => ("RCD", None),
            Self::TokenReader => ("TokenReader", None),
        }
    }

    /// As a message names it: where it is, in the station or at that EVSE and its connector.
    pub(crate) fn payload(self, evse: EvseId) -> Value {
        let (name, instance) = self.name();
        let mut component = json!({ "name": name });
        if let Some(instance) = instance {
            component["instance"] = json!(instance);
        }
        match self {
            Self::ControlMetering | Self::Display | Self::TokenReader => {}
            Self::Connector | Self::ConnectorPlugRetentionLock => {
                component["evse"] = json!({ "id": evse, "connectorId": 1 });
            }
            Self::AcDcConverter
            | Self::AreaVentilation
            | Self::Controller
            | Self::CpPwmController
            | Self::FiscalMetering
            | Self::GroundIsolationProtection
            | Self::Modem
            | Self::OverCurrentProtection
            | Self::PowerContactor
            | Self::Rcd => component["evse"] = json!({ "id": evse }),
        }
        component
    }
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
