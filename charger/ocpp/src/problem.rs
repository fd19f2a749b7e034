//! Parts of the station that have a problem: the variable `Problem` of the components of the device model.

use serde_json::{Value, json};
use session::words::Component;
use units::EvseId;

/// The name of a part in the device model, and its instance where there are several of that name.
const fn name(part: Component) -> (&'static str, Option<&'static str>) {
    match part {
        Component::AcDcConverter => ("AcDcConverter", None),
        Component::AreaVentilation => ("AreaVentilation", None),
        Component::Connector => ("Connector", None),
        Component::ConnectorPlugRetentionLock => ("ConnectorPlugRetentionLock", None),
        Component::ControlMetering => ("ControlMetering", None),
        Component::Controller => ("Controller", None),
        Component::CpPwmController => ("CPPWMController", None),
        Component::Display => ("Display", None),
        Component::FiscalMetering => ("FiscalMetering", None),
        Component::GroundIsolationProtection => ("GroundIsolationProtection", None),
        Component::Modem => ("Controller", Some("Modem")),
        Component::OverCurrentProtection => ("OverCurrentProtection", None),
        Component::PowerContactor => ("PowerContactor", None),
        Component::Rcd => ("RCD", None),
        Component::TokenReader => ("TokenReader", None),
    }
}

/// As a message names a part: where it is, in the station or at that EVSE and its connector.
pub(crate) fn payload(part: Component, evse: EvseId) -> Value {
    let (name, instance) = name(part);
    let mut component = json!({ "name": name });
    if let Some(instance) = instance {
        component["instance"] = json!(instance);
    }
    match part {
        Component::ControlMetering | Component::Display | Component::TokenReader => {}
        Component::Connector | Component::ConnectorPlugRetentionLock => {
            component["evse"] = json!({ "id": evse, "connectorId": 1 });
        }
        Component::AcDcConverter
        | Component::AreaVentilation
        | Component::Controller
        | Component::CpPwmController
        | Component::FiscalMetering
        | Component::GroundIsolationProtection
        | Component::Modem
        | Component::OverCurrentProtection
        | Component::PowerContactor
        | Component::Rcd => component["evse"] = json!({ "id": evse }),
    }
    component
}
