//! Cards as people use them.

use std::time::Duration;

use crate::words::{Ask, AuthorizationOutcome, AuthorizationStatus, ResetKind};
use hardware::{Sign, Token};
use iec61851::{Event, Fault, PilotState};

use super::bench::{Bench, accepted, token};
use crate::*;

/// A car that charges with a card that the CSMS accepted, for a while.
fn charging_with(card: &str) -> Bench {
    let mut bench = Bench::new(|_| ());
    bench.plug().badge(card).csms(accepted()).car(PilotState::C).pass(30);
    assert!(bench.closed, "{}", bench.log);
    bench.log.clear();
    bench
}

/// As [`charging_with`], and the same card has ended it; the car is still plugged.
fn finished_by(card: &str) -> Bench {
    let mut bench = charging_with(card);
    bench.badge(card).pass(1).car(PilotState::B).pass(30);
    assert_eq!(bench.screen.sign, Sign::Finished, "{}", bench.log);
    bench.log.clear();
    bench
}

fn refused(bench: &Bench, why: &str) -> bool {
    bench.log.contains("TokenRefused") && bench.log.contains(why) && bench.screen.note.contains(why)
}

#[test]
fn a_second_tap_within_some_seconds_does_not_undo_the_first() {
    let mut bench = Bench::new(|_| ());
    bench.plug().badge("04A1").csms(accepted()).car(PilotState::C).pass(4).badge("04A1");
    assert!(bench.closed && refused(&bench, "this card has just begun"), "{}", bench.log);
    bench.pass(1).log.clear();
    bench.badge("04A1");
    assert_eq!(bench.log, "    5 StoppingCharging\n    5 pilot X1\n");
    // And the same at the end: neither while it ends nor right after it has.
    bench.badge("04A1").car(PilotState::B).pass(3).badge("04A1").pass(30);
    assert!(!bench.log.contains("-> Authorize"), "{}", bench.log);
    assert!(refused_times(&bench) == 2, "{}", bench.log);
}

fn refused_times(bench: &Bench) -> usize {
    bench.log.matches("TokenRefused").count()
}

#[test]
fn how_long_a_second_tap_counts_as_the_first_is_configured() {
    let mut bench = Bench::new(|config| config.authorization.second_tap_s = 0);
    bench.plug().badge("04A1").csms(accepted()).car(PilotState::C).pass(1).badge("04A1");
    assert!(bench.log.contains("StoppingCharging"), "{}", bench.log);
}

#[test]
fn an_accepted_card_without_a_car_is_not_forgotten_by_a_second_tap_and_is_by_a_later_one() {
    let mut bench = Bench::new(|_| ());
    bench.badge("04A1").csms(accepted()).pass(2).badge("04A1");
    assert!(refused(&bench, "this card is accepted already: plug in"), "{}", bench.log);
    bench.pass(3).badge("04A1");
    assert!(bench.log.contains("Deauthorized"), "{}", bench.log);
}

#[test]
fn a_finished_car_begins_again_with_the_same_card_with_another_and_by_the_csms() {
    for card in ["04A1", "04B0"] {
        let mut bench = finished_by("04A1");
        bench.badge(card).csms(accepted()).car(PilotState::C).pass(1);
        assert_eq!(
            bench.log,
            format!(
                "   61 -> Authorize {card}
   61 Authorized {{ token: \"{card}\" }}
   61 TransactionStarted {{ transaction: \"00000000-0000-4000-8000-000000000002\" }}
   61 -> Started Authorized
   61 limit 32.0 A by Outlet
   61 PrepareCharging
   61 pilot PWM 53.3 %
   61 ChargingStarted
   61 -> Updated ChargingStateChanged
"
            )
        );
    }
    let mut bench = finished_by("04A1");
    bench.ask(remote("R")).car(PilotState::C).pass(1);
    assert!(bench.log.contains("Start { accepted: true, transaction: Some("), "{}", bench.log);
    assert!(bench.closed && bench.log.contains("-> Started RemoteStart"), "{}", bench.log);
}

fn remote(id: &str) -> Ask {
    Ask::RequestStart { token: token(id), evse: None, remote_start_id: 1, group: None }
}

#[test]
fn a_refused_card_leaves_a_finished_car_finished() {
    let mut bench = finished_by("04A1");
    bench.badge("BEEF").csms(AuthorizationOutcome::Refused(AuthorizationStatus::Blocked)).pass(1);
    assert_eq!(bench.screen.sign, Sign::Finished);
    assert!(refused(&bench, "the CSMS answered Blocked") && !bench.allowed, "{}", bench.log);
    // What the panel says of it goes by itself.
    bench.pass(10);
    assert_eq!(bench.screen.note, "");
}

#[test]
fn a_refused_card_is_on_the_panel_for_a_while() {
    let mut bench = Bench::new(|_| ());
    bench.plug().badge("BEEF").csms(AuthorizationOutcome::Refused(AuthorizationStatus::Blocked)).pass(9);
    assert_eq!(bench.screen.sign, Sign::Refused);
    bench.pass(1);
    assert_eq!((bench.screen.sign, bench.screen.note.as_str()), (Sign::PresentToken, ""));
}

#[test]
fn who_taps_while_a_session_ends_begins_afterwards() {
    let mut bench = charging_with("04A1");
    bench.badge("04A1").pass(6).badge("04B0").pass(1);
    assert!(bench.closed && !bench.log.contains("Authorize"), "{}", bench.log);
    // Others are told that somebody waits.
    bench.badge("04B0").badge("04C0");
    assert!(bench.log.contains("this card waits already") && refused(&bench, "another card waits already"));
    bench.log.clear();
    bench.car(PilotState::B).csms(accepted()).pass(1);
    assert!(
        bench.log.contains("-> Ended StopAuthorized Local") && bench.log.contains("Authorized { token: \"04B0\" }"),
        "{}",
        bench.log
    );
}

#[test]
fn who_taps_or_is_started_while_the_last_reading_of_a_car_that_left_is_awaited_comes_next() {
    for by_csms in [false, true] {
        let mut bench = charging_with("04A1");
        bench.reads = false;
        bench.car(PilotState::A);
        if by_csms {
            bench.ask(remote("R"))
        } else {
            bench.badge("04B0")
        };
        assert!(!bench.log.contains("Ended"), "{}", bench.log);
        bench.reads = true;
        bench.pass(1).csms(accepted());
        let next = if by_csms { "Authorized { token: \"R\" }" } else { "Authorized { token: \"04B0\" }" };
        assert!(bench.log.contains(next) && bench.screen.sign == Sign::Authorized, "{}", bench.log);
    }
}

#[test]
fn a_remote_start_while_a_session_ends_begins_afterwards() {
    let mut bench = charging_with("04A1");
    bench.badge("04A1").ask(remote("R")).ask(remote("S")).car(PilotState::B).pass(1);
    let order = ["Start { accepted: true, transaction: None }", "Start { accepted: false", "-> Ended", "-> Started"];
    let at: Vec<_> = order.map(|what| bench.log.find(what)).to_vec();
    assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{}", bench.log);
}

#[test]
fn nobody_begins_while_the_charger_is_about_to_start_again() {
    let mut bench = charging_with("04A1");
    bench.ask(Ask::Reset { kind: ResetKind::Immediate, evse: None }).badge("04B0").ask(remote("R"));
    assert!(refused(&bench, "the charger is about to start again"), "{}", bench.log);
    assert!(bench.log.contains("Start { accepted: false"), "{}", bench.log);
    bench.car(PilotState::B).pass(1);
    assert!(bench.coordinator.take_reset());
}

#[test]
fn every_tap_is_answered_whatever_is_being_checked() {
    let mut bench = Bench::new(|_| ());
    bench.badge("04A1").badge("04A1").badge("04B0");
    assert!(bench.log.contains("this card is being checked already"), "{}", bench.log);
    assert!(refused(&bench, "another card is being checked"), "{}", bench.log);
    bench.csms(accepted()).badge("04B0");
    assert!(refused(&bench, "the charger waits for the car of another driver"), "{}", bench.log);
    bench.plug().pass(10).badge("04B0").badge("04C0");
    assert!(refused(&bench, "another card is being checked"), "{}", bench.log);
    // The driver of the session ends it while the other one is checked: that one hears it too.
    bench.badge("04A1");
    assert!(refused(&bench, "the session has ended before the answer came"), "{}", bench.log);
    let mut bench = Bench::new(|_| ());
    bench.plug().badge("04A1").car(PilotState::A);
    assert!(refused(&bench, "the plug was pulled before the answer came"), "{}", bench.log);
}

#[test]
fn a_card_is_refused_aloud_when_a_fault_has_come_between() {
    let mut bench = Bench::new(|_| ());
    bench.plug().badge("04A1").fault(Fault::PilotShort).csms(accepted());
    assert!(bench.log.contains("the outlet has a fault") && !bench.log.contains("Started Authorized"), "{}", bench.log);
    bench.badge("04A1");
    assert_eq!(refused_times(&bench), 2, "{}", bench.log);
}

#[test]
fn a_card_at_an_outlet_that_goes_out_of_service_begins_nothing() {
    let mut bench = charging_with("04A1");
    bench.ask(Ask::ChangeAvailability { evse: None, operative: false }).badge("04A1").car(PilotState::B).pass(10);
    bench.badge("04A1").ask(remote("R"));
    assert!(refused(&bench, "the outlet is out of service"), "{}", bench.log);
    assert!(bench.log.contains("Start { accepted: false"), "{}", bench.log);
}

#[test]
fn a_number_that_is_drawn_at_each_tap_is_refused() {
    let mut bench = Bench::new(|config| config.authorization.offline_unknown = true);
    bench.plug().badge("08A1B2C3");
    assert!(refused(&bench, "shows another number at each tap") && !bench.log.contains("Authorize"), "{}", bench.log);
    // Seven bytes that begin so are fixed, and so is a code that is typed.
    bench.badge("08A1B2C3D4E5F6");
    assert!(bench.log.contains("-> Authorize 08A1B2C3D4E5F6"), "{}", bench.log);
    let mut bench = Bench::new(|_| ());
    bench.plug().input(Input::Token(Token { id: "08123456".into(), kind: hardware::TokenKind::KeyCode }));
    assert!(bench.log.contains("-> Authorize 08123456"), "{}", bench.log);
}

#[test]
fn a_free_outlet_lets_in_once_for_each_plug() {
    let mut bench = Bench::charging();
    bench.ask(Ask::RequestStop { transaction: "00000000-0000-4000-8000-000000000001".into() });
    bench.car(PilotState::B).pass(1).car(PilotState::C).pass(600);
    assert!(!bench.allowed && bench.screen.sign == Sign::Finished, "{}", bench.log);
    bench.badge("04A1");
    assert!(refused(&bench, "no card is needed here"), "{}", bench.log);
    bench.log.clear();
    bench.ask(remote("R")).pass(1);
    assert!(bench.closed && bench.log.contains("-> Started RemoteStart"), "{}", bench.log);
    bench.car(PilotState::A).pass(3).log.clear();
    bench.plug().car(PilotState::C).pass(1);
    assert!(bench.closed && bench.log.contains("-> Started CablePluggedIn"), "{}", bench.log);
}

#[test]
fn a_free_outlet_does_not_begin_again_after_a_fault_that_ended_the_transaction() {
    let mut bench = Bench::charging();
    bench.fault(Fault::ResidualCurrent);
    bench.pass(5).input(Input::Board(BoardInput::Event(Event::FaultCleared(Fault::ResidualCurrent)))).pass(600);
    assert!(!bench.allowed && bench.screen.sign == Sign::Finished, "{}", bench.log);
    assert!(!bench.log.contains("-> Started"), "{}", bench.log);
}

#[test]
fn a_free_outlet_that_is_reserved_lets_the_car_in_when_the_reservation_is_over() {
    let mut bench = Bench::free();
    let expires = Instant::ZERO + Duration::from_secs(60);
    bench
        .ask(Ask::Reserve { id: 5, token: token("04A1"), group: None, evse: Some(EvseId::FIRST), expires })
        .plug()
        .pass(59);
    assert!(!bench.log.contains("TransactionStarted"), "{}", bench.log);
    assert!(bench.log.contains("AuthRequired") && bench.screen.sign == Sign::PresentToken, "{}", bench.log);
    bench.pass(1);
    assert!(bench.log.contains("-> Started CablePluggedIn"), "{}", bench.log);
}

#[test]
fn a_plug_that_the_csms_freed_is_held_again_for_the_next_transaction() {
    let mut bench = finished_by("04A1");
    bench.ask(Ask::Unlock { evse: EvseId::FIRST }).badge("04A1").csms(accepted()).car(PilotState::C).pass(1);
    assert!(bench.closed && bench.coordinator.outlet.lock == Some(LockPosition::Locked), "{}", bench.log);
}

#[test]
fn a_contactor_that_does_not_open_holds_up_no_bill() {
    let mut bench = charging_with("04A1");
    bench.welded = true;
    bench.badge("04A1").pass(20);
    assert!(bench.closed && bench.log.contains("-> Ended StopAuthorized Local"), "{}", bench.log);
}
