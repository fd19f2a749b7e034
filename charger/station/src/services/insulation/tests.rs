//! The service between an insulation monitor and the session, on a clock that jumps.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use hardware::{ErrorKind, LinkError};
use tokio::time::sleep;
use units::{Millivolts, Ohms};

use super::*;
use crate::services::testing::{self, Diary};

/// A monitor, and a diary.
#[derive(Clone, Debug)]
struct Bench(Rc<RefCell<Inside>>);

#[derive(Debug)]
struct Inside {
    diary: Diary,
    /// What the monitor answers.
    reading: Result<Option<Ohms>, ErrorKind>,
}

impl Bench {
    fn write(&self, what: &str) {
        self.0.borrow().diary.write(what);
    }

    fn shows(&self, reading: Result<Option<Ohms>, ErrorKind>) {
        self.0.borrow_mut().reading = reading;
    }

    /// What was written since it was read last.
    fn read(&self) -> Vec<String> {
        self.0.borrow().diary.read()
    }
}

impl InsulationMonitor for Bench {
    type Error = LinkError;

    async fn measure(&mut self, on: bool) -> Result<(), LinkError> {
        self.write(if on { "measure" } else { "rest" });
        Ok(())
    }

    async fn read(&mut self) -> Result<InsulationReading, LinkError> {
        let reading = self.0.borrow().reading;
        let resistance = reading.map_err(|kind| LinkError::new(kind, "imd", "no answer"))?;
        Ok(InsulationReading { resistance, voltage: Millivolts::ZERO })
    }

    async fn self_test(&mut self) -> Result<(), LinkError> {
        self.write("test");
        sleep(Duration::from_secs(30)).await;
        self.write("tested");
        Ok(())
    }
}

/// Runs the service beside a story; what it tells the session is in the diary too.
async fn story(tell: impl AsyncFnOnce(&Bench, &Port)) {
    let diary = Diary::new();
    let bench = Bench(Rc::new(RefCell::new(Inside { diary: diary.clone(), reading: Ok(None) })));
    let config = DcConfig { interval_ms: 250, lost_after_s: 5, insulation_min_kohm: 100 };
    testing::story(
        &diary,
        async |port, inbox| insulation(port, inbox, config, Log::memory(), Some(bench.clone())).await,
        |call| match call {
            SessionCall::Insulation(input) => format!("{input:?}"),
            other => format!("{other:?}"),
        },
        async |session| {
            sleep(Duration::from_millis(100)).await;
            assert_eq!(bench.read(), ["0 -> Monitor(Ok(()))"]);
            tell(&bench, session).await;
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_during_a_self_test_is_done_after_it() {
    story(async |bench, session| {
        session.tell(InsulationCall::Test);
        sleep(Duration::from_secs(1)).await;
        session.tell(InsulationCall::Measure(true));
        sleep(Duration::from_secs(31)).await;
        assert_eq!(bench.read(), ["100 test", "30100 tested", "30100 measure"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_measures_and_has_no_value_is_lost_after_a_while() {
    story(async |bench, session| {
        // As long as nobody wants a value, none is missed.
        sleep(Duration::from_secs(60)).await;
        session.tell(InsulationCall::Measure(true));
        sleep(Duration::from_secs(8)).await;
        bench.shows(Ok(Some(Ohms(500_000))));
        sleep(Duration::from_secs(8)).await;
        assert_eq!(bench.read(), ["60100 measure"]);
        bench.shows(Ok(None));
        sleep(Duration::from_secs(30)).await;
        let blind = "-> Monitor(Err(\"it measures and has no valid value for 10 s\"))";
        assert_eq!(bench.read(), [format!("86000 {blind}")]);
        bench.shows(Ok(Some(Ohms(500_000))));
        sleep(Duration::from_secs(1)).await;
        assert_eq!(bench.read(), ["106250 measure", "106250 -> Monitor(Ok(()))"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_comes_back_is_told_again_to_measure_and_has_time_to_begin() {
    story(async |bench, session| {
        session.tell(InsulationCall::Measure(true));
        bench.shows(Err(ErrorKind::TimedOut));
        sleep(Duration::from_secs(20)).await;
        let lost = "-> Monitor(Err(\"imd: timed out: no answer\"))";
        assert_eq!(bench.read(), ["100 measure".to_owned(), format!("5000 {lost}")]);
        bench.shows(Ok(None));
        sleep(Duration::from_secs(8)).await;
        assert_eq!(bench.read(), ["20250 measure", "20250 -> Monitor(Ok(()))"]);
    })
    .await;
}
