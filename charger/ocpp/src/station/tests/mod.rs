//! Stories: frames in, frames out, at a time.

mod floods;
mod restart;
mod store;

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value, json};
use units::{EvseId, Instant, Milliamps, Millivolts, MilliwattHours, PerPhase, PhaseCount, Watts};

use super::*;
use crate::{BootReason, OfflineReason, Sqlite, Store};
use session::words::{
    Answer, ChargingState, MeterSample, ReadingContext, ResetAnswer, StoppedReason, TokenKind, TransactionReport,
    TransactionStage, TriggerReason,
};

/// A station with a scripted peer: answers are given by hand, and everything is written down.
struct Bench {
    station: Station,
    store: Sqlite,
    /// What the store answers instead of taking a batch; nothing at all, or an error.
    store_fault: Option<Option<StoreError>>,
    /// The batch that waits for an answer.
    batch: Option<Batch>,
    now: Instant,
    log: String,
    last: Value,
}

/// The station of all stories of this crate.
pub(crate) fn config() -> Config {
    Config {
        identity: "PF-1".into(),
        vendor: "Plugfest".into(),
        model: "AC22".into(),
        serial: "1".into(),
        firmware: "0.1.0".into(),
        evses: 1,
        phases: PhaseCount::Three,
        voltage: Millivolts::from_volts(230),
        epoch_micros: 1_772_431_200_000_000,
        boot_reason: BootReason::PowerUp,
    }
}

impl Bench {
    fn new() -> Self {
        Self::with(Sqlite::in_memory().expect("memory"))
    }

    fn with(store: Sqlite) -> Self {
        Self::of(config(), store)
    }

    fn of(config: Config, mut store: Sqlite) -> Self {
        let mut next = 0;
        let ids = Box::new(move || {
            next += 1;
            next
        });
        let contents = store.load().expect("a store that can be read");
        let station = Station::new(config, contents, ids, Instant::ZERO);
        Self {
            station,
            store,
            store_fault: None,
            batch: None,
            now: Instant::ZERO,
            log: String::new(),
            last: Value::Null,
        }
    }

    /// Connected, booted, and told about its connector.
    fn booted() -> Self {
        let mut bench = Self::new();
        bench.input(Input::Connected);
        bench.answer(json!({ "status": "Accepted", "currentTime": "2026-03-02T06:00:00Z", "interval": 300 }));
        bench.input(Input::Local(Local::Status { evse: EvseId::FIRST, status: ConnectorStatus::Available }));
        bench.answer(json!({}));
        bench.log.clear();
        bench
    }

    fn input(&mut self, input: Input) -> &mut Self {
        self.station.handle_input(self.now, input);
        loop {
            let second = self.now.as_millis() / 1000;
            match self.station.poll_output() {
                Output::Wait(_) => return self,
                Output::Persist(batch) => {
                    self.batch = Some(batch);
                    self.store_answers();
                    Ok(())
                }
                Output::Notice(notice) => writeln!(self.log, "{second} s {}", short(&notice)),
                Output::Send(text) => {
                    self.last = serde_json::from_str(&text).expect("JSON");
                    writeln!(self.log, "{second} s -> {}", summary(&self.last))
                }
            }
            .expect("a string");
        }
    }

    /// The store does what it was asked last, if it works.
    fn store_answers(&mut self) {
        let result = match &self.store_fault {
            Some(None) => return,
            Some(Some(error)) => Err(error.clone()),
            None => Ok(()),
        };
        let Some(batch) = self.batch.take() else { return };
        let result = result.and_then(|()| self.store.commit(&batch));
        self.station.handle_input(self.now, Input::Persisted(result));
    }

    fn answer(&mut self, payload: Value) -> &mut Self {
        let id = self.last[1].clone();
        self.input(Input::Frame(json!([3, id, payload]).to_string()))
    }

    fn csms(&mut self, action: &str, payload: Value) -> &mut Self {
        self.input(Input::Frame(json!([2, "c1", action, payload]).to_string()))
    }

    fn later(&mut self, seconds: u64) -> &mut Self {
        self.now = self.now + Duration::from_secs(seconds);
        self.input(Input::Timeout)
    }

    fn report(&mut self, stage: TransactionStage, trigger: TriggerReason) -> &mut Self {
        self.report_of(stage, trigger, IdToken { id: "04A1".into(), kind: TokenKind::ISO14443 })
    }

    fn report_in(&mut self, transaction: &str, stage: TransactionStage, trigger: TriggerReason) -> &mut Self {
        self.report_all(transaction, stage, trigger, IdToken { id: "04A1".into(), kind: TokenKind::ISO14443 })
    }

    fn report_of(&mut self, stage: TransactionStage, trigger: TriggerReason, token: IdToken) -> &mut Self {
        self.report_all("T1", stage, trigger, token)
    }

    fn report_all(
        &mut self,
        transaction: &str,
        stage: TransactionStage,
        trigger: TriggerReason,
        token: IdToken,
    ) -> &mut Self {
        let sample = MeterSample {
            context: ReadingContext::SamplePeriodic,
            import: MilliwattHours(1_234_500),
            export: MilliwattHours::ZERO,
            power: Watts(11_000),
            current: PerPhase::all(Milliamps::from_amps(16)),
            voltage: PerPhase::all(Millivolts::from_volts(230)),
            at: self.now,
            soc: None,
        };
        self.input(Input::Local(Local::Transaction(TransactionReport {
            evse: EvseId::FIRST,
            transaction: transaction.into(),
            stage,
            at: self.now,
            trigger,
            charging_state: Some(ChargingState::Charging),
            token: Some(token),
            remote_start_id: None,
            reservation: None,
            stopped: (stage == TransactionStage::Ended).then_some(StoppedReason::Local),
            meter: vec![sample],
            cable_max: Some(Milliamps::from_amps(32)),
            phases_used: None,
        })))
    }

    fn profile(&mut self, purpose: &str, schedule: Value) -> &mut Self {
        let profile = json!({ "id": 1, "stackLevel": 0, "chargingProfilePurpose": purpose, "chargingProfileKind": "Relative",
            "transactionId": if purpose == "TxProfile" { json!("T1") } else { Value::Null },
            "chargingSchedule": [schedule] });
        let profile: serde_json::Map<_, _> =
            profile.as_object().expect("an object").clone().into_iter().filter(|(_, value)| !value.is_null()).collect();
        self.csms("SetChargingProfile", json!({ "evseId": 1, "chargingProfile": profile }))
    }
}

fn summary(frame: &Value) -> String {
    let payload = |at: usize| frame[at].clone();
    match frame[0].as_u64() {
        Some(2) if frame[2] == "TransactionEvent" => {
            let event = payload(3);
            let offline = if event["offline"] == true { " offline" } else { "" };
            format!("TransactionEvent {} {} {}{offline}", event["eventType"], event["triggerReason"], event["seqNo"])
        }
        Some(2) => format!("{} {}", frame[2].as_str().unwrap_or_default(), payload(3)),
        Some(3) => format!("result {}", payload(2)),
        _ => format!("error {}", frame[2]),
    }
}

fn short(notice: &Notice) -> String {
    match notice {
        Notice::Ask { ask, .. } => format!("asks {ask:?}").split(" {").next().unwrap_or_default().into(),
        Notice::Limit { limit, .. } => format!(
            "limit {}",
            limit.map_or_else(
                || "none".into(),
                |limit| format!("{:?} {:?}", limit.current.map(|a| a.0), limit.power.map(|w| w.0))
            )
        ),
        Notice::StationLimit(limit) => format!("the station: {limit:?}"),
        Notice::Trouble { blame, text } => format!("{blame:?}: {text}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn the_boot_gate_opens_with_accepted_and_not_before() {
    let mut bench = Bench::new();
    bench.input(Input::Local(Local::Status { evse: EvseId::FIRST, status: ConnectorStatus::Available }));
    bench.input(Input::Connected);
    bench.answer(json!({ "status": "Pending", "currentTime": "2026-03-02T06:00:00Z", "interval": 5 }));
    bench.csms("RequestStopTransaction", json!({ "transactionId": "T1" }));
    bench.later(4).later(1);
    bench.answer(json!({ "status": "Accepted", "currentTime": "2026-03-02T06:00:05Z", "interval": 300 }));
    let boot = r#"-> BootNotification {"chargingStation":{"firmwareVersion":"0.1.0","model":"AC22","serialNumber":"1","vendorName":"Plugfest"},"reason":"PowerUp"}"#;
    assert_eq!(
        bench.log,
        format!(
            "0 s {boot}
0 s Boot(Pending)
0 s -> result {{\"status\":\"Rejected\"}}
5 s {boot}
5 s Boot(Accepted)
5 s Online
5 s -> StatusNotification {{\"connectorId\":1,\"connectorStatus\":\"Available\",\"evseId\":1,\"timestamp\":\"2026-03-02T06:00:05.000Z\"}}
"
        )
    );
}

#[test]
fn a_status_is_told_once_and_a_heartbeat_by_the_interval() {
    let mut bench = Bench::booted();
    bench.input(Input::Local(Local::Status { evse: EvseId::FIRST, status: ConnectorStatus::Available }));
    bench.later(299).later(1);
    assert_eq!(bench.log, "300 s -> Heartbeat {}\n");
}

fn lost() -> Input {
    Input::Disconnected(OfflineReason { url: "ws://x".into(), what: "gone".into() })
}

#[test]
fn heartbeats_go_on_after_a_lost_link_whenever_it_was_lost() {
    // Between two heartbeats, while one waits for its answer, and while one was due.
    for (lost_at, asked) in [(100, false), (300, true), (299, false)] {
        let mut bench = Bench::booted();
        bench.later(lost_at);
        assert_eq!(bench.log.contains("Heartbeat"), asked);
        bench.input(lost()).later(10);
        bench.log.clear();
        bench.input(Input::Connected);
        for _ in 0..3 {
            if bench.log.contains("-> Heartbeat") {
                bench.answer(json!({ "currentTime": "2026-03-02T07:00:00Z" }));
            }
            bench.log.clear();
            bench.later(300);
            assert!(bench.log.ends_with("-> Heartbeat {}\n"), "lost at {lost_at} s: {}", bench.log);
        }
    }
}

#[test]
fn a_link_that_is_lost_again_and_again_before_a_heartbeat_is_due_keeps_none_away() {
    let mut bench = Bench::booted();
    for _ in 0..3 {
        bench.later(100).input(lost()).input(Input::Connected);
    }
    assert!(bench.log.contains("300 s -> Heartbeat {}\n"), "{}", bench.log);
}

#[test]
fn an_interval_that_is_written_holds_at_once_and_none_is_too_long() {
    let mut bench = Bench::booted();
    let set = json!({ "component": { "name": "OCPPCommCtrlr" }, "variable": { "name": "HeartbeatInterval" }, "attributeValue": "10" });
    bench.csms("SetVariables", json!({ "setVariableData": [set] }));
    bench.log.clear();
    assert_eq!(bench.later(10).log, "10 s -> Heartbeat {}\n");

    let mut bench = Bench::new();
    bench.input(Input::Connected);
    bench.answer(
        json!({ "status": "Accepted", "currentTime": "2026-03-02T06:00:00Z", "interval": 1_000_000_000_000_u64 }),
    );
    bench.log.clear();
    assert_eq!(bench.later(86_400).log, "86400 s -> Heartbeat {}\n");
}

#[test]
fn a_driver_whose_question_waits_in_line_is_told_at_once_when_the_link_is_lost() {
    let mut bench = Bench::booted();
    for ticket in [1, 2] {
        let token = IdToken { id: "04A1".into(), kind: TokenKind::ISO14443 };
        bench.input(Input::Local(Local::Authorize { ticket, token }));
    }
    bench.log.clear();
    bench.input(lost());
    assert!(bench.log.starts_with(
        "0 s Authorized { ticket: 1, outcome: NoAnswer }\n0 s Authorized { ticket: 2, outcome: NoAnswer }\n"
    ));
}

#[test]
fn one_call_at_a_time_and_the_queue_in_order() {
    let mut bench = Bench::booted();
    bench.report(TransactionStage::Started, TriggerReason::Authorized);
    bench.report(TransactionStage::Updated, TriggerReason::MeterValuePeriodic);
    bench.report(TransactionStage::Ended, TriggerReason::StopAuthorized);
    assert_eq!(bench.log, "0 s -> TransactionEvent \"Started\" \"Authorized\" 0\n");
    bench.answer(json!({})).answer(json!({})).answer(json!({}));
    assert_eq!(
        bench.log,
        "0 s -> TransactionEvent \"Started\" \"Authorized\" 0
0 s -> TransactionEvent \"Updated\" \"MeterValuePeriodic\" 1
0 s -> TransactionEvent \"Ended\" \"StopAuthorized\" 2\n"
    );
}

#[test]
fn oc_08_an_unanswered_event_is_tried_again_and_then_dropped() {
    let mut bench = Bench::booted();
    let set = |name: &str, value: &str| json!({ "component": { "name": "OCPPCommCtrlr" }, "variable": { "name": name }, "attributeValue": value });
    let data = json!([set("MessageAttempts", "3"), set("MessageAttemptInterval", "1"), set("MessageTimeout", "2")]);
    bench.csms("SetVariables", json!({ "setVariableData": data }));
    bench.log.clear();
    bench.report(TransactionStage::Started, TriggerReason::Authorized);
    for _ in 0..20 {
        bench.later(1);
    }
    let sends: Vec<&str> = bench.log.lines().filter(|line| line.contains("->") || line.contains("given up")).collect();
    assert_eq!(
        sends,
        [
            "0 s -> TransactionEvent \"Started\" \"Authorized\" 0",
            "3 s -> TransactionEvent \"Started\" \"Authorized\" 0",
            "7 s -> TransactionEvent \"Started\" \"Authorized\" 0",
            "9 s PeerMisbehaved: TransactionEvent is given up and never sent: it was sent 3 times in vain (message 1 that is given up)",
        ]
    );
}

#[test]
fn a_station_that_cannot_say_who_it_is_says_so_once_and_works_on() {
    for (model, serial, vendor) in [(21, 1, 1), (1, 26, 1), (1, 1, 51)] {
        let named = |length: usize| "x".repeat(length);
        let config = Config { model: named(model), serial: named(serial), vendor: named(vendor), ..config() };
        let mut bench = Bench::of(config, Sqlite::in_memory().expect("memory"));
        bench.input(Input::Connected).later(1_000);
        bench.input(lost()).input(Input::Connected).later(1_000);
        bench.csms("TriggerMessage", json!({ "requestedMessage": "BootNotification" }));
        bench.csms("UnlockConnector", json!({ "evseId": 9, "connectorId": 1 }));
        let lines: Vec<&str> = bench.log.lines().collect();
        assert!(
            lines[0].starts_with(
                "0 s OurFault: BootNotification is given up and never sent: it breaks its schema: chargingStation."
            ),
            "{}",
            bench.log
        );
        assert_eq!(lines.len(), 4, "{}", bench.log);
        assert!(lines[2].ends_with("-> result {\"status\":\"Rejected\"}"), "{}", bench.log);
        assert!(lines[3].ends_with("-> result {\"status\":\"UnknownConnector\"}"), "{}", bench.log);
    }
}

/// Has the station make a message of that action that breaks its schema.
fn make_broken(bench: &mut Bench, action: &str) {
    let token = IdToken { id: "x".repeat(37), kind: TokenKind::ISO14443 };
    match action {
        "Authorize" => {
            bench.input(Input::Local(Local::Authorize { ticket: 1, token }));
        }
        "NotifyReport" => bench.station.report = Report::new(json!("no number"), "now".into(), &[json!({})]),
        "StatusNotification" => {
            // A connector whose status is not known has none to tell.
            let connector = Connector { status: None, told: Some(ConnectorStatus::Available) };
            bench.station.connectors.insert(EvseId::FIRST, connector);
        }
        "TransactionEvent" => {
            bench.report_of(TransactionStage::Started, TriggerReason::Authorized, token);
        }
        _ => {
            // No value of the type breaks the schema: it is taken as if it had.
            let call = Call::Reservation { id: 1, status: ReservationUpdate::Expired };
            bench.station.bury(call, &json!({}), Blame::OurFault, "it breaks its schema");
        }
    }
    bench.input(Input::Timeout);
}

#[test]
fn whatever_breaks_its_schema_leaves_its_source_and_holds_up_nothing_behind_it() {
    for action in ["Authorize", "NotifyReport", "ReservationStatusUpdate", "StatusNotification", "TransactionEvent"] {
        let mut bench = Bench::booted();
        make_broken(&mut bench, action);
        make_broken(&mut bench, action);
        bench.report(TransactionStage::Updated, TriggerReason::MeterValuePeriodic);
        let told = format!("0 s OurFault: {action} is given up and never sent: it breaks its schema");
        assert_eq!(bench.log.matches(&told).count(), 1, "{action}: {}", bench.log);
        assert_eq!(bench.log.matches(&format!("-> {action} ")).count(), usize::from(action == "TransactionEvent"));
        assert!(bench.log.contains("-> TransactionEvent \"Updated\""), "{action}: {}", bench.log);
        assert_eq!(bench.log.contains("outcome: Refused(Invalid)"), action == "Authorize", "{}", bench.log);
    }
}

#[test]
fn what_happens_offline_is_sent_later_and_marked() {
    let mut bench = Bench::booted();
    bench.report(TransactionStage::Started, TriggerReason::Authorized);
    bench.input(lost());
    bench.report(TransactionStage::Ended, TriggerReason::StopAuthorized);
    bench.log.clear();
    bench.input(Input::Connected).answer(json!({}));
    assert_eq!(
        bench.log,
        "0 s Online
0 s -> TransactionEvent \"Started\" \"Authorized\" 0 offline
0 s -> TransactionEvent \"Ended\" \"StopAuthorized\" 1 offline\n"
    );
}

#[test]
fn oc_14_profiles_in_amperes_and_watts_with_and_without_duration() {
    let mut bench = Bench::booted();
    bench.report(TransactionStage::Started, TriggerReason::Authorized).answer(json!({}));
    bench.log.clear();
    let amps =
        json!({ "id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": 16.0 }] });
    let watts = json!({ "id": 1, "chargingRateUnit": "W", "duration": 60,
        "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": 6900.0 }, { "startPeriod": 30, "limit": 4140.0 }] });
    bench.profile("TxProfile", amps).later(10);
    bench.profile("TxProfile", watts).later(19).later(1).later(30);
    bench.csms("ClearChargingProfile", json!({ "chargingProfileId": 1 }));
    assert_eq!(
        bench.log,
        "0 s -> result {\"status\":\"Accepted\"}
0 s limit Some(16000) None
10 s -> result {\"status\":\"Accepted\"}
10 s limit None Some(6900)
30 s limit None Some(4140)
60 s limit none
60 s -> result {\"status\":\"Accepted\"}
"
    );
}

#[test]
fn a_corrected_clock_moves_time_stamps_and_no_limit() {
    let mut bench = Bench::booted();
    bench.report(TransactionStage::Started, TriggerReason::Authorized).answer(json!({}));
    let schedule = json!({ "id": 1, "chargingRateUnit": "A", "duration": 600, "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": 16.0 }] });
    bench.profile("TxProfile", schedule);
    bench.later(300);
    bench.log.clear();
    bench.answer(json!({ "currentTime": "2026-03-02T07:05:00Z" }));
    bench.later(1);
    assert_eq!(bench.log, "");
    bench.later(299);
    assert_eq!(bench.log, "600 s limit none\n600 s -> Heartbeat {}\n");
}

#[test]
fn a_limit_below_zero_is_no_energy_and_asks_for_none_from_the_car() {
    let mut bench = Bench::booted();
    bench.report(TransactionStage::Started, TriggerReason::Authorized).answer(json!({}));
    bench.log.clear();
    for (unit, limit) in [("A", -16.0), ("W", -11_000.0), ("A", -0.1), ("W", -1e7)] {
        let period = json!({ "startPeriod": 0, "limit": limit });
        bench.profile("TxProfile", json!({ "id": 1, "chargingRateUnit": unit, "chargingSchedulePeriod": [period] }));
    }
    bench.csms("GetCompositeSchedule", json!({ "evseId": 1, "duration": 60, "chargingRateUnit": "W" }));
    assert_eq!(
        bench.log,
        r#"0 s -> result {"status":"Accepted"}
0 s limit Some(0) None
0 s -> result {"status":"Accepted"}
0 s limit None Some(0)
0 s -> result {"status":"Accepted"}
0 s limit Some(0) None
0 s -> result {"status":"Rejected","statusInfo":{"additionalInfo":"limit: from -1000000 to 1000000; below 0 is taken as 0","reasonCode":"InvalidValue"}}
0 s -> result {"schedule":{"chargingRateUnit":"W","chargingSchedulePeriod":[{"limit":0.0,"startPeriod":0}],"duration":60,"evseId":1,"scheduleStart":"2026-03-02T06:00:00.000Z"},"status":"Accepted"}
"#
    );
}

#[test]
fn requests_that_a_session_decides() {
    let mut bench = Bench::booted();
    bench.csms("Reset", json!({ "type": "Immediate" }));
    bench.input(Input::Local(Local::Answer { ticket: 1, answer: Answer::Reset(ResetAnswer::Accepted) }));
    bench.csms("UnlockConnector", json!({ "evseId": 9, "connectorId": 1 }));
    bench.csms("RequestStopTransaction", json!({ "transactionId": "T9" }));
    bench.later(20);
    assert_eq!(
        bench.log,
        "0 s asks Reset
0 s -> result {\"status\":\"Accepted\"}
0 s -> result {\"status\":\"UnknownConnector\"}
0 s asks RequestStop
20 s -> error \"InternalError\"
"
    );
}

#[test]
fn a_peer_that_breaks_the_rules_is_answered_by_the_rules() {
    let mut bench = Bench::booted();
    bench.csms("SetChargingProfile", json!({ "evseId": 1 }));
    bench.csms("Reset", json!({ "type": "Now" }));
    bench.csms("Reset", json!({ "type": 7 }));
    bench.csms("MakeCoffee", json!({}));
    bench.csms(
        "BootNotification",
        json!({ "reason": "PowerUp", "chargingStation": { "model": "a", "vendorName": "b" } }),
    );
    bench.input(Input::Frame("garbage".into()));
    bench.input(Input::Frame(r#"[3,"never-asked",{}]"#.into()));
    let errors: Vec<&str> =
        bench.log.lines().filter(|line| line.contains("-> error")).map(|line| &line[13..]).collect();
    assert_eq!(
        errors,
        [
            "\"OccurrenceConstraintViolation\"",
            "\"PropertyConstraintViolation\"",
            "\"TypeConstraintViolation\"",
            "\"NotImplemented\"",
            "\"NotSupported\"",
            "\"RpcFrameworkError\"",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Mutated requests never panic the core, and it never sends what its own schema check refuses.
    #[test]
    fn mutated_requests_do_no_harm(at in 0usize..400, byte in any::<u8>(), cut in any::<bool>(), which in 0usize..4) {
        let mut bench = Bench::booted();
        let schedule = json!({ "id": 1, "chargingRateUnit": "A", "duration": 60, "startSchedule": "2026-03-02T06:00:00Z",
            "chargingSchedulePeriod": [{ "startPeriod": 0, "limit": 16.0, "numberPhases": 3 }] });
        let frames = [
            json!([2, "c", "SetChargingProfile", { "evseId": 1, "chargingProfile": { "id": 1, "stackLevel": 0,
                "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Absolute", "chargingSchedule": [schedule] } }]),
            json!([2, "c", "ReserveNow", { "id": 1, "expiryDateTime": "2026-03-02T07:00:00Z", "idToken": { "idToken": "A", "type": "Central" } }]),
            json!([2, "c", "SetVariables", { "setVariableData": [{ "attributeValue": "10", "component": { "name": "OCPPCommCtrlr" }, "variable": { "name": "HeartbeatInterval" } }] }]),
            json!([2, "c", "GetCompositeSchedule", { "evseId": 1, "duration": 600 }]),
        ];
        let mut text = frames[which].to_string().into_bytes();
        let at = at % text.len();
        text[at] = byte;
        if cut {
            text.truncate(at);
        }
        bench.input(Input::Frame(String::from_utf8_lossy(&text).into_owned()));
        bench.later(1);
        prop_assert!(!bench.log.contains("OurFault"), "{}", bench.log);
    }
}
