//! The service between a supply and the session, on a clock that jumps.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use hardware::{ErrorKind, LinkError, SupplyCapabilities, SupplyReading, SupplyTarget};
use tokio::time::sleep;

use super::*;
use crate::services::testing::{self, Diary};

/// A supply, and a diary.
#[derive(Clone, Debug)]
struct Bench(Rc<RefCell<Inside>>);

#[derive(Debug)]
struct Inside {
    diary: Diary,
    /// How long an answer takes, an order, and to switch off.
    takes: [Duration; 3],
    /// What it answers to whoever switches it off.
    off: Result<(), ErrorKind>,
}

impl Bench {
    fn write(&self, what: &str) {
        self.0.borrow().diary.write(what);
    }

    fn takes(&self, answer: u64, order: u64, off: u64) {
        self.0.borrow_mut().takes = [answer, order, off].map(Duration::from_millis);
    }

    /// What was written since it was read last.
    fn read(&self) -> Vec<String> {
        self.0.borrow().diary.read()
    }

    async fn pass(&self, which: usize) {
        let time = self.0.borrow().takes[which];
        sleep(time).await;
    }
}

impl PowerSupplyDc for Bench {
    type Error = LinkError;

    async fn capabilities(&mut self) -> Result<SupplyCapabilities, LinkError> {
        Err(LinkError::new(ErrorKind::Refused, "supply", "nobody asks"))
    }

    async fn set(&mut self, _: SupplyTarget) -> Result<(), LinkError> {
        self.write("set");
        self.pass(1).await;
        self.write("is set");
        Ok(())
    }

    async fn switch(&mut self, on: bool) -> Result<(), LinkError> {
        self.write(if on { "on" } else { "off" });
        self.pass(if on { 1 } else { 2 }).await;
        let off = self.0.borrow().off;
        if on { Ok(()) } else { off.map_err(|kind| LinkError::new(kind, "supply", "no answer")) }
    }

    async fn read(&mut self) -> Result<SupplyReading, LinkError> {
        self.pass(0).await;
        Ok(SupplyReading::default())
    }
}

/// Runs the service beside a story; what it tells the session is in the diary too.
async fn story(tell: impl AsyncFnOnce(&Bench, &Port)) {
    let diary = Diary::new();
    let inside = Inside { diary: diary.clone(), takes: [Duration::ZERO; 3], off: Ok(()) };
    let bench = Bench(Rc::new(RefCell::new(inside)));
    let config = DcConfig { interval_ms: 250, lost_after_s: 5, insulation_min_kohm: 100 };
    testing::story(
        &diary,
        async |port, inbox| supply(port, inbox, config, Log::memory(), Some(bench.clone())).await,
        |call| match call {
            SessionCall::Supply(state) => format!("{state:?}"),
            other => format!("{other:?}"),
        },
        async |session| {
            sleep(Duration::from_millis(100)).await;
            assert_eq!(bench.read(), ["0 off", "0 -> Ok(())"]);
            tell(&bench, session).await;
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_neither_for_an_answer_nor_for_an_order() {
    story(async |bench, session| {
        bench.takes(4_000, 10_000, 0);
        sleep(Duration::from_secs(1)).await;
        // In the middle of an answer that takes four seconds.
        session.tell(SupplyCall::Stop);
        sleep(Duration::from_millis(100)).await;
        assert_eq!(bench.read(), ["1100 off"]);
        session.tell(SupplyCall::Set(SupplyTarget::default()));
        session.tell(SupplyCall::Switch(true));
        sleep(Duration::from_secs(1)).await;
        session.tell(SupplyCall::Stop);
        sleep(Duration::from_secs(30)).await;
        // What was asked for before the stop is not done after it.
        let diary = bench.read();
        assert_eq!(diary.last().map(|line| line.split_once(' ').map(|(_, what)| what)), Some(Some("off")), "{diary:?}");
        assert!(!diary.iter().any(|line| line.ends_with("on") || line.ends_with("is set")), "{diary:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_supply_that_did_not_hear_the_stop_is_told_again_until_it_does() {
    story(async |bench, session| {
        bench.0.borrow_mut().off = Err(ErrorKind::TimedOut);
        session.tell(SupplyCall::Stop);
        sleep(Duration::from_millis(600)).await;
        bench.0.borrow_mut().off = Ok(());
        sleep(Duration::from_secs(10)).await;
        assert_eq!(bench.read(), ["100 off", "250 off", "500 off", "750 off"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_supply_that_is_switched_on_again_is_not_stopped_any_more() {
    story(async |bench, session| {
        bench.0.borrow_mut().off = Err(ErrorKind::TimedOut);
        session.tell(SupplyCall::Switch(false));
        sleep(Duration::from_millis(50)).await;
        session.tell(SupplyCall::Switch(true));
        sleep(Duration::from_secs(10)).await;
        assert_eq!(bench.read(), ["100 off", "150 on"]);
    })
    .await;
}
