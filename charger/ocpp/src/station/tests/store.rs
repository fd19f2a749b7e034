//! Stories of the store: it is slow, full, held by others, and nothing is lost, sent twice or blamed on the CSMS.

use super::*;
use crate::StoreErrorKind;

fn full() -> StoreError {
    StoreError { path: "store".into(), kind: StoreErrorKind::Failed, what: "there is no room".into() }
}

fn held() -> StoreError {
    StoreError { path: "store".into(), kind: StoreErrorKind::Busy, what: "another program holds it".into() }
}

/// What the file says, read by nobody who knows the station.
fn in_the_file(bench: &mut Bench) -> (Vec<String>, Vec<String>) {
    let Contents { events, values, .. } = bench.store.load().expect("readable");
    let seq = |event: &crate::QueuedEvent| {
        let payload: Value = serde_json::from_str(&event.payload).expect("JSON");
        format!("{} {}", event.stage.name(), payload["seqNo"])
    };
    (
        events.iter().map(|(_, event)| seq(event)).collect(),
        values.into_iter().map(|((kind, name), value)| format!("{kind} {name} {value}")).collect(),
    )
}

#[test]
fn an_event_is_on_the_wire_only_after_it_is_in_the_file_however_long_that_takes() {
    let mut bench = Bench::booted();
    bench.store_fault = Some(None);
    bench.report(TransactionStage::Started, TriggerReason::Authorized);
    bench.input(Input::PersistDelayed(held()));
    bench.report(TransactionStage::Updated, TriggerReason::MeterValuePeriodic);
    bench.later(10);
    bench.input(Input::PersistDelayed(held()));
    assert_eq!(
        bench.log,
        "0 s Store: store: another program holds it; what happens waits in memory until it is written\n"
    );
    bench.log.clear();
    bench.store_fault = None;
    bench.store_answers();
    bench.input(Input::Timeout).answer(json!({})).answer(json!({}));
    assert_eq!(
        bench.log,
        "10 s StoreWorks\n10 s -> TransactionEvent \"Started\" \"Authorized\" 0\n10 s -> TransactionEvent \"Updated\" \"MeterValuePeriodic\" 1\n"
    );
    assert_eq!(in_the_file(&mut bench).0, Vec::<String>::new());
}

#[test]
fn a_store_that_is_silent_for_a_minute_is_not_waited_for() {
    let mut bench = Bench::booted();
    bench.store_fault = Some(None);
    bench.report(TransactionStage::Started, TriggerReason::Authorized);
    bench.later(59);
    assert_eq!(bench.log, "");
    bench.later(1);
    assert_eq!(
        bench.log,
        "60 s Store: the store has not written for 60 s; what happens is sent without it meanwhile\n60 s -> TransactionEvent \"Started\" \"Authorized\" 0\n"
    );
}

#[test]
fn a_full_disk_is_told_as_the_stores_fault_and_the_end_of_a_transaction_comes_through() {
    let mut bench = Bench::booted();
    bench.report(TransactionStage::Started, TriggerReason::Authorized).answer(json!({}));
    bench.log.clear();
    bench.store_fault = Some(Some(full()));
    bench.report(TransactionStage::Updated, TriggerReason::MeterValuePeriodic);
    bench.input(Input::Timeout).answer(json!({}));
    bench.report(TransactionStage::Ended, TriggerReason::StopAuthorized).answer(json!({}));
    bench.later(100).later(100);
    assert_eq!(
        bench.log,
        "0 s Store: store: there is no room; what happens is kept in memory and written when it can be
0 s -> TransactionEvent \"Updated\" \"MeterValuePeriodic\" 1
0 s -> TransactionEvent \"Ended\" \"StopAuthorized\" 2
"
    );
    // Told and done with: nothing of it is left to be written.
    bench.log.clear();
    bench.store_fault = None;
    bench.later(60);
    assert!(bench.log.starts_with("260 s StoreWorks\n"), "{}", bench.log);
    assert_eq!(in_the_file(&mut bench).0, Vec::<String>::new());
    assert!(bench.station.open_transactions(EvseId::FIRST).is_empty());
}

#[test]
fn what_happens_offline_with_a_full_disk_is_written_in_order_as_soon_as_there_is_room() {
    let mut bench = Bench::booted();
    bench.input(lost());
    bench.store_fault = Some(Some(full()));
    bench.report(TransactionStage::Started, TriggerReason::Authorized);
    for _ in 0..20 {
        bench.later(60).report(TransactionStage::Updated, TriggerReason::MeterValuePeriodic);
    }
    bench.report(TransactionStage::Ended, TriggerReason::StopAuthorized);
    let store_lines = bench.log.lines().filter(|line| line.contains(" Store")).count();
    assert_eq!((store_lines, in_the_file(&mut bench).0.len()), (1, 0), "{}", bench.log);
    bench.store_fault = None;
    bench.later(60);
    let (events, _) = in_the_file(&mut bench);
    assert_eq!((events.first(), events.last()), (Some(&"Started 0".to_owned()), Some(&"Ended 21".to_owned())));
    assert_eq!(events.len(), 22);
}

#[test]
fn each_kind_of_trouble_is_told_once_until_it_is_another() {
    let mut bench = Bench::booted();
    let other = StoreError { what: "the disk is broken".into(), ..full() };
    for fault in [full(), full(), other.clone(), other, full()] {
        bench.store_fault = Some(Some(fault));
        bench.input(Input::Local(Local::Keep { name: "a".into(), value: Some(bench.now.as_millis().to_string()) }));
        bench.later(70);
    }
    let told: Vec<&str> = bench.log.lines().filter(|line| line.contains("Store: ")).collect();
    assert_eq!(told.len(), 3, "{told:?}");
}

#[test]
fn what_the_charger_keeps_is_in_one_order_with_the_events_and_there_after_a_restart() {
    let mut bench = Bench::booted();
    let keep = |value: &str| Input::Local(Local::Keep { name: "session".into(), value: Some(value.into()) });
    bench.store_fault = Some(None);
    bench.report(TransactionStage::Started, TriggerReason::Authorized);
    // While the first commit is under way: both go with the next one.
    bench
        .input(keep("first"))
        .input(keep("second"))
        .report(TransactionStage::Updated, TriggerReason::MeterValuePeriodic);
    assert_eq!(bench.station.kept("session"), Some("second"));
    bench.store_fault = None;
    bench.store_answers();
    let began = in_the_file(&mut bench);
    let beginning = "beginning T1 [1,1772431200000000]";
    assert_eq!(began, (vec!["Started 0".to_owned()], vec![beginning.to_owned()]));
    bench.input(Input::Timeout);
    let went_on = in_the_file(&mut bench);
    assert_eq!(went_on.0, ["Started 0", "Updated 1"]);
    assert_eq!(went_on.1, [beginning, "record session second"]);
    let mut bench = Bench::with(bench.store);
    assert_eq!(bench.station.kept("session"), Some("second"));
    bench.input(Input::Local(Local::Keep { name: "session".into(), value: None }));
    assert_eq!(Bench::with(bench.store).station.kept("session"), None);
}

#[test]
fn a_reset_loses_nothing_that_was_not_written_yet() {
    let mut bench = Bench::booted();
    bench.report(TransactionStage::Started, TriggerReason::Authorized).answer(json!({}));
    bench.store_fault = Some(None);
    bench.report(TransactionStage::Ended, TriggerReason::ResetCommand);
    bench.station = bench.station.restart(BootReason::RemoteReset, bench.now);
    assert!(bench.station.open_transactions(EvseId::FIRST).is_empty());
    bench.log.clear();
    bench.input(Input::Connected);
    bench.answer(json!({ "status": "Accepted", "currentTime": "2026-03-02T06:00:00Z", "interval": 300 }));
    bench.store_fault = None;
    bench.store_answers();
    bench.input(Input::Timeout);
    assert!(bench.log.contains("\"reason\":\"RemoteReset\""), "{}", bench.log);
    assert!(bench.log.ends_with("-> TransactionEvent \"Ended\" \"ResetCommand\" 1 offline\n"), "{}", bench.log);
}

#[test]
fn a_failed_dial_writes_nothing_and_a_lost_link_only_what_it_changes() {
    let mut bench = Bench::booted();
    bench.store_fault = Some(None);
    bench.report(TransactionStage::Started, TriggerReason::Authorized);
    bench.store_fault = None;
    bench.store_answers();
    let written = |bench: &mut Bench, input: Input| {
        bench.store_fault = Some(None);
        bench.batch = None;
        bench.input(input);
        let changed = bench.batch.as_ref().map_or(0, |batch| batch.events.len());
        bench.store_fault = None;
        bench.store_answers();
        bench.input(Input::Timeout);
        changed
    };
    assert_eq!(written(&mut bench, lost()), 1);
    for _ in 0..5 {
        assert_eq!(written(&mut bench, lost()), 0, "one more dial has failed");
    }
    bench.report(TransactionStage::Updated, TriggerReason::MeterValuePeriodic);
    assert_eq!(written(&mut bench, lost()), 0, "what happens offline is marked from the beginning");
    bench.input(Input::Connected);
    assert_eq!(written(&mut bench, lost()), 0, "both have their mark");
}

#[test]
fn a_queued_row_that_nobody_can_read_is_given_up_and_kept_aside() {
    let bench = Bench::booted();
    let mut store = bench.store;
    let row = crate::QueuedEvent {
        message_id: "m".into(),
        transaction: "T0".into(),
        stage: TransactionStage::Started,
        payload: "half a payl".into(),
        attempts: 0,
        offline: true,
    };
    store.commit(&Batch { events: vec![(1, Some(row))], ..Batch::default() }).expect("written");
    let mut bench = Bench::with(store);
    bench.input(Input::Connected);
    bench.answer(json!({ "status": "Accepted", "currentTime": "2026-03-02T06:00:00Z", "interval": 300 }));
    assert!(bench.log.contains("TransactionEvent is given up and never sent"), "{}", bench.log);
    assert_eq!(in_the_file(&mut bench).0, Vec::<String>::new());
}

#[test]
fn a_queue_that_only_grows_keeps_the_beginning_and_the_end_of_each_transaction_and_stays_bounded() {
    let mut bench = Bench::new();
    for n in 0..2_500 {
        let stage = if n == 0 { TransactionStage::Started } else { TransactionStage::Updated };
        bench.report(stage, TriggerReason::MeterValuePeriodic);
    }
    bench.report(TransactionStage::Ended, TriggerReason::StopAuthorized);
    let (events, _) = in_the_file(&mut bench);
    assert!(events.len() < 2_000, "{}", events.len());
    assert_eq!((events.first(), events.last()), (Some(&"Started 0".to_owned()), Some(&"Ended 2500".to_owned())));
}

#[test]
fn thousands_of_transactions_that_were_never_told_are_bounded_and_what_is_given_up_is_told_once() {
    let mut bench = Bench::new();
    bench.store_fault = Some(Some(full()));
    for n in 0..10_100 {
        bench.report_in(&format!("T{n}"), TransactionStage::Ended, TriggerReason::StopAuthorized);
    }
    let told: Vec<&str> = bench.log.lines().filter(|line| line.contains("given up")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    bench.store_fault = None;
    bench.later(60);
    assert_eq!(in_the_file(&mut bench).0.len(), 10_000);
}
