//! One session, whole; and what must hold for every world.

use std::time::Duration;

use hardware::Token;
use iec61851::Command;
use twin::{Action, HostAction, Setup, Signal, Twin};
use units::Soc;
use vehicle_model::{Action as Car, Cable, CableRating, Profile};

fn world(seed: u64) -> Twin {
    let mut setup = Setup::standard(Profile::builtin("renault-zoe").expect("a car"), seed);
    if let twin::CsmsChoice::Simulated(policy) = &mut setup.csms {
        policy.tokens.insert("04A1".into(), twin::Opinion { status: "Accepted".into(), group: None });
    }
    Twin::new(setup).expect("a world")
}

fn session(seed: u64) -> Twin {
    let mut twin = world(seed);
    twin.run_for(Duration::from_secs(5));
    twin.act(Action::Car(Car::PlugIn(Cable::rated(CableRating::A32))));
    twin.run_for(Duration::from_secs(3));
    twin.act(Action::Badge(Token::card("04a1")));
    twin.run_for(Duration::from_secs(600));
    twin.act(Action::Car(Car::Unplug));
    twin.run_for(Duration::from_secs(5));
    twin.finish();
    assert_eq!(twin.health(), Ok(()));
    twin
}

fn text(twin: &Twin) -> String {
    twin.log().snapshot().iter().map(|event| event_log::strip_wall(&event.line()) + "\n").collect()
}

#[test]
fn a_car_is_charged_from_plug_to_unplug() {
    let twin = session(7);
    if std::env::var_os("SHOW").is_some() {
        println!("{}", text(&twin));
    }
    assert!(twin.probe(Signal::MeterEnergy).is_ok_and(|energy| energy > 3_000.0));
    let names: Vec<String> = twin
        .log()
        .snapshot()
        .iter()
        .filter(|event| event.is("session", "event"))
        .map(|event| event.text("name").to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "SessionStarted",
            "AuthRequired",
            "Authorized",
            "TransactionStarted",
            "PrepareCharging",
            "ChargingStarted",
            "ChargingFinished",
            "TransactionFinished",
            "SessionFinished"
        ]
    );
    let balance = twin.energy_balance();
    assert!(balance.worst_gap() < 0.001, "{balance:?}");
}

#[test]
fn one_seed_is_one_log_and_another_seed_is_another() {
    assert_eq!(text(&session(7)), text(&session(7)));
    assert_ne!(text(&session(7)), text(&session(8)));
}

#[test]
fn a_dead_host_opens_the_contactor_in_the_firmwares_time() {
    let mut twin = world(1);
    twin.run_for(Duration::from_secs(2));
    twin.act(Action::Car(Car::PlugIn(Cable::rated(CableRating::A32))));
    twin.act(Action::Badge(Token::card("04a1")));
    assert!(
        twin.run_until(Duration::from_secs(20), |twin| twin
            .probe(Signal::CarPower)
            .is_ok_and(|power| power > 10_000.0))
    );
    twin.act(Action::Host(HostAction::Kill));
    twin.run_for(Duration::from_millis(1_900));
    assert_eq!(twin.probe(Signal::Contactor), Ok(1.0));
    twin.run_for(Duration::from_millis(200));
    assert_eq!(twin.probe(Signal::Contactor), Ok(0.0));
}

#[test]
fn time_is_exact_and_the_world_stands_still_between_calls() {
    let mut twin = world(1);
    twin.run_for(Duration::from_millis(1_234));
    assert_eq!(twin.now().as_millis(), 1_234);
    twin.act(Action::BoardCommand(Command::Heartbeat));
    twin.act(Action::Car(Car::SetSoc(Soc::FULL)));
    assert_eq!(twin.now().as_millis(), 1_234);
    twin.run_for(Duration::from_secs(3_600));
    assert_eq!(twin.now().as_millis(), 3_601_234);
}

#[test]
fn a_panic_in_the_charger_is_an_error_that_says_so() {
    let mut twin = world(1);
    twin.run_for(Duration::from_secs(2));
    twin.log().subscribe(|event| assert!(!event.is("ocpp", "sent"), "on purpose"));
    twin.run_for(Duration::from_secs(400));
    let error = twin.health().expect_err("the services panicked").to_string();
    assert!(error.contains("panicked"), "{error}");
}

#[test]
fn a_driver_with_a_plan_needs_no_script() {
    let mut twin = world(1);
    let plan = vehicle_model::DriverPlan {
        arrives_after_s: 60,
        cable_a: CableRating::A32,
        card: Some("04A1".into()),
        card_after_s: 5,
        target_percent: 55,
        leaves_after_s: None,
    };
    twin.invite(units::EvseId::FIRST, plan).expect("a car is there");
    assert!(twin.run_until(Duration::from_secs(3_600), |twin| {
        twin.log().any(0, |event| event.is("session", "event") && event.text("name") == "SessionFinished")
    }));
    let soc = twin.probe(Signal::Soc).expect("a car is there");
    assert!((54.9..55.2).contains(&soc), "{soc}");
    assert!(twin.now().as_millis() > 65_000);
}
