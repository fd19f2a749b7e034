//! Whole sessions, as transcripts.

use iso15118::Protocol;
use session::{Identification, StopWhy, words};
use vehicle_model::EnergyKind;
use vehicle_model::hlc as evcc;

use super::bench::{Bench, config};
use crate::{From, Input, Note, Output};
use hardware::V2gNetworkEvent;

pub(super) const ENERGY: &str = "WantsPower(Energy)";

/// A car that gets energy; the story so far is kept.
pub(super) fn charging(kind: EnergyKind, protocol: Protocol) -> Bench {
    let mut bench = Bench::new(kind, protocol, config());
    bench.seconds(2).plug().until(ENERGY).seconds(3);
    bench
}

#[test]
fn alternating_current_from_the_plug_to_the_end() {
    let mut bench = charging(EnergyKind::Ac, Protocol::Iso2);
    bench.stop().seconds(5).unplug().seconds(5);
    assert_eq!(
        bench.told(),
        [
            "plc/modem",
            "modem found",
            "plc/keyed",
            "slac/heard",
            "Heard",
            "slac/matched",
            "slac/link_up",
            "Matched",
            "sdp/message",
            "sdp/message",
            "SDP answered",
            "v2g/opened",
            "v2g/agreed",
            "v2g/established",
            "WantsAuthorization(Eim)",
            "Needs(Ac { current: Milliamps(32000) })",
            "WantsPower(Energy)",
            "WantsPower(Nothing)",
            "v2g/ended",
            "car: Ended(Car(Driver))",
            "v2g/closed",
            "hung up",
            "Ended",
            "deaf",
            "plc/keyed",
        ]
    );
}

#[test]
fn direct_current_of_both_generations() {
    for protocol in [Protocol::Din, Protocol::Iso2] {
        let mut bench = charging(EnergyKind::Dc, protocol);
        bench.stop().seconds(8);
        let wanted: Vec<_> =
            bench.story.iter().filter_map(|line| line.split_once(" WantsPower")).map(|(_, what)| what).collect();
        assert_eq!(
            wanted,
            ["(CableCheck)", "(PreCharge)", "(Energy)", "(Nothing)", "(WeldingDetection)", "(Nothing)"],
            "{:#?}",
            bench.story
        );
        assert!(bench.has("Ended") && bench.has("car: Ended(Car(Driver))"), "{:#?}", bench.story);
        let name = protocol.name();
        assert!(bench.notes.contains(&Note::Agreed { protocol: name }));
    }
}

#[test]
fn a_car_that_is_asked_to_stop_stops() {
    for (kind, protocol) in [(EnergyKind::Ac, Protocol::Iso2), (EnergyKind::Dc, Protocol::Din)] {
        let mut bench = charging(kind, protocol);
        bench.asked_to_stop(StopWhy::Ended(words::StoppedReason::Remote)).until("Ended").seconds(4);
        assert!(bench.has("v2g/closed") && !bench.connected, "{:#?}", bench.story);
    }
}

#[test]
fn a_car_is_let_in_by_its_evccid_where_that_is_wanted() {
    let mut autocharge = config();
    autocharge.autocharge = true;
    let mut bench = Bench::new(EnergyKind::Ac, Protocol::Iso2, autocharge);
    bench.seconds(2).plug().until(ENERGY);
    let token = words::IdToken { id: "020000000001".into(), kind: words::TokenKind::MacAddress };
    assert!(bench.has(&format!("WantsAuthorization({:?})", Identification::Contract(token))), "{:#?}", bench.story);
}

#[test]
fn a_car_that_pauses_keeps_its_key_and_comes_back_to_its_session() {
    let mut bench = charging(EnergyKind::Ac, Protocol::Iso2);
    let key = bench.key;
    bench.evcc(evcc::Input::Pause);
    bench.until("Paused").seconds(10);
    assert!(bench.dialog.is_some() && !bench.has("Lost") && !bench.has("Failed"), "{:#?}", bench.story);
    // Its modem sleeps with it.
    bench.joined = false;
    bench.seconds(30);
    assert!(!bench.has("Lost") && !bench.has("Failed") && bench.key == key, "{:#?}", bench.story);
    bench.story.clear();
    bench.joined = true;
    bench.evcc = None;
    bench.until(ENERGY);
    assert_eq!((bench.key, bench.has("Lost")), (key, false));
    let joined = |note: &&Note| match note {
        Note::Message(message) => {
            message.name == "SessionSetupRes" && message.message.to_string().contains("OK_OldSessionJoined")
        }
        _ => false,
    };
    assert_eq!(bench.notes.iter().filter(joined).count(), 1);
    // Whoever does not come back in time is lost; and the next car gets another key.
    bench.unplug().seconds(2);
    assert!(bench.key.is_some() && bench.key != key);
}

#[test]
fn a_connection_that_closes_in_a_pause_leaves_nothing_to_wait_for() {
    let mut bench = charging(EnergyKind::Ac, Protocol::Iso2);
    bench.evcc(evcc::Input::Pause);
    bench.until("Paused");
    bench.tell(Input::Network(V2gNetworkEvent::Closed));
    bench.seconds(5);
    let now = bench.now;
    bench.hlc.handle_input(now, Input::Time);
    let wait = std::iter::from_fn(|| Some(bench.hlc.poll_output())).find_map(|output| match output {
        Output::Wait(wait) => Some(wait),
        _ => None,
    });
    assert!(wait.flatten().is_none_or(|wait| wait > now), "{wait:?} at {now}");
}

#[test]
fn every_message_is_noted_but_repetitions_of_the_loop_once_a_second() {
    let mut bench = charging(EnergyKind::Dc, Protocol::Iso2);
    bench.notes.clear();
    let before = bench.responses;
    bench.seconds(10);
    let demands = |from: From| {
        let is = |note: &&Note| matches!(note, Note::Message(message) if message.from == from && message.name.starts_with("CurrentDemand"));
        bench.notes.iter().filter(is).count()
    };
    assert!(bench.responses - before > 40, "{}", bench.responses - before);
    assert!(
        (9..=12).contains(&demands(From::Car)) && (9..=12).contains(&demands(From::Station)),
        "{}",
        demands(From::Car)
    );
    let Some(Note::Message(message)) = bench.notes.first() else { panic!("no message") };
    assert!(!message.payload.is_empty() && message.session.is_some() && message.message.is_object());
}
