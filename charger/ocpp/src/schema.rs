//! Checks payloads against the generated types of OCPP 2.0.1. The only place that names them.

use std::borrow::Cow;

use ocpp_types::v201 as v;
use ocpp_types::validate::Validate;
use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::ErrorCode;

/// A payload that breaks its schema.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Violation {
    pub(crate) code: ErrorCode,
    pub(crate) text: String,
}

/// Checks the payload of a CALL. `None`: no such action here.
pub(crate) fn request(action: &str, payload: &Value) -> Option<Result<(), Violation>> {
    Some(match action {
        "Authorize" => check::<v::AuthorizeRequest>(payload),
        "BootNotification" => check::<v::BootNotificationRequest>(payload),
        "CancelReservation" => check::<v::CancelReservationRequest>(payload),
        "ChangeAvailability" => check::<v::ChangeAvailabilityRequest>(payload),
        "ClearCache" => check::<v::ClearCacheRequest>(payload),
        "ClearChargingProfile" => check::<v::ClearChargingProfileRequest>(payload),
        "DataTransfer" => check::<v::DataTransferRequest<Value>>(payload),
        "GetBaseReport" => check::<v::GetBaseReportRequest>(payload),
        "GetCompositeSchedule" => check::<v::GetCompositeScheduleRequest>(payload),
        "GetLocalListVersion" => check::<v::GetLocalListVersionRequest>(payload),
        "GetTransactionStatus" => check::<v::GetTransactionStatusRequest>(payload),
        "GetVariables" => check::<v::GetVariablesRequest>(payload),
        "Heartbeat" => check::<v::HeartbeatRequest>(payload),
        "MeterValues" => check::<v::MeterValuesRequest>(payload),
        "NotifyEvent" => check::<v::NotifyEventRequest>(payload),
        "NotifyReport" => check::<v::NotifyReportRequest>(payload),
        "RequestStartTransaction" => check::<v::RequestStartTransactionRequest>(payload),
        "RequestStopTransaction" => check::<v::RequestStopTransactionRequest>(payload),
        "ReservationStatusUpdate" => check::<v::ReservationStatusUpdateRequest>(payload),
        "ReserveNow" => check::<v::ReserveNowRequest>(payload),
        "Reset" => check::<v::ResetRequest>(payload),
        "SetChargingProfile" => check::<v::SetChargingProfileRequest>(payload),
        "SetVariables" => check::<v::SetVariablesRequest>(payload),
        "StatusNotification" => check::<v::StatusNotificationRequest>(payload),
        "TransactionEvent" => check::<v::TransactionEventRequest>(payload),
        "TriggerMessage" => check::<v::TriggerMessageRequest>(payload),
        "UnlockConnector" => check::<v::UnlockConnectorRequest>(payload),
        _ => return None,
    })
}

/// Checks the payload of a CALLRESULT to that action. `None`: no such action here.
pub(crate) fn response(action: &str, payload: &Value) -> Option<Result<(), Violation>> {
    Some(match action {
        "Authorize" => check::<v::AuthorizeResponse>(payload),
        "BootNotification" => check::<v::BootNotificationResponse>(payload),
        "CancelReservation" => check::<v::CancelReservationResponse>(payload),
        "ChangeAvailability" => check::<v::ChangeAvailabilityResponse>(payload),
        "ClearCache" => check::<v::ClearCacheResponse>(payload),
        "ClearChargingProfile" => check::<v::ClearChargingProfileResponse>(payload),
        "DataTransfer" => check::<v::DataTransferResponse<Value>>(payload),
        "GetBaseReport" => check::<v::GetBaseReportResponse>(payload),
        "GetCompositeSchedule" => check::<v::GetCompositeScheduleResponse>(payload),
        "GetLocalListVersion" => check::<v::GetLocalListVersionResponse>(payload),
        "GetTransactionStatus" => check::<v::GetTransactionStatusResponse>(payload),
        "GetVariables" => check::<v::GetVariablesResponse>(payload),
        "Heartbeat" => check::<v::HeartbeatResponse>(payload),
        "MeterValues" => check::<v::MeterValuesResponse>(payload),
        "NotifyEvent" => check::<v::NotifyEventResponse>(payload),
        "NotifyReport" => check::<v::NotifyReportResponse>(payload),
        "RequestStartTransaction" => check::<v::RequestStartTransactionResponse>(payload),
        "RequestStopTransaction" => check::<v::RequestStopTransactionResponse>(payload),
        "ReservationStatusUpdate" => check::<v::ReservationStatusUpdateResponse>(payload),
        "ReserveNow" => check::<v::ReserveNowResponse>(payload),
        "Reset" => check::<v::ResetResponse>(payload),
        "SetChargingProfile" => check::<v::SetChargingProfileResponse>(payload),
        "SetVariables" => check::<v::SetVariablesResponse>(payload),
        "StatusNotification" => check::<v::StatusNotificationResponse>(payload),
        "TransactionEvent" => check::<v::TransactionEventResponse>(payload),
        "TriggerMessage" => check::<v::TriggerMessageResponse>(payload),
        "UnlockConnector" => check::<v::UnlockConnectorResponse>(payload),
        _ => return None,
    })
}

fn check<T: DeserializeOwned + Validate>(payload: &Value) -> Result<(), Violation> {
    let payload = &*one_byte_a_character(payload);
    // Some of these types are kilobytes wide; boxed, they stay off the stack of deep call chains. Where it is wrong is asked only
    // when it is wrong.
    let parsed = Box::<T>::deserialize(payload).or_else(|_| serde_path_to_error::deserialize(payload));
    let parsed = parsed.map_err(|error| {
        let what = error.inner().to_string();
        let code = if what.starts_with("missing field") {
            ErrorCode::OccurrenceConstraintViolation
        } else if what.starts_with("invalid type") {
            ErrorCode::TypeConstraintViolation
        } else {
            ErrorCode::PropertyConstraintViolation
        };
        let path = error.path().to_string();
        let text = if path == "." { what } else { format!("{path}: {what}") };
        Violation { code, text }
    })?;
    parsed
        .validate()
        .map_err(|error| Violation { code: ErrorCode::PropertyConstraintViolation, text: error.to_string() })
}

/// The same payload with one byte for each character: OCPP counts characters, the generated types count bytes. What stands
/// for a character of several bytes is no part of any enumeration.
fn one_byte_a_character(value: &Value) -> Cow<'_, Value> {
    if is_ascii(value) { Cow::Borrowed(value) } else { Cow::Owned(with_one_byte_a_character(value)) }
}

/// Whether all its texts are; then it need not be copied, and nearly always they are.
fn is_ascii(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_ascii(),
        Value::Array(values) => values.iter().all(is_ascii),
        Value::Object(fields) => fields.values().all(is_ascii),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

fn with_one_byte_a_character(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.chars().map(|c| if c.is_ascii() { c } else { '\u{1}' }).collect()),
        Value::Array(values) => values.iter().map(with_one_byte_a_character).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), with_one_byte_a_character(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lengths_count_characters() {
        let authorize = |id: String| request("Authorize", &json!({ "idToken": { "idToken": id, "type": "Central" } }));
        assert_eq!(authorize("\u{e4}".repeat(36)), Some(Ok(())));
        assert!(matches!(authorize("\u{e4}".repeat(37)), Some(Err(_))));
        let greeting = json!({ "updatedPersonalMessage": { "format": "UTF8", "content": "\u{5145}".repeat(240) } });
        assert_eq!(response("TransactionEvent", &greeting), Some(Ok(())));
    }

    #[test]
    fn a_violation_says_where_and_what() {
        let station = json!({ "model": "M".repeat(21), "vendorName": "V" });
        let boot = request("BootNotification", &json!({ "reason": "PowerUp", "chargingStation": station }));
        let Some(Err(violation)) = boot else { panic!("{boot:?}") };
        assert!(violation.text.starts_with("chargingStation.model: "), "{}", violation.text);
        let look_alike = request("Reset", &json!({ "type": "On\u{131}dle" }));
        assert!(matches!(look_alike, Some(Err(Violation { code: ErrorCode::PropertyConstraintViolation, .. }))));
    }
}
