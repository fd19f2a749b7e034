//! The host starts again: what the station knows of a transaction that goes on.

use super::*;

/// A store that several runs share.
struct Disk(std::path::PathBuf);

impl Disk {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("plugfest-restart-{}-{name}", std::process::id()));
        drop(std::fs::remove_file(&path));
        Self(path)
    }

    /// The station, started at that second of the day.
    fn start(&self, second: i64) -> Bench {
        let config = config();
        let epoch_micros = config.epoch_micros + second * 1_000_000;
        let mut bench = Bench::of(Config { epoch_micros, ..config }, Sqlite::open(&self.0).expect("a store"));
        bench.input(Input::Connected);
        bench.answer(json!({ "status": "Accepted", "currentTime": "2026-03-02T06:00:00Z", "interval": 300 }));
        bench
    }
}

fn falls_after_a_minute() -> Value {
    json!({ "id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod":
        [{ "startPeriod": 0, "limit": 16.0 }, { "startPeriod": 60, "limit": 10.0 }] })
}

#[test]
fn a_default_profile_holds_for_the_next_transaction_too() {
    let disk = Disk::new("default");
    disk.start(0).profile("TxDefaultProfile", falls_after_a_minute());
    let mut bench = disk.start(100);
    bench.report(TransactionStage::Started, TriggerReason::Authorized);
    assert!(bench.log.contains("limit Some(16000) None"), "{}", bench.log);
}

#[test]
fn the_profile_of_a_transaction_that_goes_on_goes_on_and_counts_from_its_beginning() {
    let disk = Disk::new("goes-on");
    disk.start(0)
        .report(TransactionStage::Started, TriggerReason::Authorized)
        .profile("TxProfile", falls_after_a_minute());
    let mut bench = disk.start(40);
    // Before anything is reported: the limit is there when the board is.
    assert!(bench.log.starts_with("0 s limit Some(16000) None"), "{}", bench.log);
    bench.log.clear();
    bench.later(19).later(1);
    assert!(bench.log.contains("20 s limit Some(10000) None"), "{}", bench.log);
    // It can be named.
    bench.csms("GetTransactionStatus", json!({ "transactionId": "T1" }));
    assert!(bench.log.contains("\"ongoingIndicator\":true"), "{}", bench.log);
}

#[test]
fn the_profile_of_a_transaction_that_ends_ends_in_the_store_too() {
    let disk = Disk::new("ends");
    disk.start(0)
        .report(TransactionStage::Started, TriggerReason::Authorized)
        .profile("TxProfile", falls_after_a_minute());
    disk.start(40).report(TransactionStage::Ended, TriggerReason::AbnormalCondition);
    let contents = Sqlite::open(&disk.0).expect("a store").load().expect("readable");
    let kinds: Vec<&str> = contents.values.iter().map(|((kind, _), _)| kind.as_str()).collect();
    assert!(!kinds.contains(&"profile") && !kinds.contains(&"beginning"), "{kinds:?}");
    let mut bench = disk.start(80);
    assert!(!bench.log.contains("limit"), "{}", bench.log);
    bench.report_in("T2", TransactionStage::Started, TriggerReason::Authorized);
    assert!(!bench.log.contains("limit"), "{}", bench.log);
}

#[test]
fn a_token_is_told_at_the_end_where_the_charger_tells_it() {
    let mut bench = Bench::booted();
    bench.report(TransactionStage::Started, TriggerReason::Authorized).answer(json!({}));
    bench.report(TransactionStage::Ended, TriggerReason::AbnormalCondition);
    assert_eq!(bench.last[3]["idToken"]["idToken"], "04A1");
}
