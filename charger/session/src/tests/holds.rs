//! Board, link and host go away and come back, and the car stays, or does not.

use std::time::Duration;

use crate::words::{Ask, AuthorizationOutcome, ResetKind};
use hardware::Sign;
use iec61851::{PilotState, PlugIn};

use super::bench::{Bench, accepted};
use crate::config::AuthorizationMode;
use crate::*;

const FIRST: &str = "00000000-0000-4000-8000-000000000001";

/// A car that charges with a card, for a while; what happened so far is forgotten.
fn charging(change: impl FnOnce(&mut Config)) -> Bench {
    let mut bench = Bench::new(change);
    bench.plug().badge("04A1").csms(accepted()).car(PilotState::C).pass(30);
    assert!(bench.closed, "{}", bench.log);
    bench.log.clear();
    bench
}

fn token() -> Bench {
    charging(|_| ())
}

/// Nothing of the driver before is left: whoever is there gets nothing without a card.
fn nothing_leaks(bench: &mut Bench) {
    bench.moves(PilotState::C).pass(600);
    assert!(!bench.allowed && !bench.closed && !bench.pilot.is_pwm(), "{}", bench.log);
    assert!(!bench.log.contains("-> Started"), "{}", bench.log);
}

#[test]
fn a_link_that_was_away_for_a_moment_alarms_nobody_and_the_session_goes_on() {
    let mut bench = token();
    bench.board_lost().pass(1);
    assert_eq!(bench.screen.sign, Sign::PausedByCharger);
    bench.board_back().pass(3);
    assert!(!bench.allowed, "the contactor has opened under load");
    bench.pass(3);
    assert!(bench.closed, "{}", bench.log);
    assert_eq!(
        bench.log,
        format!(
            "   30 FaultDetected {{ fault: BoardLost, mrec: None, detail: \"gone\" }}
   30 ChargingPausedEVSE {{ reason: Error }}
   30 -> Updated AbnormalCondition
   30 pilot X1
   31 FaultCleared {{ fault: BoardLost }}
   31 pilot X1
   31 TransactionResumed {{ transaction: \"{FIRST}\" }}
   31 PrepareCharging
   31 pilot PWM 53.3 %
   35 SessionResumed
   35 -> Updated ChargingStateChanged
"
        )
    );
}

#[test]
fn a_board_that_stays_away_is_told_and_the_session_waits_for_it() {
    let mut bench = token();
    bench.board_lost().pass(5);
    assert!(bench.log.contains("-> Faulted") && bench.screen.sign == Sign::Faulted, "{}", bench.log);
    bench.pass(100).board_back().pass(1);
    assert!(bench.closed && bench.log.contains("-> Occupied"), "{}", bench.log);
    assert!(!bench.log.contains("Ended") && !bench.log.contains("-> Started"), "{}", bench.log);
}

#[test]
fn nothing_is_permitted_before_the_board_has_told_what_it_sees() {
    let mut bench = token();
    bench.board_lost().pass(1).board_starts().pass(2);
    assert!(!bench.allowed && !bench.pilot.is_pwm(), "{}", bench.log);
    assert!(bench.coordinator.told.lock == Some(true), "{}", bench.log);
}

#[test]
fn a_board_that_does_not_come_back_ends_it_and_nothing_is_left() {
    let mut bench = token();
    bench.board_lost().pass(119);
    assert!(!bench.log.contains("Ended"), "{}", bench.log);
    bench.pass(1);
    assert!(bench.log.contains("-> Ended AbnormalCondition Other"), "{}", bench.log);
    // The bolt opens strictly after the contactor, and nobody knows where that is.
    assert_eq!(bench.coordinator.told.lock, Some(true));
    bench.board_back();
    assert_eq!((bench.coordinator.told.lock, bench.screen.sign), (Some(false), Sign::PresentToken));
    nothing_leaks(&mut bench);
}

#[test]
fn a_board_that_comes_and_goes_and_tells_nothing_gains_no_time() {
    let mut bench = token();
    bench.board_lost();
    for _ in 0..60 {
        bench.pass(1).board_starts().pass(1).board_lost();
    }
    assert!(bench.log.contains("-> Ended AbnormalCondition Other"), "{}", bench.log);
    let mut bench = token();
    bench.board_lost().pass(1).board_starts().pass(5);
    assert!(bench.log.contains("-> Ended AbnormalCondition Other"), "{}", bench.log);
}

#[test]
fn a_plug_that_went_out_meanwhile_ends_it_as_every_unplugging_does() {
    let mut bench = token();
    bench.board_lost().moves(PilotState::A).pass(10).board_back().pass(1);
    assert!(bench.log.contains("-> Ended EVCommunicationLost EVDisconnected"), "{}", bench.log);
    assert!(bench.log.contains("-> Available"), "{}", bench.log);
}

#[test]
fn another_plug_gets_nothing_of_the_driver_before() {
    let mut bench = token();
    bench.board_lost().moves(PilotState::A).moves(PilotState::C).pass(1).board_back().pass(3);
    assert!(bench.log.contains("-> Ended EVCommunicationLost EVDisconnected"), "{}", bench.log);
    assert!(bench.log.contains("AuthRequired"), "{}", bench.log);
    nothing_leaks(&mut bench);
}

#[test]
fn another_plug_while_the_board_tells_all_the_time_is_another_car_too() {
    let mut bench = token();
    bench.counts = bench.counts.map(PlugIn::next);
    bench.car(PilotState::C).pass(3);
    assert!(bench.log.contains("-> Ended EVCommunicationLost EVDisconnected"), "{}", bench.log);
    nothing_leaks(&mut bench);
}

#[test]
fn a_board_that_lost_its_count_cannot_know_and_closes_unless_told_otherwise() {
    let mut bench = token();
    bench.board_lost().board_forgets().pass(1).board_back().pass(6);
    assert!(bench.log.contains("-> Ended AbnormalCondition PowerLoss"), "{}", bench.log);
    nothing_leaks(&mut bench);
    let mut bench = charging(|config| config.session.resume_after_power_loss = true);
    bench.board_lost().board_forgets().pass(1).board_back().pass(6);
    assert!(bench.closed && !bench.log.contains("Ended"), "{}", bench.log);
    // One that has seen a plug come since its start knows very well.
    let mut bench = charging(|config| config.session.resume_after_power_loss = true);
    bench.board_lost().board_forgets().moves(PilotState::A).moves(PilotState::C).pass(1).board_back().pass(6);
    assert!(bench.log.contains("-> Ended EVCommunicationLost EVDisconnected"), "{}", bench.log);
    nothing_leaks(&mut bench);
}

#[test]
fn a_board_that_counts_nothing_is_one_that_lost_its_count() {
    for resumes in [false, true] {
        let mut bench = Bench::new(|config| config.session.resume_after_power_loss = resumes);
        bench.counts = None;
        bench.plug().badge("04A1").csms(accepted()).car(PilotState::C).pass(30);
        // While it tells, what it tells is enough.
        bench.car(PilotState::B).pass(5).car(PilotState::C).pass(5);
        assert!(bench.closed, "{}", bench.log);
        bench.board_lost().pass(1).board_back().pass(6);
        assert_eq!(bench.closed, resumes, "{}", bench.log);
        assert_eq!(bench.log.contains("-> Ended AbnormalCondition PowerLoss"), !resumes, "{}", bench.log);
    }
}

#[test]
fn a_card_that_is_checked_while_the_link_breaks_is_answered() {
    let mut bench = Bench::new(|_| ());
    bench.plug().badge("04A1").board_lost().csms(accepted()).pass(1);
    assert!(bench.log.contains("TokenRefused"), "{}", bench.log);
    bench.board_back();
    nothing_leaks(&mut bench);
    // The answer comes when another car is there.
    let mut bench = Bench::new(|_| ());
    bench.plug().badge("04A1").board_lost().moves(PilotState::A).moves(PilotState::C).board_back().csms(accepted());
    assert!(bench.log.contains("TokenRefused"), "{}", bench.log);
    nothing_leaks(&mut bench);
}

#[test]
fn a_stop_while_the_board_is_away_is_a_stop() {
    let mut bench = token();
    bench.board_lost().ask(Ask::RequestStop { transaction: FIRST.into() }).pass(1).board_back().pass(1);
    assert!(bench.log.contains("-> Ended RemoteStop Remote"), "{}", bench.log);
    nothing_leaks(&mut bench);
    // It does not wait for the board either.
    let mut bench = token();
    bench.board_lost().ask(Ask::RequestStop { transaction: FIRST.into() }).pass(4);
    assert!(bench.log.contains("-> Ended RemoteStop Remote"), "{}", bench.log);
}

#[test]
fn a_plug_is_not_freed_while_nobody_knows_where_the_contactor_is() {
    let mut bench = token();
    bench.badge("04A1").car(PilotState::B).pass(10).board_lost().log.clear();
    bench.ask(Ask::Unlock { evse: EvseId::FIRST });
    assert!(bench.log.contains("Unlock(UnlockFailed)"), "{}", bench.log);
}

#[test]
fn a_host_that_starts_again_goes_on_with_the_car_that_never_left() {
    let mut bench = token();
    bench.host_dies().host_starts(30);
    // It is not known yet what is at the plug: nothing is said, nothing moves, nothing is permitted.
    assert_eq!((bench.coordinator.told.lock, bench.coordinator.told.status), (None, None));
    assert_eq!((bench.allowed, bench.screen.sign), (false, Sign::PausedByCharger));
    bench.board_back().pass(1);
    assert!(bench.closed, "{}", bench.log);
    assert_eq!(
        bench.log,
        format!(
            "   60 pilot X1
   60 pilot X1
   60 TransactionResumed {{ transaction: \"{FIRST}\" }}
   60 -> Updated ChargingStateChanged
   60 limit 32.0 A by Outlet
   60 -> Occupied
   60 PrepareCharging
   60 pilot PWM 53.3 %
   60 SessionResumed
   60 -> Updated ChargingStateChanged
"
        )
    );
    // And it ends as if nothing had been: its card ends it, its energy is whole.
    bench.log.clear();
    bench.pass(30).badge("04A1").car(PilotState::B).pass(1);
    let energy = bench.register - 5_000_000;
    assert!(bench.log.contains("-> Ended StopAuthorized Local"), "{}", bench.log);
    assert!(bench.log.contains(&format!("energy: MilliwattHours({energy})")), "{energy} {}", bench.log);
}

#[test]
fn a_host_that_comes_back_too_late_closes_with_the_register_as_it_stands() {
    for (away, within) in [(121, 120), (1, 0), (3601, 3600)] {
        let mut bench = charging(|config| config.session.resume_within_s = within);
        bench.host_dies().host_starts(away);
        bench.read();
        let energy = bench.register - 5_000_000;
        assert!(bench.log.contains("-> Ended AbnormalCondition PowerLoss\n"), "{}", bench.log);
        assert!(bench.log.contains(&format!("energy: MilliwattHours({energy})")), "{energy} {}", bench.log);
        bench.board_back().pass(1);
        assert_eq!(bench.screen.sign, Sign::PresentToken, "{}", bench.log);
        nothing_leaks(&mut bench);
    }
}

#[test]
fn a_host_whose_board_stays_away_gets_no_more_time_than_was_left() {
    let mut bench = token();
    bench.host_dies().host_starts(100).pass(19);
    assert!(!bench.log.contains("Ended"), "{}", bench.log);
    bench.pass(1);
    assert!(bench.log.contains("-> Ended AbnormalCondition PowerLoss"), "{}", bench.log);
}

#[test]
fn a_time_of_day_that_ran_backwards_lets_nobody_go_on() {
    let mut bench = token();
    bench.host_dies();
    let earlier = Earlier { kept: bench.kept.clone(), away: None, open: Some(bench.open.clone()) };
    bench.coordinator = Coordinator::new(EvseId::FIRST, Config::standard(), Box::new(|| 0x20), bench.now, earlier);
    bench.read().board_back().pass(1);
    assert!(bench.log.contains("-> Ended AbnormalCondition PowerLoss"), "{}", bench.log);
    nothing_leaks(&mut bench);
}

#[test]
fn another_car_after_a_restart_of_the_host_gets_nothing_and_the_old_transaction_ends_first() {
    let mut bench = token();
    bench.host_dies().moves(PilotState::A).moves(PilotState::C).host_starts(30).board_back().pass(3);
    let order = ["-> Ended AbnormalCondition PowerLoss", "SessionFinished", "SessionStarted", "AuthRequired"];
    let at: Vec<_> = order.map(|what| bench.log.find(what)).to_vec();
    assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{}", bench.log);
    nothing_leaks(&mut bench);
    let mut bench = token();
    bench.host_dies().moves(PilotState::A).host_starts(30).board_back().pass(3);
    assert!(bench.log.contains("-> Ended AbnormalCondition PowerLoss"), "{}", bench.log);
}

#[test]
fn host_and_board_without_power_close_unless_told_otherwise() {
    let mut bench = token();
    bench.host_dies().board_forgets().host_starts(30).board_back().pass(3);
    assert!(bench.log.contains("-> Ended AbnormalCondition PowerLoss"), "{}", bench.log);
    nothing_leaks(&mut bench);
    let mut bench = charging(|config| config.session.resume_after_power_loss = true);
    bench.host_dies().board_forgets().host_starts(30).board_back().pass(3);
    assert!(bench.closed && !bench.log.contains("Ended"), "{}", bench.log);
}

#[test]
fn what_was_ending_when_the_host_died_ends_for_its_own_reason() {
    let mut bench = token();
    bench.badge("04A1").pass(1).host_dies().host_starts(30);
    bench.read();
    assert!(bench.log.contains("-> Ended StopAuthorized Local"), "{}", bench.log);
    bench.board_back().pass(1);
    assert_eq!(bench.screen.sign, Sign::Finished, "{}", bench.log);
    nothing_leaks(&mut bench);
    let mut bench = token();
    bench.reads = false;
    bench.car(PilotState::A).host_dies().host_starts(30);
    bench.reads = true;
    bench.read().board_back();
    assert!(bench.log.contains("-> Ended EVCommunicationLost EVDisconnected"), "{}", bench.log);
}

#[test]
fn what_was_reported_already_is_not_reported_again() {
    let mut bench = token();
    let kept = bench.kept.clone();
    bench.badge("04A1").car(PilotState::B).pass(1);
    bench.kept = kept;
    bench.log.clear();
    bench.host_dies().host_starts(30).board_back().pass(3);
    assert!(!bench.log.contains("Ended") && bench.screen.sign == Sign::Finished, "{}", bench.log);
    nothing_leaks(&mut bench);
}

#[test]
fn an_open_transaction_of_which_nothing_else_is_known_is_closed_with_the_register() {
    let mut bench = token();
    bench.kept = None;
    bench.host_dies().host_starts(30).board_back().pass(3);
    assert!(bench.log.contains("-> Ended AbnormalCondition PowerLoss\n"), "{}", bench.log);
    nothing_leaks(&mut bench);
}

#[test]
fn a_meter_that_does_not_answer_after_the_start_holds_up_nobody_for_ever() {
    let mut bench = charging(|config| config.session.resume_within_s = 0);
    bench.host_dies().reads = false;
    bench.host_starts(30).board_back().pass(2);
    assert!(!bench.log.contains("Ended") && !bench.log.contains("SessionStarted"), "{}", bench.log);
    bench.pass(1);
    assert!(bench.log.contains("-> Ended AbnormalCondition PowerLoss without a reading"), "{}", bench.log);
    assert!(bench.log.contains("SessionStarted"), "{}", bench.log);
}

#[test]
fn a_token_that_was_rejected_afterwards_stays_rejected() {
    let mut bench = charging(|config| config.authorization.stop_on_invalid = false);
    let status = words::AuthorizationStatus::Blocked;
    bench.input(Input::Csms(CsmsInput::Deauthorized { transaction: FIRST.into(), status })).car(PilotState::B);
    bench.host_dies().host_starts(30).board_back().car(PilotState::C).pass(60);
    assert!(!bench.allowed && !bench.log.contains("Ended"), "{}", bench.log);
}

#[test]
fn a_stop_on_a_free_outlet_outlives_the_host() {
    for forgets in [false, true] {
        let mut bench = Bench::charging();
        bench.ask(Ask::RequestStop { transaction: FIRST.into() }).car(PilotState::B).pass(5).host_dies();
        if forgets {
            bench.board_forgets();
        }
        bench.moves(PilotState::C).host_starts(3_000).board_back();
        nothing_leaks(&mut bench);
        assert_eq!(bench.screen.sign, Sign::Finished, "{}", bench.log);
        // The next plug is another matter.
        bench.car(PilotState::A).pass(1).plug().car(PilotState::C).pass(1);
        assert!(bench.closed, "{}", bench.log);
    }
    let mut bench = Bench::charging();
    bench.ask(Ask::RequestStop { transaction: FIRST.into() }).car(PilotState::B).pass(5).host_dies();
    bench.moves(PilotState::A).moves(PilotState::C).host_starts(30).board_back().pass(1);
    assert!(bench.closed, "{}", bench.log);
}

#[test]
fn a_free_outlet_charges_on_after_every_kind_of_outage() {
    for (away, forgets) in [(30, false), (3_000, false), (30, true)] {
        let mut bench = Bench::charging();
        bench.host_dies();
        if forgets {
            bench.board_forgets();
        }
        bench.host_starts(away).board_back().pass(3);
        assert!(bench.closed, "{}", bench.log);
        let goes_on = away == 30 && !forgets;
        assert_eq!(bench.log.contains("-> Ended AbnormalCondition PowerLoss"), !goes_on, "{}", bench.log);
    }
}

#[test]
fn a_reset_is_no_stop() {
    for mode in [AuthorizationMode::Free, AuthorizationMode::Token] {
        let mut bench = charging(|config| config.authorization.mode = mode);
        bench.ask(Ask::Reset { kind: ResetKind::Immediate, evse: None }).car(PilotState::B).pass(1);
        assert!(bench.coordinator.take_reset() && bench.log.contains("-> Ended ResetCommand ImmediateReset"));
        bench.log.clear();
        bench.host_starts(1).board_back().car(PilotState::C).pass(1);
        assert_eq!(bench.closed, mode == AuthorizationMode::Free, "{}", bench.log);
    }
}

#[test]
fn the_store_hears_of_a_running_session_often_and_of_none_never() {
    let mut bench = Bench::new(|_| ());
    let writes = |bench: &mut Bench, seconds| {
        bench.writes = 0;
        bench.pass(seconds);
        bench.writes
    };
    assert_eq!(writes(&mut bench, 100), 0);
    bench.plug().badge("04A1").csms(AuthorizationOutcome::Accepted { group: None }).car(PilotState::C);
    assert_eq!(writes(&mut bench, 100), 10);
    bench.badge("04A1").car(PilotState::B).pass(10);
    assert_eq!(writes(&mut bench, 100), 0);
    assert!(bench.kept.is_some());
    bench.car(PilotState::A).pass(3);
    assert!(bench.kept.is_none());
}

#[test]
fn what_is_kept_reads_back_the_same_and_what_is_damaged_is_nothing() {
    let bench = token();
    let time = 1_772_431_200_000_000;
    let text = Record::new(bench.kept.clone().expect("it charges"), time).write().expect("it can be written");
    let open = Some(vec![FIRST.to_owned()]);
    let earlier = Earlier::of(Some(&text), open, time);
    assert_eq!((earlier.kept, earlier.away), (bench.kept.clone(), Some(Duration::ZERO)));
    for (from, to) in [("\"version\":1", "\"version\":2"), ("Running", "Flying"), ("}", ""), ("04A1", "\u{0}")] {
        let earlier = Earlier::of(Some(&text.replace(from, to)), None, time);
        assert_eq!(earlier.kept, None, "{to}");
    }
    assert_eq!(Earlier::of(Some(&text), None, time + 5_000_000).away, Some(Duration::from_secs(5)));
    assert_eq!(Earlier::of(Some(&text), None, time - 1).away, None);
}
