//! OCPP frames in the fields that matter.

use std::collections::BTreeMap;

use serde_json::Value;
use units::EvseId;

use crate::format::number;
use crate::message::{Kind, Noise};
use crate::value::{field, fields, short};

/// Calls that wait for their answer, which does not name its action.
#[derive(Default)]
pub(crate) struct Frames {
    /// By who sent it, and its id.
    open: BTreeMap<(bool, String), Open>,
}

/// A call: its action, whether it repeats all the time, and the EVSE that it names.
type Open = (String, Option<Noise>, Option<EvseId>);

/// One frame, told.
pub(crate) struct ShownFrame {
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) noise: Option<Noise>,
    /// The EVSE that it, or the call that it answers, names.
    pub(crate) evse: Option<EvseId>,
}

impl Frames {
    /// Reads the next frame of the scenario; `sent` when the charging station sent it.
    pub(crate) fn read(&mut self, frame: &Value, sent: bool) -> ShownFrame {
        let part = |index: usize| frame.get(index).unwrap_or(&Value::Null);
        let text = |index: usize| part(index).as_str().unwrap_or_default().to_owned();
        let told = |kind, title, detail, noise| ShownFrame { kind, title, detail, noise, evse: None };
        match part(0).as_u64() {
            // A call, or (6) a message without an answer.
            Some(number @ (2 | 6)) => {
                let (action, payload) = (text(2), part(3));
                let noise = noise(&action, payload);
                let detail = call(&action, payload);
                let evse = evse(payload);
                if number == 2 {
                    self.open.insert((sent, text(1)), (action.clone(), noise.clone(), evse));
                }
                ShownFrame { evse, ..told(Kind::Arrow, action, detail, noise) }
            }
            Some(3) => {
                // An answer runs against its call.
                let (action, noise, evse) = self.open.remove(&(!sent, text(1))).unwrap_or_default();
                let detail = answer(&action, part(2));
                // A refusal is no noise.
                let noise = noise.filter(|_| detail.is_empty());
                ShownFrame { evse, ..told(Kind::Reply, action, detail, noise) }
            }
            Some(4 | 5) => {
                let (action, ..) = self.open.remove(&(!sent, text(1))).unwrap_or_default();
                told(Kind::Trouble, action, format!("error {} {}", text(2), text(3)).trim_end().into(), None)
            }
            _ => told(Kind::Trouble, "no OCPP frame:".into(), short(frame), None),
        }
    }
}

/// The EVSE that a call names.
fn evse(payload: &Value) -> Option<EvseId> {
    let number = ["/evse/id", "/evseId"].iter().find_map(|place| payload.pointer(place)?.as_u64())?;
    u16::try_from(number).ok().and_then(EvseId::new)
}

fn noise(action: &str, payload: &Value) -> Option<Noise> {
    match action {
        "Heartbeat" => Some(Noise::Heartbeat),
        "MeterValues" => Some(Noise::MeterValue),
        "TransactionEvent" => matches!(
            payload.get("triggerReason").and_then(Value::as_str),
            Some("MeterValuePeriodic" | "MeterValueClock")
        )
        .then_some(Noise::MeterValue),
        _ => None,
    }
}

/// The value at a path of fields and indices, as text.
fn at(payload: &Value, path: &str) -> Option<String> {
    payload.pointer(path).filter(|value| !value.is_null()).map(short)
}

fn words(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn call(action: &str, p: &Value) -> String {
    match action {
        "Authorize" => words([at(p, "/idToken/idToken"), at(p, "/idToken/type")]),
        "BootNotification" => words([
            field(p, "reason"),
            at(p, "/chargingStation/vendorName"),
            at(p, "/chargingStation/model"),
            at(p, "/chargingStation/firmwareVersion"),
        ]),
        "Heartbeat" => String::new(),
        "MeterValues" => words([field(p, "evseId").map(|evse| format!("EVSE {evse}")), energy(p)]),
        "NotifyEvent" => list(p, "eventData", |event| {
            words([
                at(event, "/component/name").map(|name| name + "." + &at(event, "/variable/name").unwrap_or_default()),
                field(event, "actualValue").map(|value| format!("= {value}")),
                event.get("cleared").is_some_and(|cleared| cleared == true).then(|| "cleared".into()),
            ])
        }),
        "NotifyReport" => p
            .get("reportData")
            .and_then(Value::as_array)
            .map_or_else(String::new, |rows| crate::format::count(rows.len(), "variable")),
        "GetVariables" => list(p, "getVariableData", variable),
        "SetVariables" => list(p, "setVariableData", |row| {
            words([Some(variable(row)), field(row, "attributeValue").map(|value| format!("= {value}"))])
        }),
        "RequestStartTransaction" => {
            words([at(p, "/idToken/idToken"), field(p, "evseId").map(|evse| format!("EVSE {evse}"))])
        }
        "SetChargingProfile" => {
            let period = "/chargingProfile/chargingSchedule/0/chargingSchedulePeriod/0/limit";
            let unit = at(p, "/chargingProfile/chargingSchedule/0/chargingRateUnit").unwrap_or_default();
            words([
                at(p, "/chargingProfile/chargingProfilePurpose"),
                at(p, "/chargingProfile/stackLevel").map(|level| format!("level {level}")),
                at(p, period).map(|limit| format!("{limit} {unit}")),
                field(p, "evseId").map(|evse| format!("EVSE {evse}")),
            ])
        }
        "StatusNotification" => words([
            field(p, "connectorStatus"),
            // One connector is the common case and needs no number.
            match (p.get("evseId").and_then(Value::as_u64), p.get("connectorId").and_then(Value::as_u64)) {
                (Some(1), Some(1)) | (None, _) | (_, None) => None,
                (Some(evse), Some(connector)) => Some(format!("EVSE {evse} connector {connector}")),
            },
        ]),
        "TransactionEvent" => words([
            field(p, "eventType"),
            field(p, "triggerReason"),
            at(p, "/transactionInfo/chargingState"),
            field(p, "seqNo").map(|number| format!("#{number}")),
            energy(p),
            at(p, "/idToken/idToken").map(|token| format!("token {token}")),
            at(p, "/transactionInfo/stoppedReason").map(|reason| format!("stopped: {reason}")),
            p.get("offline").is_some_and(|offline| offline == true).then(|| "offline".into()),
        ]),
        _ => fields(p, &["customData"]),
    }
}

fn answer(action: &str, p: &Value) -> String {
    match action {
        "BootNotification" => {
            words([field(p, "status"), field(p, "interval").map(|seconds| format!("every {seconds} s"))])
        }
        "GetVariables" => list(p, "getVariableResult", |row| {
            words([Some(variable(row)), field(row, "attributeValue").or_else(|| field(row, "attributeStatus"))])
        }),
        "SetVariables" => {
            list(p, "setVariableResult", |row| words([Some(variable(row)), field(row, "attributeStatus")]))
        }
        "Heartbeat" => String::new(),
        _ => words([
            field(p, "status"),
            at(p, "/idTokenInfo/status"),
            at(p, "/statusInfo/reasonCode"),
            field(p, "totalCost").map(|cost| format!("cost {cost}")),
            at(p, "/updatedPersonalMessage/content"),
        ]),
    }
}

fn variable(row: &Value) -> String {
    format!("{}.{}", at(row, "/component/name").unwrap_or_default(), at(row, "/variable/name").unwrap_or_default())
}

/// The first three rows of a list and the number of the others.
fn list(payload: &Value, name: &str, row: impl Fn(&Value) -> String) -> String {
    let rows: &[Value] = payload.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice);
    let mut told = rows.iter().take(3).map(row).collect::<Vec<_>>().join(", ");
    if rows.len() > 3 {
        told += &format!(" and {} more", rows.len() - 3);
    }
    told
}

/// The last register of imported energy in a message's meter values. A value without a measurand is one.
fn energy(payload: &Value) -> Option<String> {
    let values = payload.get("meterValue")?.as_array()?;
    let sampled = values
        .iter()
        .rev()
        .flat_map(|value| value.get("sampledValue").and_then(Value::as_array).map_or(&[][..], Vec::as_slice).iter());
    let register = sampled.filter(|value| value.get("phase").is_none_or(Value::is_null)).find(|value| {
        match value.get("measurand").and_then(Value::as_str) {
            None | Some("Energy.Active.Import.Register") => true,
            Some(_) => false,
        }
    })?;
    let kilo = if at(register, "/unitOfMeasure/unit").as_deref() == Some("kWh") { 1000.0 } else { 1.0 };
    let multiplier = register.pointer("/unitOfMeasure/multiplier").and_then(Value::as_i64).unwrap_or(0).clamp(-9, 9);
    let wh = register.get("value")?.as_f64()? * kilo * 10_f64.powi(multiplier as i32);
    Some(format!("{} Wh", number(wh, 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(frames: &mut Frames, frame: Value, sent: bool) -> String {
        let told = frames.read(&frame, sent);
        format!("{} {}", told.title, told.detail).trim().to_owned()
    }

    #[test]
    fn a_transaction_event_is_told_by_the_fields_that_matter() {
        let mut frames = Frames::default();
        let payload = json!({
            "eventType": "Ended", "timestamp": "2026-01-01T00:00:00Z", "triggerReason": "EVCommunicationLost", "seqNo": 4,
            "transactionInfo": { "transactionId": "x", "chargingState": "Idle", "stoppedReason": "EVDisconnected" },
            "idToken": { "idToken": "04A1", "type": "ISO14443" },
            "meterValue": [{ "timestamp": "x", "sampledValue": [
                { "value": 230.1, "measurand": "Voltage", "phase": "L1" },
                { "value": 1.2345, "measurand": "Energy.Active.Import.Register", "unitOfMeasure": { "unit": "kWh" } },
            ] }],
        });
        assert_eq!(
            told(&mut frames, json!([2, "7", "TransactionEvent", payload]), true),
            "TransactionEvent Ended EVCommunicationLost Idle #4 1234.5 Wh token 04A1 stopped: EVDisconnected"
        );
        let answer = json!([3, "7", { "idTokenInfo": { "status": "Blocked" } }]);
        assert_eq!(told(&mut frames, answer, false), "TransactionEvent Blocked");
    }

    #[test]
    fn other_messages_are_short_too() {
        let mut frames = Frames::default();
        let mut say = |frame, sent| told(&mut frames, frame, sent);
        let status = json!({ "timestamp": "x", "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1 });
        assert_eq!(say(json!([2, "1", "StatusNotification", status]), true), "StatusNotification Occupied");
        let profile = json!({ "evseId": 1, "chargingProfile": {
            "id": 1, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile", "chargingSchedule": [
                { "id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": 10.0 }] }] } });
        assert_eq!(
            say(json!([2, "2", "SetChargingProfile", profile]), false),
            "SetChargingProfile TxDefaultProfile level 0 10.0 A EVSE 1"
        );
        let rejected = json!({ "status": "Rejected", "statusInfo": { "reasonCode": "UnknownEvse" } });
        assert_eq!(say(json!([3, "2", rejected]), true), "SetChargingProfile Rejected UnknownEvse");
        assert_eq!(say(json!([2, "3", "Reset", { "type": "Immediate" }]), false), "Reset type Immediate");
        assert_eq!(
            say(json!([4, "3", "FormationViolation", "type is missing", {}]), true),
            "Reset error FormationViolation type is missing"
        );
    }

    #[test]
    fn whatever_a_peer_sent_is_told_without_harm() {
        let mut frames = Frames::default();
        for frame in
            [json!(null), json!("garbage"), json!([]), json!([2]), json!([3, 4]), json!([9, "x"]), json!({ "a": 1 })]
        {
            let _ = told(&mut frames, frame, true);
        }
        let odd = json!([2, "1", "TransactionEvent", { "meterValue": [{ "sampledValue": 3 }, 7], "seqNo": [] }]);
        assert_eq!(told(&mut frames, odd, true), "TransactionEvent #");
    }
}
