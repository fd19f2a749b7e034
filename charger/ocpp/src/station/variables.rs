//! The variables of the device model that this station owns.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::Config;

/// What a variable's value may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Boolean,
    /// From the first to the second, in the unit that the report names.
    Integer(u64, u64),
    Text,
}

#[derive(Clone, Debug)]
struct Variable {
    kind: Kind,
    writable: bool,
    unit: Option<&'static str>,
    value: String,
}

/// Component and variable name, in the order of the report.
type Key = (&'static str, &'static str);

/// The variables, by component and name.
#[derive(Clone, Debug)]
pub(super) struct Variables(BTreeMap<Key, Variable>);

/// Why a variable cannot be read or written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unusable {
    Rejected,
    UnknownComponent,
    UnknownVariable,
}

impl Unusable {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Rejected => "Rejected",
            Self::UnknownComponent => "UnknownComponent",
            Self::UnknownVariable => "UnknownVariable",
        }
    }
}

impl Variables {
    pub(super) fn new(config: &Config) -> Self {
        let seconds = |value: u64, low, high| (Kind::Integer(low, high), true, Some("s"), value.to_string());
        let count = |value: u64, low, high| (Kind::Integer(low, high), true, None, value.to_string());
        let fixed = |value: String| (Kind::Text, false, None, value);
        let switch = |value: bool| (Kind::Boolean, false, None, value.to_string());
        let table = [
            (("AlignedDataCtrlr", "Interval"), seconds(0, 0, 86_400)),
            (("AuthCtrlr", "Enabled"), switch(true)),
            (("ChargingStation", "Model"), fixed(config.model.clone())),
            (("ChargingStation", "VendorName"), fixed(config.vendor.clone())),
            (("ChargingStation", "SerialNumber"), fixed(config.serial.clone())),
            (("OCPPCommCtrlr", "HeartbeatInterval"), seconds(300, 1, 86_400)),
            (("OCPPCommCtrlr", "MessageAttemptInterval"), seconds(10, 1, 3_600)),
            (("OCPPCommCtrlr", "MessageAttempts"), count(5, 1, 100)),
            (("OCPPCommCtrlr", "MessageTimeout"), seconds(30, 1, 600)),
            (("OCPPCommCtrlr", "RetryBackOffRandomRange"), seconds(2, 0, 600)),
            (("OCPPCommCtrlr", "RetryBackOffRepeatTimes"), count(4, 0, 20)),
            (("OCPPCommCtrlr", "RetryBackOffWaitMinimum"), seconds(1, 1, 600)),
            (("OCPPCommCtrlr", "WebSocketPingInterval"), seconds(60, 0, 3_600)),
            (("ReservationCtrlr", "Available"), switch(true)),
            (("SmartChargingCtrlr", "Enabled"), switch(true)),
            (("SmartChargingCtrlr", "ProfileStackLevel"), (Kind::Integer(0, 100), false, None, "10".into())),
            (("SmartChargingCtrlr", "RateUnit"), fixed("A,W".into())),
            (("TxCtrlr", "TxStartPoint"), fixed("PowerPathClosed".into())),
            (("TxCtrlr", "TxStopPoint"), fixed("EVConnected,Authorized".into())),
        ];
        Self(
            table
                .into_iter()
                .map(|(key, (kind, writable, unit, value))| (key, Variable { kind, writable, unit, value }))
                .collect(),
        )
    }

    fn find(&self, component: &str, name: &str) -> Result<Key, Unusable> {
        let mut known = self.0.keys().filter(|(own, _)| own.eq_ignore_ascii_case(component)).peekable();
        if known.peek().is_none() {
            return Err(Unusable::UnknownComponent);
        }
        known.find(|(_, own)| own.eq_ignore_ascii_case(name)).copied().ok_or(Unusable::UnknownVariable)
    }

    /// The value of a variable.
    pub(super) fn get(&self, component: &str, name: &str) -> Result<&str, Unusable> {
        let key = self.find(component, name)?;
        self.0.get(&key).map(|variable| variable.value.as_str()).ok_or(Unusable::UnknownVariable)
    }

    /// A number this crate itself relies on; 0 if there is none.
    pub(super) fn number(&self, component: &'static str, name: &'static str) -> u64 {
        self.0.get(&(component, name)).and_then(|variable| variable.value.parse().ok()).unwrap_or(0)
    }

    /// Writes a variable as the CSMS asks; answers its full name when that was accepted.
    pub(super) fn set(&mut self, component: &str, name: &str, value: &str) -> Result<Key, Unusable> {
        let key = self.find(component, name)?;
        let variable = self.0.get_mut(&key).ok_or(Unusable::UnknownVariable)?;
        let fits = match variable.kind {
            Kind::Boolean => matches!(value, "true" | "false"),
            Kind::Integer(low, high) => value.parse::<u64>().is_ok_and(|value| (low..=high).contains(&value)),
            Kind::Text => true,
        };
        if !variable.writable || !fits {
            return Err(Unusable::Rejected);
        }
        variable.value = value.into();
        Ok(key)
    }

    /// The station itself sets a number; one out of range becomes the nearest that is in it.
    pub(super) fn set_number(&mut self, component: &str, name: &str, value: u64) {
        if let Ok(key) = self.find(component, name)
            && let Some(variable) = self.0.get_mut(&key)
        {
            let value = match variable.kind {
                Kind::Integer(low, high) => value.clamp(low, high),
                Kind::Boolean | Kind::Text => value,
            };
            variable.value = value.to_string();
        }
    }

    /// A value from the store: `Component.Variable`. What does not fit any more is passed over.
    pub(super) fn restore(&mut self, name: &str, value: &str) {
        if let Some((component, name)) = name.split_once('.') {
            // A value of an earlier version may be out of range today; the default then stands.
            let _ = self.set(component, name, value);
        }
    }

    /// Every variable as a report names it.
    pub(super) fn report(&self) -> Vec<Value> {
        self.0
            .iter()
            .map(|((component, name), variable)| {
                let (kind, limits) = match variable.kind {
                    Kind::Boolean => ("boolean", None),
                    Kind::Integer(low, high) => ("integer", Some((low, high))),
                    Kind::Text => ("string", None),
                };
                let mut characteristics = json!({ "dataType": kind, "supportsMonitoring": false });
                if let Some(unit) = variable.unit {
                    characteristics["unit"] = json!(unit);
                }
                if let Some((low, high)) = limits {
                    characteristics["minLimit"] = json!(low);
                    characteristics["maxLimit"] = json!(high);
                }
                let mutability = if variable.writable { "ReadWrite" } else { "ReadOnly" };
                json!({
                    "component": { "name": component },
                    "variable": { "name": name },
                    "variableAttribute": [{ "value": variable.value, "mutability": mutability, "persistent": true }],
                    "variableCharacteristics": characteristics,
                })
            })
            .collect()
    }
}
