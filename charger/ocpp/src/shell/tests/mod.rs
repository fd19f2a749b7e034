//! The link against peers that flood, hang, read slowly or not at all. Time is the runtime's and stands still while anything
//! runs; nothing here waits for a real one.

mod bench;

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;
use units::{EvseId, Milliamps};

use crate::types::Local;
use bench::{Bench, Line, Peer, booted, converse, story};
use session::words::{ConnectorStatus, IdToken, TokenKind, TransactionReport, TransactionStage, TriggerReason};

const GARBAGE: &str = "]] this is no OCPP [[";

fn call(id: &str, action: &str, payload: &serde_json::Value) -> String {
    json!([2, id, action, payload]).to_string()
}

fn list_version(id: &str) -> String {
    call(id, "GetLocalListVersion", &json!({}))
}

fn report(stage: TransactionStage) -> Local {
    Local::Transaction(TransactionReport {
        evse: EvseId::FIRST,
        transaction: "T1".into(),
        stage,
        at: units::Instant::ZERO,
        trigger: TriggerReason::MeterValuePeriodic,
        charging_state: None,
        token: None,
        remote_start_id: None,
        reservation: None,
        stopped: None,
        meter: Vec::new(),
        cable_max: Some(Milliamps::from_amps(32)),
        phases_used: None,
    })
}

fn authorize(ticket: u64) -> Local {
    Local::Authorize { ticket, token: IdToken { id: "04A1".into(), kind: TokenKind::ISO14443 } }
}

/// Sends that many frames as fast as they are taken, and lets the charger have something to tell now and then.
async fn flood(line: &Line, bench: &Bench, frames: usize, frame: impl Fn(usize) -> String) {
    for n in 0..frames {
        line.send(frame(n), n % 1_000 == 999).await;
        if n % 1_000 == 0 {
            let status = if n % 2_000 == 0 { ConnectorStatus::Occupied } else { ConnectorStatus::Available };
            bench.tell(Local::Status { evse: EvseId::FIRST, status });
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_garbage_is_passed_over_and_the_next_correct_call_is_answered() {
    story(async |bench| {
        let (line, stream) = Line::of(booted(bench).await);
        let asked = async {
            flood(&line, bench, 140_000, |_| GARBAGE.into()).await;
            line.send(list_version("probe"), true).await;
            bench.now()
        };
        let (asked, answered) = tokio::join!(asked, converse(bench, &line, stream, "probe"));
        assert!(answered.at - asked < Duration::from_secs(5), "asked at {asked}, answered at {}", answered.at);
        // The charger's own messages got through meanwhile.
        assert!(answered.calls.iter().any(|action| action == "StatusNotification"), "{:?}", answered.calls);
        let told = bench.told();
        assert!(told.frames < 1_000, "{} frames are recorded", told.frames);
        assert!(told.notices.len() < 500, "{} notices", told.notices.len());
        assert!(told.notices.iter().any(|notice| notice.contains("sends faster than it is answered")));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_correct_calls_keeps_no_transaction_event_away() {
    story(async |bench| {
        let (line, stream) = Line::of(booted(bench).await);
        let floods = async {
            for stage in [
                TransactionStage::Started,
                TransactionStage::Updated,
                TransactionStage::Updated,
                TransactionStage::Ended,
            ] {
                bench.tell(report(stage));
                flood(&line, bench, 10_000, |n| list_version(&format!("n{n}"))).await;
            }
            sleep(Duration::from_secs(5)).await;
            line.send(list_version("probe"), true).await;
        };
        let ((), answered) = tokio::join!(floods, converse(bench, &line, stream, "probe"));
        let events = answered.calls.iter().filter(|action| *action == "TransactionEvent").count();
        assert_eq!(events, 4, "{:?}", answered.calls);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_floods_and_never_reads_is_given_up_and_holds_up_nobody() {
    bench::with_pipe(1_024, async |bench| {
        let mut peer = booted(bench).await;
        let began = bench.now();
        let floods = async {
            // Its own sending fails as soon as it is given up.
            while peer.feed(Message::text(list_version("n"))).await.is_ok() && peer.flush().await.is_ok() {
                sleep(Duration::from_millis(1)).await;
            }
            bench.now()
        };
        let charges = async {
            sleep(Duration::from_secs(10)).await;
            bench.tell(Local::Keep { name: "session".into(), value: Some("it goes on".into()) });
            bench.tell(authorize(1));
            sleep(Duration::from_millis(1)).await;
            bench.stored("session")
        };
        let (ended, stored) = tokio::join!(floods, charges);
        assert_eq!(stored.as_deref(), Some("it goes on"), "while the peer takes nothing");
        assert!(ended - began < Duration::from_secs(25), "{ended}");
        let told = bench.told();
        assert!(told.says("Offline") && told.says("took nothing for 20 s"), "{:?}", told.notices.last());
        assert!(told.says("Authorized { ticket: 1, outcome: NoAnswer }"), "the driver is told");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_keeps_its_connection_as_long_as_it_takes_anything() {
    bench::with_pipe(300, async |bench| {
        let mut peer = booted(bench).await;
        let report = call("report", "GetBaseReport", &json!({ "requestId": 1, "reportBase": "FullInventory" }));
        peer.send(Message::text(report)).await.expect("the station reads");
        let mut taken = Vec::new();
        let mut buffer = [0; 70];
        for _ in 0..50 {
            sleep(Duration::from_secs(1)).await;
            let length = peer.get_mut().read(&mut buffer).await.expect("it is connected");
            taken.extend_from_slice(&buffer[..length]);
        }
        assert!(taken.len() >= 2_000, "{} bytes", taken.len());
        assert!(!bench.told().says("Offline"), "{:?}", bench.told().notices);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_half_open_connection_is_noticed_by_its_ping() {
    story(async |bench| {
        let peer = booted(bench).await;
        sleep(Duration::from_secs(79)).await;
        assert!(!bench.told().says("Offline"));
        sleep(Duration::from_secs(2)).await;
        assert!(bench.told().says("did not answer a ping within 20 s"), "{:?}", bench.told().notices);
        drop(peer);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_close_behind_a_flood_is_noticed_at_once() {
    story(async |bench| {
        let mut peer = booted(bench).await;
        let began = bench.now();
        for _ in 0..5_000 {
            peer.feed(Message::text(GARBAGE)).await.expect("the station reads on");
        }
        // Whether its own end is heard does not matter to the peer.
        drop(peer.close(None).await);
        while !bench.told().says("closed the connection") {
            tokio::task::yield_now().await;
            assert!(bench.now() - began < Duration::from_secs(1), "{:?}", bench.told().notices.last());
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_dial_that_hangs_holds_up_neither_a_driver_nor_the_store() {
    story(async |bench| {
        bench.set_peer(Peer::Hangs);
        drop(booted(bench).await);
        // It is being dialled again by now, in vain.
        sleep(Duration::from_secs(5)).await;
        bench.tell(authorize(7));
        bench.tell(Local::Keep { name: "session".into(), value: Some("kept".into()) });
        sleep(Duration::from_millis(1)).await;
        assert!(bench.told().says("Authorized { ticket: 7, outcome: NoAnswer }"), "{:?}", bench.told().notices);
        assert_eq!(bench.stored("session").as_deref(), Some("kept"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_accepts_and_hangs_up_is_dialled_less_and_less_often() {
    story(async |bench| {
        let mut dialled = Vec::new();
        for _ in 0..7 {
            drop(bench.accept().await);
            dialled.push(bench.now());
        }
        let pauses: Vec<u64> = dialled.windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect();
        // 1 s, doubled four times, and up to 2 s at random.
        let least = [1, 2, 4, 8, 16, 16];
        assert!(pauses.iter().zip(least).all(|(pause, least)| (least..=least + 2).contains(pause)), "{pauses:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_silent_holds_up_no_answer_and_no_driver() {
    story(async |bench| {
        let (line, stream) = Line::of(booted(bench).await);
        bench.hold_store(true);
        bench.tell(report(TransactionStage::Started));
        let asks = async {
            sleep(Duration::from_secs(10)).await;
            bench.tell(authorize(3));
            sleep(Duration::from_secs(1)).await;
            line.send(list_version("probe"), true).await;
        };
        let ((), answered) = tokio::join!(asks, converse(bench, &line, stream, "probe"));
        assert_eq!(answered.calls, ["Authorize"], "and no event before it is durable");
        assert!(bench.told().says("Authorized { ticket: 3, outcome: Accepted"), "{:?}", bench.told().notices);
    })
    .await;
}
