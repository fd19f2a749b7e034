//! The driver against the module's model, on a bus inside the process and a clock that jumps.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use devices::CanNode as _;
use devices::dc::{DcCircuit, Rating, Source};
use devices::rectifier::{Protocol, Rectifier, RectifierFault};
use tokio::time::{Instant, sleep};
use units::{Instant as Now, Ohms, Watts};
use wire::CanFrame;

use super::*;

/// A bus with one module, and what went over it.
#[derive(Clone, Debug)]
struct TestBus(Rc<RefCell<Inside>>);

#[derive(Debug)]
struct Inside {
    module: Rectifier,
    began: Instant,
    gone: bool,
    /// Frames of others that arrive before the next answer.
    noise: VecDeque<CanFrame>,
    /// Frames that arrived before the question.
    late: VecDeque<CanFrame>,
    /// So many frames of ours are lost.
    loses: u32,
}

impl TestBus {
    fn now(&self) -> Now {
        Now::from(self.0.borrow().began.elapsed())
    }

    fn fault(&self, fault: RectifierFault) {
        let now = self.now();
        self.0.borrow_mut().module.set_fault(now, fault);
    }

    fn circuit(&self) -> DcCircuit {
        self.0.borrow().module.circuit().clone()
    }

    fn volts(&self) -> f64 {
        self.circuit().measure(self.now()).voltage.volts()
    }
}

impl Inside {
    fn next(&mut self, now: Now) -> Option<CanFrame> {
        self.noise.pop_front().or_else(|| self.module.transmit(now))
    }
}

impl CanBus for TestBus {
    async fn send(&mut self, frame: CanFrame) -> Result<(), LinkError> {
        let now = self.now();
        let mut inside = self.0.borrow_mut();
        if inside.gone {
            return Err(LinkError::new(ErrorKind::Disconnected, "can0", "does not send: no such device"));
        }
        if inside.loses > 0 {
            inside.loses -= 1;
        } else {
            inside.module.receive(now, frame);
        }
        Ok(())
    }

    async fn receive(&mut self) -> Result<CanFrame, LinkError> {
        loop {
            let now = self.now();
            let due = {
                let mut inside = self.0.borrow_mut();
                if inside.gone {
                    return Err(LinkError::new(ErrorKind::Disconnected, "can0", "does not receive: no such device"));
                }
                if let Some(frame) = inside.next(now) {
                    return Ok(frame);
                }
                inside.module.next_change().map(|at| inside.began + at.elapsed())
            };
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        }
    }

    fn drop_waiting(&mut self) -> Result<bool, LinkError> {
        let now = self.now();
        let mut inside = self.0.borrow_mut();
        let late = inside.late.pop_front();
        Ok(late.is_some() || inside.next(now).is_some())
    }
}

const ALL: [(Protocol, &str); 3] = [
    (Protocol::InfyPower, "can:can0?proto=infypower&module=1"),
    (Protocol::UuGreen, "can:can0?proto=uugreen&module=1"),
    (Protocol::Winline, "can:can0?proto=winline&module=1"),
];

fn bench((protocol, endpoint): (Protocol, &str)) -> (CanSupply<TestBus>, TestBus) {
    let module = Rectifier::new(protocol, 1, DcCircuit::new(Rating::default()));
    let inside =
        Inside { module, began: Instant::now(), gone: false, noise: VecDeque::new(), late: VecDeque::new(), loses: 0 };
    let bus = TestBus(Rc::new(RefCell::new(inside)));
    let settings = SupplySettings::of(&endpoint.parse().expect("an endpoint")).expect("settings");
    (CanSupply::new(bus.clone(), endpoint.into(), settings), bus)
}

fn target(volts: i32, amps: i32) -> SupplyTarget {
    SupplyTarget { voltage: Millivolts::from_volts(volts), current: Milliamps::from_amps(amps) }
}

fn kind<T>(result: Result<T, LinkError>) -> Result<T, ErrorKind> {
    result.map_err(|error| error.kind)
}

#[tokio::test(start_paused = true)]
async fn each_protocol_sets_switches_and_reads() {
    for which in ALL {
        let (mut supply, bus) = bench(which);
        let can = supply.capabilities().await.expect("it tells");
        assert_eq!((can.max_voltage, can.max_current), (Millivolts::from_volts(1000), Milliamps::from_amps(100)));
        assert_eq!(can.max_power, Watts(30_000));
        bus.circuit().set_load(bus.now(), Some(Ohms(50)));
        supply.set(target(400, 20)).await.expect("it sets");
        supply.switch(true).await.expect("it switches on");
        sleep(Duration::from_secs(6)).await;
        let reading = supply.read().await.expect("it reads");
        let expected = SupplyReading { voltage: Millivolts(400_000), current: Milliamps(8_000), on: true };
        assert_eq!(reading, expected, "{which:?}");
        supply.switch(false).await.expect("it switches off");
        sleep(Duration::from_secs(2)).await;
        let reading = supply.read().await.expect("it reads");
        assert!(!reading.on && reading.voltage < Millivolts::from_volts(1), "{which:?} {reading:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn set_before_or_after_on_is_the_same_even_for_a_module_that_forgets() {
    for which in ALL {
        for (first, forgets) in [(true, false), (true, true), (false, false), (false, true)] {
            let (mut supply, bus) = bench(which);
            if forgets {
                bus.0.borrow_mut().module.forgets_while_off();
            }
            if first {
                supply.set(target(450, 10)).await.expect("it sets");
                supply.switch(true).await.expect("it switches on");
            } else {
                supply.switch(true).await.expect("it switches on");
                assert!(bus.circuit().measure(bus.now()).current == Milliamps::ZERO);
                supply.set(target(450, 10)).await.expect("it sets");
            }
            sleep(Duration::from_secs(5)).await;
            assert_eq!(bus.volts(), 450.0, "{which:?}, set first: {first}, forgets: {forgets}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn reading_keeps_it_on_and_ten_seconds_without_switch_it_off() {
    for which in ALL {
        let (mut supply, bus) = bench(which);
        supply.set(target(500, 1)).await.expect("it sets");
        supply.switch(true).await.expect("it switches on");
        for _ in 0..30 {
            sleep(Duration::from_secs(1)).await;
            assert!(supply.read().await.expect("it reads").on);
        }
        assert_eq!(bus.volts(), 500.0);
        sleep(Duration::from_secs(12)).await;
        let reading = supply.read().await.expect("it hears us again");
        assert!(reading.voltage < Millivolts::from_volts(1), "{which:?} {reading:?}");
        // UUGreen has no word for off.
        assert_eq!(reading.on, which.0 == Protocol::UuGreen, "{which:?}");
        supply.switch(true).await.expect("it switches on again");
        sleep(Duration::from_secs(5)).await;
        assert_eq!(supply.read().await.expect("it reads").voltage, Millivolts::from_volts(500), "{which:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn exchanged_words_are_found_out() {
    for which in ALL {
        let (mut supply, bus) = bench(which);
        supply.set(target(400, 10)).await.expect("it sets");
        supply.switch(true).await.expect("it switches on");
        sleep(Duration::from_secs(5)).await;
        bus.fault(RectifierFault::WrongWordOrder);
        let error = supply.read().await.expect_err("no voltage at all");
        assert_eq!(error.kind, ErrorKind::Garbled, "{which:?}");
        assert!(error.what.contains("words in the right order"), "{error}");
        bus.fault(RectifierFault::None);
        assert!(supply.read().await.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn a_mute_module_times_out_and_counts_as_gone_after_fifteen_seconds() {
    for which in ALL {
        let (mut supply, bus) = bench(which);
        supply.read().await.expect("it reads");
        bus.fault(RectifierFault::Mute);
        let began = bus.now();
        let error = supply.read().await.expect_err("mute");
        assert_eq!(error.kind, ErrorKind::TimedOut);
        assert!(error.to_string().starts_with(which.1), "{error}");
        assert_eq!(bus.now().since(began), Duration::from_millis(400), "asked twice");
        sleep(Duration::from_secs(14)).await;
        assert_eq!(kind(supply.read().await.map(drop)), Err(ErrorKind::TimedOut));
        sleep(Duration::from_secs(1)).await;
        assert_eq!(kind(supply.read().await.map(drop)), Err(ErrorKind::Disconnected));
        bus.fault(RectifierFault::None);
        assert!(supply.read().await.is_ok(), "{which:?}");
        // Only silence upon questions counts, not that nobody asked.
        sleep(Duration::from_secs(3600)).await;
        bus.fault(RectifierFault::Mute);
        assert_eq!(kind(supply.read().await.map(drop)), Err(ErrorKind::TimedOut));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_frame_is_sent_again() {
    for which in ALL {
        let (mut supply, bus) = bench(which);
        supply.set(target(400, 1)).await.expect("it sets");
        bus.0.borrow_mut().loses = 1;
        supply.switch(true).await.expect("the second time");
        sleep(Duration::from_secs(5)).await;
        bus.0.borrow_mut().loses = 1;
        assert_eq!(supply.read().await.expect("the second time").voltage, Millivolts::from_volts(400), "{which:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_vanishes_is_disconnected_at_once() {
    let (mut supply, bus) = bench(ALL[0]);
    supply.read().await.expect("it reads");
    bus.0.borrow_mut().gone = true;
    let began = bus.now();
    assert_eq!(kind(supply.read().await.map(drop)), Err(ErrorKind::Disconnected));
    assert_eq!(kind(supply.switch(false).await), Err(ErrorKind::Disconnected));
    assert_eq!(bus.now(), began);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_refused_here_and_what_the_module_refuses_too() {
    for which in ALL {
        let (mut supply, bus) = bench(which);
        for impossible in [target(1001, 1), target(149, 1), target(400, 101), target(400, -1)] {
            let error = supply.set(impossible).await.expect_err("out of range");
            assert_eq!(error.kind, ErrorKind::Refused, "{error}");
        }
        supply.set(target(400, 1)).await.expect("it sets");
        bus.fault(RectifierFault::Refuses);
        let refused = kind(supply.set(target(410, 1)).await);
        // UUGreen has no word for no: it does not acknowledge.
        let expected = if which.0 == Protocol::UuGreen { ErrorKind::TimedOut } else { ErrorKind::Refused };
        assert_eq!(refused, Err(expected), "{which:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hot_module_switches_off_and_says_why_it_stays_off() {
    for which in [ALL[0], ALL[2]] {
        let (mut supply, bus) = bench(which);
        supply.set(target(400, 1)).await.expect("it sets");
        supply.switch(true).await.expect("it switches on");
        sleep(Duration::from_secs(3)).await;
        bus.fault(RectifierFault::OverTemperature);
        assert!(!supply.read().await.expect("it still reads").on);
        let error = supply.switch(true).await.expect_err("too hot");
        assert_eq!(error.what, "it does not switch on: it is too hot");
        assert_eq!(error.kind, ErrorKind::Refused);
    }
}

#[tokio::test(start_paused = true)]
async fn uugreen_takes_the_range_the_voltage_needs_and_is_back_within_five_seconds() {
    let (mut supply, bus) = bench(ALL[1]);
    supply.set(target(400, 10)).await.expect("it sets");
    supply.switch(true).await.expect("it switches on");
    sleep(Duration::from_secs(4)).await;
    assert_eq!(bus.volts(), 400.0);
    let began = bus.now();
    supply.set(target(800, 10)).await.expect("it sets");
    assert!(bus.now().since(began) < Duration::from_secs(5));
    sleep(Duration::from_secs(4)).await;
    assert_eq!(bus.volts(), 800.0);
    let began = bus.now();
    supply.set(target(700, 10)).await.expect("it sets");
    assert_eq!(bus.now(), began, "the range is the same");
}

#[tokio::test(start_paused = true)]
async fn frames_of_others_and_late_answers_are_not_taken_for_the_answer() {
    let (mut supply, bus) = bench(ALL[0]);
    let frame = |id, data: &[u8]| CanFrame::new(id, data).expect("a frame");
    // 500 V: of this module from before, of another module, of another protocol.
    bus.0.borrow_mut().late = VecDeque::from([frame(0x0283_f001, &[0x43, 0xfa, 0, 0, 0, 0, 0, 0])]);
    bus.0.borrow_mut().noise = VecDeque::from([frame(0x0283_f002, &[0x43, 0xfa, 0, 0, 0, 0, 0, 0])]);
    assert_eq!(supply.read().await.expect("the module's own").voltage, Millivolts::ZERO);
    assert!(bus.0.borrow().late.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_cut_answer_is_garbled() {
    struct Cut;
    impl CanBus for Cut {
        async fn send(&mut self, _frame: CanFrame) -> Result<(), LinkError> {
            Ok(())
        }

        async fn receive(&mut self) -> Result<CanFrame, LinkError> {
            Ok(CanFrame::new(0x0283_f001, &[0x43]).expect("a frame"))
        }

        fn drop_waiting(&mut self) -> Result<bool, LinkError> {
            // A bus that never falls silent must not hold anybody up.
            Ok(true)
        }
    }
    let settings = SupplySettings::of(&ALL[0].1.parse().expect("an endpoint")).expect("settings");
    let mut supply = CanSupply::new(Cut, "can0".into(), settings);
    let error = supply.read().await.expect_err("one byte");
    assert_eq!(error.to_string(), "can0: garbled: read output: no answer of this protocol: 1 bytes");
}

#[tokio::test(start_paused = true)]
async fn pre_charge_and_charge_reach_their_values_in_time_and_without_overshoot() {
    let (mut supply, bus) = bench(ALL[0]);
    let circuit = bus.circuit();
    supply.set(target(380, 2)).await.expect("it sets");
    supply.switch(true).await.expect("it switches on");
    let mut highest = Millivolts::ZERO;
    for _ in 0..60 {
        sleep(Duration::from_millis(100)).await;
        highest = highest.max(supply.read().await.expect("it reads").voltage);
    }
    assert_eq!(highest, Millivolts::from_volts(380));
    circuit.connect(bus.now(), Some(Source { voltage: Millivolts::from_volts(380), milliohms: 100 }));
    supply.set(target(450, 50)).await.expect("it sets");
    sleep(Duration::from_secs(6)).await;
    let reading = supply.read().await.expect("it reads");
    assert_eq!((reading.voltage, reading.current), (Millivolts(385_000), Milliamps(50_000)));
}
