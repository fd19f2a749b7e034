//! Who is there: a charger with a car at each EVSE, at one, at none; and cars without a charger.

use std::task::Poll;
use std::time::Duration;

use hardware::LinkFault;
use panel_view::Picture;
use twin::{
    Action, CarChoice, ChargerChoice, CsmsAction, Device, HostAction, NotModelled, OutsideHost, Setup, SetupError,
    Signal, Twin, TwinError,
};
use units::{EvseId, Instant};
use vehicle_model::{Action as Car, Cable, CableRating, DriverPlan, Profile};

const HOUR: Duration = Duration::from_secs(3600);

fn setup() -> Setup {
    let mut setup = Setup::standard(Profile::builtin("renault-zoe").expect("a car"), 7);
    setup.charger.authorization.mode = station::AuthorizationMode::Free;
    setup
}

fn second() -> EvseId {
    EvseId::new(2).expect("a number")
}

/// A charger with two EVSEs, of which the second one has this car.
fn two(second_car: CarChoice) -> Setup {
    let mut setup = setup();
    setup.set_evses(2);
    setup.evse(second()).car = second_car;
    setup
}

fn plug() -> Action {
    Action::Car(Car::PlugIn(Cable::rated(CableRating::A32)))
}

/// How often the CSMS got that CALL.
fn calls(twin: &Twin, action: &str) -> usize {
    let csms = twin.csms().expect("a simulated CSMS");
    csms.requests(0, |requests| requests.filter(|request| request.action == action).count())
}

/// What happened in the world at that EVSE, and what was told of it, line by line.
fn lines(twin: &Twin, evse: EvseId) -> Vec<String> {
    let of_it = twin.log().snapshot().into_iter().filter(|event| event.evse == Some(evse));
    of_it.map(|event| event_log::strip_wall(&event.line())).collect()
}

#[test]
fn a_charger_without_a_car_is_available_and_beats() {
    let mut setup = setup();
    setup.evse(EvseId::FIRST).car = CarChoice::None;
    let mut twin = Twin::new(setup).expect("a world");
    twin.run_for(HOUR);
    assert_eq!((twin.health(), twin.now().as_millis()), (Ok(()), 3_600_000));
    assert_eq!((calls(&twin, "BootNotification"), calls(&twin, "StatusNotification")), (1, 1));
    assert!(calls(&twin, "Heartbeat") >= 10, "{}", calls(&twin, "Heartbeat"));
    assert_eq!(calls(&twin, "TransactionEvent"), 0);
    let snapshot = twin.snapshot(EvseId::FIRST);
    assert!(snapshot.car.is_none());
    let outlet = snapshot.outlet.expect("a charger");
    assert_eq!((outlet.pilot_state.as_str(), outlet.contactor, outlet.delivered.0), ("A1", false, 0));
    // What the charger has is measured; what a car would have is not, and is not 0.
    let no_car = NotModelled::NoCar(EvseId::FIRST);
    for signal in Signal::MEASURED {
        assert_eq!(twin.probe(signal).err(), signal.is_of_car().then_some(no_car), "{signal}");
    }
    assert!(twin.probe(Signal::PilotHigh).is_ok_and(|volts| (11.9..12.1).contains(&volts)));
    assert!(twin.probe(Signal::CableRating).is_ok_and(f64::is_nan));
    let balance = twin.energy_balance();
    assert_eq!((balance.meter.0, balance.car_inlet.0, balance.worst_gap()), (0, 0, 0.0));
    assert_eq!(no_car.to_string(), "there is no car at EVSE 1");
    twin.finish();
    assert_eq!(twin.health(), Ok(()));
}

#[test]
fn one_evse_without_a_car_leaves_the_other_as_it_is() {
    let zoe = CarChoice::Inside(Profile::builtin("renault-zoe").expect("a car"));
    let [mut with, mut without] = [zoe, CarChoice::None].map(|car| Twin::new(two(car)).expect("a world"));
    for twin in [&mut with, &mut without] {
        twin.run_for(Duration::from_secs(2));
        twin.act(plug());
        twin.run_for(HOUR);
        assert_eq!(twin.health(), Ok(()));
        assert!(twin.probe(Signal::CarPower).is_ok_and(|power| power > 10_000.0));
        assert_eq!(twin.delivered(second()).0, 0);
    }
    // A car that is not plugged in and no car at all are the same for everybody else.
    assert_eq!(lines(&with, EvseId::FIRST), lines(&without, EvseId::FIRST));
    without.act(Action::Car(Car::Unplug));
    without.run_for(Duration::from_secs(5));
    let balance = without.energy_balance();
    assert!(balance.meter.0 > 0 && balance.worst_gap() < 0.001, "{balance:?}");
}

#[test]
fn nothing_can_be_done_to_a_car_that_is_not_there() {
    let mut twin = Twin::new(two(CarChoice::None)).expect("a world");
    twin.run_for(Duration::from_secs(2));
    assert_eq!(twin.can(EvseId::FIRST, &plug()), Ok(()));
    assert_eq!(twin.can(second(), &plug()), Err("there is no car at EVSE 2".into()));
    assert_eq!(twin.invite(second(), plan()), Err(NotModelled::NoCar(second())));
    assert_eq!(twin.health(), Ok(()));
    // Whoever does it without asking has no world any more that says anything.
    twin.act_at(second(), plug());
    assert_eq!(twin.health(), Err(TwinError::Impossible(NotModelled::NoCar(second()))));
    assert!(twin.log().any(0, |event| event.is("world", "refused")));
}

fn plan() -> DriverPlan {
    DriverPlan {
        arrives_after_s: 60,
        cable_a: CableRating::A32,
        card: Some("04A1".into()),
        card_after_s: 5,
        target_percent: 55,
        leaves_after_s: None,
    }
}

#[test]
fn a_car_lives_without_a_charger() {
    let mut twin = Twin::new(Setup { charger_is: ChargerChoice::None, ..two(CarChoice::None) }).expect("a world");
    let before = twin.probe(Signal::Soc).expect("a car");
    twin.run_for(Duration::from_secs(2));
    twin.act(plug());
    twin.act(Action::Car(Car::RequestWithPlug(true)));
    twin.invite(EvseId::FIRST, plan()).expect("a car");
    twin.run_for(HOUR);
    assert_eq!((twin.health(), twin.now().as_millis()), (Ok(()), 3_602_000));
    assert_eq!((twin.probe(Signal::CarCurrent), twin.probe(Signal::CarPower)), (Ok(0.0), Ok(0.0)));
    assert_eq!(twin.probe(Signal::Soc), Ok(before));
    assert!(twin.probe(Signal::Voltage).is_ok_and(|volts| volts > 220.0), "the house is there");
    assert_eq!(twin.probe_at(second(), Signal::Soc), Err(NotModelled::NoCar(second())));
    for signal in [Signal::Contactor, Signal::PilotHigh, Signal::Limit, Signal::MeterPower, Signal::LockPosition] {
        assert_eq!(twin.probe(signal), Err(NotModelled::NoCharger), "{signal}");
    }
    let snapshot = twin.snapshot(EvseId::FIRST);
    assert!(snapshot.outlet.is_none() && snapshot.car.is_some());
    // Nobody boots, and nobody can be told anything: a CSMS calls into the void.
    let reset = CsmsAction::Call { action: "Reset".into(), payload: serde_json::json!({ "type": "Immediate" }) };
    twin.act(Action::Csms(reset));
    twin.run_for(Duration::from_secs(60));
    assert_eq!(twin.health(), Ok(()));
    assert_eq!((calls(&twin, "BootNotification"), twin.host_runs()), (0, false));
    for action in [Action::Host(HostAction::Start), Action::BoardReset, Action::Badge(hardware::Token::card("04A1"))] {
        assert_eq!(twin.can(EvseId::FIRST, &action), Err("there is no charger".into()), "{action:?}");
    }
    twin.finish();
    assert_eq!(twin.health(), Ok(()));
}

#[test]
fn a_real_car_fits_no_modelled_charger() {
    let made = |charger_is| Twin::new(Setup { charger_is, ..two(CarChoice::Outside) }).map(drop);
    let told = |charger_is| made(charger_is).expect_err("it fits none").to_string();
    assert_eq!(told(ChargerChoice::Inside), "the car at EVSE 2 is a real one: it needs a real charger");
    assert_eq!(told(ChargerChoice::None), "the car at EVSE 2 is a real one: it needs a real charger");
    let outside = two(CarChoice::Outside).with_host(|_| Err(TwinError::Charger("nobody makes it".into())));
    assert!(matches!(Twin::new(outside.clone()).map(drop), Err(SetupError::Parties(_))));
    let virtual_time = Setup { pace: twin::Pace::Virtual, ..outside };
    assert!(matches!(Twin::new(virtual_time).map(drop), Err(SetupError::OutsideInVirtualTime)));
}

/// A charger elsewhere, of which nothing is seen.
struct Elsewhere;

impl OutsideHost for Elsewhere {
    fn start(&mut self) -> Result<(), TwinError> {
        Ok(())
    }

    fn kill(&mut self) {}

    fn shut_down(&mut self) {}

    fn is_running(&self) -> bool {
        true
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn has_told(&self, _: Instant) -> bool {
        true
    }

    fn health(&self) -> Result<(), TwinError> {
        Ok(())
    }

    fn link(&mut self, _: EvseId, _: Device, _: LinkFault) {}

    fn bench(&mut self, _: EvseId, _: station::BenchCommand) {}

    fn panel_picture(&mut self, _: EvseId) -> Poll<Result<Picture, String>> {
        Poll::Pending
    }

    fn can(&self, _: EvseId, _: &Action) -> Result<(), String> {
        Ok(())
    }
}

#[test]
fn on_a_bench_nothing_is_modelled() {
    let at = |car| {
        let mut setup = setup();
        setup.evse(EvseId::FIRST).car = car;
        Twin::new(setup.with_host(|_| Ok(Box::new(Elsewhere)))).expect("a world")
    };
    let mut bench = at(CarChoice::Outside);
    bench.run_for(Duration::from_millis(20));
    assert_eq!(bench.probe(Signal::Soc), Err(NotModelled::RealCar(EvseId::FIRST)));
    for signal in [Signal::Contactor, Signal::MeterPower, Signal::Voltage, Signal::EnergyGap] {
        assert_eq!(bench.probe(signal), Err(NotModelled::RealCharger), "{signal}");
    }
    let why = "the car at EVSE 1 is a real one: nothing of it is modelled";
    assert_eq!(bench.can(EvseId::FIRST, &plug()), Err(why.into()));
    // The host is ours there too.
    assert_eq!(bench.can(EvseId::FIRST, &Action::Host(HostAction::Kill)), Ok(()));
    let snapshot = bench.snapshot(EvseId::FIRST);
    assert!(snapshot.outlet.is_none() && snapshot.car.is_none());
    // On wires, with nobody's car there, the outlet is a model.
    let mut wires = at(CarChoice::None);
    wires.run_for(Duration::from_millis(20));
    assert_eq!(wires.probe(Signal::Contactor), Ok(0.0));
    assert_eq!(wires.probe(Signal::Soc), Err(NotModelled::NoCar(EvseId::FIRST)));
}
