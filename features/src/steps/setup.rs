//! What the charger, the car and the house are, before anything happens.

use cucumber::given;
use gherkin::Step;
use station::{AuthorizationMode, Config, ListedToken, OutletKind};
use twin::{CsmsChoice, Opinion};
use units::{PerPhase, Soc};
use vehicle_model::{Action as Car, CarFault, Profile};

use crate::parameters::{Current, Percent, Power, Resistance, Time};
use crate::stage::Stage;

/// Plug in and charge; a cable is in the socket's own hands.
#[given(expr = "a charger where nobody needs a token")]
#[given(expr = "nobody needs a token")]
fn free(stage: &mut Stage) {
    stage.setup().charger.authorization.mode = AuthorizationMode::Free;
}

/// A card or the CSMS lets drivers in; the CSMS accepts 04CA2D01.
#[given(expr = "a charger that asks for a token")]
fn token(stage: &mut Stage) {
    stage.setup().charger.authorization.mode = AuthorizationMode::Token;
}

/// The largest current of its wiring, each line.
#[given(expr = "a charger whose outlet allows {current}")]
fn outlet(stage: &mut Stage, current: Current) {
    stage.setup().charger.outlet.max_current_a = current.0.0 / 1000;
}

/// The cable hangs on the charger: no PP, no lock.
#[given(expr = "the charger has a fixed cable")]
fn tethered(stage: &mut Stage) {
    stage.setup().charger.outlet.kind = OutletKind::Tethered;
}

/// Cars that ask for ventilation may charge.
#[given(expr = "a charger with a fan")]
fn fan(stage: &mut Stage) {
    stage.setup().charger.outlet.ventilated = true;
}

/// A charger that offers 5 % duty (ISO 15118) before the nominal duty.
#[given(expr = "a charger that offers digital communication first")]
fn digital(stage: &mut Stage) {
    stage.setup().charger.pilot.digital_first = true;
}

/// A charger.toml in the lines below; what it does not say is as in the standard one.
#[given(expr = "a charger with the configuration")]
fn configuration(stage: &mut Stage, step: &Step) {
    let text = step.docstring().cloned().unwrap_or_default();
    match Config::from_toml("the configuration of the scenario", &text) {
        Ok(config) => stage.setup().charger = config,
        Err(error) => stage.fail(error.to_string()),
    }
}

/// A token that this charger knows by itself.
#[given(expr = "the charger knows the card {word}")]
fn listed(stage: &mut Stage, card: String) {
    stage.setup().charger.authorization.tokens.push(ListedToken { id: card, limit_a: None, group: None });
}

/// A known token whose contract allows so much, each line.
#[given(expr = "the charger knows the card {word} with a contract for {current}")]
fn contract(stage: &mut Stage, card: String, limit: Current) {
    let limit_a = Some(limit.0.0 / 1000);
    stage.setup().charger.authorization.tokens.push(ListedToken { id: card, limit_a, group: None });
}

/// Unknown tokens may charge while the CSMS cannot be asked.
#[given(expr = "unknown cards may charge while the CSMS is away")]
fn offline_unknown(stage: &mut Stage) {
    stage.setup().charger.authorization.offline_unknown = true;
}

/// A rejected token suspends the running transaction instead of ending it.
#[given(expr = "a card that is rejected afterwards only suspends")]
fn suspend(stage: &mut Stage) {
    stage.setup().charger.authorization.stop_on_invalid = false;
}

/// The token of a remote start is checked as well.
#[given(expr = "a remote start needs an authorization")]
fn authorize_remote(stage: &mut Stage) {
    stage.setup().charger.authorization.authorize_remote_start = true;
}

/// Between two periodic meter values.
#[given(expr = "a meter value every {duration}")]
fn meter_values(stage: &mut Stage, every: Time) {
    stage.setup().charger.meter.periodic_s = u32::try_from(every.0.as_secs()).unwrap_or(60);
}

/// The fuse of the house connection, each line.
#[given(expr = "a main fuse of {current}")]
fn fuse(stage: &mut Stage, current: Current) {
    stage.setup().charger.site.main_fuse_a = current.0.0 / 1000;
}

/// A built-in car, or a TOML file.
#[given(expr = "the car {string}")]
fn car(stage: &mut Stage, name: String) {
    let profile = if name.ends_with(".toml") {
        let text = std::fs::read_to_string(&name).unwrap_or_else(|error| stage.fail(format!("{name}: {error}")));
        Profile::from_toml(&name, &text)
    } else {
        Profile::builtin(&name)
    };
    match profile {
        Ok(profile) => stage.setup().car = profile,
        Err(error) => stage.fail(error.to_string()),
    }
}

/// The state of charge when the story begins.
#[given(expr = "the car is at {percent}")]
fn soc(stage: &mut Stage, percent: Percent) {
    stage.setup().car.battery.soc = Soc::from_fraction(percent.0 / 100.0);
}

/// What the car is to be charged to.
#[given(expr = "the car is to be charged to {percent}")]
fn target(stage: &mut Stage, percent: Percent) {
    stage.cause(twin::Action::Car(Car::SetTarget(Soc::from_fraction(percent.0 / 100.0))));
}

/// The fixed resistor for B, the switched one for C.
#[given(expr = "the car's resistor for state {state} is {resistance}")]
fn resistor(stage: &mut Stage, state: crate::parameters::State, ohms: Resistance) {
    if state.0 == 'C' {
        stage.cause(twin::Action::Car(Car::Break(CarFault::R3(ohms.0))));
        stage.cause(twin::Action::Car(Car::RequestWithPlug(true)));
    } else {
        stage.cause(twin::Action::Car(Car::Break(CarFault::R2(ohms.0))));
        stage.cause(twin::Action::Car(Car::RequestEnergy(false)));
    }
}

/// It stays in B until it is told to ask.
#[given(expr = "the car waits before it asks for energy")]
fn waits(stage: &mut Stage) {
    stage.cause(twin::Action::Car(Car::RequestEnergy(false)));
}

/// It goes straight from A to C.
#[given(expr = "the car asks for energy with the plug")]
fn eager(stage: &mut Stage) {
    stage.cause(twin::Action::Car(Car::RequestWithPlug(true)));
}

/// The house takes this much besides the charger.
#[given(expr = "the house takes {power} on each line")]
fn house(stage: &mut Stage, power: Power) {
    let load = grid_model::GridEvent::HouseLoad(Some(PerPhase::all(power.0)));
    stage.cause(twin::Action::Grid(load));
}

/// A charger on its own.
#[given(expr = "there is no CSMS")]
fn no_csms(stage: &mut Stage) {
    stage.setup().csms = CsmsChoice::None;
}

/// Accepted, Pending or Rejected.
#[given(expr = "the CSMS answers BootNotification with {word}")]
fn boot(stage: &mut Stage, status: String) {
    stage.policy(move |policy| {
        policy.boot = status;
        policy.interval = 5;
    });
}

/// What the CSMS says of a card: Accepted, Blocked, Expired, Invalid, ...
#[given(expr = "the CSMS says {word} to the card {word}")]
fn opinion(stage: &mut Stage, status: String, card: String) {
    stage.policy(move |policy| {
        policy.tokens.insert(card.to_ascii_uppercase(), Opinion { status, group: None });
    });
}

/// An accepted card of a group.
#[given(expr = "the CSMS accepts the card {word} of the group {word}")]
fn group_step(stage: &mut Stage, card: String, group: String) {
    stage.policy(move |policy| {
        policy.tokens.insert(card.to_ascii_uppercase(), Opinion { status: "Accepted".into(), group: Some(group) });
    });
}

/// How long an Authorize takes.
#[given(expr = "the CSMS takes {duration} to authorize")]
fn slow(stage: &mut Stage, delay: Time) {
    stage.policy(move |policy| policy.authorize_delay = delay.0);
}

/// The firmware of the power board speaks another version of the messages.
#[given(expr = "the power board speaks version {int} of the messages")]
fn version_step(stage: &mut Stage, version: u16) {
    stage.cause(twin::Action::BoardProtocol(version));
    stage.cause(twin::Action::BoardReset);
}
