//! Stories of a CSMS that asks for too much: what waits is bounded, and billing gets its turn.

use super::*;

/// Everything in the core that a peer can make grow.
fn waiting(station: &Station) -> usize {
    station.questions.len()
        + station.reservations.len()
        + station.asked.len()
        + station.out.len()
        + usize::from(station.report.is_some())
}

fn full_report(id: i64) -> Value {
    json!({ "requestId": id, "reportBase": "FullInventory" })
}

#[test]
fn one_report_at_a_time_and_the_next_is_refused_until_its_last_part_is_answered() {
    let mut bench = Bench::booted();
    for n in 0..2_000 {
        bench.csms("GetBaseReport", full_report(n));
    }
    assert_eq!(bench.log.matches("Accepted").count(), 1);
    assert_eq!(bench.log.matches("Rejected").count(), 1_999);
    // Its parts, one after the other.
    bench.log.clear();
    bench.last = json!([2, bench.station.pending.as_ref().expect("a part").id]);
    bench.answer(json!({})).answer(json!({})).answer(json!({}));
    assert_eq!(bench.log.matches("-> NotifyReport").count(), 2);
    assert!(bench.log.contains("\"tbc\":false"), "{}", bench.log);
    bench.csms("GetBaseReport", full_report(1));
    assert!(bench.log.contains("Accepted"));
}

#[test]
fn a_csms_that_leaves_reports_unanswered_gets_its_transaction_events() {
    let mut bench = Bench::booted();
    bench.csms("GetBaseReport", full_report(1));
    bench
        .report(TransactionStage::Started, TriggerReason::Authorized)
        .report(TransactionStage::Ended, TriggerReason::StopAuthorized);
    let mut events = 0;
    for _ in 0..10 {
        bench.csms("GetBaseReport", full_report(2));
        let in_flight = bench.station.pending.as_ref().map(|pending| (pending.call.action(), pending.id.clone()));
        match in_flight {
            Some(("TransactionEvent", id)) => {
                events += 1;
                bench.last = json!([2, id]);
                bench.answer(json!({}));
            }
            _ => drop(bench.later(30).log.len()),
        }
    }
    assert_eq!(events, 2);
}

#[test]
fn a_report_goes_on_where_the_link_was_lost() {
    let mut bench = Bench::booted();
    bench.csms("GetBaseReport", full_report(1));
    bench.last = json!([2, bench.station.pending.as_ref().expect("a part").id]);
    bench.answer(json!({})).input(lost());
    bench.log.clear();
    bench.input(Input::Connected);
    assert!(bench.log.contains("\"seqNo\":1,\"tbc\":true"), "{}", bench.log);
}

#[test]
fn triggered_messages_collapse() {
    let mut bench = Bench::booted();
    bench.report(TransactionStage::Started, TriggerReason::Authorized);
    let in_flight = bench.last.clone();
    for _ in 0..500 {
        bench.csms("TriggerMessage", json!({ "requestedMessage": "Heartbeat" }));
        bench.csms("TriggerMessage", json!({ "requestedMessage": "StatusNotification" }));
    }
    bench.log.clear();
    bench.last = in_flight;
    bench.answer(json!({}));
    for _ in 0..5 {
        bench.answer(json!({ "currentTime": "2026-03-02T06:00:00Z" }));
    }
    assert_eq!(bench.log.matches("-> Heartbeat").count(), 1, "{}", bench.log);
    assert_eq!(bench.log.matches("-> StatusNotification").count(), 1, "{}", bench.log);
}

/// A CALL of each kind that the station takes.
fn calls() -> Vec<(&'static str, Value)> {
    let token = json!({ "idToken": "A", "type": "Central" });
    let variable = json!({ "component": { "name": "OCPPCommCtrlr" }, "variable": { "name": "HeartbeatInterval" } });
    let mut set = variable.clone();
    set["attributeValue"] = json!("100");
    let schedule =
        json!({ "id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": 16.0 }] });
    let profile = json!({ "id": 1, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative", "chargingSchedule": [schedule] });
    vec![
        ("CancelReservation", json!({ "reservationId": 1 })),
        ("ChangeAvailability", json!({ "operationalStatus": "Inoperative" })),
        ("ClearCache", json!({})),
        ("ClearChargingProfile", json!({ "chargingProfileId": 7 })),
        ("DataTransfer", json!({ "vendorId": "V" })),
        ("GetBaseReport", full_report(1)),
        ("GetCompositeSchedule", json!({ "evseId": 1, "duration": 600 })),
        ("GetLocalListVersion", json!({})),
        ("GetTransactionStatus", json!({})),
        ("GetVariables", json!({ "getVariableData": [variable] })),
        ("RequestStartTransaction", json!({ "idToken": token, "remoteStartId": 1, "chargingProfile": profile })),
        ("RequestStopTransaction", json!({ "transactionId": "T1" })),
        ("ReserveNow", json!({ "id": 1, "expiryDateTime": "2026-03-02T07:00:00Z", "idToken": token })),
        ("Reset", json!({ "type": "OnIdle" })),
        ("SetChargingProfile", json!({ "evseId": 1, "chargingProfile": profile })),
        ("SetVariables", json!({ "setVariableData": [set] })),
        ("TriggerMessage", json!({ "requestedMessage": "Heartbeat" })),
        ("TriggerMessage", json!({ "requestedMessage": "StatusNotification" })),
        ("UnlockConnector", json!({ "evseId": 1, "connectorId": 1 })),
        ("MakeCoffee", json!({})),
    ]
}

#[test]
fn nothing_grows_under_a_flood_of_any_call_and_billing_gets_its_turn() {
    for (action, payload) in calls() {
        let mut bench = Bench::booted();
        bench.report(TransactionStage::Started, TriggerReason::Authorized);
        for n in 0..1_000 {
            let mut payload = payload.clone();
            if action == "SetChargingProfile" {
                payload["chargingProfile"]["id"] = json!(n);
                payload["chargingProfile"]["stackLevel"] = json!(n);
            }
            bench.csms(action, payload);
            bench.input(Input::Local(Local::ReservationStatus { id: n, status: ReservationUpdate::Expired }));
        }
        assert!(waiting(&bench.station) <= 32, "{action}: {}", waiting(&bench.station));
        let values = bench.station.journal.values(Station::PROFILES).count();
        assert!(values <= 100, "{action}: {values} profiles are kept");
        // The event that was in flight is answered, and the next one is not kept waiting by what was asked.
        bench.report(TransactionStage::Ended, TriggerReason::StopAuthorized);
        let mut told = 0;
        for _ in 0..10 {
            let Some(pending) = &bench.station.pending else { break };
            told += usize::from(pending.call.action() == "TransactionEvent");
            bench.last = json!([2, pending.id]);
            bench.answer(json!({ "currentTime": "2026-03-02T06:00:00Z" }));
        }
        assert_eq!(told, 2, "{action}");
    }
}

#[test]
fn an_event_that_ends_each_connection_is_given_up_and_what_is_behind_it_is_told() {
    let mut bench = Bench::booted();
    bench
        .report(TransactionStage::Started, TriggerReason::Authorized)
        .report(TransactionStage::Ended, TriggerReason::StopAuthorized);
    let mut connections = 0;
    while bench.log.contains("\"Started\"") && !bench.log.contains("given up") {
        bench.input(lost());
        bench.input(Input::Connected);
        connections += 1;
        // Other messages go on meanwhile; the event waits longer each time.
        for _ in 0..20 {
            if bench.station.pending.as_ref().is_some_and(|pending| pending.call.action() == "TransactionEvent") {
                break;
            }
            bench.later(10);
            bench.last = json!([2, bench.station.pending.as_ref().map_or("", |pending| pending.id.as_str())]);
            if bench.station.pending.as_ref().is_some_and(|pending| pending.call.action() == "Heartbeat") {
                bench.answer(json!({ "currentTime": "2026-03-02T06:00:00Z" }));
            }
        }
    }
    assert_eq!(connections, 20);
    assert!(
        bench.log.contains("TransactionEvent is given up and never sent: the connection was lost 20 times in a row"),
        "{}",
        bench.log
    );
    assert!(bench.log.ends_with("-> TransactionEvent \"Ended\" \"StopAuthorized\" 1 offline\n"), "{}", bench.log);
}

#[test]
fn drivers_that_wait_are_bounded() {
    let mut bench = Bench::booted();
    bench.report(TransactionStage::Started, TriggerReason::Authorized);
    for ticket in 0..100 {
        let token = IdToken { id: "A".into(), kind: TokenKind::ISO14443 };
        bench.input(Input::Local(Local::Authorize { ticket, token }));
    }
    assert_eq!(bench.log.matches("NoAnswer").count(), 92);
    assert_eq!(waiting(&bench.station), 8);
}
