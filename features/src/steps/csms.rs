//! What the CSMS does.

use std::time::Duration;

use cucumber::{given, when};
use gherkin::Step;
use serde_json::{Value, json};
use twin::{Action, CsmsAction, CsmsClock, FloodFrame, Misbehaviour};

use crate::parameters::{
    Availability, BootAnswer, Card, Current, Message, MessageName, Opinion, Power, ResetWord, Time, Times, table,
};
use crate::stage::Stage;

fn call(stage: &mut Stage, action: &str, payload: Value) {
    stage.act(Action::Csms(CsmsAction::Call { action: action.into(), payload }));
}

/// The time of day of the CSMS, so long from now.
fn time_of_day(stage: &mut Stage, ahead: Duration) -> String {
    let at = stage.rig().now() + ahead;
    let told = stage.rig().csms().map(|csms| csms.time_at(at));
    told.unwrap_or_else(|| stage.fail("there is no CSMS that could be asked".into()))
}

fn transaction(stage: &mut Stage) -> String {
    let mut running = None;
    stage.holds(|rig| {
        running = rig.csms().and_then(twin::Csms::transaction);
        running.is_some()
    });
    running.unwrap_or_else(|| stage.fail("the CSMS knows of no running transaction".into()))
}

/// A ChargingStationMaxProfile, from now on.
/// Of the whole station.
#[when(expr = "the CSMS limits the charger to {current}")]
#[given(expr = "the CSMS limits the charger to {current}")]
fn limit(stage: &mut Stage, current: Current) {
    let start = time_of_day(stage, Duration::ZERO);
    let schedule = json!({ "id": 1, "chargingRateUnit": "A", "startSchedule": start,
        "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": current.0.amps() }] });
    let profile = json!({ "id": 900, "stackLevel": 0, "chargingProfilePurpose": "ChargingStationMaxProfile",
        "chargingProfileKind": "Absolute", "chargingSchedule": [schedule] });
    call(stage, "SetChargingProfile", json!({ "evseId": 0, "chargingProfile": profile }));
    stage.pass(Duration::from_millis(100));
}

fn tx_profile(stage: &mut Stage, unit: &str, limit: f64, lasting: Option<Time>) {
    let mut schedule = json!({ "id": 1, "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": limit }] });
    if let Some(lasting) = lasting {
        schedule["duration"] = json!(lasting.0.as_secs());
        schedule["startSchedule"] = json!(time_of_day(stage, Duration::ZERO));
    }
    let kind = if lasting.is_some() { "Absolute" } else { "Relative" };
    let profile = json!({ "id": 901, "stackLevel": 1, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": kind,
        "transactionId": transaction(stage), "chargingSchedule": [schedule] });
    let payload = json!({ "evseId": stage.evse(), "chargingProfile": profile });
    call(stage, "SetChargingProfile", payload);
}

/// The limit of a profile in watts. OCPP 2.0.1 has none below zero; whoever wants to send one writes the whole call.
fn watts(stage: &mut Stage, power: Power) -> f64 {
    if power.0.0 < 0 {
        stage.misstated(format!("{}: no limit of OCPP 2.0.1 is less than 0 W", power.0));
    }
    power.0.0.into()
}

/// A TxProfile for the running transaction, in amperes.
#[when(expr = "the CSMS sets a profile of {current}")]
fn profile_amps(stage: &mut Stage, current: Current) {
    tx_profile(stage, "A", current.0.amps(), None);
}

/// A TxProfile for the running transaction, in watts.
#[when(expr = "the CSMS sets a profile of {power}")]
fn profile_watts(stage: &mut Stage, power: Power) {
    let limit = watts(stage, power);
    tx_profile(stage, "W", limit, None);
}

/// A TxProfile that ends by itself.
#[when(expr = "the CSMS sets a profile of {current} for {duration}")]
fn profile_for(stage: &mut Stage, current: Current, lasting: Time) {
    tx_profile(stage, "A", current.0.amps(), Some(lasting));
}

/// A TxDefaultProfile for whatever transaction comes, in amperes.
#[when(expr = "the CSMS sets a default profile of {current}")]
#[given(expr = "the CSMS sets a default profile of {current}")]
fn default_amps(stage: &mut Stage, current: Current) {
    default_profile(stage, "A", current.0.amps());
}

/// A TxDefaultProfile for whatever transaction comes, in watts.
#[when(expr = "the CSMS sets a default profile of {power}")]
#[given(expr = "the CSMS sets a default profile of {power}")]
fn default_watts(stage: &mut Stage, power: Power) {
    let limit = watts(stage, power);
    default_profile(stage, "W", limit);
}

fn default_profile(stage: &mut Stage, unit: &str, limit: f64) {
    let schedule = json!({ "id": 1, "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": limit }] });
    let profile = json!({ "id": 902, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative", "chargingSchedule": [schedule] });
    let payload = json!({ "evseId": stage.evse(), "chargingProfile": profile });
    call(stage, "SetChargingProfile", payload);
}

/// All of them.
#[when(expr = "the CSMS clears the profiles")]
fn clear(stage: &mut Stage) {
    call(stage, "ClearChargingProfile", json!({ "chargingProfileCriteria": {} }));
}

/// RequestStartTransaction at the EVSE.
#[when(expr = "the CSMS requests a start for the card {card}")]
fn request_start(stage: &mut Stage, card: Card) {
    stage.mention(&card);
    let token = json!({ "idToken": card.0, "type": "Central" });
    let payload = json!({ "idToken": token, "remoteStartId": 77, "evseId": stage.evse() });
    call(stage, "RequestStartTransaction", payload);
}

/// RequestStartTransaction without an EVSE: wherever it suits.
/// Of the whole station.
#[when(expr = "the CSMS requests a start for the card {card} anywhere")]
fn request_start_anywhere(stage: &mut Stage, card: Card) {
    stage.mention(&card);
    let token = json!({ "idToken": card.0, "type": "Central" });
    call(stage, "RequestStartTransaction", json!({ "idToken": token, "remoteStartId": 78 }));
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

/// ReserveNow for the EVSE, from now on for so long.
#[when(expr = "the CSMS reserves the charger for the card {card} for {duration}")]
fn reserve(stage: &mut Stage, card: Card, lasting: Time) {
    stage.mention(&card);
    let expiry = time_of_day(stage, lasting.0);
    let token = json!({ "idToken": card.0, "type": "ISO14443" });
    let payload = json!({ "id": 5, "expiryDateTime": expiry, "idToken": token, "evseId": stage.evse() });
    call(stage, "ReserveNow", payload);
    stage.pass(Duration::from_millis(100));
}

/// ReserveNow without an EVSE: any that is free.
/// Of the whole station.
#[when(expr = "the CSMS reserves any EVSE for the card {card} for {duration}")]
fn reserve_any(stage: &mut Stage, card: Card, lasting: Time) {
    stage.mention(&card);
    let expiry = time_of_day(stage, lasting.0);
    let token = json!({ "idToken": card.0, "type": "ISO14443" });
    call(stage, "ReserveNow", json!({ "id": 6, "expiryDateTime": expiry, "idToken": token }));
    stage.pass(Duration::from_millis(100));
}

/// CancelReservation.
#[when(expr = "the CSMS cancels the reservation")]
fn cancel(stage: &mut Stage) {
    call(stage, "CancelReservation", json!({ "reservationId": 5 }));
}

/// Of the whole station.
#[when(expr = "the CSMS asks for a reset {reset}")]
fn reset(stage: &mut Stage, kind: ResetWord) {
    call(stage, "Reset", json!({ "type": kind.0 }));
}

/// UnlockConnector at the EVSE.
#[when(expr = "the CSMS asks to unlock the plug")]
fn unlock(stage: &mut Stage) {
    let payload = json!({ "evseId": stage.evse(), "connectorId": 1 });
    call(stage, "UnlockConnector", payload);
}

/// ChangeAvailability.
/// Of the whole station.
#[when(expr = "the CSMS makes the charger {availability}")]
fn availability(stage: &mut Stage, status: Availability) {
    call(stage, "ChangeAvailability", json!({ "operationalStatus": status.0 }));
}

/// ChangeAvailability of one EVSE.
#[when(expr = "the CSMS makes the EVSE {availability}")]
fn availability_of_evse(stage: &mut Stage, status: Availability) {
    let payload = json!({ "operationalStatus": status.0, "evse": { "id": stage.evse() } });
    call(stage, "ChangeAvailability", payload);
}

/// Reset of one EVSE.
#[when(expr = "the CSMS asks for a reset {reset} of the EVSE")]
fn reset_of_evse(stage: &mut Stage, kind: ResetWord) {
    let payload = json!({ "type": kind.0, "evseId": stage.evse() });
    call(stage, "Reset", payload);
}

/// Any CALL; its payload as JSON in the lines below, right or wrong.
#[when(expr = "the CSMS calls {message} with")]
fn any_call(stage: &mut Stage, action: MessageName, step: &Step) {
    let payload = payload(stage, step);
    call(stage, &action.0, payload);
}

/// A CALL that OCPP 2.0.1 does not have; its payload as JSON in the lines below.
#[when(expr = "the CSMS calls something unknown, {string}, with")]
fn unknown_call(stage: &mut Stage, action: String, step: &Step) {
    if Message::named(&action).is_some() {
        stage.misstated(format!("OCPP 2.0.1 knows {action}: the CSMS calls {action} with"));
    }
    let payload = payload(stage, step);
    call(stage, &action, payload);
}

fn payload(stage: &Stage, step: &Step) -> Value {
    let text = stage.text_of(step);
    serde_json::from_str(text).unwrap_or_else(|error| stage.misstated(format!("the payload is no JSON: {error}")))
}

/// From now on.
/// Of the whole station.
#[when(expr = "the CSMS answers BootNotification with {boot} from now on")]
fn boot(stage: &mut Stage, status: BootAnswer) {
    stage.policy(move |policy| policy.boot = status.0);
}

/// The token in every answer to a TransactionEvent from now on.
#[when(expr = "the CSMS says {opinion} to the running transaction")]
#[given(expr = "the CSMS says {opinion} to the running transaction")]
fn reject_running(stage: &mut Stage, status: Opinion) {
    stage.policy(move |policy| policy.transaction_status = Some(status.0));
}

/// Its clock jumps ahead, counted from the true time, and a Heartbeat lets the charger know.
/// Of the whole station.
#[when(expr = "the clock of the CSMS jumps ahead by {duration}")]
fn clock_ahead(stage: &mut Stage, by: Time) {
    clock(stage, CsmsClock::Off(micros(by)));
}

/// Its clock jumps back, counted from the true time, and a Heartbeat lets the charger know.
/// Of the whole station.
#[when(expr = "the clock of the CSMS jumps back by {duration}")]
fn clock_back(stage: &mut Stage, by: Time) {
    clock(stage, CsmsClock::Off(-micros(by)));
}

/// From now on it tells 1 January 1970, as a computer without a clock does, and a Heartbeat lets the charger know.
/// Of the whole station.
#[when(expr = "the CSMS tells no sensible time")]
fn clock_lost(stage: &mut Stage) {
    clock(stage, CsmsClock::Tells("1970-01-01T00:00:00.000Z".into()));
}

/// From now on it tells a text that is no time at all, and a Heartbeat lets the charger know.
/// Of the whole station.
#[when(expr = "the CSMS tells a time that is none")]
fn clock_garbled(stage: &mut Stage) {
    clock(stage, CsmsClock::Tells("a quarter past".into()));
}

fn clock(stage: &mut Stage, clock: CsmsClock) {
    stage.policy(move |policy| policy.clock = clock);
    call(stage, "TriggerMessage", json!({ "requestedMessage": "Heartbeat" }));
}

fn micros(time: Time) -> i64 {
    i64::try_from(time.0.as_micros()).unwrap_or(i64::MAX)
}

fn flood(stage: &mut Stage, frame: FloodFrame, times: u32, lasting: Time) {
    stage.act(Action::Csms(CsmsAction::Flood { frame, times, lasting: lasting.0 }));
}

/// So many frames that are not JSON, one after the other within that time.
/// Of the whole station.
#[when(expr = "the CSMS sends {times} frames of garbage within {duration}")]
fn flood_of_garbage(stage: &mut Stage, times: Times, lasting: Time) {
    flood(stage, FloodFrame::Garbage, times.0, lasting);
}

/// So many CALLs within that time, without waiting for an answer; the payload as JSON in the lines below.
#[when(expr = "the CSMS calls {message} {times} times within {duration} without waiting, with")]
fn flood_of_calls(stage: &mut Stage, action: MessageName, times: Times, lasting: Time, step: &Step) {
    let payload = payload(stage, step);
    flood(stage, FloodFrame::Call { action: action.0, payload }, times.0, lasting);
}

fn misbehave(stage: &mut Stage, how: Misbehaviour) {
    stage.act(Action::Csms(CsmsAction::Misbehave(how)));
}

/// It is gone: its connections end, and new ones are refused.
/// Of the whole station.
#[when(expr = "the CSMS goes away")]
#[given(expr = "the CSMS is away")]
fn down(stage: &mut Stage) {
    misbehave(stage, Misbehaviour::Down);
}

/// It is there again and behaves.
/// Of the whole station.
#[when(expr = "the CSMS comes back")]
fn up(stage: &mut Stage) {
    misbehave(stage, Misbehaviour::None);
}

/// Every way in which a CSMS misbehaves while it is there.
const CONDUCTS: [(&str, Misbehaviour); 8] = [
    ("answers with garbage", Misbehaviour::Garbage),
    ("answers with a huge frame", Misbehaviour::HugeFrame),
    ("answers nothing", Misbehaviour::Silent),
    ("answers calls that were never made", Misbehaviour::WrongIds),
    ("answers every call with an error", Misbehaviour::CallErrors),
    ("closes the connection in the middle of a call", Misbehaviour::ClosesMidCall),
    ("chooses no subprotocol", Misbehaviour::NoSubprotocol),
    ("chooses another subprotocol", Misbehaviour::WrongSubprotocol),
];

table!(
    /// How a CSMS misbehaves.
    Conduct(Misbehaviour), "conduct", "misbehaviour of a CSMS", CONDUCTS
);

/// From now on, until it comes back.
/// Of the whole station.
#[when(expr = "the CSMS {conduct}")]
#[given(expr = "the CSMS {conduct}")]
fn misbehaves(stage: &mut Stage, how: Conduct) {
    misbehave(stage, how.is);
}
