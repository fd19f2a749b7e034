//! The driver against the monitor's model, on a clock that jumps.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use devices::dc::{DcCircuit, Rating};
use devices::isocha425::{IsoCha425 as Model, MonitorFault};
use devices::modbus::RegisterBank as _;
use hardware::{ErrorKind, InsulationMonitor as _, InsulationReading, LinkError};
use tokio::time::{Instant, sleep};
use units::{Instant as Now, Milliamps, Millivolts, Ohms};
use wire::isocha425::{CABLE_CHECK, TEST_AT_START};
use wire::modbus::{Exception, Table};

use super::*;

/// What the driver asks, answered by the model.
#[derive(Clone, Debug)]
struct Bench(Rc<RefCell<Inside>>);

#[derive(Debug)]
struct Inside {
    model: Model,
    began: Instant,
    asked: Vec<Now>,
    /// So many questions from now on get no answer.
    misses: usize,
    /// What every register shows instead.
    shows: Option<[u16; 4]>,
}

impl Bench {
    fn now(&self) -> Now {
        Now::from(self.0.borrow().began.elapsed())
    }

    fn answer<T>(&self, serve: impl FnOnce(&mut Inside, Now) -> Result<T, Exception>) -> Result<T, LinkError> {
        let now = self.now();
        let mut inside = self.0.borrow_mut();
        inside.asked.push(now);
        if inside.misses > 0 {
            inside.misses -= 1;
            return Err(self.error(ErrorKind::TimedOut, "no answer".into()));
        }
        serve(&mut inside, now).map_err(|exception| self.error(ErrorKind::Refused, exception.to_string()))
    }
}

impl Registers for Bench {
    async fn read(&mut self, address: u16, count: u16) -> Result<Vec<u16>, LinkError> {
        self.answer(|inside, now| match inside.shows.filter(|_| count == 4) {
            Some(words) => Ok(words.to_vec()),
            None => inside.model.read(now, Table::Holding, address, count),
        })
    }

    async fn write(&mut self, address: u16, value: u16) -> Result<(), LinkError> {
        self.answer(|inside, now| inside.model.write(now, address, &[value]))
    }

    fn error(&self, kind: ErrorKind, what: String) -> LinkError {
        LinkError::new(kind, "imd", what)
    }
}

/// A monitor on a circuit at 500 V.
fn bench() -> (IsoCha425<Bench>, Bench, DcCircuit) {
    let circuit = DcCircuit::new(Rating::default());
    circuit.set_target(Now::ZERO, Millivolts::from_volts(500), Milliamps::from_amps(1));
    circuit.switch(Now::ZERO, true);
    let inside =
        Inside { model: Model::new(circuit.clone()), began: Instant::now(), asked: vec![], misses: 0, shows: None };
    let bench = Bench(Rc::new(RefCell::new(inside)));
    (IsoCha425::new(bench.clone()), bench, circuit)
}

#[tokio::test(start_paused = true)]
async fn it_measures_when_told_and_sees_faults_of_both_lines() {
    let (mut monitor, bench, circuit) = bench();
    assert_eq!(monitor.read().await.expect("it reads").resistance, None, "it does not measure yet");
    assert_eq!(bench.0.borrow().model.setting(CABLE_CHECK), Some(3), "set up");
    assert_eq!(bench.0.borrow().model.setting(TEST_AT_START), Some(0));
    monitor.measure(true).await.expect("it begins");
    sleep(Duration::from_secs(5)).await;
    let good = InsulationReading { resistance: Some(Ohms(1_000_000)), voltage: Millivolts(500_000) };
    assert_eq!(monitor.read().await, Ok(good), "its highest");
    for (plus, minus) in [(None, Some(Ohms(100_000))), (Some(Ohms(100_000)), None)] {
        circuit.set_leakage(bench.now(), plus, minus);
        assert_eq!(monitor.read().await.expect("it reads").resistance, Some(Ohms(100_000)));
    }
    monitor.measure(false).await.expect("it ends");
    assert_eq!(monitor.read().await.expect("it reads").resistance, None);
}

#[tokio::test(start_paused = true)]
async fn a_self_test_passes_fails_or_never_ends_and_leaves_it_as_it_was() {
    let (mut monitor, bench, _) = bench();
    let cases = [
        (MonitorFault::None, Ok(()), 8..10),
        (MonitorFault::TestFails, Err(ErrorKind::Refused), 8..10),
        (MonitorFault::TestHangs, Err(ErrorKind::TimedOut), 30..31),
    ];
    for was_on in [false, true] {
        for (fault, expected, seconds) in cases.clone() {
            monitor.measure(was_on).await.expect("it is told");
            bench.0.borrow_mut().model.set_fault(fault);
            let began = bench.now();
            let tested = monitor.self_test().await;
            assert_eq!(tested.map_err(|error| error.kind), expected, "{fault:?}");
            assert!(seconds.contains(&bench.now().since(began).as_secs()), "{fault:?}");
            assert_eq!(bench.0.borrow().model.measures(), was_on, "{fault:?}");
            bench.0.borrow_mut().model.set_fault(MonitorFault::None);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_missed_during_a_test_does_not_fail_it() {
    let (mut monitor, bench, _) = bench();
    monitor.measure(true).await.expect("it begins");
    let busy = async {
        sleep(Duration::from_secs(3)).await;
        bench.0.borrow_mut().misses = 4;
    };
    let (tested, ()) = tokio::join!(monitor.self_test(), busy);
    assert_eq!(tested, Ok(()));
    assert_eq!(bench.0.borrow().misses, 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_valid_value_there_is_none() {
    let (mut monitor, bench, _) = bench();
    monitor.measure(true).await.expect("it begins");
    sleep(Duration::from_secs(5)).await;
    bench.0.borrow_mut().model.set_fault(MonitorFault::NoValue);
    assert_eq!(monitor.read().await.expect("it reads").resistance, None);
}

#[tokio::test(start_paused = true)]
async fn a_device_error_a_wrong_unit_and_exchanged_words_are_errors() {
    let (mut monitor, bench, _) = bench();
    for (shows, kind, what) in [
        ([0x4974, 0x2400, 0x0202, 71], ErrorKind::Garbled, "register 1008 is in Ohm, expected Volt"),
        ([0x2400, 0x4974, 0x0002, 71], ErrorKind::Garbled, "register 1000 is 2.782e-17 Ohm"),
        ([0x43fa, 0, 0x0004, 76], ErrorKind::Garbled, "register 1000 is in Volt, expected Ohm"),
        ([0x7fc0, 0, 0x0002, 71], ErrorKind::Garbled, "register 1000 is NaN Ohm"),
        ([0xc974, 0x2400, 0x0002, 71], ErrorKind::Garbled, "register 1000 is -1.000e6 Ohm"),
    ] {
        bench.0.borrow_mut().shows = Some(shows);
        let error = monitor.read().await.expect_err(what);
        assert_eq!((error.kind, error.what.as_str()), (kind, what));
    }
    bench.0.borrow_mut().shows = None;
    bench.0.borrow_mut().model.set_fault(MonitorFault::TestFails);
    let tested = monitor.self_test().await;
    assert_eq!(tested.map_err(|error| error.kind), Err(ErrorKind::Refused));
    let error = monitor.read().await.expect_err("broken");
    assert_eq!(error.to_string(), "imd: refused: it reports a device error");
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_does_not_answer_at_first_is_set_up_later() {
    let (mut monitor, bench, _) = bench();
    bench.0.borrow_mut().misses = 1;
    assert_eq!(monitor.measure(true).await.map_err(|error| error.kind), Err(ErrorKind::TimedOut));
    monitor.measure(true).await.expect("now it answers");
    assert_eq!(bench.0.borrow().model.setting(CABLE_CHECK), Some(3));
}

#[tokio::test(start_paused = true)]
async fn a_test_that_was_never_seen_is_none_and_a_short_one_is() {
    for (lasts, expected) in [(0, Err("imd: refused: no self-test was seen".to_owned())), (150, Ok(()))] {
        let (mut monitor, bench, _) = bench();
        monitor.measure(true).await.expect("it begins");
        sleep(Duration::from_secs(5)).await;
        let good = [0x4974, 0x2400, 0x0002, 71];
        let testing = [0x4974, 0x2400, 0x8002, 71];
        let shows = async {
            bench.0.borrow_mut().shows = Some(if lasts == 0 { good } else { testing });
            sleep(Duration::from_millis(lasts)).await;
            bench.0.borrow_mut().shows = Some(good);
        };
        let (tested, ()) = tokio::join!(monitor.self_test(), shows);
        assert_eq!(tested.map_err(|error| error.to_string()), expected, "{lasts} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_started_anew_is_set_up_and_measures_again() {
    let (mut monitor, bench, circuit) = bench();
    monitor.measure(true).await.expect("it begins");
    sleep(Duration::from_secs(5)).await;
    monitor.read().await.expect("it reads");
    // Its power is gone for a moment.
    bench.0.borrow_mut().misses = 1;
    bench.0.borrow_mut().model = Model::new(circuit);
    assert_eq!(monitor.read().await.map_err(|error| error.kind), Err(ErrorKind::TimedOut));
    monitor.read().await.expect("it reads");
    assert_eq!(bench.0.borrow().model.setting(CABLE_CHECK), Some(3));
    assert!(bench.0.borrow().model.measures());
    sleep(Duration::from_secs(5)).await;
    assert_eq!(monitor.read().await.expect("it reads").resistance, Some(Ohms(1_000_000)));
}

#[tokio::test(start_paused = true)]
async fn a_test_that_was_given_up_leaves_it_as_it_was() {
    for was_on in [false, true] {
        let (mut monitor, bench, _) = bench();
        monitor.measure(was_on).await.expect("it is told");
        let given_up = tokio::time::timeout(Duration::from_secs(2), monitor.self_test()).await;
        assert!(given_up.is_err());
        assert!(bench.0.borrow().model.measures());
        monitor.read().await.expect("it reads");
        assert_eq!(bench.0.borrow().model.measures(), was_on);
    }
}
