//! What a CSMS that behaves answers.

use serde_json::{Value, json};

use super::Policy;

/// The payload of the answer; `None`: it does not know the action.
pub(super) fn answer(policy: &Policy, action: &str, payload: &Value, time: &str) -> Option<Value> {
    Some(match action {
        "BootNotification" => json!({ "status": policy.boot, "interval": policy.interval, "currentTime": time }),
        "Heartbeat" => json!({ "currentTime": time }),
        "Authorize" => {
            json!({ "idTokenInfo": info(policy, payload["idToken"]["idToken"].as_str().unwrap_or_default()) })
        }
        "TransactionEvent" => match &policy.transaction_status {
            Some(status) => json!({ "idTokenInfo": { "status": status } }),
            None => json!({}),
        },
        "StatusNotification"
        | "NotifyEvent"
        | "NotifyReport"
        | "ReservationStatusUpdate"
        | "SecurityEventNotification" => json!({}),
        _ => return None,
    })
}

fn info(policy: &Policy, token: &str) -> Value {
    match policy.tokens.get(&token.to_ascii_uppercase()) {
        None => json!({ "status": "Unknown" }),
        Some(opinion) => match &opinion.group {
            None => json!({ "status": opinion.status }),
            Some(group) => {
                json!({ "status": opinion.status, "groupIdToken": { "idToken": group, "type": "Central" } })
            }
        },
    }
}
