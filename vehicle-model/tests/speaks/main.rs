//! A whole car speaks with a station: from the plug over matching, SDP and a session to energy, and to every other end.

#[path = "../station_config/mod.rs"]
mod station_config;
mod witness;
mod world;

use iec61851::{CableRating, PilotSignal};
use iso15118::Protocol;
use iso15118::secc;
use serde_json::json;
use units::Milliamps;
use vehicle_model::hlc::Purpose;
use vehicle_model::{Action, Cable, Car, ContactorState, EnergyKind, Matching, Profile, Speech, Welding};
use witness::Witness;
use world::World;

fn speech(kind: EnergyKind, protocol: Protocol) -> Speech {
    Speech { kind, protocols: vec![protocol], purpose: Purpose::Charge, matching: Matching::Slac }
}

const AC: (EnergyKind, Protocol) = (EnergyKind::Ac, Protocol::Iso2);
const DC: (EnergyKind, Protocol) = (EnergyKind::Dc, Protocol::Iso2);
const DIN: (EnergyKind, Protocol) = (EnergyKind::Dc, Protocol::Din);

fn plugged(car: &str, (kind, protocol): (EnergyKind, Protocol), seconds: u64) -> World {
    World::plugged(car, speech(kind, protocol), 7, seconds)
}

fn is_still(world: &World) -> bool {
    let dc = world.car.dc_inlet().is_none_or(|dc| dc.state() == ContactorState::Open);
    dc && !world.is_c() && world.amps() == 0.0 && world.dc_amps() == 0.0
}

#[test]
fn alternating_current_from_the_plug_to_the_end() {
    for car in ["renault-zoe", "small-car-7", "tesla-model-y", "vw-id3"] {
        let mut world = plugged(car, AC, 60);
        assert!((world.amps() - 13.0).abs() < 0.1, "{car}: {} A, {:?}", world.amps(), world.notes);
        assert!(world.is_c());
        let begin = "matching matched link_up sdp_asked sdp_answered connected protocol session_set_up offer pilot";
        assert_eq!(world.story(), begin, "{car}");
        // Nothing was drawn before PowerDelivery was answered: the pilot came last.
        world.limit(secc::Offer::Ac { current: Milliamps::from_amps(7) });
        world.run(20_000);
        assert!((world.amps() - 7.0).abs() < 0.1, "{car}: {} A", world.amps());
        world.limit(secc::Offer::Ac { current: Milliamps::ZERO });
        world.run(20_000);
        assert_eq!((world.amps(), world.is_c()), (0.0, true), "{car}: nothing, and it stays in C");
        world.limit(secc::Offer::Ac { current: Milliamps::from_amps(10) });
        world.run(20_000);
        assert!((world.amps() - 10.0).abs() < 0.1, "{car}: {} A", world.amps());
        world.act(Action::RequestEnergy(false));
        world.run(20_000);
        assert_eq!(world.last("session_ended").data, json!({ "by": "car", "why": "Driver" }), "{car}");
        assert!(world.station.contains(&secc::Event::Ended), "{car}: {:?}", world.station);
        assert!(is_still(&world), "{car}");
        assert_eq!(world.pilot, PilotSignal::X1);
        world.unplug();
        world.run(2_000);
        assert_eq!(world.controller(), fresh_of(car, AC), "{car}");
    }
}

/// A controller to which nothing has happened.
fn fresh_of(car: &str, (kind, protocol): (EnergyKind, Protocol)) -> String {
    World::new(car, speech(kind, protocol), 7).controller()
}

#[test]
fn direct_current_from_the_plug_to_the_end() {
    for (car, of) in [("vw-id3", DC), ("tesla-model-y", DIN), ("audi-q4", DIN), ("van-22", DC), ("van-22", DIN)] {
        let mut world = plugged(car, of, 60);
        let what = format!("{car}, {}: {:?}", of.1, world.notes);
        assert!(world.dc_amps() > 20.0 && world.dc_amps() <= 50.0, "{} A, {what}", world.dc_amps());
        assert!(world.is_c());
        let soc = world.car.soc();
        world.run(300_000);
        assert!(world.car.soc() > soc, "{what}");
        world.act(Action::RequestEnergy(false));
        world.run(30_000);
        assert_eq!(world.last("session_ended").data["why"], "Driver", "{what}");
        assert!(world.station.contains(&secc::Event::Ended), "{what}: {:?}", world.station);
        assert!(is_still(&world), "{what}");
        assert_eq!(world.car.dc_inlet().expect("an inlet").welding(), Welding::None, "{what}");
        world.unplug();
        world.run(2_000);
        assert_eq!(world.controller(), fresh_of(car, of));
    }
}

#[test]
fn every_car_charges_by_all_that_it_has() {
    let mut sessions = 0;
    for name in Profile::names() {
        let profile = Profile::builtin(name).expect("a car");
        for (kind, protocol) in [AC, DC, DIN] {
            if kind == EnergyKind::Dc && profile.dc.is_none() {
                continue;
            }
            let mut world = World::new(name, speech(kind, protocol), 7);
            // The higher the voltage of its battery, the sooner something does not fit.
            world.car.act(world.now, Action::SetSoc(units::Soc::from_percent(85).expect("a percentage")));
            world.plug();
            world.run(60_000);
            let amps = world.amps() + world.dc_amps();
            assert!(amps > 5.0, "{name}, {kind:?}, {protocol}: {amps} A, {:?}", world.notes);
            sessions += 1;
        }
    }
    assert!(sessions > 30, "{sessions} sessions");
}

#[test]
fn a_full_battery_ends_the_session() {
    for of in [AC, DC] {
        let mut world = plugged("vw-id3", of, 40);
        let target = u16::from(world.car.soc()) / 100 + 1;
        world.act(Action::SetTarget(units::Soc::from_percent(target).expect("a percentage")));
        world.run(1_800_000);
        assert_eq!(world.last("session_ended").data, json!({ "by": "car", "why": "Full" }), "{:?}", of.0);
        assert!(is_still(&world));
        // Nobody begins again until there is something to charge, and then by itself when the station offers it.
        let told = world.notes.len();
        world.digital();
        world.run(20_000);
        assert_eq!(world.story_since(told), "");
        world.act(Action::SetTarget(units::Soc::FULL));
        world.run(40_000);
        assert!(world.amps() + world.dc_amps() > 5.0, "{}", world.story_since(told));
    }
}

#[test]
fn frames_are_lost_and_it_charges_all_the_same() {
    let mut charged = 0;
    for seed in 0..30 {
        let (kind, protocol) = [AC, DC, DIN][seed as usize % 3];
        let mut world = World::new("vw-id3", speech(kind, protocol), seed);
        world.lost = seed % 8;
        world.plug();
        world.run(90_000);
        if world.amps() + world.dc_amps() > 5.0 {
            charged += 1;
        } else {
            let ends = ["matching_failed", "session_failed", "link_lost", "sdp_unanswered", "session_ended"];
            assert!(ends.iter().any(|end| world.has(end)), "seed {seed}: {}", world.story());
        }
        world.unplug();
        world.run(2_000);
        assert!(is_still(&world), "seed {seed}");
    }
    assert!(charged >= 15, "{charged} of 30");
}

#[test]
fn changed_frames_harm_nobody() {
    for seed in 0..40 {
        let (kind, protocol) = [AC, DC, DIN][seed as usize % 3];
        let mut world = World::new("vw-id3", speech(kind, protocol), seed);
        world.changed = 3 + seed % 20;
        world.plug();
        world.run(60_000);
        world.unplug();
        world.changed = 0;
        world.run(2_000);
        assert!(is_still(&world), "seed {seed}");
        world.plug();
        world.run(90_000);
        assert!(world.amps() + world.dc_amps() > 5.0, "seed {seed}: {}", world.story());
    }
}

#[test]
fn a_station_that_never_answers_is_asked_fifty_times_and_gives_basic_charging() {
    let mut world = World::new("vw-id3", speech(AC.0, AC.1), 7);
    world.answers = false;
    world.plug();
    world.run(60_000);
    let asked = world.notes.iter().filter(|(_, note)| note.kind == "sdp_asked").count();
    assert_eq!((asked, world.notes.last().expect("a note").1.kind), (50, "sdp_unanswered"));
    assert!(is_still(&world));
    world.nominal(16);
    world.run(20_000);
    assert!((world.amps() - 15.96).abs() < 0.1, "{} A", world.amps());
}

#[test]
fn without_a_matching_it_waits_for_the_nominal_duty() {
    let mut world = World::new("vw-id3", speech(AC.0, AC.1), 7);
    world.lost = 100;
    world.plug();
    world.run(60_000);
    let story = "matching matching_again matching_failed";
    assert_eq!(world.story(), story);
    assert!(is_still(&world));
    world.nominal(16);
    world.run(20_000);
    assert!((world.amps() - 15.96).abs() < 0.1, "{} A", world.amps());
    world.act(Action::RequestEnergy(false));
    assert!(is_still(&world));
}

#[test]
fn a_nominal_duty_ends_a_session() {
    let mut world = plugged("vw-id3", AC, 40);
    assert!(world.is_c());
    world.nominal(10);
    world.run(10_000);
    assert!((world.amps() - 9.96).abs() < 0.1, "{} A", world.amps());
    assert_eq!(world.last("interrupted").data, json!({ "by": "nominal duty" }));
    let mut world = plugged("vw-id3", DC, 40);
    assert!(world.dc_amps() > 5.0);
    world.nominal(10);
    world.run(10_000);
    assert!(is_still(&world));
    // And back again.
    world.off(PilotSignal::F);
    world.run(4_000);
    world.digital();
    world.run(40_000);
    assert!(world.dc_amps() > 5.0, "{}", world.story());
}

#[test]
fn the_state_off_ends_everything_and_it_begins_again_with_the_duty() {
    for of in [AC, DC, DIN] {
        for pilot in [PilotSignal::E, PilotSignal::F] {
            let mut world = plugged("vw-id3", of, 40);
            assert!(world.amps() + world.dc_amps() > 5.0);
            world.off(pilot);
            world.run(4_000);
            assert!(is_still(&world), "{of:?}");
            assert_eq!(world.last("interrupted").data, json!({ "by": "state E or F" }));
            world.digital();
            world.run(40_000);
            assert!(world.amps() + world.dc_amps() > 5.0, "{of:?}: {}", world.story());
            assert_eq!(world.notes.iter().filter(|(_, note)| note.kind == "matched").count(), 2);
            world.show(PilotSignal::X1);
            world.run(4_000);
            assert!(is_still(&world), "{of:?}");
        }
    }
}

#[test]
fn a_link_that_is_lost_is_matched_anew() {
    let mut world = plugged("vw-id3", DC, 40);
    world.lose_link();
    world.run(1_100);
    assert!(is_still(&world));
    assert!(world.has("link_lost"));
    world.begin_again();
    world.run(60_000);
    assert!(world.dc_amps() > 5.0, "{}", world.story());
    // No two matchings have the same number.
    let mut ids = world.run_ids.clone();
    ids.sort_by_key(|id| id.0);
    ids.dedup();
    assert_eq!(ids.len(), world.notes.iter().filter(|(_, note)| note.kind == "matching").count());
}

#[test]
fn the_plug_ends_everything_at_any_time() {
    for of in [AC, DC, DIN] {
        let fresh = fresh_of("vw-id3", of);
        for nth in 0..90 {
            let mut world = plugged("vw-id3", of, 0);
            world.run(nth * 437);
            world.unplug();
            assert!(is_still(&world), "{of:?}, {nth}");
            world.run(1);
            assert_eq!(world.controller(), fresh, "{of:?}, {nth}");
            let told = world.notes.len();
            world.run(30_000);
            assert_eq!(world.story_since(told), "", "{of:?}, {nth}");
            if nth % 9 == 0 {
                world.plug();
                world.run(60_000);
                assert!(world.amps() + world.dc_amps() > 5.0, "{of:?}, {nth}: {}", world.story());
            }
        }
    }
}

#[test]
fn a_session_is_paused_and_goes_on_when_the_duty_is_back() {
    for of in [AC, DC] {
        let mut world = plugged("vw-id3", of, 40);
        world.act(Action::Pause);
        world.run(20_000);
        assert!(world.has("session_paused"), "{}", world.story());
        assert!(is_still(&world));
        assert_eq!(world.pilot, PilotSignal::X1);
        world.run(600_000);
        let told = world.notes.len();
        world.digital();
        world.run(30_000);
        assert!(world.story_since(told).starts_with("sdp_asked sdp_answered connected"), "{}", world.story_since(told));
        assert_eq!(world.last("connected").data["goes_on"], true);
        assert_eq!(world.last("session_set_up").data["joined"], true);
        assert!(world.amps() + world.dc_amps() > 5.0, "{}", world.story_since(told));
    }
}

#[test]
fn a_car_wakes_the_station_with_a_toggle() {
    let mut world = plugged("vw-id3", AC, 40);
    world.act(Action::Pause);
    world.run(20_000);
    for action in [Action::WakeCharger, Action::RequestEnergy(false), Action::RequestEnergy(true)] {
        world.act(action);
        let toggles = action != Action::RequestEnergy(false);
        assert_eq!(world.is_c(), toggles, "{action:?}");
        world.run(200);
        assert_eq!((world.is_c(), world.amps()), (toggles, 0.0));
        world.run(200);
        assert!(!world.is_c());
        world.run(2_000);
    }
    // Meanwhile the link has gone: it is matched anew, and the session goes on.
    world.lose_link();
    world.run(5_000);
    world.digital();
    world.run(60_000);
    assert_eq!(world.last("session_set_up").data["joined"], true);
    assert!(world.amps() > 5.0, "{}", world.story());
}

#[test]
fn a_car_that_sleeps_is_woken_by_the_digital_duty() {
    let mut world = World::new("taycan-11", speech(AC.0, AC.1), 7);
    world.act(Action::PlugIn(Cable::rated(CableRating::A32)));
    world.run(700_000);
    world.digital();
    world.run(60_000);
    assert!(world.amps() > 5.0, "{}", world.story());
}

#[test]
fn a_station_that_says_nothing_more_is_left_and_one_that_refuses_too() {
    for of in [AC, DC] {
        // Everything is lost from some time on, while the modems know nothing of it.
        for seconds in [3, 6, 10, 40] {
            let mut world = plugged("van-22", of, seconds);
            world.lost = 100;
            world.run(90_000);
            assert!(is_still(&world), "{of:?}, {seconds} s: {}", world.story());
        }
        let mut world = World::new("van-22", speech(of.0, of.1), 7);
        world.refuses = true;
        world.plug();
        world.run(90_000);
        assert!(is_still(&world) && world.has("session_failed"), "{}", world.story());
        world.nominal(16);
        world.run(20_000);
        assert_eq!(world.is_c(), of == AC);
    }
}

#[test]
fn a_pause_does_not_outlive_the_plug() {
    let mut world = plugged("vw-id3", AC, 40);
    world.act(Action::Pause);
    world.run(20_000);
    world.unplug();
    world.run(1_000);
    assert_eq!(world.controller(), fresh_of("vw-id3", AC));
    world.plug();
    world.run(60_000);
    assert_eq!(world.last("session_set_up").data["joined"], false);
}

#[test]
fn a_car_that_only_tells_how_full_it_is_charges_by_the_duty() {
    let of = Speech {
        kind: EnergyKind::Dc,
        protocols: vec![Protocol::Din],
        purpose: Purpose::TellSoc,
        matching: Matching::Slac,
    };
    let mut world = World::plugged("vw-id3", of, 7, 40);
    assert_eq!(world.last("session_ended").data["why"], "SocTold");
    assert!(is_still(&world));
    world.nominal(16);
    world.run(20_000);
    assert!((world.amps() - 15.96).abs() < 0.1, "{} A", world.amps());
}

#[test]
fn the_same_seed_is_the_same_story_frame_by_frame() {
    let story = |seed| {
        let mut world = World::new("vw-id3", speech(DC.0, DC.1), seed);
        world.lost = 5;
        world.plug();
        world.run(60_000);
        (world.digest, world.notes.clone(), world.run_ids.clone())
    };
    assert_eq!(story(3), story(3));
    assert_ne!(story(3).2, story(4).2);
}

#[test]
fn how_a_car_speaks_is_set_while_it_is_unplugged() {
    const fn lives_anywhere<T: Send + Sync>() {}
    const { lives_anywhere::<Car>() };
    let mut world = plugged("vw-id3", AC, 40);
    assert_eq!(world.car.evcc_id().map(|id| id[0] & 3), Some(2), "of nobody's making");
    world.car.set_speech(None);
    assert!(world.car.evcc_id().is_some() && world.is_c(), "nothing changes");
    world.unplug();
    world.run(1_000);
    world.car.set_speech(None);
    assert_eq!(world.car.evcc_id(), None);
    let told = world.notes.len();
    world.plug();
    world.run(30_000);
    assert_eq!((world.story_since(told).as_str(), is_still(&world)), ("", true));
}

#[test]
fn what_a_car_says_keeps_the_rules_from_the_first_frame_on() {
    for (car, of) in [("small-car-7", AC), ("vw-id3", AC), ("van-22", DC), ("van-22", DIN), ("vw-id3", DC)] {
        let mut world = World::new(car, speech(of.0, of.1), 7);
        world.witness = Some(Witness::new());
        world.plug();
        world.run(60_000);
        world.act(Action::RequestEnergy(false));
        world.run(20_000);
        world.unplug();
        world.run(5_000);
        let (mut broken, kept) = world.witness.expect("it is there").verdict();
        // What this car is known for.
        broken.retain(|rule| car != "vw-id3" || !rule.starts_with("SID-LENGTH-CAR"));
        assert_eq!((broken, kept > 100), (Vec::<String>::new(), true), "{car}, {of:?}: {kept} rules are kept");
    }
}
