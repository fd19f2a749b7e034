//! What the meter shows, and what is lost.

use std::time::Duration;

use hardware::MeterReading;
use iec61851::{Event, Fault, PilotState};
use units::{Milliamps, MilliwattHours, PerPhase, Watts};

use super::bench::Bench;
use crate::*;

#[test]
fn a_meter_that_is_lost_pauses_after_a_while_and_not_at_once() {
    let mut bench = Bench::charging();
    for _ in 0..2 {
        bench.now = bench.now + Duration::from_secs(1);
        bench.input(Input::Reading(Err("no answer".into())));
    }
    assert!(bench.allowed);
    bench.now = bench.now + Duration::from_secs(1);
    bench.input(Input::Reading(Err("no answer".into())));
    assert!(!bench.allowed && bench.log.contains("MeterLost"), "{}", bench.log);
}

#[test]
fn a_meter_of_which_nothing_is_heard_is_lost_whoever_keeps_silent() {
    let mut bench = Bench::charging();
    bench.now = bench.now + Duration::from_millis(9_999);
    bench.input(Input::Timeout);
    assert!(bench.allowed, "it may be slow");
    bench.now = bench.now + Duration::from_millis(1);
    assert_eq!(bench.coordinator.deadline(), Some(bench.now));
    bench.input(Input::Timeout);
    assert!(!bench.allowed && bench.log.contains("the meter has said nothing for 10 s"), "{}", bench.log);
}

#[test]
fn a_register_that_stands_still_ends_the_transaction_at_the_last_true_reading() {
    let mut bench = Bench::charging();
    bench.pass(60);
    bench.log.clear();
    let stands = bench.register;
    for _ in 0..60 {
        bench.now = bench.now + Duration::from_secs(1);
        bench.read().input(Input::Timeout);
    }
    assert_eq!(bench.register, stands);
    assert_eq!(
        bench.log,
        "  115 FaultDetected { fault: MeterImplausible, mrec: None, detail: \"the meter's register stands still since 45 s, \
         in which its power makes 0.138 kWh\" }
  115 ChargingFinished
  115 pilot X1
  115 -> Faulted
  117 -> Ended AbnormalCondition Other
  117 TransactionFinished { transaction: \"00000000-0000-4000-8000-000000000001\", energy: MilliwattHours(210000) }
"
    );
}

#[test]
fn a_meter_that_shows_nothing_for_two_seconds_makes_no_bill_and_no_trouble() {
    let mut bench = Bench::charging();
    bench.pass(60);
    bench.log.clear();
    let register = std::mem::take(&mut bench.register);
    for _ in 0..2 {
        bench.now = bench.now + Duration::from_secs(1);
        bench.read();
    }
    // The car leaves while it does.
    bench.car(PilotState::A);
    assert!(!bench.log.contains("Ended"), "{}", bench.log);
    bench.register = register;
    bench.pass(1);
    let ended = "energy: MilliwattHours(210000)";
    assert!(bench.log.contains(ended) && !bench.log.contains("FaultDetected"), "{}", bench.log);
}

#[test]
fn the_lines_of_a_car_are_remembered_over_its_pause() {
    let mut bench = Bench::free();
    let three_kilowatts = Some(ChargingLimit { current: None, power: Some(Watts(5_000)), phases: None });
    bench.input(Input::Limits { profile: three_kilowatts, site: SiteLimit::default() }).plug().car(PilotState::C);
    bench.log.clear();
    let one_line = |bench: &mut Bench, amps: i32, seconds: u64| {
        for _ in 0..seconds {
            bench.now = bench.now + Duration::from_secs(1);
            bench.register += i64::from(amps) * 230 / 4;
            let current = PerPhase([Milliamps::from_amps(amps), Milliamps::ZERO, Milliamps::ZERO]);
            let power = PerPhase([Watts(amps * 230), Watts::ZERO, Watts::ZERO]);
            let reading = MeterReading { current, power, import: MilliwattHours(bench.register), ..bench.reading() };
            bench.input(Input::Reading(Ok(reading))).input(Input::Timeout);
        }
    };
    one_line(&mut bench, 7, 10);
    bench.car(PilotState::B);
    one_line(&mut bench, 0, 60);
    bench.car(PilotState::C);
    // A car that balances its cells draws next to nothing, and keeps its offer.
    one_line(&mut bench, 0, 60);
    assert_eq!(
        bench.log,
        "    6 limit 21.7 A by Profile
    6 -> Updated ChargingRateChanged
    6 pilot PWM 36.2 %
   10 ChargingPausedEV
   10 -> Updated ChargingStateChanged
   60 -> Updated MeterValuePeriodic
   70 SessionResumed
   70 -> Updated ChargingStateChanged
  120 -> Updated MeterValuePeriodic
"
    );
}

#[test]
fn a_car_that_takes_too_much_is_found_by_the_meter_and_told_once_whoever_else_finds_it() {
    let mut bench = Bench::charging();
    bench.pass(10);
    bench.input(Input::Limits {
        profile: Some(ChargingLimit { current: Some(Milliamps::from_amps(8)), power: None, phases: None }),
        site: SiteLimit::default(),
    });
    bench.pass(12);
    assert!(bench.closed, "it may follow within five seconds: {}", bench.log);
    bench.pass(1);
    assert!(!bench.closed, "{}", bench.log);
    // The board comes to the same.
    bench.fault(Fault::OverCurrent).pass(5);
    bench.car(PilotState::A).input(Input::Board(BoardInput::Event(Event::FaultCleared(Fault::OverCurrent)))).pass(1);
    let told: Vec<&str> = bench.log.lines().filter(|line| line.contains("OverCurrent")).map(str::trim).collect();
    assert_eq!(
        told,
        [
            "33 FaultDetected { fault: OverCurrent, mrec: Some(4), detail: \"the car took more than it was offered for too \
             long\" }",
            "38 FaultCleared { fault: Board(OverCurrent) }"
        ]
    );
    assert!(bench.log.contains("-> Ended AbnormalCondition OvercurrentFault"), "{}", bench.log);
}

#[test]
fn a_lost_device_is_told_once_and_so_is_its_return() {
    let mut coordinator = Bench::new(|_| ()).coordinator;
    let mut told = |accessory, state: Result<(), &str>| {
        coordinator.handle_input(Instant::ZERO, Input::Accessory(accessory, state.map_err(Into::into)));
        let outputs = std::iter::from_fn(|| match coordinator.poll_output() {
            Output::Wait(_) => None,
            output => Some(output),
        });
        outputs
            .filter_map(|output| match output {
                Output::Problem(problem) => Some(format!("{} {:?}", problem.code, problem.detail)),
                Output::Event(event) => Some(format!("{event:?}")),
                Output::Show(screen) => Some(screen.note),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    assert!(told(Accessory::TokenReader, Ok(())).is_empty());
    assert_eq!(
        told(Accessory::TokenReader, Err("no answer to 7 questions")),
        [
            "TokenReaderLost Some(\"no answer to 7 questions\")",
            "AccessoryLost { accessory: TokenReader, why: \"no answer to 7 questions\" }",
            "the card reader does not work"
        ]
    );
    assert!(told(Accessory::TokenReader, Err("no answer to 8 questions")).is_empty());
    assert_eq!(told(Accessory::Panel, Err("gone")).len(), 2);
    assert_eq!(
        told(Accessory::TokenReader, Ok(())),
        ["TokenReaderLost None", "AccessoryFound { accessory: TokenReader }", ""]
    );
}

#[test]
fn a_transaction_without_a_reading_reports_none_and_begins_with_the_first_that_comes() {
    let mut bench = Bench::free();
    let Config { meter, outlet, .. } = Config::standard();
    bench.coordinator.outlet.meter = OutletMeter::new(&meter, &outlet, Instant::ZERO);
    bench.plug();
    assert!(bench.log.contains("-> Started CablePluggedIn without a reading"), "{}", bench.log);
    bench.pass(1).car(PilotState::C).pass(2).car(PilotState::A).pass(1);
    let ended = "energy: MilliwattHours(6000)";
    assert!(bench.log.contains(ended) && !bench.log.contains("Ended EVCommunicationLost without"), "{}", bench.log);
}
