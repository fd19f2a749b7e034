//! Checks payloads against the generated types of OCPP 2.0.1. The only place that names them.

use ocpp_types::v201 as v;
use ocpp_types::validate::Validate;
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
    // Some of these types are kilobytes wide; boxed, they stay off the stack of deep call chains.
    let parsed = serde_json::from_value::<Box<T>>(payload.clone()).map_err(|error| {
        let text = error.to_string();
        let code = if text.starts_with("missing field") {
            ErrorCode::OccurrenceConstraintViolation
        } else if text.starts_with("invalid type") {
            ErrorCode::TypeConstraintViolation
        } else {
            ErrorCode::PropertyConstraintViolation
        };
        Violation { code, text }
    })?;
    parsed
        .validate()
        .map_err(|error| Violation { code: ErrorCode::PropertyConstraintViolation, text: error.to_string() })
}
