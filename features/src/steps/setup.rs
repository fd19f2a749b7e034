//! What the charger, the car and the house are, before anything happens.

use cucumber::{given, then};
use gherkin::Step;
use station::{AuthorizationMode, Config, Evses, ListedToken, OutletKind, Owner};
use twin::{CarChoice, CsmsChoice};
use units::{PerPhase, Soc};
use vehicle_model::{Action as Car, CarFault, Profile};

use crate::parameters::{
    BootAnswer, CarName, Card, Count, Current, Line, Opinion, Percent, Power, Resistance, State, Time,
};
use crate::stage::{Stage, human};

/// Plug in and charge; a cable is in the socket's own hands.
/// Of the whole station.
#[given(expr = "a charger where nobody needs a token")]
#[given(expr = "nobody needs a token")]
fn free(stage: &mut Stage) {
    stage.setup().charger.authorization.mode = AuthorizationMode::Free;
}

/// A card or the CSMS lets drivers in; the CSMS accepts 04CA2D01.
/// Of the whole station.
#[given(expr = "a charger that asks for a token")]
fn token(stage: &mut Stage) {
    stage.setup().charger.authorization.mode = AuthorizationMode::Token;
}

/// So many, each with a car of its own unless there is none; each further one is as the one before it.
/// Of the whole station.
#[given(expr = "a charger with {count} EVSEs")]
fn evses(stage: &mut Stage, count: Count) {
    let most = Evses::MOST;
    match usize::try_from(count.0) {
        Ok(count) if (1..=most).contains(&count) => stage.setup().set_evses(count),
        Ok(_) | Err(_) => stage.misstated(format!("{} EVSEs: expected from 1 to {most}", count.0)),
    }
}

/// The reader of the station is the only one: every EVSE shares it.
/// Of the whole station.
#[given(expr = "the EVSEs share a token reader")]
fn shared_reader(stage: &mut Stage) {
    stage.setup().charger.evses.each_mut().for_each(|evse| evse.reader = Owner::Station);
}

/// The panel of the station is the only one: every EVSE shares it.
/// Of the whole station.
#[given(expr = "the EVSEs share a panel")]
fn shared_panel(stage: &mut Stage) {
    stage.setup().charger.evses.each_mut().for_each(|evse| evse.panel = Owner::Station);
}

/// The fuse of the station's own supply, each line, which its EVSEs share.
/// Of the whole station.
#[given(expr = "a station fuse of {current}")]
fn station_fuse(stage: &mut Stage, current: Current) {
    let amps = fuse_amps(stage, current);
    stage.setup().charger.site.station_fuse_a = amps;
}

/// Nothing but the fuse of the station limits it: the house has no limit of its own.
/// Of the whole station.
#[given(expr = "the house has no limit")]
fn no_house_limit(stage: &mut Stage) {
    stage.setup().charger.site.main_fuse_a = 0;
}

/// So long each car charges before the next one has its turn, where there is not enough for all; whole minutes.
/// Of the whole station.
#[given(expr = "turns of {duration}")]
fn turns(stage: &mut Stage, lasting: Time) {
    let seconds = lasting.0.as_secs();
    if lasting.0.subsec_nanos() != 0 || !seconds.is_multiple_of(60) || seconds == 0 {
        stage.misstated(format!("{}: a charger is told whole minutes", human(lasting.0)));
    }
    stage.setup().charger.site.turn_min = u32::try_from(seconds / 60).unwrap_or(u32::MAX);
}

/// Where a limit of the site is shared, the highest comes first.
#[given(expr = "the priority {count}")]
fn share_priority(stage: &mut Stage, priority: Count) {
    let Ok(priority) = u8::try_from(priority.0) else { stage.misstated("priorities end at 255".into()) };
    stage.told().priority = priority;
}

/// The largest current of its wiring, each line.
#[given(expr = "a charger whose outlet allows {current}")]
fn outlet(stage: &mut Stage, current: Current) {
    let amps = whole_amps(stage, current);
    stage.told().outlet.max_current_a = amps;
}

/// What charger.toml has in whole amperes.
fn whole_amps(stage: &Stage, current: Current) -> i32 {
    if current.0.0 % 1000 != 0 {
        stage.misstated(format!("{} A: a charger is told whole amperes", current.0.amps()));
    }
    current.0.0 / 1000
}

/// The name of its model, as it stands in the BootNotification; longer than a message can carry, if need be.
/// Of the whole station.
#[given(expr = "the charger calls itself {string}")]
fn calls_itself(stage: &mut Stage, model: String) {
    stage.setup().charger.station.model = model;
}

/// The cable hangs on the charger: no PP, no lock.
#[given(expr = "the charger has a fixed cable")]
fn tethered(stage: &mut Stage) {
    stage.told().outlet.kind = OutletKind::Tethered;
}

/// Cars that ask for ventilation may charge.
#[given(expr = "a charger with a fan")]
fn fan(stage: &mut Stage) {
    stage.told().outlet.ventilated = true;
}

/// A charger that offers 5 % duty (ISO 15118) before the nominal duty.
#[given(expr = "a charger that offers digital communication first")]
fn digital(stage: &mut Stage) {
    stage.told().pilot.digital_first = true;
}

/// A charger.toml in the lines below; what it does not say is as in the standard one.
/// Of the whole station.
#[given(expr = "a charger with the configuration")]
fn configuration(stage: &mut Stage, step: &Step) {
    match Config::from_toml("the configuration of the scenario", stage.text_of(step)) {
        Ok(config) => {
            let listed: Vec<Card> = config.authorization.tokens.iter().map(|token| Card(token.id.clone())).collect();
            listed.iter().for_each(|card| stage.mention(card));
            stage.setup().charger = config;
        }
        Err(error) => stage.misstated(error.to_string()),
    }
}

/// A `charger.toml`, in the lines below, that cannot be used: what the charger says of it contains these words.
/// Of the whole station.
#[then(expr = "this configuration is refused with {string}")]
fn refused_configuration(stage: &mut Stage, words: String, step: &Step) {
    let text = stage.text_of(step);
    match Config::from_toml("the configuration of the scenario", text) {
        Ok(_) => stage.fail("it was taken".into()),
        Err(error) => stage.check(error.to_string().contains(&words), || error.to_string()),
    }
}

/// A token that this charger knows by itself.
/// Of the whole station.
#[given(expr = "the charger knows the card {card}")]
fn listed(stage: &mut Stage, card: Card) {
    stage.mention(&card);
    stage.setup().charger.authorization.tokens.push(ListedToken::card(&card.0));
}

/// A known token whose contract allows so much, each line.
/// Of the whole station.
#[given(expr = "the charger knows the card {card} with a contract for {current}")]
fn contract(stage: &mut Stage, card: Card, limit: Current) {
    stage.mention(&card);
    let limit_a = Some(whole_amps(stage, limit));
    stage.setup().charger.authorization.tokens.push(ListedToken { limit_a, ..ListedToken::card(&card.0) });
}

/// Unknown tokens may charge while the CSMS cannot be asked.
/// Of the whole station.
#[given(expr = "unknown cards may charge while the CSMS is away")]
fn offline_unknown(stage: &mut Stage) {
    stage.setup().charger.authorization.offline_unknown = true;
}

/// A rejected token suspends the running transaction instead of ending it.
/// Of the whole station.
#[given(expr = "a card that is rejected afterwards only suspends")]
fn suspend(stage: &mut Stage) {
    stage.setup().charger.authorization.stop_on_invalid = false;
}

/// The token of a remote start is checked as well.
/// Of the whole station.
#[given(expr = "a remote start needs an authorization")]
fn authorize_remote(stage: &mut Stage) {
    stage.setup().charger.authorization.authorize_remote_start = true;
}

/// Between two periodic meter values, whole seconds.
#[given(expr = "a meter value every {duration}")]
fn meter_values(stage: &mut Stage, every: Time) {
    if every.0.subsec_nanos() != 0 {
        stage.misstated(format!("{}: a charger is told whole seconds", human(every.0)));
    }
    stage.setup().charger.meter.periodic_s = u32::try_from(every.0.as_secs()).unwrap_or(u32::MAX);
}

/// The fuse of the house connection, each line.
/// Of the whole station.
#[given(expr = "a main fuse of {current}")]
fn fuse(stage: &mut Stage, current: Current) {
    let amps = fuse_amps(stage, current);
    stage.setup().charger.site.main_fuse_a = amps;
}

/// The size of a fuse in whole amperes. In charger.toml 0 means no limit, which no fuse is.
fn fuse_amps(stage: &mut Stage, current: Current) -> i32 {
    let amps = whole_amps(stage, current);
    if amps == 0 {
        stage.misstated("0 A: no fuse is that small; expected from 6 to 250 A".into());
    }
    amps
}

/// A built-in car, or a car file beside the feature or in the working folder.
#[given(expr = "the car {car}")]
fn car(stage: &mut Stage, name: CarName) {
    let profile = if name.0.ends_with(".toml") {
        let path = stage.beside(&name.0);
        match std::fs::read_to_string(&path) {
            Ok(text) => Profile::from_toml(&name.0, &text),
            Err(error) => stage.misstated(format!("{}: {error}", path.display())),
        }
    } else {
        Profile::builtin(&name.0)
    };
    match profile {
        Ok(profile) => stage.at_evse().car = CarChoice::Inside(profile),
        Err(error) => stage.misstated(error.to_string()),
    }
}

/// Its place at the EVSE is empty from the beginning to the end: nobody plugs in there, whoever is authorized.
#[given(expr = "there is no car")]
fn no_car(stage: &mut Stage) {
    stage.at_evse().car = CarChoice::None;
}

/// It obeys each change of the duty, one after the other, so much later; at most 5 s (IEC 61851-1, table A.6).
#[given(expr = "the car follows each change of the offer after {duration}")]
fn follows(stage: &mut Stage, delay: Time) {
    stage.car_mut().charger.follow_ms = u64::try_from(delay.0.as_millis()).unwrap_or(u64::MAX);
}

/// The state of charge when the story begins.
#[given(expr = "the car is at {percent}")]
fn soc(stage: &mut Stage, percent: Percent) {
    let soc = charge(stage, percent);
    stage.car_mut().battery.soc = soc;
}

/// What the car is to be charged to.
#[given(expr = "the car is to be charged to {percent}")]
fn target(stage: &mut Stage, percent: Percent) {
    let soc = charge(stage, percent);
    stage.cause(twin::Action::Car(Car::SetTarget(soc)));
}

fn charge(stage: &Stage, percent: Percent) -> Soc {
    if percent.0 > 100.0 {
        stage.misstated(format!("{} %: no battery is fuller than 100 %", percent.0));
    }
    Soc::from_fraction(percent.0 / 100.0)
}

/// The fixed resistor for B, the switched one for C.
#[given(expr = "the car's resistor for state {state} is {resistance}")]
fn resistor(stage: &mut Stage, state: State, ohms: Resistance) {
    match state.0 {
        'B' => {
            stage.cause(twin::Action::Car(Car::Break(CarFault::R2(ohms.0))));
            stage.cause(twin::Action::Car(Car::RequestEnergy(false)));
        }
        'C' => {
            stage.cause(twin::Action::Car(Car::Break(CarFault::R3(ohms.0))));
            stage.cause(twin::Action::Car(Car::RequestWithPlug(true)));
        }
        other => stage.misstated(format!("a car has a resistor for state B and one for state C, none for {other}")),
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
/// Of the whole station.
#[given(expr = "the house takes {power} on each line")]
fn house(stage: &mut Stage, power: Power) {
    let load = grid_model::GridEvent::HouseLoad(Some(PerPhase::all(power.0)));
    stage.cause(twin::Action::Grid(load));
}

/// The outlet is wired in rotation: the other lines follow in the order L1, L2, L3.
#[given(expr = "the line {line} of the outlet is line {line} of the house")]
fn wiring(stage: &mut Stage, outlet: Line, house: Line) {
    stage.at_evse().wiring = grid_model::Wiring::in_rotation(outlet.0, house.0);
}

/// A charger on its own.
/// Of the whole station.
#[given(expr = "there is no CSMS")]
fn no_csms(stage: &mut Stage) {
    stage.setup().csms = CsmsChoice::None;
}

/// From the beginning, with an interval of 5 s.
/// Of the whole station.
#[given(expr = "the CSMS answers BootNotification with {boot}")]
fn boot(stage: &mut Stage, status: BootAnswer) {
    stage.policy(move |policy| {
        policy.boot = status.0;
        policy.interval = 5;
    });
}

/// What the CSMS says of a card.
/// Of the whole station.
#[given(expr = "the CSMS says {opinion} to the card {card}")]
fn opinion(stage: &mut Stage, status: Opinion, card: Card) {
    stage.mention(&card);
    stage.policy(move |policy| {
        policy.tokens.insert(card.0.to_ascii_uppercase(), twin::Opinion { status: status.0, group: None });
    });
}

/// An accepted card of a group.
/// Of the whole station.
#[given(expr = "the CSMS accepts the card {card} of the group {card}")]
fn group_step(stage: &mut Stage, card: Card, group: Card) {
    stage.mention(&card);
    stage.policy(move |policy| {
        let opinion = twin::Opinion { status: "Accepted".into(), group: Some(group.0) };
        policy.tokens.insert(card.0.to_ascii_uppercase(), opinion);
    });
}

/// How long an Authorize takes.
/// Of the whole station.
#[given(expr = "the CSMS takes {duration} to authorize")]
fn slow(stage: &mut Stage, delay: Time) {
    stage.policy(move |policy| policy.authorize_delay = delay.0);
}

/// The firmware of the power board speaks another version of the messages.
#[given(expr = "the power board speaks version {count} of the messages")]
fn version_step(stage: &mut Stage, version: Count) {
    let Ok(version) = u16::try_from(version.0) else { stage.misstated("versions end at 65535".into()) };
    stage.cause(twin::Action::BoardFirmware(twin::Vocabulary::Ours { version }));
    stage.cause(twin::Action::BoardReset);
}
