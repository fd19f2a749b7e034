//! What the CSMS does.

use cucumber::{given, when};
use gherkin::Step;
use serde_json::{Value, json};
use twin::{Action, CsmsAction, Misbehaviour};

use crate::parameters::{Current, Power, Time};
use crate::stage::Stage;

fn call(stage: &mut Stage, action: &str, payload: Value) {
    stage.act(Action::Csms(CsmsAction::Call { action: action.into(), payload }));
}

fn transaction(stage: &mut Stage) -> String {
    let running = stage.rig().csms().and_then(twin::Csms::transaction);
    running.unwrap_or_else(|| stage.fail("the CSMS knows of no running transaction".into()))
}

/// A ChargingStationMaxProfile, from now on.
#[when(expr = "the CSMS limits the charger to {current}")]
#[given(expr = "the CSMS limits the charger to {current}")]
fn limit(stage: &mut Stage, current: Current) {
    let schedule = json!({ "id": 1, "chargingRateUnit": "A", "startSchedule": "2026-03-02T00:00:00Z",
        "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": current.0.amps() }] });
    let profile = json!({ "id": 900, "stackLevel": 0, "chargingProfilePurpose": "ChargingStationMaxProfile",
        "chargingProfileKind": "Absolute", "chargingSchedule": [schedule] });
    call(stage, "SetChargingProfile", json!({ "evseId": 0, "chargingProfile": profile }));
    stage.pass(std::time::Duration::from_millis(100));
}

fn tx_profile(stage: &mut Stage, unit: &str, limit: f64, lasting: Option<Time>) {
    let mut schedule = json!({ "id": 1, "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": limit }] });
    if let Some(lasting) = lasting {
        schedule["duration"] = json!(lasting.0.as_secs());
        let start = stage.rig().now();
        schedule["startSchedule"] = json!(format!(
            "2026-03-02T06:{:02}:{:02}Z",
            start.as_millis() / 60_000 % 60,
            start.as_millis() / 1000 % 60
        ));
    }
    let kind = if lasting.is_some() { "Absolute" } else { "Relative" };
    let profile = json!({ "id": 901, "stackLevel": 1, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": kind,
        "transactionId": transaction(stage), "chargingSchedule": [schedule] });
    call(stage, "SetChargingProfile", json!({ "evseId": 1, "chargingProfile": profile }));
}

/// A TxProfile for the running transaction, in amperes.
#[when(expr = "the CSMS sets a profile of {current}")]
fn profile_amps(stage: &mut Stage, current: Current) {
    tx_profile(stage, "A", current.0.amps(), None);
}

/// A TxProfile for the running transaction, in watts.
#[when(expr = "the CSMS sets a profile of {power}")]
fn profile_watts(stage: &mut Stage, power: Power) {
    tx_profile(stage, "W", f64::from(power.0.0), None);
}

/// A TxProfile that ends by itself.
#[when(expr = "the CSMS sets a profile of {current} for {duration}")]
fn profile_for(stage: &mut Stage, current: Current, lasting: Time) {
    tx_profile(stage, "A", current.0.amps(), Some(lasting));
}

/// A TxDefaultProfile for whatever transaction comes.
#[when(expr = "the CSMS sets a default profile of {current}")]
#[given(expr = "the CSMS sets a default profile of {current}")]
fn default_profile(stage: &mut Stage, current: Current) {
    let schedule = json!({ "id": 1, "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": current.0.amps() }] });
    let profile = json!({ "id": 902, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative", "chargingSchedule": [schedule] });
    call(stage, "SetChargingProfile", json!({ "evseId": 1, "chargingProfile": profile }));
}

/// All of them.
#[when(expr = "the CSMS clears the profiles")]
fn clear(stage: &mut Stage) {
    call(stage, "ClearChargingProfile", json!({ "chargingProfileCriteria": {} }));
}

/// RequestStartTransaction at EVSE 1.
#[when(expr = "the CSMS requests a start for the card {word}")]
fn request_start(stage: &mut Stage, card: String) {
    let token = json!({ "idToken": card, "type": "Central" });
    call(stage, "RequestStartTransaction", json!({ "idToken": token, "remoteStartId": 77, "evseId": 1 }));
}

/// RequestStopTransaction for the running one.
#[when(expr = "the CSMS requests a stop")]
fn request_stop(stage: &mut Stage) {
    let id = transaction(stage);
    call(stage, "RequestStopTransaction", json!({ "transactionId": id }));
}

/// RequestStopTransaction for one that does not run.
#[when(expr = "the CSMS requests a stop of another transaction")]
fn request_wrong_stop(stage: &mut Stage) {
    call(stage, "RequestStopTransaction", json!({ "transactionId": "no-such-transaction" }));
}

/// ReserveNow for EVSE 1, from now on for so long.
#[when(expr = "the CSMS reserves the charger for the card {word} for {duration}")]
fn reserve(stage: &mut Stage, card: String, lasting: Time) {
    let until = (stage.rig().now() + lasting.0).as_millis() / 1000;
    let expiry = format!("2026-03-02T{:02}:{:02}:{:02}Z", 6 + until / 3600, until / 60 % 60, until % 60);
    let token = json!({ "idToken": card, "type": "ISO14443" });
    call(stage, "ReserveNow", json!({ "id": 5, "expiryDateTime": expiry, "idToken": token, "evseId": 1 }));
    stage.pass(std::time::Duration::from_millis(100));
}

/// CancelReservation.
#[when(expr = "the CSMS cancels the reservation")]
fn cancel(stage: &mut Stage) {
    call(stage, "CancelReservation", json!({ "reservationId": 5 }));
}

/// Reset: Immediate or OnIdle.
#[when(expr = "the CSMS asks for a reset {word}")]
fn reset(stage: &mut Stage, kind: String) {
    call(stage, "Reset", json!({ "type": kind }));
}

/// UnlockConnector at EVSE 1.
#[when(expr = "the CSMS asks to unlock the plug")]
fn unlock(stage: &mut Stage) {
    call(stage, "UnlockConnector", json!({ "evseId": 1, "connectorId": 1 }));
}

/// ChangeAvailability: Operative or Inoperative.
#[when(expr = "the CSMS makes the charger {word}")]
fn availability(stage: &mut Stage, status: String) {
    call(stage, "ChangeAvailability", json!({ "operationalStatus": status }));
}

/// Any CALL; its payload as JSON in the lines below.
#[when(expr = "the CSMS calls {word} with")]
fn any_call(stage: &mut Stage, action: String, step: &Step) {
    let text = step.docstring().cloned().unwrap_or_default();
    match serde_json::from_str(&text) {
        Ok(payload) => call(stage, &action, payload),
        Err(error) => stage.fail(format!("the payload is no JSON: {error}")),
    }
}

/// Boot answers from now on: Accepted, Pending or Rejected.
#[when(expr = "the CSMS answers BootNotification with {word} from now on")]
fn boot(stage: &mut Stage, status: String) {
    stage.policy(move |policy| policy.boot = status);
}

/// The token in every answer to a TransactionEvent from now on.
#[when(expr = "the CSMS says {word} to the running transaction")]
#[given(expr = "the CSMS says {word} to the running transaction")]
fn reject_running(stage: &mut Stage, status: String) {
    stage.policy(move |policy| policy.transaction_status = Some(status));
}

/// Its clock jumps ahead.
#[when(expr = "the clock of the CSMS jumps ahead by {duration}")]
fn clock(stage: &mut Stage, by: Time) {
    stage.policy(move |policy| policy.clock_ahead = by.0);
    call(stage, "TriggerMessage", json!({ "requestedMessage": "Heartbeat" }));
}

fn misbehave(stage: &mut Stage, how: Misbehaviour) {
    stage.act(Action::Csms(CsmsAction::Misbehave(how)));
}

/// It is gone: its connections end, and new ones are refused.
#[when(expr = "the CSMS goes away")]
#[given(expr = "the CSMS is away")]
fn down(stage: &mut Stage) {
    misbehave(stage, Misbehaviour::Down);
}

/// It is there again and behaves.
#[when(expr = "the CSMS comes back")]
fn up(stage: &mut Stage) {
    misbehave(stage, Misbehaviour::None);
}

/// `answers with garbage`, `answers with a huge frame`, `answers nothing`, `answers calls that were never made`,
/// `closes the connection in the middle of a call`, `answers every call with an error`, `chooses no subprotocol` or
/// `chooses another subprotocol`, from now on.
#[when(
    regex = r"^the CSMS (answers with garbage|answers with a huge frame|answers nothing|answers calls that were never made|closes the connection in the middle of a call|answers every call with an error|chooses no subprotocol|chooses another subprotocol)$"
)]
#[given(
    regex = r"^the CSMS (answers with garbage|answers with a huge frame|answers nothing|answers calls that were never made|closes the connection in the middle of a call|answers every call with an error|chooses no subprotocol|chooses another subprotocol)$"
)]
fn misbehaves(stage: &mut Stage, how: String) {
    misbehave(
        stage,
        match how.as_str() {
            "answers with garbage" => Misbehaviour::Garbage,
            "answers with a huge frame" => Misbehaviour::HugeFrame,
            "answers nothing" => Misbehaviour::Silent,
            "answers calls that were never made" => Misbehaviour::WrongIds,
            "closes the connection in the middle of a call" => Misbehaviour::ClosesMidCall,
            "chooses no subprotocol" => Misbehaviour::NoSubprotocol,
            "chooses another subprotocol" => Misbehaviour::WrongSubprotocol,
            _ => Misbehaviour::CallErrors,
        },
    );
}
